/*
 * hw/machine_intr_info.c - the interrupt controllers as lines for a person
 *
 * In the words of qemu's "info pic" and "info lapic".  Nothing here changes the
 * machine.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "hw/machine_priv.h"
#include "hw/pc_priv.h"

static const char *
delivery(uint32_t entry)
{
	static const char *const name[8] = {
		"fixed", "lowest", "SMI", "remote read", "NMI", "INIT", "startup", "ExtINT"
	};

	return name[entry >> 8 & 7];
}

/* The names of the bits that are set, or "(none)". */
static void
say_set(const struct printer *o, const char *what, const uint32_t *set, unsigned words,
    const uint32_t *level)
{
	char text[256];
	size_t at = 0;
	unsigned v;

	for (v = 0; v < 32 * words && at < sizeof(text) - 16; v++)
		if (set[v / 32] >> v % 32 & 1)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " %u%s", v,
			    level && (level[v / 32] >> v % 32 & 1) ? "(level)" : "");
	print_line(o, "%-11s%s%s", what, at ? text : " (none)", v < 32 * words ? " ..." : "");
}

/* --- 8259 --- */

static void
say_pic(const struct printer *o, unsigned n, const struct i8259_view *v)
{
	print_line(o, "pic%u: irr=%02x imr=%02x isr=%02x hprio=%u irq_base=%02x rr_sel=%u elcr=%02x"
	    " fnm=%u", n, v->irr, v->imr, v->isr, v->highest, v->base, v->read_isr, v->elcr, v->sfnm);
	print_line(o, "      lines=%02x%s%s%s%s%s", v->lines, v->ready ? "" : " not set up",
	    v->aeoi ? " auto-EOI" : "", v->rotate ? " rotates" : "",
	    v->special_mask ? " special mask" : "", v->poll ? " polled" : "");
	if (v->pending >= 0)
		print_line(o, "      requests IR%d, vector 0x%02x", v->pending,
		    (unsigned)(v->base + v->pending));
}

void
machine_print_pic(struct machine *m, void (*line)(void *arg, const char *text), void *arg)
{
	const struct printer o = { line, arg };
	unsigned n;

	for (n = 0; n < 2; n++) {
		struct i8259_view v = i8259_look(m->pc->pic, n);

		say_pic(&o, n, &v);
	}
}

/* --- I/O APIC --- */

#define REMOTE_IRR	BIT(14)
#define LEVEL		BIT(15)
#define MASKED		BIT(16)

static void
say_pin(const struct printer *o, unsigned pin, uint64_t e, bool high)
{
	print_line(o, "  pin %-2u 0x%016" PRIx64 " dest=%" PRIx64 " vec=%-3u %s %s %-6s %-8s %s%s%s%s",
	    pin, e, e >> 56, (unsigned)(e & 0xff), e & BIT(13) ? "active-lo" : "active-hi",
	    e & LEVEL ? "level" : "edge ", e & MASKED ? "masked" : "", delivery((uint32_t)e),
	    e & BIT(11) ? "logical" : "physical", e & BIT(12) ? " pending" : "",
	    e & REMOTE_IRR ? " remote-irr" : "", high ? " high" : "");
}

void
machine_print_ioapic(struct machine *m, void (*line)(void *arg, const char *text), void *arg)
{
	struct ioapic_view v = ioapic_look(m->pc->ioapic);
	const struct printer o = { line, arg };
	uint32_t remote = 0;
	unsigned i;

	print_line(&o, "ioapic0: ver=0x%02x id=0x%02x sel=0x%02x", v.version & 0xff, v.id, v.sel);
	for (i = 0; i < IOAPIC_PINS; i++) {
		say_pin(&o, i, v.red[i], v.pins >> i & 1);
		remote |= (uint32_t)!!(v.red[i] & REMOTE_IRR) << i;
	}
	say_set(&o, "  high", &v.pins, 1, NULL);
	say_set(&o, "  Remote IRR", &remote, 1, NULL);
}

/* --- local APIC --- */

/* Registers by their number, offset / 16. */
enum { L_ID = 0x02, L_VERSION, L_TPR = 0x08, L_APR, L_PPR, L_LDR = 0x0d, L_DFR, L_SVR, L_ISR,
       L_TMR = 0x18, L_IRR = 0x20, L_ESR = 0x28, L_ICR = 0x30, L_ICR2, L_LVTT, L_THERMAL,
       L_PERF, L_LINT0, L_LINT1, L_ERROR, L_INIT, L_CURRENT, L_DIVIDE = 0x3e };

static uint32_t
get(struct lapic *l, unsigned reg)
{
	uint32_t v = 0;

	return lapic_peek(l, reg, &v) ? v : 0;
}

static void
say_lvt(const struct printer *o, struct lapic *l, const char *name, unsigned reg)
{
	static const char *const mode[4] = { "one-shot", "periodic", "TSC-deadline", "reserved" };
	uint32_t v = get(l, reg);

	print_line(o, "%-8s 0x%08x %s %s %-6s%s %-12s %s (vec %u)", name, v,
	    v & BIT(13) ? "active-lo" : "active-hi", v & BIT(15) ? "level" : "edge ",
	    v & MASKED ? "masked" : "", v & REMOTE_IRR ? " remote-irr" : "",
	    reg == L_LVTT ? mode[v >> 17 & 3] : "", delivery(reg == L_LVTT ? 0 : v), v & 0xff);
}

static void
say_timer(const struct printer *o, struct lapic *l)
{
	uint32_t dcr = get(l, L_DIVIDE);
	unsigned shift = ((dcr & 3) | (dcr & 8) >> 1) + 1;

	print_line(o, "Timer    DCR=0x%x (divide by %u) initial_count = %u current_count = %u", dcr,
	    1u << (shift & 7), get(l, L_INIT), get(l, L_CURRENT));
	if ((get(l, L_LVTT) >> 17 & 3) == 2)
		print_line(o, "         deadline = %" PRIu64, lapic_deadline(l));
}

static void
say_icr(const struct printer *o, struct lapic *l, bool x2)
{
	static const char *const to[4] = { "no-shorthand", "self", "all-including-self",
		"all-but-self" };
	uint32_t v = get(l, L_ICR);

	print_line(o, "ICR      0x%08x %s %s %s %s %s (vec %u)", v, v & BIT(11) ? "logical" : "physical",
	    v & BIT(15) ? "level" : "edge", v & BIT(14) ? "assert" : "de-assert",
	    to[v >> 18 & 3], delivery(v), v & 0xff);
	if (!x2)
		print_line(o, "ICR2     0x%08x cpu %u", get(l, L_ICR2), get(l, L_ICR2) >> 24);
}

static void
say_lapic(const struct printer *o, unsigned cpu, struct lapic *l)
{
	uint64_t base = lapic_base(l);
	bool x2 = base & APIC_BASE_X2;
	uint32_t svr = get(l, L_SVR), isr[8], irr[8], tmr[8];
	unsigned i;

	for (i = 0; i < 8; i++) {
		isr[i] = get(l, L_ISR + i);
		irr[i] = get(l, L_IRR + i);
		tmr[i] = get(l, L_TMR + i);
	}
	print_line(o, "local APIC of CPU %u: ID %u, base 0x%" PRIx64 "%s, %s", cpu, lapic_id(l),
	    base & ~(uint64_t)0xfff, base & APIC_BASE_BSP ? ", BSP" : "",
	    x2 ? "x2APIC" : base & APIC_BASE_EN ? "xAPIC" : "disabled");
	say_lvt(o, l, "LVT0", L_LINT0);
	say_lvt(o, l, "LVT1", L_LINT1);
	say_lvt(o, l, "LVTPC", L_PERF);
	say_lvt(o, l, "LVTERR", L_ERROR);
	say_lvt(o, l, "LVTTHMR", L_THERMAL);
	say_lvt(o, l, "LVTT", L_LVTT);
	say_timer(o, l);
	print_line(o, "SPIV     0x%08x APIC %s, focus=%s, spurious vec %u", svr,
	    svr & BIT(8) ? "enabled" : "disabled", svr & BIT(9) ? "off" : "on", svr & 0xff);
	say_icr(o, l, x2);
	print_line(o, "ESR      0x%08x", get(l, L_ESR));
	say_set(o, "ISR     ", isr, 8, tmr);
	say_set(o, "IRR     ", irr, 8, tmr);
	print_line(o, "APR 0x%02x TPR 0x%02x DFR 0x%02x LDR 0x%x PPR 0x%02x", get(l, L_APR), get(l, L_TPR),
	    get(l, L_DFR) >> 28, x2 ? get(l, L_LDR) : get(l, L_LDR) >> 24, get(l, L_PPR));
}

void
machine_print_lapic(struct machine *m, unsigned cpu, void (*line)(void *arg, const char *text),
    void *arg)
{
	const struct printer o = { line, arg };

	say_lapic(&o, cpu, m->pc->lapics[cpu]);
}
