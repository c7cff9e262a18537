/*
 * vmm/guest/clock.c - interrupt controller, timer, real-time clock
 *
 * Intel 8259A, "Initialization Command Words"; Intel 8254, "Mode 2"; Motorola
 * MC146818A, "Update Cycle".
 */
#include "vmm/guest/clock.h"

#include "vmm/common/port.h"
#include "vmm/guest/count.h"
#include "vmm/guest/kernel.h"
#include "vmm/guest/proc.h"
#include "vmm/guest/pv.h"
#include "vmm/guest/trap.h"
#include "vmm/guest/x86.h"

#define PIC1		0x20
#define PIC2		0xa0
#define   ICW1		0x11		/* edge, cascade, ICW4 follows */
#define   ICW4		0x01
#define   EOI		0x20
#define   ALL		0xff
#define   ALL_BUT_TIMER	0xfe

#define PIT_HZ		1193182
#define PIT_0		0x40
#define PIT_MODE	0x43
#define   MODE_2	0x34		/* counter 0, both bytes, rate generator */

#define RTC_INDEX	0x70
#define RTC_DATA	0x71
#define   RTC_A		0x0a
#define     UIP		0x80

enum source {
	SOURCE_COUNT,
	SOURCE_TSC,
	SOURCE_PV,
};

static bool running;
static enum source source;
static uint64_t started, stolen;	/* cycles: then, and until the last tick */
static uint64_t per_tick;

static void
pic_init(uint16_t pic, uint8_t vector, uint8_t cascade, uint8_t mask)
{
	out_b(pic, ICW1);
	out_b(pic + 1, vector);
	out_b(pic + 1, cascade);
	out_b(pic + 1, ICW4);
	out_b(pic + 1, mask);
}

static void
pit_init(uint64_t hz)
{
	uint32_t divisor = (uint32_t)((PIT_HZ + hz / 2) / hz);

	out_b(PIT_MODE, MODE_2);
	out_b(PIT_0, (uint8_t)divisor);
	out_b(PIT_0, (uint8_t)(divisor >> 8));
}

static uint64_t
source_now(void)
{
	return source == SOURCE_PV ? pv_time() : rdtsc();
}

static void
source_init(uint64_t hz)
{
	source = option_is("clock", "tsc") ? SOURCE_TSC :
	    option_is("clock", "pv") ? SOURCE_PV : SOURCE_COUNT;
	if (source == SOURCE_PV && (int64_t)pv_time() < 0)
		panic("clock=pv needs the paravirtual kernel and a VMM's clock");
	if (source == SOURCE_COUNT)
		return;
	per_tick = option("tsc_hz", 1000000000) / hz;
	started = source_now();
	stolen = pv_stolen();
}

void
clock_init(bool timer)
{
	uint64_t hz = option("hz", 100);

	if (hz < 19 || hz > 10000)
		panic("hz= is 19 to 10000");
	running = timer;
	pic_init(PIC1, VECTOR_IRQ, 0x04, timer ? ALL_BUT_TIMER : ALL);
	pic_init(PIC2, VECTOR_IRQ + 8, 0x02, ALL);
	if (timer)
		pit_init(hz);
	source_init(hz);
}

bool
clock_runs(void)
{
	return running;
}

uint64_t
clock_ticks(void)
{
	return counters[COUNT_TICKS];
}

/* Ticks the running process pays for */
static unsigned
advance(void)
{
	uint64_t before = counters[COUNT_TICKS], now = before + 1, lost = 0;

	if (source != SOURCE_COUNT)
		now = (source_now() - started) / per_tick;
	if (source == SOURCE_PV) {
		lost = (pv_stolen() - stolen) / per_tick;
		stolen += lost * per_tick;
	}
	counters[COUNT_TICKS] = now;
	return now - before > lost ? (unsigned)(now - before - lost) : 0;
}

/* Only the timer is not masked.  Another number is a request that was gone
 * when the processor asked: no end of interrupt. */
void
clock_interrupt(unsigned irq, bool user)
{
	unsigned charged;

	if (irq != 0)
		return;
	out_b(PIC1, EOI);
	charged = advance();
	sched_tick(user ? charged : 0);
}

/* ---- the real-time clock */

static unsigned
rtc_read(uint8_t reg)
{
	out_b(RTC_INDEX, reg);
	return in_b(RTC_DATA);
}

static unsigned
rtc_bcd(uint8_t reg)
{
	unsigned v = rtc_read(reg);

	return (v >> 4) * 10 + (v & 15);
}

/* Days from 1 March 2000; the year begins in March, so that the leap day is
 * its last. */
static uint64_t
days(unsigned year, unsigned month, unsigned day)
{
	if (month < 3) {
		month += 12;
		year += 99;		/* one less, of a century */
		year %= 100;
	}
	return (uint64_t)year * 365 + year / 4 + (153 * (month - 3) + 2) / 5 + day - 1;
}

#define MARCH_2000	951868800	/* seconds since 1970 */

uint64_t
clock_rtc(void)
{
	uint64_t t;

	while (rtc_read(RTC_A) & UIP)
		;
	t = days(rtc_bcd(9), rtc_bcd(8), rtc_bcd(7));
	t = t * 24 + rtc_bcd(4);
	t = t * 60 + rtc_bcd(2);
	return t * 60 + rtc_bcd(0) + MARCH_2000;
}
