/*
 * hw/machine.c - construction, reset, and the run loop of a machine
 *
 * The loop: the processor runs to the earliest deadline, of the event heap or
 * of the host; then what is due runs.  Host stops (polling, hash points, limits)
 * only return from cpu_run() and call it again: the guest cannot tell.
 */
#include "hw/machine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/timing.h"
#include "cpu/trace.h"
#include "hw/machine_priv.h"
#include "hw/machine_slice.h"
#include "hw/machine_stats.h"
#include "hw/pc.h"

/* Cycles between looks at the outside while the guest is busy. */
#define POLL_EVERY	4000000u
/* While something comes and goes. */
#define POLL_SOON	50000u

#define JAN_2024	1704067200

void
machine_config_init(struct machine_config *cfg)
{
	*cfg = (struct machine_config){
		.ram = (uint64_t)128 << 20,
		.cpus = 1,
		.fast_tlb = 1024,
		.engine = engine_defaults,
		.seed = 1,
		.rtc_base = JAN_2024,
	};
}

/* --- what the processor and the chips ask for --- */

void
machine_request(struct machine *m, uint32_t what)
{
	unsigned i;

	m->requests |= what;
	if (m->slices)
		return;		/* nothing ends a slice early */
	for (i = 0; i < m->cpus; i++)
		cpu_raise(m->cpu[i], PIN_STOP);
}

bool
machine_add(struct machine *m, const struct device_class *class, void *dev,
    const char *name)
{
	if (!dev || m->devs == MACHINE_DEVICES) {
		log_error(m->log, "cannot make the chip %s", name);
		if (dev)
			class->free(dev);
		return false;
	}
	m->dev[m->devs++] = (struct machine_device){ class, dev, name, &m->heap };
	return true;
}

static uint64_t
machine_read_now(void *arg)
{
	const struct machine *m = arg;

	return m->cur ? m->cur->cycles : 0;
}

static void
machine_deadline_changed(void *arg, uint64_t earliest)
{
	struct machine *m = arg;

	if (m->cur)
		cpu_lower_deadline(m->cur, earliest);
}

static void
machine_position(void *arg, char *buf, size_t n)
{
	const struct machine *m = arg;

	if (m->cur)
		snprintf(buf, n, "vcpu%u rip=%04x:%" PRIx64, m->cur->index,
		    m->cur->seg[SEG_CS].sel, m->cur->rip);
	else
		snprintf(buf, n, "power-on");
}

/* --- construction --- */

static void
machine_set_timing(struct machine *m)
{
	unsigned i, n;

	if (m->cfg.timing != TIMING_NONE)
		return;
	for (i = 0; i < m->cpus; i++) {
		struct cpu *c = m->cpu[i];

		*c->costs = cpu_costs_none;
		for (n = 0; n < ARRAY_SIZE(c->cost); n++)
			c->cost[n] = 1;
		c->mmu.costs = (struct mmu_costs){ 0, 0 };
	}
}

static bool
machine_build_slices(struct machine *m)
{
	m->slices = slices_new(m);
	if (!m->slices) {
		log_error(m->log, "out of memory for a machine");
		return false;
	}
	m->heap.read_now = slices_chip_now;
	m->heap.changed = NULL;
	return true;
}

static bool
machine_build(struct machine *m)
{
	if (evheap_init(&m->heap)) {
		log_error(m->log, "out of memory for a machine");
		return false;
	}
	m->heap.read_now = machine_read_now;
	m->heap.read_now_arg = m;
	m->heap.changed = machine_deadline_changed;
	m->heap.changed_arg = m;
	log_set_position(m->log, machine_position, m);
	if (m->cfg.cpus > 1 && !machine_build_slices(m))
		return false;
	if (!pc_build(m) || !machine_hash_init(m))
		return false;
	machine_set_timing(m);
	return machine_sections_init(m);
}

struct machine *
machine_new(const struct machine_config *cfg)
{
	struct machine *m = calloc(1, sizeof(*m));

	if (!m) {
		log_error(cfg->log, "out of memory for a machine");
		return NULL;
	}
	m->cfg = *cfg;
	m->log = cfg->log;
	if (!machine_build(m)) {
		machine_free(m);
		return NULL;
	}
	machine_moved(m);
	machine_reset(m);
	m->resets = 0;
	m->requests = 0;
	return m;
}

/*
 * Chips first, in reverse: they unmap themselves from buses.  Their timers are
 * in one heap, which would point into those that are gone already.
 */
void
machine_free(struct machine *m)
{
	unsigned i;

	if (!m)
		return;
	log_set_position(m->log, NULL, NULL);
	m->heap.changed = NULL;
	evheap_clear(&m->heap);
	if (m->slices)
		slices_clear(m->slices);
	while (m->devs) {
		m->devs--;
		m->dev[m->devs].class->free(m->dev[m->devs].dev);
	}
	pc_free(m->pc);
	for (i = 0; i < m->cpus; i++)
		cpu_free(m->cpu[i]);
	codecache_free(m->codes);
	pio_free(m->pio);
	physmem_free(m->pm);
	evheap_fini(&m->heap);
	slices_free(m->slices);
	machine_hash_fini(m);
	free(m->section);
	free(m);
}

void
machine_reset(struct machine *m)
{
	unsigned i;

	for (i = 0; i < m->devs; i++)
		m->dev[i].class->reset(m->dev[i].dev);
	for (i = 0; i < m->cpus; i++)
		cpu_reset(m->cpu[i], false);
	m->resets++;
}

static void
machine_reset_cpus(struct machine *m)
{
	unsigned i;

	for (i = 0; i < m->cpus; i++)
		cpu_reset(m->cpu[i], true);
	m->resets++;
}

/* Suspend to RAM: no processor runs until the board wakes the machine. */
static void
machine_suspend(struct machine *m)
{
	unsigned i;

	for (i = 0; i < m->cpus; i++) {
		cpu_reset(m->cpu[i], false);
		m->cpu[i]->activity = ACT_WAIT_SIPI;
	}
}

/* --- the tape and what passes it --- */

static uint64_t
machine_next_play(const struct machine *m)
{
	return m->tape && m->tape->next ? m->tape->next(m->tape->arg) : VTIMER_IDLE;
}

bool
machine_muted(const struct machine *m)
{
	return m->tape && m->tape->mute;
}

void
machine_moved(struct machine *m)
{
	uint64_t now = machine_cycles(m);
	bool hashes = m->cfg.hash_point || (m->tape && m->tape->hash_point);

	m->next_hash = hashes ? now - now % MACHINE_HASH_EVERY + MACHINE_HASH_EVERY : VTIMER_IDLE;
	m->next_stats = m->cfg.stats_every ?
	    now - now % m->cfg.stats_every + m->cfg.stats_every : VTIMER_IDLE;
	m->next_tape = machine_next_play(m);
	m->next_poll = now;
	m->pace_host = 0;
	m->idle_until = 0;	/* whoever sleeps now was somewhere else */
}

void
machine_set_tape(struct machine *m, const struct machine_tape *t)
{
	m->tape = t;
	machine_moved(m);
}

const struct machine_tape *
machine_tape(const struct machine *m)
{
	return m->tape;
}

void
machine_output(struct machine *m, enum machine_channel channel,
    const struct machine_out *out, uint8_t byte)
{
	const struct machine_tape *t = m->tape;

	if (t && t->output)
		t->output(t->arg, channel, byte);
	if (out->byte && !machine_muted(m))
		out->byte(out->arg, byte);
}

void
machine_send(struct machine *m, unsigned i, const uint8_t *frame, size_t n)
{
	const struct machine_nic *nic = &m->cfg.nic[i];
	const struct machine_tape *t = m->tape;

	if (t && t->frame)
		t->frame(t->arg, i, frame, n);
	if (nic->out && !machine_muted(m))
		nic->out(nic->arg, frame, n);
}

static void
machine_tell_frame(struct machine *m, enum machine_source source, const uint8_t *p, size_t n)
{
	const struct machine_nic *nic;

	if (source < INPUT_NET0 || source > INPUT_NET3 || n < MACHINE_FRAME_MIN ||
	    machine_muted(m))
		return;
	nic = &m->cfg.nic[source - INPUT_NET0];
	if (nic->in)
		nic->in(nic->arg, p, n);
}

size_t
machine_feed(struct machine *m, enum machine_source source, const void *payload, size_t n)
{
	size_t taken = pc_input(m->pc, source, payload, n);

	if (taken && m->tape && m->tape->input)
		m->tape->input(m->tape->arg, m, source, payload, taken);
	if (taken)
		machine_tell_frame(m, source, payload, n);
	return taken;
}

/* Records are due at the boundary where they were made.  What plays may put
 * another tape in. */
static void
machine_play(struct machine *m)
{
	while (machine_cycles(m) >= m->next_tape) {
		m->tape->play(m->tape->arg, m);
		m->next_tape = machine_next_play(m);
	}
}

void
machine_tape_soon(struct machine *m)
{
	m->next_tape = machine_next_play(m);
	if (!m->apart)
		cpu_lower_deadline(m->cur, m->next_tape);
}

void
machine_set_timeline(struct machine *m, uint64_t timeline)
{
	m->timeline = timeline;
}

void
machine_took_back(struct machine *m, uint64_t cycles)
{
	m->taken_back += cycles;
}

/* Whoever has the tape may know better than to end. */
static bool
machine_saved(struct machine *m, enum machine_end end)
{
	const struct machine_tape *t = m->tape;

	return end != END_NONE && t && t->ended && t->ended(t->arg, m, end);
}

/* --- the run loop --- */

/* What that would lead to; a triple fault and a watchdog may also reset. */
static enum machine_end
machine_end_of(const struct machine *m, uint32_t req)
{
	if (req & REQ_EXIT)
		return END_DEBUG_EXIT;
	if (req & REQ_POWEROFF)
		return END_POWEROFF;
	if (req & REQ_TRIPLE)
		return END_TRIPLE_FAULT;
	if (req & REQ_WATCHDOG)
		return END_WATCHDOG;
	if ((req & (REQ_RESET | REQ_CPU_RESET)) && m->cfg.no_reboot)
		return END_RESET;
	return END_NONE;
}

/* In order of weight; the chips' resets may ask again for what they are given. */
static enum machine_end
machine_serve(struct machine *m)
{
	uint32_t req = m->requests;
	enum machine_end end = machine_end_of(m, req);

	m->requests = 0;
	if (machine_saved(m, end))
		return req & REQ_STOP ? END_STOPPED : END_NONE;
	if (end == END_WATCHDOG && m->cfg.no_reboot)
		return END_RESET;
	if (end != END_NONE && end != END_WATCHDOG &&
	    (end != END_TRIPLE_FAULT || m->cfg.no_reboot))
		return end;
	if (req & (REQ_RESET | REQ_TRIPLE | REQ_WATCHDOG))
		machine_reset(m);
	else if (req & REQ_WAKE)
		pc_wake(m->pc);
	else if (req & REQ_SUSPEND)
		machine_suspend(m);
	else if (req & REQ_CPU_RESET)
		machine_reset_cpus(m);
	m->requests &= REQ_STOP;
	return req & REQ_STOP ? END_STOPPED : END_NONE;
}

/* One record, however many times idle time has jumped over. */
static void
machine_stats_point(struct machine *m)
{
	uint64_t now = machine_cycles(m);

	m->next_stats = now - now % m->cfg.stats_every + m->cfg.stats_every;
	m->cfg.stats_point(m->cfg.stats_arg);
}

static enum machine_end
machine_host_stop(struct machine *m)
{
	uint64_t now = machine_cycles(m);

	if (now >= m->next_hash && !m->apart)
		machine_hash_point(m);
	if (now >= m->next_tape)
		machine_play(m);
	if (m->apart)
		return machine_cycles(m) >= m->apart_until ? END_LIMIT : END_NONE;
	if (machine_cycles(m) >= m->next_stats)
		machine_stats_point(m);
	if (m->cfg.limit_cycles && now >= m->cfg.limit_cycles)
		return END_LIMIT;
	if (now < m->next_poll)
		return END_NONE;
	m->next_poll = now + POLL_EVERY;
	m->poll_soon = false;
	machine_poll(m);
	if (m->cfg.timeout_ms &&
	    machine_host_ns() - m->host_start >= m->cfg.timeout_ms * 1000000)
		return END_TIMEOUT;
	return END_NONE;
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Those that are due at a cycle, whatever the host does. */
static uint64_t
machine_fixed_stop(const struct machine *m)
{
	uint64_t stop = earlier(m->next_hash, m->next_tape);

	if (m->apart)
		return earlier(m->next_tape, m->apart_until);
	stop = earlier(stop, m->next_stats);
	return m->cfg.limit_cycles ? earlier(stop, m->cfg.limit_cycles) : stop;
}

static uint64_t
machine_next_stop(const struct machine *m)
{
	uint64_t stop = machine_fixed_stop(m);

	return m->apart ? stop : earlier(stop, m->next_poll);
}

/* Halted until then.  Sleep on the host need not end for looks at the outside. */
static uint64_t
machine_idle_target(const struct machine *m, uint64_t event)
{
	bool sleeps = machine_paced(m) && !m->poll_soon;

	return earlier(event, sleeps ? machine_fixed_stop(m) : machine_next_stop(m));
}

/* Halted for ever is a state a person should hear about. */
static void
machine_tell_dead_halt(struct machine *m)
{
	unsigned i;

	if (m->dead_halt_told || pc_asleep(m->pc))
		return;
	for (i = 0; i < m->cpus; i++)
		if (m->cpu[i]->activity == ACT_HALT &&
		    ((m->cpu[i]->rflags & F_IF) || m->cpu[i]->svm.guest))
			return;
	m->dead_halt_told = true;
	log_guest(m->log, "halted", "halted with interrupts disabled");
}

/* With several processors: a slice of time, or all are asleep until an event. */
static enum machine_end
machine_slices(struct machine *m)
{
	if (!slices_asleep(m))
		return slices_run(m) ? END_NONE : END_DEBUG;
	machine_tell_dead_halt(m);
	machine_idle(m, machine_idle_target(m, slices_next_event(m)));
	slices_events(m);
	return END_NONE;
}

static enum machine_end
machine_slice(struct machine *m)
{
	struct cpu *c = m->cur;
	enum cpu_stop stop;

	c->deadline = earlier(evheap_next(&m->heap), machine_next_stop(m));
	stop = cpu_run(c);
	if (stop == STOP_SHUTDOWN)
		machine_request(m, REQ_TRIPLE);
	else if (stop == STOP_HALT) {
		machine_tell_dead_halt(m);
		machine_idle(m, machine_idle_target(m, evheap_next(&m->heap)));
	}
	if (c->cycles >= evheap_next(&m->heap))
		evheap_run(&m->heap, c->cycles);
	return stop == STOP_DEBUG ? END_DEBUG : END_NONE;
}

/* With several processors the host looks between slices only. */
enum machine_end
machine_run(struct machine *m)
{
	enum machine_end end;

	if (!m->host_start)
		m->host_start = machine_host_ns();
	/* A slice that a debugger interrupted comes to its end first. */
	end = machine_in_slice(m) ? machine_slices(m) : END_NONE;
	while (end == END_NONE) {
		if (m->requests)
			end = machine_serve(m);
		if (end == END_NONE && machine_cycles(m) >= machine_next_stop(m))
			end = machine_host_stop(m);
		if (end == END_NONE && !m->requests)
			end = m->slices ? machine_slices(m) : machine_slice(m);
	}
	return end;
}

enum machine_end
machine_run_apart(struct machine *m, uint64_t cycle)
{
	enum machine_end end;

	m->apart = true;
	m->apart_until = cycle;
	end = machine_run(m);
	m->apart = false;
	return end;
}

void
machine_poll_soon(struct machine *m)
{
	uint64_t at = m->cur->cycles + POLL_SOON;

	if (at >= m->next_poll)
		return;
	m->next_poll = at;
	m->poll_soon = true;
	if (!m->apart)
		cpu_lower_deadline(m->cur, at);
}

void
machine_stop(struct machine *m)
{
	machine_request(m, REQ_STOP);
}

uint32_t
machine_exit_status(const struct machine *m)
{
	return m->exit_status;
}

bool
machine_in_slice(const struct machine *m)
{
	return m->slices && m->slices->open;
}

size_t
machine_input(struct machine *m, enum machine_source source, const void *payload,
    size_t n)
{
	size_t taken;

	if (m->tape && m->tape->playing)
		return n;
	if (machine_in_slice(m))
		return 0;	/* no boundary of the machine: it can wait */
	machine_idle_arrive(m);
	taken = machine_feed(m, source, payload, n);
	m->idle_until = 0;	/* what came in may end the idle time */
	return taken;
}

/* --- looking at it --- */

uint64_t
machine_cycles(const struct machine *m)
{
	return m->slices ? slices_now(m) : m->cur->cycles;
}

uint64_t
machine_outside(const struct machine *m)
{
	return machine_cycles(m) + m->taken_back;
}

unsigned
machine_cpus(const struct machine *m)
{
	return m->cpus;
}

struct cpu *
machine_cpu(struct machine *m, unsigned i)
{
	return i < m->cpus ? m->cpu[i] : NULL;
}

void
machine_set_trace(struct machine *m, struct cpu_trace *t)
{
	unsigned i;

	for (i = 0; i < m->cpus; i++)
		m->cpu[i]->trace = t;
}

void
machine_set_debugger(struct machine *m, struct cpu_debugger *d)
{
	bool other = d != m->cpu[0]->debugger;
	unsigned i;

	for (i = 0; i < m->cpus; i++) {
		m->cpu[i]->debugger = d;
		mmu_watch(&m->cpu[i]->mmu, d ? d->watched : NULL, d ? d->nwatched : 0);
	}
	if (other && m->codes)
		codecache_flush(m->codes);
}

bool
machine_screen_text(struct machine *m,
    void (*row)(void *arg, unsigned y, const char *text), void *arg)
{
	return pc_screen_text(m->pc, row, arg);
}

static void
machine_add_mmu_stats(struct machine_stats *s, const struct mmu_stats *u)
{
	unsigned i, n;

	for (i = 0; i < 3; i++)
		s->tlb_miss[i] += u->tlb_miss[i];
	s->walks += u->walks;
	for (i = 0; i < 2; i++)
		for (n = 0; n < 5; n++)
			s->refs += u->refs[i][n];
	s->refs_charged += u->refs_charged;
	s->tlb_flushes += u->flushes;
	s->invlpg += u->invlpg;
}

static void
machine_add_cpu_stats(struct machine_stats *s, const struct cpu *c)
{
	const struct cpu_stats *u = &c->stats;
	unsigned i;

	s->insns += c->insns;
	for (i = 0; i < ARRAY_SIZE(u->exceptions); i++)
		s->exceptions += u->exceptions[i];
	s->page_faults += u->exceptions[EXC_PF];
	s->interrupts += u->interrupts;
	s->soft_interrupts += u->soft_interrupts;
	s->syscalls += u->syscalls;
	s->cr3_loads += u->cr3_loads;
	s->pio_reads += u->pio_reads;
	s->pio_writes += u->pio_writes;
	s->halts += u->halts;
	s->halt_cycles += u->halt_cycles;
	s->blocks_built += u->blocks_built;
	s->generic_steps += u->generic_steps;
	s->lookups += u->lookups;
	machine_add_mmu_stats(s, &c->mmu.stats);
}

void
machine_get_stats(const struct machine *m, struct machine_stats *s)
{
	unsigned i;

	memset(s, 0, sizeof(*s));
	s->cycles = machine_cycles(m);
	s->resets = m->resets;
	s->hash_ns = m->hash_ns;
	for (i = 0; i < m->cpus; i++)
		machine_add_cpu_stats(s, m->cpu[i]);
}

void
machine_cpu_stats(const struct machine *m, unsigned cpu, struct machine_stats *s)
{
	memset(s, 0, sizeof(*s));
	if (cpu >= m->cpus)
		return;
	s->cycles = m->cpu[cpu]->cycles;
	machine_add_cpu_stats(s, m->cpu[cpu]);
}

uint64_t
machine_ram_resident(struct machine *m)
{
	return physmem_resident(m->pm);
}

uint64_t
machine_counter(const struct machine *m, uint32_t n)
{
	struct machine_stats s;

	machine_get_stats(m, &s);
	switch (n) {
	case COUNTER_INSNS:		return s.insns;
	case COUNTER_CYCLES:		return s.cycles;
	case COUNTER_EXCEPTIONS:	return s.exceptions;
	case COUNTER_PAGE_FAULTS:	return s.page_faults;
	case COUNTER_INTERRUPTS:	return s.interrupts;
	case COUNTER_TLB_MISSES:
		return s.tlb_miss[0] + s.tlb_miss[1] + s.tlb_miss[2];
	case COUNTER_WALK_REFS:		return s.refs;
	case COUNTER_WALK_REFS_CHARGED:	return s.refs_charged;
	case COUNTER_CR3_LOADS:		return s.cr3_loads;
	case COUNTER_PORT_READS:	return s.pio_reads;
	case COUNTER_PORT_WRITES:	return s.pio_writes;
	case COUNTER_IDLE_CYCLES:	return s.halt_cycles;
	default:			return 0;
	}
}
