/*
 * tests/unit/lapic_test.c - local APIC: priorities, timer, messages, x2APIC
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/evheap.h"
#include "hw/lapic.h"
#include "tests/unit/chip_state.h"

#define CPUS 4

static struct evheap heap;
static struct lapic *cpu[CPUS];
static struct lapic *l;			/* cpu[0] */
static bool intr[CPUS];
static unsigned nmis[CPUS];
static struct apic_msg ipi;
static unsigned ipis;
static char text[256];

static void
set_intr(void *arg, int line, bool level)
{
	(void)arg;
	intr[line] = level;
}

static void
set_nmi(void *arg, int line, bool level)
{
	(void)arg;
	nmis[line] += level;
}

static void
got_ipi(void *arg, const struct apic_msg *m)
{
	(void)arg;
	ipi = *m;
	ipis++;
}

static void
got_eoi(void *arg, uint8_t vector)
{
	(void)arg;
	sprintf(text + strlen(text), "eoi%02x ", vector);
}

static void
got_init(void *arg)
{
	(void)arg;
	strcat(text, "init ");
}

static void
got_startup(void *arg, uint8_t vector)
{
	(void)arg;
	sprintf(text + strlen(text), "sipi%02x ", vector);
}

static struct lapic *
make(unsigned id)
{
	struct lapic_config c = {
		.id = id, .bsp = id == 0, .phys_bits = 40,
		.intr = { set_intr, NULL, (int)id }, .nmi = { set_nmi, NULL, (int)id },
		.cb = { .ipi = got_ipi, .eoi = got_eoi, .init = got_init,
		    .startup = got_startup },
	};
	struct lapic *a = lapic_new(&c, &heap.clock, NULL);

	ck_assert_ptr_nonnull(a);
	lapic_class.reset(a);
	return a;
}

static uint32_t
rd(unsigned off)
{
	return (uint32_t)lapic_io.read(l, off, 4);
}

static void
wr(unsigned off, uint32_t v)
{
	lapic_io.write(l, off, v, 4);
}

static void
setup(void)
{
	unsigned i;

	text[0] = 0;
	ipis = 0;
	memset(nmis, 0, sizeof(nmis));
	memset(intr, 0, sizeof(intr));
	ck_assert_int_eq(evheap_init(&heap), 0);
	for (i = 0; i < CPUS; i++)
		cpu[i] = make(i);
	l = cpu[0];
	wr(0xf0, 0x1ff);
}

static void
teardown(void)
{
	unsigned i;

	for (i = 0; i < CPUS; i++)
		lapic_class.free(cpu[i]);
	evheap_fini(&heap);
}

static void
fixed(uint8_t vector, bool level)
{
	struct apic_msg m = { .vector = vector, .level = level, .assert_ = true };

	lapic_accept(l, &m);
}

START_TEST(reset_state)
{
	lapic_class.reset(l);
	ck_assert_uint_eq(rd(0x20), 0);
	ck_assert_uint_eq(rd(0x30), 0x00050014);
	ck_assert_uint_eq(rd(0xf0), 0xff);
	ck_assert_uint_eq(rd(0xe0), 0xffffffff);
	ck_assert_uint_eq(rd(0x320), 0x10000);
	ck_assert_uint_eq(rd(0x350), 0x700);	/* virtual wire */
	ck_assert_uint_eq(lapic_base(l), 0xfee00900);
	ck_assert_uint_eq(lapic_base(cpu[1]), 0xfee00800);
	l = cpu[1];
	ck_assert_uint_eq(rd(0x20), 0x01000000);
	ck_assert_uint_eq(rd(0x350), 0x10000);
}
END_TEST

START_TEST(disabled_by_svr_takes_no_fixed_interrupt)
{
	wr(0xf0, 0xff);
	fixed(0x40, false);
	ck_assert(!intr[0]);
	ck_assert_uint_eq(rd(0x350), 0x10700);
	wr(0x350, 0x700);
	ck_assert_uint_eq(rd(0x350), 0x10700);
}
END_TEST

START_TEST(higher_class_interrupts_lower)
{
	fixed(0x41, false);
	ck_assert(intr[0]);
	ck_assert_int_eq(lapic_intack(l), 0x41);
	ck_assert(!intr[0]);
	ck_assert_uint_eq(rd(0xa0), 0x40);
	fixed(0x4f, false);			/* same class waits */
	ck_assert(!intr[0]);
	fixed(0x50, false);
	ck_assert(intr[0]);
	ck_assert_int_eq(lapic_intack(l), 0x50);
	wr(0xb0, 0);
	ck_assert(!intr[0]);
	wr(0xb0, 0);
	ck_assert(intr[0]);
	ck_assert_int_eq(lapic_intack(l), 0x4f);
	ck_assert_str_eq(text, "");		/* edges: no broadcast */
}
END_TEST

START_TEST(task_priority_holds_back)
{
	lapic_set_tpr(l, 0x50);
	fixed(0x5f, false);
	ck_assert(!intr[0]);
	ck_assert_int_eq(lapic_intack(l), 0xff);	/* spurious */
	ck_assert_uint_eq(rd(0x170), 0);		/* and not in service */
	lapic_set_tpr(l, 0x4f);
	ck_assert(intr[0]);
	ck_assert_uint_eq(rd(0x80), 0x4f);
	ck_assert_int_eq(lapic_intack(l), 0x5f);
}
END_TEST

START_TEST(level_interrupts_broadcast_their_end)
{
	fixed(0x61, true);
	ck_assert_uint_eq(rd(0x180 + 0x30), 2);
	lapic_intack(l);
	wr(0xb0, 0);
	ck_assert_str_eq(text, "eoi61 ");
	fixed(0x61, false);
	lapic_intack(l);
	wr(0xb0, 0);
	wr(0xb0, 0);			/* nothing in service */
	ck_assert_str_eq(text, "eoi61 ");
}
END_TEST

START_TEST(virtual_wire_passes_the_8259)
{
	wr(0x350, 0x8700);
	lapic_set_lint(l, 0, true);
	ck_assert(intr[0]);
	ck_assert_int_eq(lapic_intack(l), LAPIC_EXTINT);
	wr(0x350, 0x10700);
	ck_assert(!intr[0]);
	wr(0x350, 0x700);
	ck_assert(intr[0]);
	fixed(0x30, false);		/* the APIC's own goes first */
	ck_assert_int_eq(lapic_intack(l), 0x30);
	ck_assert_int_eq(lapic_intack(l), LAPIC_EXTINT);
	lapic_set_lint(l, 0, false);
	ck_assert(!intr[0]);
}
END_TEST

START_TEST(reset_passes_the_8259_on_the_boot_processor)
{
	lapic_class.reset(l);
	lapic_set_lint(l, 0, true);
	ck_assert(intr[0]);
	ck_assert_int_eq(lapic_intack(l), LAPIC_EXTINT);
	lapic_set_lint(cpu[1], 0, true);
	ck_assert(!intr[1]);
}
END_TEST

START_TEST(lint1_is_nmi)
{
	wr(0x360, 0x400);
	lapic_set_lint(l, 1, true);
	lapic_set_lint(l, 1, true);
	ck_assert_uint_eq(nmis[0], 1);
	lapic_set_lint(l, 1, false);
	lapic_set_lint(l, 1, true);
	ck_assert_uint_eq(nmis[0], 2);
	wr(0x360, 0x10400);
	lapic_set_lint(l, 1, false);
	lapic_set_lint(l, 1, true);
	ck_assert_uint_eq(nmis[0], 2);
}
END_TEST

START_TEST(level_lint_waits_for_eoi)
{
	wr(0x350, 0x8045);
	lapic_set_lint(l, 0, true);
	ck_assert_uint_eq(rd(0x350), 0xc045);
	ck_assert_int_eq(lapic_intack(l), 0x45);
	ck_assert(!intr[0]);
	wr(0xb0, 0);
	ck_assert(intr[0]);		/* still high: again */
	lapic_intack(l);
	lapic_set_lint(l, 0, false);
	wr(0xb0, 0);
	ck_assert(!intr[0]);
	ck_assert_uint_eq(rd(0x350), 0x8045);
}
END_TEST

START_TEST(one_shot_timer)
{
	evheap_run(&heap, 1000);
	wr(0x3e0, 3);			/* by 16 */
	wr(0x320, 0x31);
	wr(0x380, 100);
	ck_assert_uint_eq(evheap_next(&heap), 2600);
	evheap_run(&heap, 1000 + 16 * 40 + 5);
	ck_assert_uint_eq(rd(0x390), 60);
	evheap_run(&heap, 2599);
	ck_assert(!intr[0]);
	ck_assert_uint_eq(rd(0x390), 1);
	evheap_run(&heap, 2600);
	ck_assert(intr[0]);
	ck_assert_uint_eq(rd(0x390), 0);
	ck_assert_int_eq(lapic_intack(l), 0x31);
	ck_assert_uint_eq(evheap_next(&heap), VTIMER_IDLE);
	ck_assert_uint_eq(rd(0x380), 100);
}
END_TEST

START_TEST(masked_one_shot_is_lost)
{
	wr(0x3e0, 0xb);			/* by 1 */
	wr(0x320, 0x10031);
	wr(0x380, 100);
	ck_assert_uint_eq(evheap_next(&heap), VTIMER_IDLE);
	evheap_run(&heap, 150);
	wr(0x320, 0x31);
	ck_assert_uint_eq(evheap_next(&heap), VTIMER_IDLE);
	ck_assert(!intr[0]);
	wr(0x380, 100);
	ck_assert_uint_eq(evheap_next(&heap), 250);
	wr(0x380, 0);
	ck_assert_uint_eq(evheap_next(&heap), VTIMER_IDLE);
}
END_TEST

START_TEST(periodic_timer_keeps_its_phase)
{
	wr(0x3e0, 0xb);
	wr(0x320, 0x20031);
	wr(0x380, 1000);
	evheap_run(&heap, 1700);	/* late */
	ck_assert(intr[0]);
	ck_assert_uint_eq(rd(0x390), 300);
	ck_assert_int_eq(lapic_intack(l), 0x31);
	wr(0xb0, 0);
	ck_assert_uint_eq(evheap_next(&heap), 2000);
	evheap_run(&heap, 2000);
	ck_assert(intr[0]);
	/* Nothing more is due until this one is taken. */
	ck_assert_uint_eq(evheap_next(&heap), VTIMER_IDLE);
	evheap_run(&heap, 7300);
	lapic_intack(l);
	ck_assert_uint_eq(evheap_next(&heap), 8000);
}
END_TEST

START_TEST(shortest_period_costs_one_event_per_interrupt)
{
	wr(0x3e0, 0xb);
	wr(0x320, 0x20031);
	wr(0x380, 1);
	ck_assert_uint_eq(evheap_run(&heap, 1000000000), 1);
	lapic_intack(l);
	ck_assert_uint_eq(evheap_run(&heap, 2000000000), 1);
	/* Vector 0 is illegal: recorded once, not per expiry. */
	lapic_intack(l);
	wr(0x320, 0x20000);
	ck_assert_uint_le(evheap_run(&heap, 3000000000u), 1);
	wr(0x280, 0);
	ck_assert_uint_eq(rd(0x280), 0x40);
}
END_TEST

START_TEST(mode_and_divider_changes_keep_the_count)
{
	wr(0x3e0, 0xb);
	wr(0x320, 0x31);
	wr(0x380, 1000);
	evheap_run(&heap, 400);
	wr(0x3e0, 0);			/* by 2 from here */
	ck_assert_uint_eq(rd(0x390), 600);
	ck_assert_uint_eq(evheap_next(&heap), 400 + 1200);
	wr(0x320, 0x20031);		/* periodic from here */
	ck_assert_uint_eq(evheap_next(&heap), 1600);
	evheap_run(&heap, 1600);
	lapic_intack(l);
	ck_assert_uint_eq(evheap_next(&heap), 3600);
	evheap_run(&heap, 1700);
	wr(0x320, 0x31);		/* one-shot again */
	ck_assert_uint_eq(rd(0x390), 950);
	ck_assert_uint_eq(evheap_next(&heap), 3600);
	evheap_run(&heap, 3600);
	wr(0x320, 0x20031);		/* expired: stays stopped */
	ck_assert_uint_eq(rd(0x390), 0);
	ck_assert_uint_eq(evheap_next(&heap), VTIMER_IDLE);
}
END_TEST

static uint64_t
msr(uint32_t n)
{
	uint64_t v;

	ck_assert_msg(lapic_rdmsr(l, n, &v), "#GP reading %x", n);
	return v;
}

static bool
wrmsr(uint32_t n, uint64_t v)
{
	return lapic_wrmsr(l, n, v);
}

START_TEST(tsc_deadline_fires_once)
{
	ck_assert(wrmsr(MSR_TSC_DEADLINE, 500));
	ck_assert_uint_eq(msr(MSR_TSC_DEADLINE), 0);	/* not in that mode */
	wr(0x320, 0x40031);
	ck_assert(wrmsr(MSR_TSC_DEADLINE, 500));
	wr(0x380, 77);					/* ignored */
	ck_assert_uint_eq(rd(0x380), 0);
	ck_assert_uint_eq(evheap_next(&heap), 500);
	evheap_run(&heap, 499);
	ck_assert(!intr[0]);
	evheap_run(&heap, 500);
	ck_assert(intr[0]);
	ck_assert_uint_eq(msr(MSR_TSC_DEADLINE), 0);
	lapic_intack(l);
	wr(0xb0, 0);
	ck_assert(wrmsr(MSR_TSC_DEADLINE, 100));	/* past: at once */
	evheap_run(&heap, 500);
	ck_assert(intr[0]);
	ck_assert(wrmsr(MSR_TSC_DEADLINE, 9000));
	ck_assert(wrmsr(MSR_TSC_DEADLINE, 0));
	ck_assert_uint_eq(evheap_next(&heap), VTIMER_IDLE);
}
END_TEST

START_TEST(masked_deadline_passes_silently)
{
	wr(0x320, 0x50031);
	ck_assert(wrmsr(MSR_TSC_DEADLINE, 500));
	evheap_run(&heap, 400);
	ck_assert_uint_eq(msr(MSR_TSC_DEADLINE), 500);
	evheap_run(&heap, 600);
	wr(0x320, 0x40031);
	ck_assert_uint_eq(evheap_next(&heap), VTIMER_IDLE);
	ck_assert_uint_eq(msr(MSR_TSC_DEADLINE), 0);
}
END_TEST

START_TEST(leaving_deadline_mode_disarms)
{
	wr(0x320, 0x40031);
	ck_assert(wrmsr(MSR_TSC_DEADLINE, 500));
	wr(0x320, 0x00031);
	ck_assert_uint_eq(evheap_next(&heap), VTIMER_IDLE);
	wr(0x320, 0x40031);
	ck_assert_uint_eq(msr(MSR_TSC_DEADLINE), 0);
}
END_TEST

START_TEST(errors_are_latched_by_a_write)
{
	fixed(5, false);
	ck_assert_uint_eq(rd(0x280), 0);
	wr(0x280, 0);
	ck_assert_uint_eq(rd(0x280), 0x40);
	wr(0x280, 0);
	ck_assert_uint_eq(rd(0x280), 0);
	wr(0x370, 0xfe);
	rd(0x3a0);
	ck_assert(intr[0]);
	ck_assert_int_eq(lapic_intack(l), 0xfe);
	wr(0x280, 0);
	ck_assert_uint_eq(rd(0x280), 0x80);
	wr(0x300, 0x4005);		/* send with vector 5 */
	ck_assert_uint_eq(ipis, 0);
	wr(0x280, 0);
	ck_assert_uint_eq(rd(0x280), 0x20);
	wr(0x370, 0x00);		/* the error entry is illegal itself */
	fixed(3, false);
}
END_TEST

START_TEST(icr_builds_messages)
{
	wr(0x310, 0x02000000);
	wr(0x300, 0x000041 | 0x4000);
	ck_assert_uint_eq(ipis, 1);
	ck_assert_uint_eq(ipi.dest, 2);
	ck_assert_uint_eq(ipi.vector, 0x41);
	ck_assert(!ipi.logical && !ipi.wide && ipi.assert_ && !ipi.level);
	wr(0x300, 0xc4500);		/* INIT to others */
	ck_assert_uint_eq(ipi.shorthand, APIC_TO_OTHERS);
	ck_assert_uint_eq(ipi.delivery, APIC_INIT);
	wr(0x300, 0x88500);		/* INIT de-assert to all */
	ck_assert(!ipi.assert_);
	wr(0x300, 0x44055);		/* self */
	ck_assert_uint_eq(ipis, 3);
	ck_assert(intr[0]);
	ck_assert_int_eq(lapic_intack(l), 0x55);
}
END_TEST

static void
enable_all(void)
{
	unsigned i;

	for (i = 0; i < CPUS; i++) {
		lapic_io.write(cpu[i], 0xf0, 0x1ff, 4);
		lapic_io.write(cpu[i], 0xd0, 1u << (24 + i), 4);
	}
}

static unsigned
route(struct apic_msg m)
{
	unsigned i, mask = 0;

	m.vector = 0x40;
	m.assert_ = true;
	lapic_route(cpu, CPUS, l, &m);
	for (i = 0; i < CPUS; i++) {
		if (!intr[i])
			continue;
		mask |= 1u << i;
		lapic_intack(cpu[i]);
		lapic_io.write(cpu[i], 0xb0, 0, 4);
		(void)!lapic_wrmsr(cpu[i], 0x80b, 0);
	}
	return mask;
}

START_TEST(destinations)
{
	enable_all();
	ck_assert_uint_eq(route((struct apic_msg){ .dest = 2 }), 4);
	ck_assert_uint_eq(route((struct apic_msg){ .dest = 0xff }), 15);
	ck_assert_uint_eq(route((struct apic_msg){ .dest = 9 }), 0);
	ck_assert_uint_eq(route((struct apic_msg){ .dest = 5, .logical = true }), 5);
	ck_assert_uint_eq(route((struct apic_msg){ .shorthand = APIC_TO_OTHERS }), 14);
	ck_assert_uint_eq(route((struct apic_msg){ .shorthand = APIC_TO_ALL }), 15);
}
END_TEST

START_TEST(cluster_destinations)
{
	unsigned i;

	enable_all();
	for (i = 0; i < CPUS; i++) {
		lapic_io.write(cpu[i], 0xe0, 0x0fffffff, 4);
		lapic_io.write(cpu[i], 0xd0, (i / 2) << 28 | 1u << (24 + i % 2), 4);
	}
	ck_assert_uint_eq(route((struct apic_msg){ .dest = 0x11, .logical = true }), 4);
	ck_assert_uint_eq(route((struct apic_msg){ .dest = 0x13, .logical = true }), 12);
	ck_assert_uint_eq(route((struct apic_msg){ .dest = 0xf2, .logical = true }), 10);
}
END_TEST

START_TEST(lowest_priority_picks_the_least_busy)
{
	struct apic_msg m = { .dest = 0xff, .logical = true,
	    .delivery = APIC_LOWEST };

	enable_all();
	lapic_set_tpr(cpu[0], 0x20);
	lapic_set_tpr(cpu[1], 0x30);
	lapic_set_tpr(cpu[2], 0x10);
	lapic_set_tpr(cpu[3], 0x10);
	ck_assert_uint_eq(route(m), 4);
	lapic_set_tpr(cpu[2], 0x40);
	ck_assert_uint_eq(route(m), 8);
}
END_TEST

START_TEST(init_and_startup_reach_the_board)
{
	struct apic_msg m = { .delivery = APIC_INIT, .assert_ = true };

	lapic_accept(l, &m);
	m.assert_ = false;
	lapic_accept(l, &m);
	m = (struct apic_msg){ .delivery = APIC_STARTUP, .vector = 0x9f };
	lapic_accept(l, &m);
	m = (struct apic_msg){ .delivery = APIC_NMI };
	lapic_accept(l, &m);
	ck_assert_str_eq(text, "init sipi9f ");
	ck_assert_uint_eq(nmis[0], 1);
}
END_TEST

#define BASE 0xfee00000u

START_TEST(mode_transitions)
{
	ck_assert(!wrmsr(MSR_APIC_BASE, BASE | 0x500));		/* x2 without EN */
	ck_assert(!wrmsr(MSR_APIC_BASE, BASE | 0x901));		/* reserved */
	ck_assert(!wrmsr(MSR_APIC_BASE, BIT(40) | 0x900));
	ck_assert(wrmsr(MSR_APIC_BASE, BASE | 0xd00));
	ck_assert(!wrmsr(MSR_APIC_BASE, BASE | 0x900));		/* x2 -> xAPIC */
	ck_assert(wrmsr(MSR_APIC_BASE, BASE | 0x100));
	ck_assert(!wrmsr(MSR_APIC_BASE, BASE | 0xd00));		/* off -> x2 */
	ck_assert(wrmsr(MSR_APIC_BASE, BASE | 0x800));
	ck_assert_uint_eq(msr(MSR_APIC_BASE), BASE | 0x900);	/* BSP stays */
	ck_assert_uint_eq(rd(0xf0), 0xff);			/* as after reset */
}
END_TEST

START_TEST(x2apic_registers)
{
	uint64_t v;

	ck_assert(!lapic_rdmsr(l, 0x802, &v));
	l = cpu[3];
	ck_assert(wrmsr(MSR_APIC_BASE, BASE | 0xc00));
	ck_assert_uint_eq(msr(0x802), 3);
	ck_assert_uint_eq(msr(0x80d), 8);
	ck_assert(!wrmsr(0x802, 1));
	ck_assert(!wrmsr(0x80d, 1));
	ck_assert(!lapic_rdmsr(l, 0x80b, &v));
	ck_assert(!lapic_rdmsr(l, 0x80e, &v));
	ck_assert(!lapic_rdmsr(l, 0x831, &v));
	ck_assert(!lapic_rdmsr(l, 0x83f, &v));
	ck_assert(!lapic_rdmsr(l, 0x840, &v));
	ck_assert(!lapic_rdmsr(l, 0x8ff, &v));
	ck_assert(!wrmsr(0x80b, 1));
	ck_assert(wrmsr(0x80b, 0));
	ck_assert(!wrmsr(0x808, 0x100));
	ck_assert(wrmsr(0x80f, 0x1ff));
	ck_assert(wrmsr(0x83f, 0x33));
	ck_assert(intr[3]);
	ck_assert_int_eq(lapic_intack(l), 0x33);
	ck_assert(wrmsr(0x830, (uint64_t)0x12345678 << 32 | 0x40));
	ck_assert_uint_eq(ipi.dest, 0x12345678);
	ck_assert(ipi.wide);
	ck_assert_uint_eq(msr(0x830), (uint64_t)0x12345678 << 32 | 0x40);
	ck_assert(!wrmsr(0x830, 1u << 13));
	ck_assert_uint_eq(rd(0x20), 0xffffffff);	/* no page any more */
}
END_TEST

START_TEST(x2apic_destinations)
{
	unsigned i;

	enable_all();
	for (i = 0; i < CPUS; i++)
		ck_assert(lapic_wrmsr(cpu[i], MSR_APIC_BASE,
		    BASE | 0xc00 | (i ? 0 : 0x100)));
	ck_assert_uint_eq(route((struct apic_msg){ .dest = 3, .wide = true }), 8);
	ck_assert_uint_eq(route((struct apic_msg){ .dest = 0xff, .wide = true }), 0);
	ck_assert_uint_eq(route((struct apic_msg){ .dest = UINT32_MAX,
	    .wide = true }), 15);
	ck_assert_uint_eq(route((struct apic_msg){ .dest = 6, .wide = true,
	    .logical = true }), 6);
	ck_assert_uint_eq(route((struct apic_msg){ .dest = 0x10006, .wide = true,
	    .logical = true }), 0);
	/* An I/O APIC's 8-bit destination. */
	ck_assert_uint_eq(route((struct apic_msg){ .dest = 2 }), 4);
}
END_TEST

START_TEST(lapic_state_survives)
{
	struct lapic *other = make(0);

	wr(0x320, 0x20031);
	wr(0x380, 1000);
	fixed(0x77, true);
	fixed(0x99, false);
	lapic_intack(l);
	lapic_set_lint(l, 1, true);
	wr(0x310, 0x5000000);
	wr(0xd0, 0x3000000);
	fixed(1, false);
	chip_state_survives(&lapic_class, l, other);
	lapic_class.free(other);
}
END_TEST

START_TEST(random_accesses_do_no_harm)
{
	uint64_t v;
	uint32_t x = 7, i;

	for (i = 0; i < 300000; i++) {
		x = x * 1664525 + 1013904223;
		uint32_t y = x * 2654435761u;

		switch (x >> 28) {
		case 0: lapic_set_lint(l, x >> 8 & 1, x >> 9 & 1); break;
		case 1: (void)lapic_intack(l); break;
		case 2: fixed((uint8_t)y, x >> 9 & 1); break;
		case 3: lapic_set_tpr(l, (uint8_t)y); break;
		case 4: (void)!wrmsr(MSR_APIC_BASE, BASE | (y & 0xd00)); break;
		case 5: (void)!wrmsr(MSR_X2APIC + (x >> 8 & 0x3f), y); break;
		case 6: (void)!lapic_rdmsr(l, MSR_X2APIC + (x >> 8 & 0x3f), &v); break;
		case 7: (void)!wrmsr(MSR_TSC_DEADLINE, heap.now + (y >> 8)); break;
		case 8: case 9: (void)rd(x >> 8 & 0xff0); break;
		default: wr(x >> 8 & 0xff0, y >> (x & 31)); break;
		}
		evheap_run(&heap, heap.now + (x >> 4 & 0xffff));
		text[0] = 0;
	}
}
END_TEST

Suite *lapic_suite(void);

Suite *
lapic_suite(void)
{
	Suite *s = suite_create("lapic");
	TCase *tc = tcase_create("lapic");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, reset_state);
	tcase_add_test(tc, disabled_by_svr_takes_no_fixed_interrupt);
	tcase_add_test(tc, higher_class_interrupts_lower);
	tcase_add_test(tc, task_priority_holds_back);
	tcase_add_test(tc, level_interrupts_broadcast_their_end);
	tcase_add_test(tc, virtual_wire_passes_the_8259);
	tcase_add_test(tc, reset_passes_the_8259_on_the_boot_processor);
	tcase_add_test(tc, lint1_is_nmi);
	tcase_add_test(tc, level_lint_waits_for_eoi);
	tcase_add_test(tc, one_shot_timer);
	tcase_add_test(tc, masked_one_shot_is_lost);
	tcase_add_test(tc, periodic_timer_keeps_its_phase);
	tcase_add_test(tc, shortest_period_costs_one_event_per_interrupt);
	tcase_add_test(tc, mode_and_divider_changes_keep_the_count);
	tcase_add_test(tc, tsc_deadline_fires_once);
	tcase_add_test(tc, masked_deadline_passes_silently);
	tcase_add_test(tc, leaving_deadline_mode_disarms);
	tcase_add_test(tc, errors_are_latched_by_a_write);
	tcase_add_test(tc, icr_builds_messages);
	tcase_add_test(tc, destinations);
	tcase_add_test(tc, cluster_destinations);
	tcase_add_test(tc, lowest_priority_picks_the_least_busy);
	tcase_add_test(tc, init_and_startup_reach_the_board);
	tcase_add_test(tc, mode_transitions);
	tcase_add_test(tc, x2apic_registers);
	tcase_add_test(tc, x2apic_destinations);
	tcase_add_test(tc, lapic_state_survives);
	tcase_add_test(tc, random_accesses_do_no_harm);
	suite_add_tcase(s, tc);
	return s;
}
