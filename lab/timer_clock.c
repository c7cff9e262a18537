/*
 * lab/timer_clock.c - the guest's clock beside the world's, in and after a pause
 */
#include <inttypes.h>
#include <stdio.h>

#include "lab/timer_priv.h"
#include "vmm/abi.h"

#define SAMPLES		150u

struct sample {
	uint64_t	ticks, tsc, world;
};

/* One run of the clock. */
struct run {
	struct sample	at[SAMPLES + 1];	/* the first is nothing, at nothing */
	unsigned	n;
	uint64_t	most;			/* that were pending */
};

static const struct column columns[] = {
	{ "policy", NULL, 0 }, { "error", "ms", 3 }, { "formula", "ms", 3 },
	{ "off_by", "ticks", 2 },
	{ "counter_error", "ms", 3 }, { "due", "ticks", 0 }, { "delivered", "ticks", 0 },
	{ "lost", "ticks", 0 }, { "pending", "most", 0 }, { "gained", "ms", 1 }
};

/* --- running --- */

/* Ticks that go by up to `after' behind the pause, for the policy that needs most. */
static unsigned
ticks_wanted(const struct lab_run *r, const struct timer *t)
{
	uint64_t heal = t->off / (lab_number(r, "slew") - 1), after = lab_number(r, "window");

	after = heal > after ? heal : after;
	return (unsigned)((t->before + t->off + after) / TICK + 3);
}

static bool
run_one(struct lab_run *r, const struct timer *t, enum policy p, uint64_t off, struct run *out,
    uint64_t *start)
{
	unsigned every = ticks_wanted(r, t) / SAMPLES + 1, i;
	char words[96], name[48];
	struct world w;
	bool ok;

	out->n = ticks_wanted(r, t) / every;
	snprintf(words, sizeof(words), "workload=clock n=%u every=%u", out->n, every);
	lab_progress(r, "the clock, %s", off ? policy_name(p) : "no pause");
	ok = timer_run(r, &w, t, p, off, words);
	out->at[0] = (struct sample){ 0, 0, 0 };
	for (i = 1; ok && i <= out->n; i++) {
		snprintf(name, sizeof(name), "sample%u.ticks", i);
		out->at[i].ticks = world_said(&w, name);
		snprintf(name, sizeof(name), "sample%u.tsc", i);
		out->at[i].tsc = world_said(&w, name);
		snprintf(name, sizeof(name), "sample%u.cycles", i);
		out->at[i].world = world_said(&w, name);
	}
	if (ok) {
		out->most = world_vmm_said(&w, "ticks_pending_max");
		ok = rig_mark(&w.rig, LAB_MARK_START, 0, start);
	}
	world_end(&w);
	return ok;
}

/* --- what it means --- */

/* The guest's clock less the world's, cycles.  The first tick came within one. */
static int64_t
error_at(const struct sample *s)
{
	return (int64_t)(s->ticks * TICK) - (int64_t)s->world;
}

static int64_t
formula(const struct timer *t, enum policy p)
{
	switch (p) {
	case MERGE: return (int64_t)TICK - (int64_t)t->off;
	case DROP:
	case DELAY: return -(int64_t)t->off;
	default: return 0;
	}
}

/* The guest's clock at a moment of the world. */
static uint64_t
guest_time(const struct run *k, uint64_t world)
{
	unsigned i;

	for (i = 1; i < k->n && k->at[i].world <= world; i++)
		;
	return k->at[i - 1].ticks * TICK;
}

/* How far it goes from just before the resume on. */
static uint64_t
gained(const struct run *k, const struct timer *t, uint64_t window)
{
	uint64_t resume = t->before + t->off;

	return guest_time(k, resume + window) - guest_time(k, resume - TICK);
}

/* By the world's clock, up to the last look, which comes with a tick. */
static uint64_t
due(const struct run *k)
{
	return (k->at[k->n].world + TICK / 2) / TICK;
}

static uint64_t
lost(const struct run *k)
{
	return due(k) - k->at[k->n].ticks;
}

/* --- what is shown --- */

static void
put_row(struct table *t, const char *name, const struct run *k, int64_t should, uint64_t gain)
{
	const struct sample *end = &k->at[k->n];
	int64_t error = error_at(end);

	table_text(t, name);
	table_number(t, error / 1000);
	table_number(t, should / 1000);
	table_number(t, scaled(error - should, 100, TICK));
	table_number(t, ((int64_t)end->tsc - (int64_t)end->world) / 1000);
	table_number(t, (int64_t)due(k));
	table_number(t, (int64_t)end->ticks);
	table_number(t, (int64_t)lost(k));
	table_number(t, (int64_t)k->most);
	table_number(t, (int64_t)(gain / 100000));
}

static void
draw(struct lab_run *r, const struct timer *t, const struct run k[POLICIES])
{
	static const struct figure f = { .name = "error", .title = "The guest's clock less the "
	    "world's",
		.caption = "All fall behind while the VM is off. batch jumps back, slew climbs "
		    "back with slope r - 1, the others "
		"never.", .xlabel = "time of the world, ms", .ylabel = "error, ms",
		    .xdecimals = 3, .ydecimals = 3 };
	struct drawn *d = result_figure(r->result, &f);
	int64_t resume = (int64_t)(t->before + t->off) / 1000, heal =
	    (int64_t)(t->off / (lab_number(r, "slew") - 1));
	struct series *s;
	unsigned p, i;

	for (p = 0; p < POLICIES; p++) {
		s = figure_series(r->result, d, SERIES_LINE, policy_name((enum policy)p));
		for (i = 0; i <= k[p].n; i++)
			series_point(s, (int64_t)k[p].at[i].world / 1000,
			    error_at(&k[p].at[i]) / 1000, NULL);
	}
	s = figure_series(r->result, d, SERIES_MODEL, "-D + (r-1) t");
	series_point(s, (int64_t)t->before / 1000, 0, NULL);
	series_point(s, resume, -(int64_t)t->off / 1000, NULL);
	series_point(s, resume + heal / 1000, 0, NULL);
}

/* --- claims --- */

static bool
within(int64_t a, int64_t b, int64_t by)
{
	return a - b <= by && b - a <= by;
}

static void
judge_formulas(struct lab_run *r, const struct run k[POLICIES], const struct timer *t)
{
	unsigned p, bad = 0;

	for (p = 0; p < POLICIES; p++)
		bad += !within(error_at(&k[p].at[k[p].n]), formula(t, (enum policy)p), TICK);
	result_note(r->result, "Clock errors at the end are within one tick of their formulas "
	    "for %u of %u policies "
	    "(table `clock', off_by).", POLICIES - bad, POLICIES);
}

static void
judge_bits(struct lab_run *r, const struct timer *t, const struct run *alone,
    const struct run *merge,
    const struct run *batch)
{
	uint64_t off = t->off / TICK;
	bool ok = !lost(alone) && within((int64_t)lost(merge), (int64_t)off - 1, 1) && !lost(batch);

	result_finding(r->result, "3d.1", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ?
	    "the VM runs, or its pending register is one bit; a counter keeps them all" : "the "
	    "table `clock'",
	    "running: %" PRIu64 " due, %" PRIu64 " delivered; off for %" PRIu64 " ticks: merge "
	    "lost %" PRIu64
	    ", batch %" PRIu64 " with up to %" PRIu64 " pending", due(alone),
	    alone->at[alone->n].ticks, off,
	    lost(merge), lost(batch), batch->most);
}

static void
judge_alone(struct lab_run *r, const struct run *alone)
{
	const struct sample *end = &alone->at[alone->n];
	int64_t error = error_at(end), tsc = (int64_t)end->tsc - (int64_t)end->world;
	bool ok = within(error, 0, TICK) && within(tsc, 0, TICK);

	result_finding(r->result, "3d.2", ok ? VERDICT_HOLDS : VERDICT_FAILS, ok ? "" : "the "
	    "run without a pause",
	    "alone for %" PRIu64 " ms: %" PRId64 " us off by ticks, %" PRId64 " us by the "
	    "counter", end->world / MS,
	    error / 1000, tsc / 1000);
}

bool
timer_clock(struct lab_run *r, struct timer *t)
{
	struct table *table = result_table(r->result, "clock", "The clock at the end, what the "
	    "policy's formula says, "
	    "and what the guest gained after the resume", columns, ARRAY_SIZE(columns));
	uint64_t window = lab_number(r, "window"), start;
	struct run alone, k[POLICIES];
	unsigned p;

	if (!run_one(r, t, MERGE, 0, &alone, &t->start))
		return false;
	put_row(table, "(no pause)", &alone, 0, gained(&alone, t, window));
	for (p = 0; p < POLICIES; p++) {
		if (!run_one(r, t, (enum policy)p, t->off, &k[p], &start))
			return false;
		put_row(table, policy_name((enum policy)p), &k[p], formula(t, (enum policy)p),
		    gained(&k[p], t, window));
		t->error[p] = error_at(&k[p].at[k[p].n]) / 1000;
	}
	t->gained = gained(&k[BATCH], t, window);
	draw(r, t, k);
	judge_formulas(r, k, t);
	judge_bits(r, t, &alone, &k[MERGE], &k[BATCH]);
	judge_alone(r, &alone);
	return true;
}
