/*
 * lab/timer_frames.c - who counts on the ticks: turns, deadlines, an alarm; and a night
 */
#include <inttypes.h>
#include <stdio.h>

#include "lab/timer_priv.h"

#define QUANTUM		(QUANTUM_TICKS * TICK)
#define JOB_WORK	6000u		/* 67 ms */
#define JOB_TICKS	10u

static bool
within(int64_t a, int64_t b, int64_t by)
{
	return a - b <= by && b - a <= by;
}

static uint64_t
said(const struct world *w, const char *what, unsigned i, const char *tail)
{
	char name[48];

	snprintf(name, sizeof(name), "%s%u.%s", what, i, tail);
	return world_said(w, name);
}

/* --- turns --- */

static const struct column quantum_columns[] = {
	{ "policy", NULL, 0 }, { "quanta", NULL, 0 }, { "burnt", NULL, 0 }, { "D_by_q", NULL, 0 },
	{ "least_work", "%", 2 }, { "shortest", "ms", 3 }, { "longest", "ms", 1 }
};

static unsigned
quanta_wanted(const struct timer *t)
{
	return (unsigned)((t->before + 2 * t->off) / QUANTUM + 4);
}

static void
look_at_quanta(struct timer *t, enum policy p, const struct world *w, unsigned n, uint64_t *longest)
{
	uint64_t full = t->quantum_work, work, cycles, least = full;
	unsigned i;

	*longest = 0;
	t->shortest[p] = RIG_NEVER;
	for (i = 1; i < n; i++) {		/* the first begins anywhere */
		work = said(w, "quantum", i, "work");
		cycles = said(w, "quantum", i, "cycles");
		t->burnt[p] += work * 100 < full;
		least = work < least ? work : least;
		*longest = cycles > *longest ? cycles : *longest;
		t->shortest[p] = cycles < t->shortest[p] ? cycles : t->shortest[p];
	}
	t->short_of[p] = scaled((int64_t)(full - least), 10000, (int64_t)full);
}

static bool
one_quantum(struct lab_run *r, struct timer *t, enum policy p, unsigned n, uint64_t *longest)
{
	char words[64];
	struct world w;
	bool ok;

	snprintf(words, sizeof(words), "workload=quantum procs=2 n=%u", n);
	lab_progress(r, "turns, %s", policy_name(p));
	ok = timer_run(r, &w, t, p, t->off, words);
	if (ok && !t->quantum_work)
		t->quantum_work = said(&w, "quantum", 2, "work");
	if (ok && t->quantum_work)
		look_at_quanta(t, p, &w, n, longest);
	world_end(&w);
	return ok && (t->quantum_work || lab_fail(r, "a turn without work"));
}

static void
judge_quanta(struct lab_run *r, const struct timer *t)
{
	uint64_t by = t->off / QUANTUM;
	bool ok = within((int64_t)t->burnt[BATCH], (int64_t)by, 1) && t->burnt[BATCH] &&
	    !t->burnt[DROP];

	result_finding(r->result, "3d.6", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ?
	    "missed ticks are delivered at once (batch)" : "the table `quanta'",
	    "a pause of %" PRIu64 " quanta: batch burnt %" PRIu64 ", drop %" PRIu64 ", slew "
	    "%" PRIu64, by,
	    t->burnt[BATCH], t->burnt[DROP], t->burnt[SLEW]);
}

bool
timer_quanta(struct lab_run *r, struct timer *t)
{
	struct table *table = result_table(r->result, "quanta", "Two processes in turns of 50 "
	    "ms: turns with less than "
	    "1 % of the work (burnt)", quantum_columns, ARRAY_SIZE(quantum_columns));
	unsigned n = quanta_wanted(t), p;
	uint64_t longest;

	for (p = 0; p < POLICIES; p++) {
		if (!one_quantum(r, t, (enum policy)p, n, &longest))
			return false;
		table_text(table, policy_name((enum policy)p));
		table_number(table, n - 1);
		table_number(table, (int64_t)t->burnt[p]);
		table_number(table, (int64_t)(t->off / QUANTUM));
		table_number(table, 10000 - t->short_of[p]);
		table_number(table, (int64_t)(t->shortest[p] / 1000));
		table_number(table, (int64_t)(longest / 100000));
	}
	judge_quanta(r, t);
	return true;
}

void
timer_bunch(struct lab_run *r, const struct timer *t)
{
	uint64_t window = lab_number(r, "window"), turn = t->shortest[BATCH];
	bool ok = within((int64_t)t->gained, (int64_t)(window + t->off + TICK), 2 * TICK);

	result_finding(r->result, "3d.3", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ?
	    "the pending ticks are counted (batch); for a transient, after which the clock is "
	    "right" :
	    "the table `clock', batch", "%" PRIu64 " ms of the guest in the %" PRIu64 " ms "
	    "after a pause of %" PRIu64
	    " ms; a turn of 50 ms was over in %" PRIu64 " us, %" PRIu64 " times as fast",
	    t->gained / MS, window / MS,
	    t->off / MS, turn / 1000, turn ? QUANTUM / turn : 0);
}

/* --- deadlines --- */

static const struct column deadline_columns[] = {
	{ "policy", NULL, 0 }, { "both_met", NULL, 0 }, { "only_guest_met", NULL, 0 },
	{ "only_world_met", NULL, 0 }, { "both_missed", NULL, 0 }, { "worst_done", "%", 1 }
};

/* Met or missed by the guest's clock and by the world's. */
struct met {
	uint64_t	count[2][2];		/* guest, world */
	uint64_t	least;			/* work done, of JOB_WORK */
};

static bool
one_deadline(struct lab_run *r, const struct timer *t, enum policy p, struct met *m)
{
	unsigned n = (unsigned)((t->before + 2 * t->off) / (JOB_TICKS * TICK) + 3), i;
	char words[96];
	struct world w;
	bool ok;

	snprintf(words, sizeof(words), "workload=deadline n=%u work=%u ticks=%u", n, JOB_WORK,
	    JOB_TICKS);
	lab_progress(r, "deadlines, %s", policy_name(p));
	ok = timer_run(r, &w, t, p, t->off, words);
	*m = (struct met){ .least = JOB_WORK };
	for (i = 0; ok && i < n; i++) {
		uint64_t done = said(&w, "job", i, "done");
		bool whole = done == JOB_WORK;

		m->least = done < m->least ? done : m->least;
		m->count[whole && said(&w, "job", i, "ticks") <= JOB_TICKS]
		    [whole && said(&w, "job", i, "cycles") <= JOB_TICKS * TICK]++;
	}
	world_end(&w);
	return ok;
}

bool
timer_deadlines(struct lab_run *r, struct timer *t)
{
	struct table *table = result_table(r->result, "deadlines", "Jobs of 67 ms with a "
	    "deadline of 10 ticks, the pause "
	    "inside one of them", deadline_columns, ARRAY_SIZE(deadline_columns));
	struct met m[POLICIES];
	unsigned p;
	bool ok;

	for (p = 0; p < POLICIES; p++) {
		if (!one_deadline(r, t, (enum policy)p, &m[p]))
			return false;
		table_text(table, policy_name((enum policy)p));
		table_number(table, (int64_t)m[p].count[1][1]);
		table_number(table, (int64_t)m[p].count[1][0]);
		table_number(table, (int64_t)m[p].count[0][1]);
		table_number(table, (int64_t)m[p].count[0][0]);
		table_number(table, scaled((int64_t)m[p].least, 1000, JOB_WORK));
	}
	ok = m[BATCH].count[0][0] && !m[DROP].count[0][0] && m[DROP].count[1][0];
	result_finding(r->result, "3d.7", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ?
	    "missed ticks are delivered at once (batch), in the guest's frame; by the world's "
	    "clock the job is late with every "
	    "policy" : "the table `deadlines'", "batch: %" PRIu64 " missed by both clocks; "
	    "drop: %" PRIu64 " missed by "
	    "the world's clock that the guest says it met; slew: %" PRIu64 " missed by both, "
	    "for want of time while it "
	    "catches up", m[BATCH].count[0][0], m[DROP].count[1][0], m[SLEW].count[0][0]);
	return true;
}

/* --- an alarm --- */

static const struct column alarm_columns[] = {
	{ "policy", NULL, 0 }, { "due", "ms", 1 }, { "woken", "ms", 1 }, { "late", "ms", 1 },
	{ "by_guest", "ticks", 0 }
};

static bool
one_alarm(struct lab_run *r, const struct timer *t, enum policy p, uint64_t off, unsigned ticks,
    struct table *table, int64_t *late)
{
	char words[64];
	struct world w;
	bool ok;

	snprintf(words, sizeof(words), "workload=alarm ticks=%u busy=1", ticks);
	lab_progress(r, "alarm, %s", off ? policy_name(p) : "no pause");
	ok = timer_run(r, &w, t, p, off, words);
	*late = ok ? (int64_t)world_said(&w, "alarm.cycles") - (int64_t)(ticks * TICK) : 0;
	table_text(table, off ? policy_name(p) : "(no pause)");
	table_number(table, (int64_t)(ticks * TICK / 100000));
	table_number(table, (*late + (int64_t)(ticks * TICK)) / 100000);
	table_number(table, *late / 100000);
	table_number(table, (int64_t)(ok ? world_said(&w, "alarm.ticks") : 0));
	world_end(&w);
	return ok;
}

bool
timer_alarm(struct lab_run *r, struct timer *t)
{
	struct table *table = result_table(r->result, "alarm", "An alarm that is due after the "
	    "pause, with another process "
	    "computing, which has its turn first", alarm_columns, ARRAY_SIZE(alarm_columns));
	unsigned ticks = (unsigned)((t->before + t->off) / TICK + 5), p;
	uint64_t ramp = t->off / (lab_number(r, "slew") - 1);
	int64_t late[POLICIES], alone;
	bool ok;

	if (!one_alarm(r, t, MERGE, 0, ticks, table, &alone))
		return false;
	for (p = 0; p < POLICIES; p++) {
		if (!one_alarm(r, t, (enum policy)p, t->off, ticks, table, &late[p]))
			return false;
		late[p] -= alone;
	}
	ok = within(late[DROP], (int64_t)t->off, TICK) && within(late[BATCH], 0, TICK) &&
	    late[SLEW] <= (int64_t)(ramp + TICK);
	result_finding(r->result, "3d.8", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ?
	    "the clock lags for ever (drop, merge, delay); batch is on time after the burst, "
	    "slew within its ramp" :
	    "the table `alarm'", "later than without a pause: drop %" PRId64 ", merge "
	    "%" PRId64 ", delay %" PRId64
	    ", batch %" PRId64 ", slew %" PRId64 " ms", late[DROP] / (int64_t)MS,
	    late[MERGE] / (int64_t)MS,
	    late[DELAY] / (int64_t)MS, late[BATCH] / (int64_t)MS, late[SLEW] / (int64_t)MS);
	return true;
}

/* --- a night --- */

/* "10:03:20", of a clock that showed 10:03 at the beginning. */
static void
clock_text(char buf[16], uint64_t cycles)
{
	uint64_t s = 10 * 3600 + 3 * 60 + cycles / (1000 * MS);

	snprintf(buf, 16, "%02u:%02u:%02u", (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60),
	    (unsigned)(s % 60));
}

bool
timer_asleep(struct lab_run *r, struct timer *t)
{
	uint64_t asleep = lab_number(r, "asleep"), guest, world;
	unsigned n = (unsigned)(t->before / TICK / 10 + 3);
	char words[64], inside[16], outside[16];
	int64_t behind, work;
	struct world w;
	bool ok;

	snprintf(words, sizeof(words), "workload=clock n=%u every=10", n);
	lab_progress(r, "asleep");
	ok = timer_run(r, &w, t, DROP, asleep, words);
	guest = ok ? said(&w, "sample", n, "ticks") * TICK : 0;
	world = ok ? said(&w, "sample", n, "cycles") : 0;
	world_end(&w);
	if (!ok)
		return false;
	clock_text(inside, guest);
	clock_text(outside, world);
	behind = (int64_t)world - (int64_t)guest;
	/* The VMM takes about a microsecond for each tick it drops, and the VM waits. */
	work = (int64_t)(asleep / TICK * MS / 1000);
	ok = within(behind, (int64_t)asleep, (int64_t)TICK + work) && within(-t->error[DROP] * 1000,
	    (int64_t)t->off, TICK);
	result_finding(r->result, "3d.4", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ?
	    "ticks that are due while the VM is off are lost (drop), and it has no other "
	    "clock" : "the run asleep",
	    "drop: %" PRIu64 " s asleep, %s inside and %s outside; a pause of %" PRIu64 " ms "
	    "leaves %" PRId64 " ms",
	    asleep / (1000 * MS), inside, outside, t->off / MS, t->error[DROP] / 1000);
	return true;
}

/* --- all of it --- */

void
timer_issues(struct lab_run *r, const struct timer *t)
{
	static const struct figure f = { .name = "issues", .title = "Clock error against "
	    "accounting error",
		.caption = "How far the clock is off in the end, and how much of its time the "
		    "worst turn did not get. At the "
		"origin there is nobody: a policy moves the error from one axis to the other.",
		.xlabel = "clock error at the end, ms", .ylabel = "missing in the worst turn, "
		    "%", .xdecimals = 3,
		.ydecimals = 2 };
	struct drawn *d = result_figure(r->result, &f);
	unsigned p, origin = 0;
	struct series *s;

	for (p = 0; p < POLICIES; p++) {
		int64_t error = t->error[p] < 0 ? -t->error[p] : t->error[p];

		s = figure_series(r->result, d, SERIES_POINTS, policy_name((enum policy)p));
		series_point(s, error, t->short_of[p], policy_name((enum policy)p));
		origin += error <= (int64_t)TICK / 1000 && t->short_of[p] <= 1000;
	}
	result_finding(r->result, "3d.5", origin ? VERDICT_FAILS : VERDICT_HOLDS, origin ? "the "
	    "picture `issues'" : "",
	    "%u of %u policies have both a clock within a tick and turns within 10 %%", origin,
	    POLICIES);
}
