/*
 * lab/rig.c - a machine of an experiment
 */
#include "lab/rig.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/machine_state.h"
#include "vmm/abi.h"

#define KEPT_MAX	((size_t)1 << 20)	/* of what a guest may say */

/* --- what the guest says --- */

static bool
rig_fail(struct rig *g, const char *why)
{
	if (!g->failed)
		(void)lab_fail(g->r, "%s%s%s", why, g->line[0] ? "; the guest's last line: " : "",
		    g->line);
	g->failed = true;
	return false;
}

/* Room for one more; NULL: the guest says too much, and the run fails. */
static void *
room_for(struct rig *g, void *old, size_t used, size_t *room, size_t size)
{
	size_t want = *room ? 2 * *room : 64;
	void *p;

	if (used < *room)
		return old;
	p = want <= KEPT_MAX ? realloc(old, want * size) : NULL;
	if (p)
		*room = want;
	else
		g->failed = true;
	return p;
}

static void
hear_mark(void *arg, uint32_t phase)
{
	struct rig *g = arg;
	void *p = room_for(g, g->mark, g->marks, &g->mark_room, sizeof(*g->mark));

	if (p) {
		g->mark = p;
		g->mark[g->marks++] = (struct rig_mark){ phase, machine_cycles(g->m) };
	}
	if (phase != g->awaited && p)
		return;
	g->arrived = true;
	machine_stop(g->m);
}

static void
hear_value(void *arg, uint32_t key, uint64_t value)
{
	struct rig *g = arg;
	void *p = room_for(g, g->value, g->values, &g->value_room, sizeof(*g->value));

	if (!p)
		return;
	g->value = p;
	g->value[g->values++] = (struct rig_value){ key, value };
}

/* "3: name=1", of the fourth of several guests, is kept as "3:name". */
static bool
parse(const char *text, struct rig_counter *c)
{
	char name[40];
	unsigned vm;

	if (sscanf(text, "%47[^= ]=%" SCNu64, c->name, &c->value) == 2)
		return true;
	if (sscanf(text, "%u: %39[^= ]=%" SCNu64, &vm, name, &c->value) != 3)
		return false;
	snprintf(c->name, sizeof(c->name), "%u:%s", vm % 100, name);
	return true;
}

static void
hear_text(void *arg, const char *text)
{
	struct rig_counter c = { .name = "" };
	struct rig *g = arg;
	void *p;

	if (!parse(text, &c))
		return;
	p = room_for(g, g->counter, g->counters, &g->counter_room, sizeof(*g->counter));
	if (!p)
		return;
	g->counter = p;
	g->counter[g->counters++] = c;
}

/* For messages: what went wrong is often there. */
static void
hear_byte(void *arg, uint8_t byte)
{
	struct rig *g = arg;

	if (byte == '\n')
		g->at = 0;
	if (byte < 0x20 || byte > 0x7e || g->at + 1 >= sizeof(g->line))
		return;
	g->line[g->at++] = (char)byte;
	g->line[g->at] = '\0';
}

/* --- walks --- */

static uint64_t
refs_charged(const struct rig *g)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < machine_cpus(g->m); i++)
		sum += machine_cpu(g->m, i)->mmu.stats.refs_charged;
	return sum;
}

static enum rig_world
world_of(const struct rig *g, const struct walk_req *req)
{
	bool user = g->user_is_guest && req->acc & ACC_USER;

	return user || machine_cpu(g->m, 0)->svm.guest ? RIG_GUEST : RIG_HOST;
}

/* Labs' machines have one processor. */
void
rig_hear_walk(void *arg, const struct walk_req *req, const struct walk_res *res,
    const struct walk_fault *fault, const struct walk_refs *refs)
{
	struct rig *g = arg;
	enum rig_world world = world_of(g, req);
	struct rig_walks *w = &g->walk[world];
	uint64_t charged = refs_charged(g);
	unsigned i, k;

	if (g->kernel && req->va >= g->kernel && world == g->kernel_world) {
		rig_counts(g, &g->at_kernel);
		g->kernel = 0;
	}
	if (g->walked)
		g->walked(g->walked_arg, g, req, res);
	w->walks++;
	w->faults += fault != NULL;
	for (i = 0; i < 2; i++)
		for (k = 1; k < 5; k++)
			w->refs[i][k] += refs->n[i][k];
	w->charged += charged - g->charged;
	g->charged = charged;
}

/* --- exact moments --- */

/* Cycles the machine is behind the outside. */
static uint64_t
behind(const struct rig *g)
{
	return machine_outside(g->m) - machine_cycles(g->m);
}

static uint64_t
next_moment(const struct rig *g)
{
	uint64_t next = g->outside.next ? g->outside.next(g->outside.arg) : RIG_NEVER;

	return next < g->until ? next : g->until;
}

static uint64_t
tape_next(void *arg)
{
	const struct rig *g = arg;
	uint64_t next = next_moment(g), late = behind(g);

	return next == RIG_NEVER ? RIG_NEVER : next < late ? 0 : next - late;
}

static void
tape_play(void *arg, struct machine *m)
{
	struct rig *g = arg;

	if (g->outside.next && g->outside.next(g->outside.arg) <= machine_outside(m))
		g->outside.due(g->outside.arg);
	if (g->until > machine_outside(m))
		return;
	g->until = RIG_NEVER;
	machine_stop(m);
}

/* --- life --- */

void
rig_prepare(struct rig *g, const struct lab_run *r)
{
	memset(g, 0, sizeof(*g));
	g->r = r;
	g->until = RIG_NEVER;
	g->limit = RIG_LIMIT;
	machine_config_init(&g->cfg);
	g->cfg.ram = (uint64_t)64 << 20;
	g->cfg.vga = VGA_NONE;
	g->cfg.pace = PACE_MAX;
	g->cfg.no_reboot = true;
	g->cfg.seed = r->seed;
	g->cfg.serial[0] = (struct machine_out){ true, hear_byte, g };
	g->cfg.lab = (struct machine_lab){ hear_mark, hear_value, hear_text, g };
}

/* The firmware is a guest, too: what it leaves behind is where the others begin. */
static bool
note_firmware(struct rig *g)
{
	struct machine_file f;
	const char *slash;
	unsigned i;
	int err;

	for (i = 0; !(err = machine_file(g->m, i, &f)); i++) {
		slash = strrchr(f.path, '/');
		if (!strcmp(f.option, "-bios"))
			result_guest(g->r->result, slash ? slash + 1 : f.path, f.hash);
	}
	return err == -ENOENT || rig_fail(g, "cannot read the firmware");
}

bool
rig_make(struct rig *g)
{
	g->log = log_new(NULL, LOG_ERROR);
	g->cfg.log = g->log;
	g->m = g->log ? machine_new(&g->cfg) : NULL;
	if (!g->m)
		return rig_fail(g, "cannot make a machine");
	g->tape = (struct machine_tape){ .next = tape_next, .play = tape_play, .arg = g };
	machine_set_tape(g->m, &g->tape);
	machine_cpu(g->m, 0)->mmu.on_walk = rig_hear_walk;
	machine_cpu(g->m, 0)->mmu.on_walk_arg = g;
	return note_firmware(g);
}

void
rig_end(struct rig *g)
{
	machine_free(g->m);
	log_free(g->log);
	free(g->mark);
	free(g->value);
	free(g->counter);
}

/* --- running --- */

static const char *
end_name(enum machine_end end)
{
	switch (end) {
	case END_POWEROFF: return "the guest switched the machine off too early";
	case END_RESET: return "the guest reset the machine";
	case END_TRIPLE_FAULT: return "the guest died of a triple fault";
	case END_DEBUG_EXIT: return "the guest ended too early";
	default: return "the machine stopped";
	}
}

bool
rig_run_to(struct rig *g, uint64_t moment)
{
	enum machine_end end = END_STOPPED;

	if (g->failed)
		return false;
	while (rig_now(g) < moment && end == END_STOPPED && !g->failed) {
		g->until = moment;
		machine_tape_soon(g->m);
		end = machine_run(g->m);
	}
	g->until = RIG_NEVER;
	if (g->failed)
		return rig_fail(g, "the guest says more than can be kept");
	return end == END_STOPPED || rig_fail(g, end_name(end));
}

bool
rig_run_to_mark(struct rig *g, uint32_t phase)
{
	enum machine_end end = END_STOPPED;
	uint64_t limit = rig_now(g) + g->limit;
	char why[80];

	g->awaited = phase;
	g->arrived = false;
	g->until = limit;
	machine_tape_soon(g->m);
	while (!g->arrived && end == END_STOPPED && rig_now(g) < limit)
		end = machine_run(g->m);
	g->awaited = 0;
	g->until = RIG_NEVER;
	if (g->arrived && !g->failed)
		return true;
	snprintf(why, sizeof(why), "the guest never came to mark %" PRIu32, phase);
	return rig_fail(g, end == END_STOPPED ? why : end_name(end));
}

enum machine_end
rig_run_on(struct rig *g, uint64_t limit)
{
	enum machine_end end = END_STOPPED;

	g->until = limit;
	machine_tape_soon(g->m);
	while (end == END_STOPPED && rig_now(g) < limit && !g->failed)
		end = machine_run(g->m);
	g->until = RIG_NEVER;
	return end;
}

bool
rig_run_to_end(struct rig *g)
{
	enum machine_end end = rig_run_on(g, rig_now(g) + g->limit);

	if (!g->failed && (end == END_POWEROFF || end == END_DEBUG_EXIT))
		return true;
	return rig_fail(g, end == END_STOPPED ? "the guest never came to its end" : end_name(end));
}

void
rig_soon(struct rig *g)
{
	machine_tape_soon(g->m);
}

uint64_t
rig_now(const struct rig *g)
{
	return machine_outside(g->m);
}

/* --- asked --- */

bool
rig_mark(const struct rig *g, uint32_t phase, unsigned n, uint64_t *cycle)
{
	size_t i;

	for (i = 0; i < g->marks; i++)
		if (g->mark[i].phase == phase && !n--) {
			*cycle = g->mark[i].cycle;
			return true;
		}
	return false;
}

bool
rig_value(const struct rig *g, uint32_t key, uint64_t *v)
{
	size_t i;

	for (i = g->values; i; i--)
		if (g->value[i - 1].key == key) {
			*v = g->value[i - 1].value;
			return true;
		}
	return false;
}

uint64_t
rig_counter_since(const struct rig *g, size_t first, const char *name)
{
	size_t i;

	for (i = g->counters; i > first; i--)
		if (!strcmp(g->counter[i - 1].name, name))
			return g->counter[i - 1].value;
	return 0;
}

uint64_t
rig_counter(const struct rig *g, const char *name)
{
	return rig_counter_since(g, 0, name);
}

static void
add_cpu(struct rig_counts *c, const struct cpu *cpu)
{
	const struct mmu_stats *u = &cpu->mmu.stats;
	const struct svm_stats *v = &cpu->svm_stats;
	unsigned i;

	c->insns += cpu->insns;
	c->idle += cpu->stats.halt_cycles;
	c->page_faults += cpu->stats.exceptions[EXC_PF];
	c->cr3_loads += cpu->stats.cr3_loads;
	c->interrupts += cpu->stats.interrupts;
	for (i = 0; i < 3; i++)
		c->tlb_misses += u->tlb_miss[i];
	c->vmruns += v->vmruns;
	c->npfs += v->npfs;
	for (i = 0; i < 4; i++)
		c->npf_tables += v->npf_kind[1][i];
	for (i = 0; i < ARRAY_SIZE(c->exits); i++)
		c->exits[i] += v->exits[i];
	c->guest_cycles += v->guest_cycles;
	c->switch_cycles += v->charged;
}

void
rig_counts(const struct rig *g, struct rig_counts *c)
{
	unsigned i;

	memset(c, 0, sizeof(*c));
	c->cycles = machine_cycles(g->m);
	memcpy(c->walk, g->walk, sizeof(c->walk));
	for (i = 0; i < machine_cpus(g->m); i++)
		add_cpu(c, machine_cpu(g->m, i));
}

void
rig_counts_sub(struct rig_counts *c, const struct rig_counts *since)
{
	uint64_t *a = (uint64_t *)c;
	const uint64_t *b = (const uint64_t *)since;
	size_t i;

	for (i = 0; i < sizeof(*c) / sizeof(*a); i++)
		a[i] -= b[i];
}

bool
rig_measure_since(struct rig *g, const struct rig_counts *since, struct rig_counts *c)
{
	if (!rig_run_to_mark(g, LAB_MARK_END))
		return false;
	rig_counts(g, c);
	rig_counts_sub(c, since);
	return true;
}

bool
rig_measure(struct rig *g, struct rig_counts *c)
{
	struct rig_counts start;

	if (!rig_run_to_mark(g, LAB_MARK_START))
		return false;
	rig_counts(g, &start);
	return rig_measure_since(g, &start, c);
}
