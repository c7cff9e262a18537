/*
 * lab/translate_lives.c - five accesses in three ways, step by step
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/vmcb.h"
#include "lab/translate_priv.h"
#include "vmm/abi.h"

static const char *const runner_names[] = { "program", "guest kernel", "VMM", NULL };

/* --- what happened --- */

static const char *
exit_name(uint64_t code)
{
	switch (code) {
	case EXIT_EXC(EXC_PF): return "#VMEXIT(#PF)";
	case EXIT_NPF: return "#VMEXIT(NPF)";
	case EXIT_INVLPG: return "#VMEXIT(INVLPG)";
	case EXIT_IOIO: return "#VMEXIT(IO)";
	case EXIT_INTR: return "#VMEXIT(INTR)";
	case EXIT_CR_WRITE(3): return "#VMEXIT(CR3)";
	default: return "#VMEXIT";
	}
}

static void
step(struct life_seen *s, uint64_t cycle, enum runner who, const char *what)
{
	struct life_step *p;

	if (s->steps == LIFE_STEPS)
		return;
	p = &s->step[s->steps++];
	p->cycle = cycle;
	p->who = who;
	snprintf(p->what, sizeof(p->what), "%s", what);
}

static void
walked(struct life_seen *s, const struct watch_event *e, uint64_t cycle)
{
	char what[40];

	s->refs[0] = e->refs[0];
	s->refs[1] = e->refs[1];
	snprintf(what, sizeof(what), "walk of %u+%u%s", e->refs[0], e->refs[1],
	    e->failed ? ", fails" : "");
	step(s, cycle, RUN_PROGRAM, what);
}

static void
left(struct life_seen *s, const struct watch_event *e, uint64_t cycle)
{
	s->exits++;
	s->p2m_faults += e->what == EXIT_NPF;
	s->vmm_cycles -= e->cycle;
	s->vmm_insns -= e->insns;
	step(s, cycle, RUN_VMM, exit_name(e->what));
}

static void
entered(struct life_seen *s, const struct watch *w, size_t i, uint64_t cycle)
{
	const struct watch_event *e = &w->event[i];
	bool injects = watch_injects(w, i);

	s->vmm_cycles += e->cycle;
	s->vmm_insns += e->insns;
	s->guest_faults += injects;
	step(s, cycle, injects || !e->user ? RUN_KERNEL : RUN_PROGRAM,
	    injects ? "VMRUN injects #PF" : "VMRUN");
}

static void
faulted(struct life_seen *s, uint64_t cycle)
{
	s->guest_first = s->guest_first || (!s->exits && !s->guest_faults);
	s->guest_faults++;
	step(s, cycle, RUN_KERNEL, "#PF");
}

/* first..last: the mark before and the mark after it, if there is a VMM its entry and
 * exit for them. */
static void
follow(struct life_seen *s, const struct watch *w, size_t first, size_t last, uint64_t start)
{
	size_t i;

	for (i = first; i < last; i++) {
		const struct watch_event *e = &w->event[i];

		switch (e->kind) {
		case WATCH_FAULT: faulted(s, e->cycle - start); break;
		case WATCH_EXIT: left(s, e, e->cycle - start); break;
		case WATCH_RUN: entered(s, w, i, e->cycle - start); break;
		case WATCH_WALK: walked(s, e, e->cycle - start); break;
		default: break;
		}
	}
}

/* Without the exits for the mark, which the access itself has none of. */
static size_t
without_mark(const struct watch_event *e, size_t first, size_t last)
{
	while (last > first && e[last - 1].kind == WATCH_EXIT && e[last - 1].what == EXIT_IOIO) {
		last--;
		if (last < first + 2 || e[last - 1].kind != WATCH_RUN ||
		    e[last - 2].kind != WATCH_EXIT || e[last - 2].what != EXIT_IOIO)
			break;
		last--;
	}
	return last;
}

/* The n-th access of a life (from 0). */
static bool
look(const struct world *w, enum way way, unsigned life, unsigned n, struct life_seen *s)
{
	const struct watch *o = w->watch;
	uint64_t before, after = 0;
	size_t first, last;
	unsigned i;

	if (!rig_mark(&w->rig, LAB_MARK_USER + life, n, &before))
		return false;
	for (i = 0; after <= before; i++)
		if (!rig_mark(&w->rig, LAB_MARK_USER + 15, i, &after))
			return false;
	first = watch_from(o, before);
	last = watch_from(o, after);
	if (way == WAY_NATIVE) {
		follow(s, o, first, last, before);
		return true;
	}
	while (first < last && o->event[first].kind != WATCH_RUN)
		first++;
	last = without_mark(o->event, first, last);
	if (last <= first)
		return false;
	follow(s, o, first + 1, last, o->event[first].cycle);
	return true;
}

/* --- running --- */

static bool
one_way(struct lab_run *r, enum way way, struct life_seen seen[LIVES], struct walk_seen *walk)
{
	static const char *const said[LIVES] = { "hit", "miss", "guest", "vmm", "both" };
	unsigned n = (unsigned)lab_number(r, "n"), i;
	struct watch watch = { .walked = translate_walked, .arg = walk };
	enum world_mode mode = translate_mode(r, way);
	char words[64];
	struct world w;
	bool ok;

	snprintf(words, sizeof(words), "workload=translate n=%u", n);
	lab_progress(r, "five accesses, %s", translate_way[way]);
	ok = world_run_watched(&w, r, mode, false, words,
	    mode == WORLD_SHADOW ? translate_sync(r) : "", &watch);
	for (i = 0; ok && i < LIVES; i++) {
		seen[i].cycles = world_said(&w, said[i]) / n;
		ok = look(&w, way, i, n - 2, &seen[i]) ||
		    lab_fail(r, "%s, %s: there is no access to look at", translate_life[i],
		    translate_way[way]);
	}
	world_end(&w);
	watch_end(&watch);
	return ok;
}

/* --- what is shown --- */

static const struct column columns[] = {
	{ "access", NULL, 0 }, { "way", NULL, 0 }, { "cycles", NULL, 0 }, { "refs_table", NULL, 0 },
	{ "refs_p2m", NULL, 0 }, { "guest_faults", NULL, 0 }, { "exits", NULL, 0 },
	{ "npf", NULL, 0 }, { "vmm_cycles", NULL, 0 }, { "vmm_insns", NULL, 0 }
};
static const struct column step_columns[] = {
	{ "access", NULL, 0 }, { "way", NULL, 0 }, { "step", NULL, 0 }, { "cycle", NULL, 0 },
	{ "runs", NULL, 0 }, { "event", NULL, 0 }
};

static void
put_lives(struct lab_run *r, struct life_seen seen[WAYS][LIVES])
{
	struct table *t = result_table(r->result, "lives", "One access each",
	    columns, ARRAY_SIZE(columns));
	unsigned i, k;

	for (i = 0; i < LIVES; i++)
		for (k = 0; k < WAYS; k++) {
			const struct life_seen *s = &seen[k][i];

			table_text(t, translate_life[i]);
			table_text(t, translate_way[k]);
			table_number(t, (int64_t)s->cycles);
			table_number(t, (int64_t)s->refs[0]);
			table_number(t, (int64_t)s->refs[1]);
			table_number(t, (int64_t)s->guest_faults);
			table_number(t, (int64_t)s->exits);
			table_number(t, (int64_t)s->p2m_faults);
			table_number(t, (int64_t)s->vmm_cycles);
			table_number(t, (int64_t)s->vmm_insns);
		}
}

static void
put_steps(struct lab_run *r, struct life_seen seen[WAYS][LIVES])
{
	struct table *t = result_table(r->result, "steps", "Who runs after what; walks are "
	    "table+P2M references", step_columns, ARRAY_SIZE(step_columns));
	unsigned i, k, n;

	for (k = 0; k < WAYS; k++)
		for (i = 0; i < LIVES; i++)	/* a hit has none */
			for (n = 0; n < seen[k][i].steps; n++) {
				const struct life_step *s = &seen[k][i].step[n];

				table_text(t, translate_life[i]);
				table_text(t, translate_way[k]);
				table_number(t, n + 1);
				table_number(t, (int64_t)s->cycle);
				table_text(t, runner_names[s->who]);
				table_text(t, s->what);
			}
}

static void
draw_runner(struct series *line, const struct life_seen *s)
{
	enum runner who = RUN_KERNEL;	/* it sets the mark */
	unsigned i;

	series_point(line, 0, who, NULL);
	for (i = 0; i < s->steps; i++) {
		series_point(line, (int64_t)s->step[i].cycle, who, NULL);
		who = s->step[i].who;
		series_point(line, (int64_t)s->step[i].cycle, who, NULL);
	}
}

static void
draw(struct lab_run *r, struct life_seen seen[WAYS][LIVES])
{
	static const struct figure who = { .name = "who", .title = "Who runs (both tables lack "
	    "the entry)", .caption = "An access that neither the guest's table nor the VMM's has "
	    "an entry for: who runs when. Nested: the guest's kernel gets its fault at once, and "
	    "the VMM comes in when that touches the new frame. Shadow: the VMM is in between "
	    "everything.", .xlabel = "cycles since the mark before it", .ylabel = "",
	    .lanes = runner_names };
	static const struct figure cost = { .name = "lives", .title = "An access in five lives",
		.caption = "What the program waits for one access; for a TLB hit one "
		"cycle.", .xlabel = "",
		.ylabel = "cycles", .logy = true, .groups = translate_life };
	struct drawn *d = result_figure(r->result, &who);
	unsigned i, k;

	for (k = WAY_NESTED; k < WAYS; k++)
		draw_runner(figure_series(r->result, d, SERIES_LINE, translate_way[k]),
		    &seen[k][LIFE_BOTH]);
	d = result_figure(r->result, &cost);
	for (k = 0; k < WAYS; k++) {
		struct series *s = figure_series(r->result, d, SERIES_BARS, translate_way[k]);

		for (i = 0; i < LIVES; i++)
			series_point(s, i, (int64_t)seen[k][i].cycles, NULL);
	}
}

/* --- claims --- */

static void
judge_hardware(struct lab_run *r, const struct life_seen s[LIVES])
{
	bool ok = !s[LIFE_HIT].exits && !s[LIFE_MISS].exits && !s[LIFE_GUEST].exits &&
	    s[LIFE_GUEST].guest_faults == 1 && s[LIFE_VMM].exits == 1 &&
	    s[LIFE_VMM].p2m_faults == 1 && !s[LIFE_VMM].guest_faults &&
	    s[LIFE_BOTH].exits == 1 && s[LIFE_BOTH].guest_first;

	result_finding(r->result, "3b.2", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ?
	    "the entries are there: a missing one is filled by software, the guest's by its "
	    "kernel, the other by the VMM" : "the table `lives', nested",
	    "nested: exits %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64
	    " for hit, miss, guest fault, VMM fault, both; the VMM's instructions %" PRIu64
	    ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 "; both: %s", s[0].exits,
	    s[1].exits, s[2].exits, s[3].exits, s[4].exits, s[0].vmm_insns, s[1].vmm_insns,
	    s[2].vmm_insns, s[3].vmm_insns, s[4].vmm_insns,
	    s[LIFE_BOTH].guest_first ? "the guest's #PF first" : "the VMM first");
}

bool
translate_lives(struct lab_run *r, struct walk_seen walk[WAYS])
{
	struct life_seen seen[WAYS][LIVES];
	unsigned k;

	memset(seen, 0, sizeof(seen));
	for (k = 0; k < WAYS; k++) {
		walk[k].guest_cr3 = walk[WAY_NATIVE].walk.cr3;
		if (!one_way(r, k, seen[k], &walk[k]))
			return false;
	}
	put_lives(r, seen);
	put_steps(r, seen);
	draw(r, seen);
	judge_hardware(r, seen[WAY_NESTED]);
	return true;
}
