/*
 * hw/lapic.c - local APIC: xAPIC and x2APIC, timer with TSC deadline
 *
 * Reference: AMD APM vol 2 chapter 16 "Advanced Programmable Interrupt
 * Controller (APIC)"; Intel SDM vol 3A chapter 11 (10 in older editions)
 * "Advanced Programmable Interrupt Controller", for the TSC-deadline timer and
 * what APM leaves open.
 *
 * The bus clock of the timer is VCLOCK_HZ.  After reset the boot processor has
 * LINT0 in ExtINT mode, as firmware sets it up for virtual wire mode (MP
 * Specification 1.4, 3.6.2.2 "Virtual Wire Mode"): 8259 interrupts arrive
 * without APIC set-up.  An interrupt of the APIC itself goes before an ExtINT.
 *
 * Not modelled: SMI (logged), remote read, pin polarity (pins are active
 * high), suppression of EOI broadcasts, AMD's extended registers.
 */
#include "hw/lapic.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bits.h"

/* Register numbers: xAPIC offset / 16, x2APIC MSR - 800h. */
#define REG_ID		0x02
#define REG_VERSION	0x03
#define   VERSION	0x00050014u	/* 6 LVT entries */
#define REG_TPR		0x08
#define REG_APR		0x09
#define REG_PPR		0x0a
#define REG_EOI		0x0b
#define REG_RRR		0x0c
#define REG_LDR		0x0d
#define REG_DFR		0x0e
#define REG_SVR		0x0f
#define   SVR_ENABLE	0x100u
#define   SVR_BITS	0x3ffu
#define REG_ISR		0x10
#define REG_TMR		0x18
#define REG_IRR		0x20
#define REG_ESR		0x28
#define   ESR_SEND_VECTOR	0x20u
#define   ESR_RECV_VECTOR	0x40u
#define   ESR_REGISTER		0x80u
#define REG_ICR		0x30
#define REG_ICR_HI	0x31
#define   ICR_LEVEL	0x4000u
#define   ICR_BITS	0x000ccfffu	/* bit 12, busy, always reads 0 */
#define   ICR_RESERVED	0xfff32000u
#define REG_LVT		0x32
#define REG_TIMER_INIT	0x38
#define REG_TIMER_CUR	0x39
#define REG_TIMER_DIV	0x3e
#define REG_SELF_IPI	0x3f
#define REGS		0x40

enum lvt { LVT_TIMER, LVT_THERMAL, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVTS };

#define LVT_MASKED	0x10000u
#define LVT_LEVEL	0x08000u
#define LVT_REMOTE_IRR	0x04000u
#define LVT_MODE(v)	((v) >> 8 & 7)
#define TIMER_MODE(v)	((v) >> 17 & 3)
#define TIMER_ONE_SHOT	0
#define TIMER_PERIODIC	1
#define TIMER_DEADLINE	2

static const uint32_t lvt_bits[LVTS] = {
	[LVT_TIMER] = 0x700ff, [LVT_THERMAL] = 0x107ff, [LVT_PERF] = 0x107ff,
	[LVT_LINT0] = 0x1a7ff, [LVT_LINT1] = 0x1a7ff, [LVT_ERROR] = 0x100ff,
};

struct lapic {
	uint64_t		base;		/* APIC_BASE */
	uint8_t			xid;		/* ID register in xAPIC mode */
	uint8_t			tpr;
	uint32_t		ldr;		/* xAPIC */
	uint32_t		dfr;
	uint32_t		svr;
	uint32_t		irr[8];
	uint32_t		isr[8];
	uint32_t		tmr[8];
	uint32_t		esr;		/* as read */
	uint32_t		esr_new;	/* since the last write */
	uint32_t		icr;
	uint32_t		icr_hi;
	uint32_t		lvt[LVTS];
	uint8_t			timer_div;
	bool			timer_on;	/* counts, or expired one-shot */
	uint32_t		timer_init;
	uint64_t		timer_start;	/* time at which it held init */
	uint64_t		deadline;	/* TSC value, 0: off */
	bool			ext_msg;	/* an ExtINT message waits */
	uint8_t			lint;		/* pin levels; state, for edges */
	struct vtimer		timer;
	/* Wiring: */
	struct lapic_config	cfg;
	struct vclock		*vc;
	struct log		*log;
};

/* --- modes --- */

static bool
lapic_on(const struct lapic *l)
{
	return l->base & APIC_BASE_EN;
}

static bool
lapic_x2(const struct lapic *l)
{
	return (l->base & APIC_BASE_X2) != 0;
}

/* --- 256-bit vector sets --- */

static bool
vec_test(const uint32_t set[8], uint8_t v)
{
	return set[v / 32] >> (v % 32) & 1;
}

static void
vec_put(uint32_t set[8], uint8_t v, bool on)
{
	set[v / 32] = (uint32_t)bits_put(set[v / 32], v % 32, 1, on);
}

/* The highest member, -1 when empty. */
static int
vec_highest(const uint32_t set[8])
{
	int i;

	for (i = 7; i >= 0; i--)
		if (set[i])
			return 32 * i + 31 - __builtin_clz(set[i]);
	return -1;
}

/* --- priorities and the INTR output --- */

/* APM vol 2 §16.6.4 "Task and Processor Priorities" */
static uint8_t
lapic_ppr(const struct lapic *l)
{
	int isr = vec_highest(l->isr);

	if (isr < 0 || l->tpr >> 4 >= isr >> 4)
		return l->tpr;
	return isr & 0xf0;
}

/* APM vol 2 §16.4.7 "Arbitration Priority Register" */
static uint8_t
lapic_apr(const struct lapic *l)
{
	int irr = vec_highest(l->irr), isr = vec_highest(l->isr);
	int v = irr > isr ? irr : isr;

	if (v < 0 || l->tpr >> 4 >= v >> 4)
		return l->tpr;
	return v & 0xf0;
}

static int
lapic_deliverable(const struct lapic *l)
{
	int v = vec_highest(l->irr);

	return v >= 0 && v >> 4 > lapic_ppr(l) >> 4 ? v : -1;
}

static bool
lapic_extint(const struct lapic *l)
{
	uint32_t lvt = l->lvt[LVT_LINT0];

	if (!lapic_on(l))
		return l->lint & 1;
	return l->ext_msg || ((l->lint & 1) && !(lvt & LVT_MASKED) &&
	    LVT_MODE(lvt) == APIC_EXTINT);
}

static void
lapic_update(struct lapic *l)
{
	wire_set(&l->cfg.intr, (lapic_on(l) && lapic_deliverable(l) >= 0) ||
	    lapic_extint(l));
}

static void
lapic_nmi(struct lapic *l)
{
	wire_set(&l->cfg.nmi, true);
	wire_set(&l->cfg.nmi, false);
}

/* --- pending interrupts and errors --- */

static void lapic_set_irr(struct lapic *l, uint8_t v, bool level);

/*
 * A bit that is set already raises no further error interrupt; that also ends
 * the recursion when the error entry itself has an illegal vector.
 */
static void
lapic_error(struct lapic *l, uint32_t bit)
{
	if (l->esr_new & bit)
		return;
	l->esr_new |= bit;
	if (!(l->lvt[LVT_ERROR] & LVT_MASKED))
		lapic_set_irr(l, (uint8_t)l->lvt[LVT_ERROR], false);
}

static void
lapic_set_irr(struct lapic *l, uint8_t v, bool level)
{
	if (v < 16) {
		lapic_error(l, ESR_RECV_VECTOR);
		return;
	}
	vec_put(l->irr, v, true);
	vec_put(l->tmr, v, level);
	lapic_update(l);
}

/* --- timer --- */

/* APM vol 2 §16.4.1 "APIC Timer Interrupt", divide configuration */
static uint64_t
lapic_timer_div(const struct lapic *l)
{
	unsigned v = (l->timer_div & 3) | (l->timer_div & 8) >> 1;

	return BIT((v + 1) & 7);
}

static uint64_t
lapic_timer_period(const struct lapic *l)
{
	return l->timer_init * lapic_timer_div(l);
}

static uint32_t
lapic_timer_current(struct lapic *l)
{
	unsigned mode = TIMER_MODE(l->lvt[LVT_TIMER]);
	uint64_t ticks;

	if (mode == TIMER_DEADLINE || !l->timer_on || !l->timer_init)
		return 0;
	ticks = (vclock_now(l->vc) - l->timer_start) / lapic_timer_div(l);
	if (mode == TIMER_PERIODIC)
		return l->timer_init - (uint32_t)(ticks % l->timer_init);
	return ticks >= l->timer_init ? 0 : l->timer_init - (uint32_t)ticks;
}

static uint64_t
lapic_tsc_time(const struct lapic *l, uint64_t tsc)
{
	return l->cfg.cb.tsc_time ? l->cfg.cb.tsc_time(l->cfg.cb.arg, tsc) : tsc;
}

/*
 * A periodic expiry changes nothing while its vector is pending (or its error
 * recorded), so none is scheduled then: a guest that programs a period of one
 * cycle costs an event per interrupt it takes, not one per cycle.
 */
static bool
lapic_timer_saturated(const struct lapic *l)
{
	uint8_t v = (uint8_t)l->lvt[LVT_TIMER];

	return v < 16 ? (l->esr_new & ESR_RECV_VECTOR) != 0 : vec_test(l->irr, v);
}

static uint64_t
lapic_timer_next(struct lapic *l)
{
	uint64_t now = vclock_now(l->vc), period = lapic_timer_period(l);

	if (l->lvt[LVT_TIMER] & LVT_MASKED)
		return VTIMER_IDLE;
	switch (TIMER_MODE(l->lvt[LVT_TIMER])) {
	case TIMER_DEADLINE:
		return l->deadline ? lapic_tsc_time(l, l->deadline) : VTIMER_IDLE;
	case TIMER_ONE_SHOT:
		if (!l->timer_on || !period || now - l->timer_start >= period)
			return VTIMER_IDLE;
		return l->timer_start + period;
	case TIMER_PERIODIC:
		if (!l->timer_on || !period || lapic_timer_saturated(l))
			return VTIMER_IDLE;
		return l->timer_start +
		    ((now - l->timer_start) / period + 1) * period;
	default:
		return VTIMER_IDLE;
	}
}

static void
lapic_timer_arm(struct lapic *l)
{
	uint64_t when = lapic_timer_next(l);

	if (when == VTIMER_IDLE)
		vtimer_disarm(l->vc, &l->timer);
	else
		vtimer_arm(l->vc, &l->timer, when);
}

static void
lapic_timer_fired(void *arg)
{
	struct lapic *l = arg;

	if (TIMER_MODE(l->lvt[LVT_TIMER]) == TIMER_DEADLINE)
		l->deadline = 0;
	lapic_set_irr(l, (uint8_t)l->lvt[LVT_TIMER], false);
	lapic_timer_arm(l);
}

/* A deadline that passed while the entry was masked is over. */
static void
lapic_deadline_check(struct lapic *l)
{
	if (l->deadline && (l->lvt[LVT_TIMER] & LVT_MASKED) &&
	    lapic_tsc_time(l, l->deadline) <= vclock_now(l->vc))
		l->deadline = 0;
}

static void
lapic_timer_set_init(struct lapic *l, uint32_t val)
{
	if (TIMER_MODE(l->lvt[LVT_TIMER]) == TIMER_DEADLINE)
		return;
	l->timer_init = val;
	l->timer_start = vclock_now(l->vc);
	l->timer_on = val != 0;
	lapic_timer_arm(l);
}

/* The count goes on from where it is, at the new rate. */
static void
lapic_timer_set_div(struct lapic *l, uint32_t val)
{
	uint64_t now = vclock_now(l->vc);
	uint32_t cur = lapic_timer_current(l);

	if (l->timer_on && !cur)
		l->timer_on = false;
	l->timer_div = val & 0xb;
	if (l->timer_on)
		l->timer_start = now - (l->timer_init - cur) * lapic_timer_div(l);
	lapic_timer_arm(l);
}

/*
 * Entering or leaving TSC-deadline mode stops the timer (SDM vol 3A "TSC-
 * Deadline Mode"); between the other two the count goes on.
 */
static void
lapic_timer_set_mode(struct lapic *l, uint32_t lvt)
{
	unsigned old = TIMER_MODE(l->lvt[LVT_TIMER]), new = TIMER_MODE(lvt);
	uint64_t period = lapic_timer_period(l), now = vclock_now(l->vc);

	if (old == new)
		return;
	if (old == TIMER_DEADLINE || new == TIMER_DEADLINE) {
		l->timer_on = false;
		l->timer_init = 0;
		l->deadline = 0;
	} else if (old == TIMER_ONE_SHOT && !lapic_timer_current(l)) {
		l->timer_on = false;
	} else if (old == TIMER_PERIODIC && period) {
		l->timer_start += (now - l->timer_start) / period * period;
	}
}

/* --- LVT and pins --- */

/* A level-triggered fixed pin: one message until its EOI. */
static void
lapic_lint_level(struct lapic *l, unsigned pin)
{
	uint32_t *lvt = &l->lvt[LVT_LINT0 + pin];

	if ((*lvt & LVT_MASKED) || !(*lvt & LVT_LEVEL) ||
	    LVT_MODE(*lvt) != APIC_FIXED || (*lvt & LVT_REMOTE_IRR) ||
	    !(l->lint >> pin & 1))
		return;
	*lvt |= LVT_REMOTE_IRR;
	lapic_set_irr(l, (uint8_t)*lvt, true);
}

static void
lapic_lint_rise(struct lapic *l, unsigned pin)
{
	uint32_t lvt = l->lvt[LVT_LINT0 + pin];

	if (lvt & LVT_MASKED)
		return;
	switch (LVT_MODE(lvt)) {
	case APIC_FIXED:
		if (!(lvt & LVT_LEVEL))
			lapic_set_irr(l, (uint8_t)lvt, false);
		break;
	case APIC_NMI:
		lapic_nmi(l);
		break;
	case APIC_INIT:
		if (l->cfg.cb.init)
			l->cfg.cb.init(l->cfg.cb.arg);
		break;
	case APIC_SMI:
		log_unimp(l->log, "lapic-smi", "lapic: SMI by a pin, ignored");
		break;
	default:
		break;
	}
}

void
lapic_set_lint(struct lapic *l, unsigned pin, bool level)
{
	bool rise = level && !(l->lint >> pin & 1);

	l->lint = (uint8_t)bits_put(l->lint, pin, 1, level);
	if (!lapic_on(l)) {
		if (pin == 1 && rise)
			lapic_nmi(l);
	} else {
		if (rise)
			lapic_lint_rise(l, pin);
		lapic_lint_level(l, pin);
	}
	lapic_update(l);
}

static void
lapic_lvt_write(struct lapic *l, unsigned n, uint32_t val)
{
	val &= lvt_bits[n];
	/* While the APIC is disabled by SVR the mask bits stay set (SDM vol 3A
	 * "Local APIC State After It Has Been Software Disabled"). */
	if (!(l->svr & SVR_ENABLE))
		val |= LVT_MASKED;
	if (n == LVT_TIMER) {
		lapic_deadline_check(l);
		lapic_timer_set_mode(l, val);
		l->lvt[n] = val;
		lapic_timer_arm(l);
		return;
	}
	if ((val & LVT_LEVEL) && LVT_MODE(val) == APIC_FIXED)
		val |= l->lvt[n] & LVT_REMOTE_IRR;
	l->lvt[n] = val;
	if (n == LVT_LINT0 || n == LVT_LINT1)
		lapic_lint_level(l, n - LVT_LINT0);
	lapic_update(l);
}

static void
lapic_svr_write(struct lapic *l, uint32_t val)
{
	unsigned n;

	l->svr = val & SVR_BITS;
	if (l->svr & SVR_ENABLE)
		return;
	lapic_deadline_check(l);
	for (n = 0; n < LVTS; n++)
		l->lvt[n] |= LVT_MASKED;
	lapic_timer_arm(l);
	lapic_update(l);
}

/* --- messages --- */

void
lapic_accept(struct lapic *l, const struct apic_msg *m)
{
	const struct lapic_cb *cb = &l->cfg.cb;

	if (!lapic_on(l))
		return;
	switch (m->delivery) {
	case APIC_FIXED:
	case APIC_LOWEST:
		if (l->svr & SVR_ENABLE)
			lapic_set_irr(l, m->vector, m->level);
		break;
	case APIC_NMI:
		lapic_nmi(l);
		break;
	case APIC_INIT:
		/* The de-assert message of old MP start-up code does nothing. */
		if (cb->init && m->assert_)
			cb->init(cb->arg);
		break;
	case APIC_STARTUP:
		if (cb->startup)
			cb->startup(cb->arg, m->vector);
		break;
	case APIC_EXTINT:
		l->ext_msg = true;
		lapic_update(l);
		break;
	default:
		log_unimp(l->log, "lapic-message",
		    "lapic: message type %u, ignored", m->delivery);
	}
}

/* APM vol 2 §16.6.1 "Receiving System and IPI Interrupts", §16.14 "x2APIC". */
static bool
lapic_logical_match(const struct lapic *l, const struct apic_msg *m)
{
	uint32_t d = m->dest, ldr;

	if (lapic_x2(l)) {
		ldr = (l->cfg.id >> 4) << 16 | 1u << (l->cfg.id & 15);
		if (d == UINT32_MAX)
			return true;
		return d >> 16 == ldr >> 16 && (d & ldr & 0xffff);
	}
	if (m->wide && d > 0xff)
		return d == UINT32_MAX;
	ldr = l->ldr >> 24;
	if (l->dfr >> 28 == 0xf)
		return d & ldr;
	return (d >> 4 == ldr >> 4 || d >> 4 == 0xf) && (d & ldr & 0xf);
}

static bool
lapic_matches(const struct lapic *l, const struct lapic *from,
    const struct apic_msg *m)
{
	if (!lapic_on(l))
		return false;
	switch (m->shorthand) {
	case APIC_TO_SELF: return l == from;
	case APIC_TO_ALL: return true;
	case APIC_TO_OTHERS: return l != from;
	default: break;
	}
	if (m->logical)
		return lapic_logical_match(l, m);
	return m->dest == (m->wide ? UINT32_MAX : 0xff) ||
	    m->dest == (lapic_x2(l) ? l->cfg.id : l->xid);
}

uint32_t
lapic_targets(struct lapic *const *v, unsigned n, const struct lapic *from,
    const struct apic_msg *m)
{
	const struct lapic *best = NULL;
	uint32_t targets = 0;
	unsigned i;

	for (i = 0; i < n && i < 32; i++) {
		if (!lapic_matches(v[i], from, m))
			continue;
		if (m->delivery != APIC_LOWEST) {
			targets |= 1u << i;
		} else if ((v[i]->svr & SVR_ENABLE) &&
		    (!best || lapic_apr(v[i]) < lapic_apr(best))) {
			best = v[i];
			targets = 1u << i;
		}
	}
	return targets;
}

unsigned
lapic_route(struct lapic *const *v, unsigned n, const struct lapic *from,
    const struct apic_msg *m)
{
	uint32_t targets = lapic_targets(v, n, from, m), left;

	for (left = targets; left; left &= left - 1)
		lapic_accept(v[__builtin_ctz(left)], m);
	return (unsigned)__builtin_popcount(targets);
}

static void
lapic_send(struct lapic *l)
{
	struct apic_msg m = {
		.dest = lapic_x2(l) ? l->icr_hi : l->icr_hi >> 24,
		.vector = (uint8_t)l->icr,
		.delivery = l->icr >> 8 & 7,
		.shorthand = l->icr >> 18 & 3,
		.logical = l->icr >> 11 & 1,
		.wide = lapic_x2(l),
		.assert_ = true,
	};

	/* Trigger mode and level matter for INIT only: "INIT level de-assert";
	 * every other IPI is an asserted edge (SDM vol 3A "Interrupt Command
	 * Register (ICR)"). */
	if (m.delivery == APIC_INIT)
		m.assert_ = !(l->icr & 0x8000) || (l->icr & ICR_LEVEL);
	if (m.delivery <= APIC_LOWEST && m.vector < 16) {
		lapic_error(l, ESR_SEND_VECTOR);
		return;
	}
	if (m.shorthand == APIC_TO_SELF)
		lapic_accept(l, &m);
	else
		l->cfg.cb.ipi(l->cfg.cb.arg, &m);
}

static void
lapic_eoi(struct lapic *l)
{
	int v = vec_highest(l->isr);
	unsigned pin;

	if (v < 0)
		return;
	vec_put(l->isr, (uint8_t)v, false);
	if (vec_test(l->tmr, (uint8_t)v)) {
		for (pin = 0; pin < 2; pin++) {
			uint32_t *lvt = &l->lvt[LVT_LINT0 + pin];

			if ((uint8_t)*lvt != v)
				continue;
			*lvt &= ~LVT_REMOTE_IRR;
			lapic_lint_level(l, pin);
		}
		if (l->cfg.cb.eoi)
			l->cfg.cb.eoi(l->cfg.cb.arg, (uint8_t)v);
	}
	lapic_update(l);
}

int
lapic_intack(struct lapic *l)
{
	int v;

	if (!lapic_on(l))
		return LAPIC_EXTINT;
	v = lapic_deliverable(l);
	if (v >= 0) {
		vec_put(l->irr, (uint8_t)v, false);
		vec_put(l->isr, (uint8_t)v, true);
		if (v == (uint8_t)l->lvt[LVT_TIMER] &&
		    TIMER_MODE(l->lvt[LVT_TIMER]) == TIMER_PERIODIC)
			lapic_timer_arm(l);
	} else if (lapic_extint(l)) {
		v = LAPIC_EXTINT;
		l->ext_msg = false;
	} else {
		v = l->svr & 0xff;
	}
	lapic_update(l);
	return v;
}

/* --- registers --- */

uint8_t
lapic_tpr(const struct lapic *l)
{
	return l->tpr;
}

void
lapic_set_tpr(struct lapic *l, uint8_t tpr)
{
	l->tpr = tpr;
	lapic_update(l);
}

uint64_t
lapic_base(const struct lapic *l)
{
	return l->base;
}

uint32_t
lapic_id(const struct lapic *l)
{
	return lapic_x2(l) ? l->cfg.id : l->xid;
}

static uint32_t
lapic_ldr(const struct lapic *l)
{
	if (lapic_x2(l))
		return (l->cfg.id >> 4) << 16 | 1u << (l->cfg.id & 15);
	return l->ldr;
}

/* False: no such register, or it cannot be read. */
static bool
lapic_reg_read(struct lapic *l, unsigned reg, uint32_t *v)
{
	if (reg >= REG_ISR && reg < REG_ESR) {
		const uint32_t *set = reg < REG_TMR ? l->isr :
		    reg < REG_IRR ? l->tmr : l->irr;

		*v = set[reg & 7];
		return true;
	}
	if (reg >= REG_LVT && reg < REG_LVT + LVTS) {
		*v = l->lvt[reg - REG_LVT];
		return true;
	}
	switch (reg) {
	case REG_ID: *v = lapic_x2(l) ? l->cfg.id : (uint32_t)l->xid << 24; break;
	case REG_VERSION: *v = VERSION; break;
	case REG_TPR: *v = l->tpr; break;
	case REG_APR: *v = lapic_apr(l); return !lapic_x2(l);
	case REG_PPR: *v = lapic_ppr(l); break;
	case REG_RRR: *v = 0; return !lapic_x2(l);
	case REG_LDR: *v = lapic_ldr(l); break;
	case REG_DFR: *v = l->dfr; return !lapic_x2(l);
	case REG_SVR: *v = l->svr; break;
	case REG_ESR: *v = l->esr; break;
	case REG_ICR: *v = l->icr; break;
	case REG_ICR_HI: *v = l->icr_hi; return !lapic_x2(l);
	case REG_TIMER_INIT: *v = l->timer_init; break;
	case REG_TIMER_CUR: *v = lapic_timer_current(l); break;
	case REG_TIMER_DIV: *v = l->timer_div; break;
	default: return false;
	}
	return true;
}

bool
lapic_peek(struct lapic *l, unsigned reg, uint32_t *v)
{
	return lapic_reg_read(l, reg, v);
}

uint64_t
lapic_deadline(const struct lapic *l)
{
	return l->deadline;
}

static void
lapic_esr_write(struct lapic *l)
{
	l->esr = l->esr_new;
	l->esr_new = 0;
	lapic_timer_arm(l);
}

/* Registers of both modes; false: none. */
static bool
lapic_reg_write(struct lapic *l, unsigned reg, uint32_t v)
{
	if (reg >= REG_LVT && reg < REG_LVT + LVTS) {
		lapic_lvt_write(l, reg - REG_LVT, v);
		return true;
	}
	switch (reg) {
	case REG_TPR: lapic_set_tpr(l, (uint8_t)v); break;
	case REG_EOI: lapic_eoi(l); break;
	case REG_SVR: lapic_svr_write(l, v); break;
	case REG_ESR: lapic_esr_write(l); break;
	case REG_ICR: l->icr = v & ICR_BITS; lapic_send(l); break;
	case REG_TIMER_INIT: lapic_timer_set_init(l, v); break;
	case REG_TIMER_DIV: lapic_timer_set_div(l, v); break;
	default: return false;
	}
	return true;
}

/* Registers that only xAPIC mode has, or has writable. */
static bool
lapic_xreg_write(struct lapic *l, unsigned reg, uint32_t v)
{
	switch (reg) {
	case REG_ID: l->xid = v >> 24; break;
	case REG_LDR: l->ldr = v & 0xff000000; break;
	case REG_DFR: l->dfr = v | 0x0fffffff; break;
	case REG_ICR_HI: l->icr_hi = v & 0xff000000; break;
	default: return false;
	}
	return true;
}

/* Registers are at multiples of 16, in the low dword. */
static uint64_t
lapic_io_read(void *dev, uint32_t off, unsigned size)
{
	struct lapic *l = dev;
	uint32_t v = 0;

	(void)size;
	if (!lapic_on(l) || lapic_x2(l))
		return UINT32_MAX;
	if (off % 16)
		return 0;
	if (!lapic_reg_read(l, off / 16, &v))
		lapic_error(l, ESR_REGISTER);
	return v;
}

static void
lapic_io_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct lapic *l = dev;

	(void)size;
	if (!lapic_on(l) || lapic_x2(l) || off % 16)
		return;
	if (!lapic_reg_write(l, off / 16, (uint32_t)val) &&
	    !lapic_xreg_write(l, off / 16, (uint32_t)val))
		lapic_error(l, ESR_REGISTER);
}

/* --- MSRs --- */

/* Bits that must be 0 in a write in x2APIC mode; all ones: not writable. */
static uint64_t
lapic_x2_reserved(unsigned reg)
{
	if (reg >= REG_LVT && reg < REG_LVT + LVTS)
		return ~(uint64_t)(lvt_bits[reg - REG_LVT] | 0x5000);
	switch (reg) {
	case REG_TPR: return ~(uint64_t)0xff;
	case REG_EOI:
	case REG_ESR: return ~(uint64_t)0;
	case REG_SVR: return ~(uint64_t)SVR_BITS;
	case REG_ICR: return ICR_RESERVED;
	case REG_TIMER_INIT: return ~(uint64_t)UINT32_MAX;
	case REG_TIMER_DIV: return ~(uint64_t)0xb;
	case REG_SELF_IPI: return ~(uint64_t)0xff;
	default: return 0;
	}
}

static bool
lapic_x2_read(struct lapic *l, unsigned reg, uint64_t *val)
{
	uint32_t v = 0;

	if (!lapic_on(l) || !lapic_x2(l) || !lapic_reg_read(l, reg, &v))
		return false;
	*val = reg == REG_ICR ? (uint64_t)l->icr_hi << 32 | v : v;
	return true;
}

static bool
lapic_x2_write(struct lapic *l, unsigned reg, uint64_t val)
{
	struct apic_msg self = { .vector = (uint8_t)val, .assert_ = true };

	if (!lapic_on(l) || !lapic_x2(l) || (val & lapic_x2_reserved(reg)))
		return false;
	if (reg == REG_SELF_IPI) {
		if (self.vector < 16)
			lapic_error(l, ESR_SEND_VECTOR);
		else
			lapic_accept(l, &self);
		return true;
	}
	if (reg == REG_ICR)
		l->icr_hi = (uint32_t)(val >> 32);
	return lapic_reg_write(l, reg, (uint32_t)val);
}

static void
lapic_base_changed(struct lapic *l)
{
	if (l->cfg.cb.base)
		l->cfg.cb.base(l->cfg.cb.arg, l->base);
}

/*
 * APM vol 2 §16.9 "Detecting and Enabling x2APIC Mode", figure "x2APIC mode
 * state transitions": x2APIC needs the APIC enabled and is entered from xAPIC
 * mode only; it is left by disabling only.
 */
static bool
lapic_set_base(struct lapic *l, uint64_t val)
{
	uint64_t ok = (LOW_BITS(l->cfg.phys_bits) & PAGE_MASK) | APIC_BASE_BSP |
	    APIC_BASE_X2 | APIC_BASE_EN;
	bool en = val & APIC_BASE_EN, x2 = val & APIC_BASE_X2;

	if ((val & ~ok) || (x2 && !en))
		return false;
	if (x2 && !lapic_on(l))
		return false;
	if (en && !x2 && lapic_x2(l))
		return false;
	/* SDM vol 3A "Disabling the Local APIC": it may be as after a reset. */
	if (!en && lapic_on(l)) {
		lapic_init_reset(l);
		l->xid = (uint8_t)l->cfg.id;
	}
	if (x2 && !lapic_x2(l))
		l->icr_hi = 0;
	/* The boot-processor flag says who this is; software cannot change it. */
	l->base = (val & ~(uint64_t)APIC_BASE_BSP) | (l->cfg.bsp ? APIC_BASE_BSP : 0);
	lapic_base_changed(l);
	lapic_update(l);
	return true;
}

bool
lapic_rdmsr(struct lapic *l, uint32_t msr, uint64_t *val)
{
	*val = 0;
	if (msr == MSR_APIC_BASE) {
		*val = l->base;
		return true;
	}
	if (msr == MSR_TSC_DEADLINE) {
		lapic_deadline_check(l);
		*val = l->deadline;
		return true;
	}
	return msr - MSR_X2APIC < REGS && lapic_x2_read(l, msr - MSR_X2APIC, val);
}

bool
lapic_wrmsr(struct lapic *l, uint32_t msr, uint64_t val)
{
	if (msr == MSR_APIC_BASE)
		return lapic_set_base(l, val);
	if (msr == MSR_TSC_DEADLINE) {
		if (TIMER_MODE(l->lvt[LVT_TIMER]) != TIMER_DEADLINE)
			return true;
		l->deadline = val;
		lapic_timer_arm(l);
		return true;
	}
	return msr - MSR_X2APIC < REGS && lapic_x2_write(l, msr - MSR_X2APIC, val);
}

void
lapic_tsc_changed(struct lapic *l)
{
	if (TIMER_MODE(l->lvt[LVT_TIMER]) == TIMER_DEADLINE)
		lapic_timer_arm(l);
}

/* --- reset, restore, construction --- */

/* SDM vol 3A "Local APIC State After Power-Up or Reset". */
void
lapic_init_reset(struct lapic *l)
{
	unsigned n;

	l->tpr = 0;
	l->ldr = 0;
	l->dfr = UINT32_MAX;
	l->svr = 0xff;
	memset(l->irr, 0, sizeof(l->irr));
	memset(l->isr, 0, sizeof(l->isr));
	memset(l->tmr, 0, sizeof(l->tmr));
	l->esr = l->esr_new = 0;
	l->icr = l->icr_hi = 0;
	for (n = 0; n < LVTS; n++)
		l->lvt[n] = LVT_MASKED;
	if (l->cfg.bsp)
		l->lvt[LVT_LINT0] = APIC_EXTINT << 8;
	l->timer_div = 0;
	l->timer_on = false;
	l->timer_init = 0;
	l->timer_start = 0;
	l->deadline = 0;
	l->ext_msg = false;
	vtimer_disarm(l->vc, &l->timer);
	lapic_update(l);
}

static void
lapic_reset(void *dev)
{
	struct lapic *l = dev;

	l->base = 0xfee00000 | APIC_BASE_EN | (l->cfg.bsp ? APIC_BASE_BSP : 0);
	l->xid = (uint8_t)l->cfg.id;
	lapic_init_reset(l);
	lapic_base_changed(l);
}

static int
lapic_restored(void *dev)
{
	struct lapic *l = dev;
	unsigned n;

	if (lapic_x2(l) && !lapic_on(l))
		return -EINVAL;
	l->base &= (LOW_BITS(l->cfg.phys_bits) & PAGE_MASK) | APIC_BASE_BSP |
	    APIC_BASE_X2 | APIC_BASE_EN;
	l->timer_div &= 0xb;
	l->svr &= SVR_BITS;
	for (n = 0; n < LVTS; n++)
		l->lvt[n] &= lvt_bits[n] | LVT_REMOTE_IRR;
	lapic_base_changed(l);
	lapic_update(l);
	return 0;
}

static void
lapic_free(void *dev)
{
	struct lapic *l = dev;

	if (l)
		vtimer_disarm(l->vc, &l->timer);
	free(l);
}

static const struct snap_field lapic_fields[] = {
	SNAP_U64(struct lapic, base),
	SNAP_U8(struct lapic, xid),
	SNAP_U8(struct lapic, tpr),
	SNAP_U32(struct lapic, ldr),
	SNAP_U32(struct lapic, dfr),
	SNAP_U32(struct lapic, svr),
	SNAP_ARRAY(struct lapic, irr),
	SNAP_ARRAY(struct lapic, isr),
	SNAP_ARRAY(struct lapic, tmr),
	SNAP_U32(struct lapic, esr),
	SNAP_U32(struct lapic, esr_new),
	SNAP_U32(struct lapic, icr),
	SNAP_U32(struct lapic, icr_hi),
	SNAP_ARRAY(struct lapic, lvt),
	SNAP_U8(struct lapic, timer_div),
	SNAP_BOOL(struct lapic, timer_on),
	SNAP_U32(struct lapic, timer_init),
	SNAP_U64(struct lapic, timer_start),
	SNAP_U64(struct lapic, deadline),
	SNAP_BOOL(struct lapic, ext_msg),
	SNAP_U8(struct lapic, lint),
	SNAP_TIMER(struct lapic, timer),
	SNAP_END
};

const struct io_ops lapic_io = {
	.read = lapic_io_read,
	.write = lapic_io_write,
	.sizes = 4,
};

const struct device_class lapic_class = {
	.name = "lapic",
	.version = 1,
	.reset = lapic_reset,
	.restored = lapic_restored,
	.free = lapic_free,
	.fields = lapic_fields,
};

struct lapic *
lapic_new(const struct lapic_config *cfg, struct vclock *vc, struct log *log)
{
	struct lapic *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->cfg = *cfg;
	l->vc = vc;
	l->log = log;
	vtimer_init(&l->timer, lapic_timer_fired, l);
	return l;
}
