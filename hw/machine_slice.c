/*
 * hw/machine_slice.c - the run loop with several processors
 *
 * Time advances in slices.  In a slice the processors run one after the other,
 * in index order, each from where it is to the slice's end; what one does to
 * another or to the machine acts when all have been there: interrupts for
 * others wait in the inboxes, timers of chips in the event heap.  A processor's
 * own APIC timer is in a heap of its own, which it meets at its own boundary.
 * docs/timing.md, "Several processors".
 *
 * The host never cuts a slice: it looks in between, or, when a debugger stops a
 * processor, inside; then the machine can only go on where it was.
 */
#include "hw/machine_slice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/system.h"
#include "hw/machine_priv.h"

/* Longest slice. */
#define SLICE_CYCLES	10000u

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* --- state --- */

static const struct snap_field inbox_fields[] = {
	SNAP_ARRAY(struct slice_inbox, irr),
	SNAP_ARRAY(struct slice_inbox, tmr),
	SNAP_U8(struct slice_inbox, what),
	SNAP_U8(struct slice_inbox, sipi_vector),
	SNAP_END
};

static const struct snap_field slices_fields[] = {
	SNAP_BOOL(struct slices, open),
	SNAP_U8(struct slices, cpu),
	SNAP_U64(struct slices, start),
	SNAP_U64(struct slices, end),
	SNAP_U64(struct slices, seen),
	SNAP_BOOL(struct slices, intr_rises),
	SNAP_STRUCTS(struct slices, inbox, inbox_fields),
	SNAP_U64(struct slices, own[0].next_seq),
	SNAP_U64(struct slices, own[1].next_seq),
	SNAP_U64(struct slices, own[2].next_seq),
	SNAP_U64(struct slices, own[3].next_seq),
	SNAP_U64(struct slices, own[4].next_seq),
	SNAP_U64(struct slices, own[5].next_seq),
	SNAP_U64(struct slices, own[6].next_seq),
	SNAP_U64(struct slices, own[7].next_seq),
	SNAP_END
};

/* Machines are reset between slices; time goes on. */
static void
slices_reset(void *dev)
{
	struct slices *s = dev;

	memset(s->inbox, 0, sizeof(s->inbox));
	s->intr_rises = false;
}

static int
slices_restored(void *dev)
{
	struct slices *s = dev;
	unsigned i;

	if (s->cpu >= s->m->cpus || s->end < s->start ||
	    s->end - s->start > SLICE_CYCLES || s->open != (s->end != s->start))
		return -EINVAL;
	if (s->open ? s->seen < s->start || s->seen > s->end : s->cpu || s->seen)
		return -EINVAL;
	for (i = 0; i < s->m->cpus; i++)
		if (s->m->cpu[i]->cycles < s->start)
			return -EINVAL;
	for (i = 0; i < MACHINE_CPUS; i++)
		s->inbox[i].what &= INBOX_ALL;
	s->m->cur = s->m->cpu[s->cpu];
	return 0;
}

/* It lives as long as the machine: local APICs have timers in it. */
static void
slices_free_nothing(void *dev)
{
	(void)dev;
}

const struct device_class slices_class = {
	.name = "slices",
	.version = 1,
	.reset = slices_reset,
	.restored = slices_restored,
	.free = slices_free_nothing,
	.fields = slices_fields,
};

/* --- construction --- */

static uint64_t
own_now(void *arg)
{
	const struct cpu *c = arg;

	return c->cycles;
}

static void
own_changed(void *arg, uint64_t earliest)
{
	cpu_lower_deadline(arg, earliest);
}

struct slices *
slices_new(struct machine *m)
{
	struct slices *s = calloc(1, sizeof(*s));
	unsigned i;

	if (!s)
		return NULL;
	s->m = m;
	for (i = 0; i < MACHINE_CPUS; i++) {
		if (evheap_init(&s->own[i])) {
			slices_free(s);
			return NULL;
		}
	}
	return s;
}

void
slices_add_cpu(struct slices *s, struct cpu *c)
{
	struct evheap *h = &s->own[c->index];

	c->sliced = true;
	h->read_now = own_now;
	h->read_now_arg = c;
	h->changed = own_changed;
	h->changed_arg = c;
}

void
slices_clear(struct slices *s)
{
	unsigned i;

	for (i = 0; i < MACHINE_CPUS; i++) {
		s->own[i].changed = NULL;
		evheap_clear(&s->own[i]);
		if (i < s->m->cpus)
			s->own[i].changed = own_changed;
	}
}

void
slices_free(struct slices *s)
{
	unsigned i;

	for (i = 0; s && i < MACHINE_CPUS; i++)
		evheap_fini(&s->own[i]);
	free(s);
}

/* --- time --- */

/*
 * What a chip of the machine and RDTSC are told: the cycle of the processor that
 * asks, but never earlier than what another one was told before in this slice.
 */
uint64_t
slices_chip_now(void *arg)
{
	struct machine *m = arg;
	struct slices *s = m->slices;

	if (!s->open)
		return s->start;
	if (m->cur->cycles > s->seen)
		s->seen = m->cur->cycles;
	return s->seen;
}

uint64_t
slices_now(const struct machine *m)
{
	return m->slices->start;
}

/* --- what acts at the slice's end --- */

bool
slices_hold(struct slices *s, unsigned cpu, const struct apic_msg *msg)
{
	struct slice_inbox *in = &s->inbox[cpu];

	if (!s->open || s->cpu == cpu)
		return false;
	switch (msg->delivery) {
	case APIC_FIXED:
	case APIC_LOWEST:
		in->irr[msg->vector / 32] |= 1u << msg->vector % 32;
		in->tmr[msg->vector / 32] &= ~(1u << msg->vector % 32);
		in->tmr[msg->vector / 32] |= (uint32_t)msg->level << msg->vector % 32;
		return true;
	case APIC_NMI:
		in->what |= INBOX_NMI;
		return true;
	case APIC_EXTINT:
		in->what |= INBOX_EXTINT;
		return true;
	case APIC_INIT:
		/* It ends the wait for what was sent before. */
		if (msg->assert_)
			in->what = (uint8_t)((in->what & ~INBOX_SIPI) | INBOX_INIT);
		return true;
	case APIC_STARTUP:
		in->what |= INBOX_SIPI;
		in->sipi_vector = msg->vector;
		return true;
	default:
		return false;
	}
}

/* It falls at once: what the boot processor has just acknowledged must not be
 * there again at its next boundary. */
bool
slices_hold_intr(struct slices *s, bool level)
{
	s->intr_rises = s->open && level;
	return s->intr_rises;
}

static void
deliver(struct slices *s, unsigned cpu, unsigned delivery, uint8_t vector, bool level)
{
	struct apic_msg msg = {
		.vector = vector, .delivery = (uint8_t)delivery, .level = level, .assert_ = true
	};

	s->accept(s->accept_arg, cpu, &msg);
}

static void
deliver_vectors(struct slices *s, unsigned cpu)
{
	struct slice_inbox *in = &s->inbox[cpu];
	unsigned v;

	for (v = 0; v < 256; v++) {
		if (!in->irr[v / 32])
			v |= 31;
		else if (in->irr[v / 32] >> v % 32 & 1)
			deliver(s, cpu, APIC_FIXED, (uint8_t)v, in->tmr[v / 32] >> v % 32 & 1);
	}
	memset(in->irr, 0, sizeof(in->irr));
	memset(in->tmr, 0, sizeof(in->tmr));
}

/* INIT first.  A STARTUP sent right behind it waits for another slice, in which
 * the processor takes the INIT. */
static void
deliver_inbox(struct slices *s, unsigned cpu)
{
	struct slice_inbox *in = &s->inbox[cpu];
	unsigned what = in->what;

	in->what = what & INBOX_INIT ? what & INBOX_SIPI : 0;
	if (what & INBOX_INIT)
		deliver(s, cpu, APIC_INIT, 0, false);
	else if (what & INBOX_SIPI)
		deliver(s, cpu, APIC_STARTUP, in->sipi_vector, false);
	if (what & INBOX_NMI)
		deliver(s, cpu, APIC_NMI, 0, false);
	deliver_vectors(s, cpu);
	if (what & INBOX_EXTINT)
		deliver(s, cpu, APIC_EXTINT, 0, false);
}

/* --- running --- */

/* The rest of the slice is given up, or what comes before the own timer. */
static uint64_t
give_up(struct cpu *c, uint64_t until)
{
	uint64_t skipped = until > c->cycles ? until - c->cycles : 0;

	c->cycles += skipped;
	return skipped;
}

/* False: a debugger stopped it. */
static bool
run_cpu(struct machine *m, struct cpu *c)
{
	struct slices *s = m->slices;
	struct evheap *own = &s->own[c->index];
	enum cpu_stop stop;

	for (;;) {
		if (c->cycles >= evheap_next(own))
			evheap_run(own, c->cycles);
		if (m->requests & REQ_SUSPEND)
			c->stats.halt_cycles += give_up(c, s->end);
		if (c->cycles >= s->end)
			return true;
		c->deadline = earlier(s->end, evheap_next(own));
		stop = cpu_run(c);
		if (stop == STOP_DEBUG)
			return false;
		if (stop == STOP_SHUTDOWN)
			machine_request(m, REQ_TRIPLE);
		if (stop == STOP_SHUTDOWN || stop == STOP_HALT)
			c->stats.halt_cycles += give_up(c, earlier(s->end, evheap_next(own)));
		else if (c->yields)
			give_up(c, earlier(s->end, evheap_next(own)));
		c->yields = false;
		c->pins &= ~(uint32_t)PIN_STOP;
	}
}

static void
open_slice(struct machine *m)
{
	struct slices *s = m->slices;
	uint64_t hash = s->start - s->start % MACHINE_HASH_EVERY + MACHINE_HASH_EVERY;

	s->end = earlier(s->start + SLICE_CYCLES, earlier(evheap_next(&m->heap), hash));
	s->seen = s->start;
	s->cpu = 0;
	s->open = true;
}

static void
close_slice(struct machine *m)
{
	struct slices *s = m->slices;
	unsigned i;

	s->open = false;
	s->start = s->end;
	s->seen = 0;
	s->cpu = 0;
	m->cur = m->cpu[0];
	for (i = 0; i < m->cpus; i++)
		deliver_inbox(s, i);
	if (s->intr_rises) {
		s->intr_rises = false;
		s->intr(s->accept_arg, true);
	}
	slices_events(m);
}

void
slices_events(struct machine *m)
{
	struct slices *s = m->slices;

	if (s->start >= evheap_next(&m->heap))
		evheap_run(&m->heap, s->start);
}

bool
slices_run(struct machine *m)
{
	struct slices *s = m->slices;

	if (!s->open)
		open_slice(m);
	for (; s->cpu < m->cpus; s->cpu++) {
		m->cur = m->cpu[s->cpu];
		if (!run_cpu(m, m->cur))
			return false;
	}
	close_slice(m);
	return true;
}

/* --- all are halted --- */

bool
slices_asleep(const struct machine *m)
{
	const struct slices *s = m->slices;
	unsigned i;

	if (s->open)
		return false;
	for (i = 0; i < m->cpus; i++) {
		const struct cpu *c = m->cpu[i];

		if (c->activity == ACT_RUN || cpu_wakes(c) || s->inbox[i].what ||
		    c->cycles >= evheap_next(&s->own[i]))
			return false;
	}
	return true;
}

uint64_t
slices_next_event(const struct machine *m)
{
	uint64_t next = evheap_next(&m->heap);
	unsigned i;

	for (i = 0; i < m->cpus; i++)
		next = earlier(next, evheap_next(&m->slices->own[i]));
	return next;
}

void
slices_idle_to(struct machine *m, uint64_t when)
{
	struct slices *s = m->slices;
	unsigned i;

	if (when <= s->start)
		return;
	for (i = 0; i < m->cpus; i++)
		m->cpu[i]->stats.halt_cycles += give_up(m->cpu[i], when);
	s->start = s->end = when;
}
