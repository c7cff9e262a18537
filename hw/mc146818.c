/*
 * hw/mc146818.c - MC146818A real-time clock plus RAM
 *
 * Motorola MC146818A datasheet (ADI1088), "Address Map", "Registers", "Update
 * Cycle"; Intel 82371AB (PIIX4) datasheet, "Real Time Clock", for the extended
 * bank and the NMI mask.
 *
 * The time registers themselves are the calendar: a guest may write anything
 * into them, and each update adds one second to what they hold.  Register 32h
 * is the century in BCD, as firmware tells operating systems.
 *
 * Not modelled: daylight saving, the square-wave pin, other time bases than
 * 32.768 kHz (the clock then runs as with that one), loss of power.
 */
#include "hw/mc146818.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"

#define R_SEC		0x00
#define R_SEC_ALARM	0x01
#define R_MIN		0x02
#define R_MIN_ALARM	0x03
#define R_HOUR		0x04
#define R_HOUR_ALARM	0x05
#define R_WEEKDAY	0x06	/* 1 = Sunday */
#define R_DAY		0x07
#define R_MONTH		0x08
#define R_YEAR		0x09
#define R_A		0x0a
#define R_B		0x0b
#define R_C		0x0c
#define R_D		0x0d
#define R_CENTURY	0x32

#define A_RS		0x0f
#define A_DV		0x70
#define A_DV_RESET	0x60	/* 11x: divider held in reset */
#define A_DV_32K	0x20
#define A_UIP		0x80
#define B_24H		0x02
#define B_BINARY	0x04
#define B_DSE		0x01
#define B_SQWE		0x08
#define B_UIE		0x10
#define B_AIE		0x20
#define B_PIE		0x40
#define B_SET		0x80
#define C_UF		0x10
#define C_AF		0x20
#define C_PF		0x40
#define C_IRQF		0x80
#define D_VRT		0x80
#define HOUR_PM		0x80
#define ALARM_ANY	0xc0	/* both bits: "don't care" */

/* "Update Cycle": UIP rises 244 us before the update, which takes 1984 us;
 * the registers change at its end, on the second. */
#define UIP_CYCLES	((244u + 1984u) * (VCLOCK_HZ / 1000000u))
#define CRYSTAL_HZ	32768u

struct mc146818 {
	struct vclock		*clock;
	struct mc146818_wires	wires;
	struct log		*log;
	uint8_t			index;		/* port 70h with the NMI mask */
	uint8_t			ext_index;	/* port 72h */
	uint8_t			cmos[MC146818_CMOS_SIZE];
	/*
	 * The divider chain: it has counted d = now + VCLOCK_HZ - phase cycles,
	 * and a second ends where d is a multiple of VCLOCK_HZ.
	 */
	uint32_t		phase;
	uint64_t		seconds;	/* d / VCLOCK_HZ at the last update */
	uint64_t		periods;	/* periodic edges seen, see mc_pf() */
	struct vtimer		update;
	struct vtimer		periodic;
};

struct calendar {
	unsigned	sec, min, hour, weekday, day, month, year;
};

static uint64_t
mc_divider(const struct mc146818 *r)
{
	return vclock_now(r->clock) + VCLOCK_HZ - r->phase;
}

static uint64_t
mc_to_now(const struct mc146818 *r, uint64_t divider)
{
	return divider + r->phase - VCLOCK_HZ;
}

static bool
mc_divider_runs(const struct mc146818 *r)
{
	return (r->cmos[R_A] & A_DV_RESET) != A_DV_RESET;
}

static bool
mc_updates(const struct mc146818 *r)
{
	return mc_divider_runs(r) && !(r->cmos[R_B] & B_SET);
}

static unsigned
mc_decode(const struct mc146818 *r, uint8_t v)
{
	return r->cmos[R_B] & B_BINARY ? v : (v >> 4) * 10u + (v & 15u);
}

static uint8_t
mc_encode(const struct mc146818 *r, unsigned v)
{
	return (uint8_t)(r->cmos[R_B] & B_BINARY ? v : v / 10 << 4 | v % 10);
}

static bool
mc_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned
mc_month_days(unsigned month, unsigned year)
{
	static const uint8_t days[12] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	return days[month - 1] + (month == 2 && mc_leap(year));
}

/* Registers out of range are read as the nearest value that counts on. */
static void
mc_get_calendar(const struct mc146818 *r, struct calendar *t)
{
	uint8_t hour = r->cmos[R_HOUR], century = r->cmos[R_CENTURY];

	t->sec = mc_decode(r, r->cmos[R_SEC]) % 60;
	t->min = mc_decode(r, r->cmos[R_MIN]) % 60;
	if (r->cmos[R_B] & B_24H)
		t->hour = mc_decode(r, hour) % 24;
	else
		t->hour = mc_decode(r, hour & (uint8_t)~HOUR_PM) % 12 +
		    (hour & HOUR_PM ? 12 : 0);
	t->weekday = (mc_decode(r, r->cmos[R_WEEKDAY]) + 6) % 7;
	t->month = mc_decode(r, r->cmos[R_MONTH]);
	if (t->month < 1 || t->month > 12)
		t->month = 1;
	t->year = ((century >> 4) * 10u + (century & 15u)) * 100 +
	    mc_decode(r, r->cmos[R_YEAR]) % 100;
	t->day = mc_decode(r, r->cmos[R_DAY]);
	if (t->day < 1 || t->day > mc_month_days(t->month, t->year))
		t->day = 1;
}

static void
mc_put_calendar(struct mc146818 *r, const struct calendar *t)
{
	unsigned hour = t->hour, century = t->year / 100 % 100;

	r->cmos[R_SEC] = mc_encode(r, t->sec);
	r->cmos[R_MIN] = mc_encode(r, t->min);
	if (r->cmos[R_B] & B_24H)
		r->cmos[R_HOUR] = mc_encode(r, hour);
	else
		r->cmos[R_HOUR] = mc_encode(r, hour % 12 ? hour % 12 : 12) |
		    (hour >= 12 ? HOUR_PM : 0);
	r->cmos[R_WEEKDAY] = mc_encode(r, t->weekday + 1);
	r->cmos[R_DAY] = mc_encode(r, t->day);
	r->cmos[R_MONTH] = mc_encode(r, t->month);
	r->cmos[R_YEAR] = mc_encode(r, t->year % 100);
	r->cmos[R_CENTURY] = (uint8_t)(century / 10 << 4 | century % 10);
}

static void
mc_next_day(struct calendar *t)
{
	t->weekday = (t->weekday + 1) % 7;
	if (++t->day <= mc_month_days(t->month, t->year))
		return;
	t->day = 1;
	if (++t->month <= 12)
		return;
	t->month = 1;
	t->year = (t->year + 1) % 10000;
}

static void
mc_next_second(struct calendar *t)
{
	if (++t->sec < 60)
		return;
	t->sec = 0;
	if (++t->min < 60)
		return;
	t->min = 0;
	if (++t->hour < 24)
		return;
	t->hour = 0;
	mc_next_day(t);
}

static bool
mc_alarm_field(const struct mc146818 *r, unsigned alarm, unsigned time)
{
	uint8_t a = r->cmos[alarm];

	return (a & ALARM_ANY) == ALARM_ANY || a == r->cmos[time];
}

static void
mc_drive_irq(struct mc146818 *r)
{
	uint8_t on = r->cmos[R_B] & r->cmos[R_C] & (C_UF | C_AF | C_PF);

	r->cmos[R_C] &= (uint8_t)~C_IRQF;
	if (on)
		r->cmos[R_C] |= C_IRQF;
	wire_set(&r->wires.irq, on);
}

static void
mc_one_update(struct mc146818 *r)
{
	struct calendar t;

	mc_get_calendar(r, &t);
	mc_next_second(&t);
	mc_put_calendar(r, &t);
	r->cmos[R_C] |= C_UF;
	if (mc_alarm_field(r, R_SEC_ALARM, R_SEC) &&
	    mc_alarm_field(r, R_MIN_ALARM, R_MIN) &&
	    mc_alarm_field(r, R_HOUR_ALARM, R_HOUR))
		r->cmos[R_C] |= C_AF;
}

/* 32768 Hz periods between two periodic interrupts; 0 = none.  "Register A",
 * table "Periodic Interrupt Rate": 1 and 2 are as 8 and 9. */
static unsigned
mc_period(const struct mc146818 *r)
{
	unsigned rs = r->cmos[R_A] & A_RS;

	if (rs == 0)
		return 0;
	return 1u << (rs <= 2 ? rs + 6 : rs - 1);
}

/* Periodic edges of the divider chain so far, at the present rate. */
static uint64_t
mc_periods(const struct mc146818 *r)
{
	return muldiv64(mc_divider(r), CRYSTAL_HZ, VCLOCK_HZ) / mc_period(r);
}

/* PF follows the chain also when no interrupt is wanted. */
static void
mc_pf(struct mc146818 *r)
{
	uint64_t n;

	if (!mc_divider_runs(r) || mc_period(r) == 0)
		return;
	n = mc_periods(r);
	if (n != r->periods)
		r->cmos[R_C] |= C_PF;
	r->periods = n;
}

/* Brings registers and flags up to now.  The update timer fires each second,
 * so the loop runs once. */
static void
mc_sync(struct mc146818 *r)
{
	uint64_t s;

	mc_pf(r);
	if (mc_updates(r)) {
		s = mc_divider(r) / VCLOCK_HZ;
		while (r->seconds < s) {
			mc_one_update(r);
			r->seconds++;
		}
	}
	mc_drive_irq(r);
}

static void
mc_arm(struct mc146818 *r, struct vtimer *t, uint64_t when)
{
	if (t->when != when)
		vtimer_arm(r->clock, t, when);
}

static void
mc_arm_timers(struct mc146818 *r)
{
	unsigned period = mc_period(r);

	if (mc_updates(r))
		mc_arm(r, &r->update,
		    mc_to_now(r, (r->seconds + 1) * VCLOCK_HZ));
	else
		vtimer_disarm(r->clock, &r->update);
	if (mc_divider_runs(r) && period && (r->cmos[R_B] & B_PIE))
		mc_arm(r, &r->periodic, mc_to_now(r,
		    muldiv64_up((r->periods + 1) * period, VCLOCK_HZ, CRYSTAL_HZ)));
	else
		vtimer_disarm(r->clock, &r->periodic);
}

static void
mc_timer(void *arg)
{
	struct mc146818 *r = arg;

	mc_sync(r);
	mc_arm_timers(r);
}

/* Updates and edges are counted from now on. */
static void
mc_restart(struct mc146818 *r)
{
	r->seconds = mc_divider(r) / VCLOCK_HZ;
	r->periods = mc_period(r) ? mc_periods(r) : 0;
}

static void
mc_write_a(struct mc146818 *r, uint8_t val)
{
	bool ran = mc_divider_runs(r);

	if ((val & A_DV) != A_DV_32K && (val & A_DV_RESET) != A_DV_RESET)
		log_unimp(r->log, "mc146818.dv", "RTC: time base 0x%02x",
		    val & A_DV);
	r->cmos[R_A] = val & (A_DV | A_RS);
	/* "Register A": the first update comes half a second after the
	 * divider's reset ends. */
	if (!ran && mc_divider_runs(r))
		r->phase = (uint32_t)((vclock_now(r->clock) + VCLOCK_HZ / 2) %
		    VCLOCK_HZ);
	if (!ran)
		mc_restart(r);
	else
		r->periods = mc_period(r) ? mc_periods(r) : 0;
}

static void
mc_write_b(struct mc146818 *r, uint8_t val)
{
	bool updated = mc_updates(r);

	if (val & B_DSE)
		log_unimp(r->log, "mc146818.dse", "RTC: daylight saving");
	if (val & B_SET)
		val &= (uint8_t)~B_UIE;
	r->cmos[R_B] = val;
	if (!updated && mc_updates(r))
		r->seconds = mc_divider(r) / VCLOCK_HZ;
}

static void
mc_write(struct mc146818 *r, unsigned i, uint8_t val)
{
	mc_sync(r);
	switch (i) {
	case R_A:
		mc_write_a(r, val);
		break;
	case R_B:
		mc_write_b(r, val);
		break;
	case R_C:
	case R_D:		/* read-only */
		break;
	default:
		r->cmos[i] = val;
		break;
	}
	mc_drive_irq(r);
	mc_arm_timers(r);
}

static bool
mc_uip(const struct mc146818 *r)
{
	return mc_updates(r) &&
	    VCLOCK_HZ - mc_divider(r) % VCLOCK_HZ <= UIP_CYCLES;
}

static uint8_t
mc_read(struct mc146818 *r, unsigned i)
{
	uint8_t v;

	mc_sync(r);
	switch (i) {
	case R_A:
		return r->cmos[R_A] | (mc_uip(r) ? A_UIP : 0);
	case R_C:
		v = r->cmos[R_C];
		r->cmos[R_C] = 0;
		mc_drive_irq(r);
		return v;
	default:
		return r->cmos[i];
	}
}

static uint64_t
mc146818_read(void *dev, uint32_t off, unsigned size)
{
	struct mc146818 *r = dev;

	(void)size;
	if (!(off & 1))		/* the index cannot be read back */
		return 0xff;
	return mc_read(r, r->index & 0x7f);
}

static void
mc146818_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct mc146818 *r = dev;

	(void)size;
	if (off & 1) {
		mc_write(r, r->index & 0x7f, (uint8_t)val);
		return;
	}
	r->index = (uint8_t)val;
	wire_set(&r->wires.nmi_off, r->index & 0x80);
}

static uint64_t
mc146818_ext_read(void *dev, uint32_t off, unsigned size)
{
	struct mc146818 *r = dev;

	(void)size;
	return off & 1 ? r->cmos[0x80 | r->ext_index] : r->ext_index;
}

static void
mc146818_ext_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct mc146818 *r = dev;

	(void)size;
	if (off & 1)
		r->cmos[0x80 | r->ext_index] = (uint8_t)val;
	else
		r->ext_index = (uint8_t)val & 0x7f;
}

void
mc146818_set(struct mc146818 *r, unsigned index, uint8_t val)
{
	if (index > R_D && index < MC146818_CMOS_SIZE && index != R_CENTURY)
		r->cmos[index] = val;
}

uint8_t
mc146818_get(const struct mc146818 *r, unsigned index)
{
	return r->cmos[index % MC146818_CMOS_SIZE];
}

/* "RESET": interrupts are disabled, time and memory are not touched. */
static void
mc146818_reset(void *dev)
{
	struct mc146818 *r = dev;

	mc_sync(r);
	r->cmos[R_B] &= (uint8_t)~(B_PIE | B_AIE | B_UIE | B_SQWE);
	r->cmos[R_C] = 0;
	r->index = 0;
	r->ext_index = 0;
	mc_drive_irq(r);
	wire_set(&r->wires.nmi_off, false);
	mc_arm_timers(r);
}

static int
mc146818_restored(void *dev)
{
	struct mc146818 *r = dev;
	uint64_t s;

	if (r->phase >= VCLOCK_HZ || r->ext_index > 0x7f ||
	    (r->cmos[R_A] & A_UIP) || (r->cmos[R_C] & 15))
		return -EINVAL;
	/* The seconds may lag only by what one late timer explains, or for any
	 * time while the clock is stopped. */
	s = mc_divider(r) / VCLOCK_HZ;
	if (r->seconds > s || (mc_updates(r) && s - r->seconds > 2))
		return -EINVAL;
	/* One that fires late would have all the seconds before it to go through. */
	if (mc_updates(r) && r->update.when > mc_to_now(r, (r->seconds + 1) * VCLOCK_HZ))
		return -EINVAL;
	if (mc_period(r) && r->periods > mc_periods(r))
		return -EINVAL;
	wire_set(&r->wires.irq, r->cmos[R_C] & C_IRQF);
	wire_set(&r->wires.nmi_off, r->index & 0x80);
	return 0;
}

static const struct snap_field mc146818_fields[] = {
	SNAP_U8(struct mc146818, index),
	SNAP_U8(struct mc146818, ext_index),
	SNAP_BYTES(struct mc146818, cmos),
	SNAP_U32(struct mc146818, phase),
	SNAP_U64(struct mc146818, seconds),
	SNAP_U64(struct mc146818, periods),
	SNAP_TIMER(struct mc146818, update),
	SNAP_TIMER(struct mc146818, periodic),
	SNAP_END
};

const struct io_ops mc146818_io = {
	.read = mc146818_read,
	.write = mc146818_write,
	.sizes = 1,
};

const struct io_ops mc146818_ext_io = {
	.read = mc146818_ext_read,
	.write = mc146818_ext_write,
	.sizes = 1,
};

const struct device_class mc146818_class = {
	.name = "mc146818",
	.version = 1,
	.reset = mc146818_reset,
	.restored = mc146818_restored,
	.free = free,
	.fields = mc146818_fields,
};

/* The calendar of base seconds after 1970-01-01, a Thursday. */
static void
mc_set_base(struct mc146818 *r, uint64_t base)
{
	struct calendar t = { .weekday = 4, .day = 1, .month = 1, .year = 1970 };
	uint64_t days = base / 86400 % 3652425;	/* before the year 9999 ends */
	unsigned n;

	t.hour = (unsigned)(base / 3600 % 24);
	t.min = (unsigned)(base / 60 % 60);
	t.sec = (unsigned)(base % 60);
	t.weekday = (unsigned)((4 + days) % 7);
	while (days >= (n = mc_leap(t.year) ? 366 : 365)) {
		days -= n;
		t.year++;
	}
	while (days >= (n = mc_month_days(t.month, t.year))) {
		days -= n;
		t.month++;
	}
	t.day += (unsigned)days;
	mc_put_calendar(r, &t);
}

struct mc146818 *
mc146818_new(struct vclock *clock, struct mc146818_wires wires, uint64_t base,
    struct log *log)
{
	struct mc146818 *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->clock = clock;
	r->wires = wires;
	r->log = log;
	vtimer_init(&r->update, mc_timer, r);
	vtimer_init(&r->periodic, mc_timer, r);
	r->cmos[R_A] = A_DV_32K | 6;	/* the PC's 1024 Hz */
	r->cmos[R_B] = B_24H;
	r->cmos[R_D] = D_VRT;
	r->phase = (uint32_t)(vclock_now(clock) % VCLOCK_HZ);
	mc_set_base(r, base);
	mc_restart(r);
	mc146818_reset(r);
	return r;
}
