/*
 * lab/paging_work.c - every workload in every way
 */
#include <inttypes.h>
#include <stdio.h>

#include "cpu/vmcb.h"
#include "lab/paging_priv.h"

struct workload {
	const char	*name, *program, *words;
	uint64_t	n;
	bool		pages;		/* over so many as the setting says */
};

enum { W_COMPUTE, W_SYSCALL, W_RANDOM, W_RANDOM_LARGE, W_SWITCH, W_CHURN, W_FORK, WORKLOADS };

static const struct workload workloads[WORKLOADS] = {
	[W_COMPUTE] = { "compute", "compute", "", 400000, false },
	[W_SYSCALL] = { "syscall", "syscall", "", 20000, false },
	[W_RANDOM] = { "random", "random", "", 100000, true },
	[W_RANDOM_LARGE] = { "random-2M", "random", " large=1", 100000, true },
	[W_SWITCH] = { "switch", "switch", "", 400, false },
	[W_CHURN] = { "churn", "churn", "", 200, false },
	[W_FORK] = { "fork", "fork", "", 40, false },
};

static const char *const names[] = {
	"compute", "syscall", "random", "random-2M", "switch", "churn", "fork", NULL
};

/* --- running --- */

static void
make_words(const struct lab_run *r, const struct workload *w, char *buf, size_t n)
{
	char pages[32] = "";

	if (w->pages)
		snprintf(pages, sizeof(pages), " pages=%" PRIu64, lab_number(r, "pages"));
	snprintf(buf, n, "workload=%s n=%" PRIu64 "%s%s", w->program, paging_scale(r, w->n), pages,
	    w->words);
}

static bool
run_all(struct lab_run *r, struct measured m[WORKLOADS][ARMS])
{
	char words[128];
	unsigned i, a;

	for (i = 0; i < WORKLOADS; i++) {
		make_words(r, &workloads[i], words, sizeof(words));
		for (a = 0; a < ARMS; a++) {
			lab_progress(r, "%s, %s (%u of %u)", workloads[i].name, paging_arms[a].name,
			    i * ARMS + a + 1, WORKLOADS * ARMS);
			if (!paging_measure(r, a, words, &m[i][a]))
				return false;
			if (m[i][a].checksum != m[i][ARM_NATIVE].checksum)
				return lab_fail(r, "%s computes another thing in %s than "
				    "natively", words,
				    paging_arms[a].name);
		}
	}
	return true;
}

/* --- tables --- */

static const struct column work_columns[] = {
	{ "workload", NULL, 0 }, { "way", NULL, 0 }, { "cycles", NULL, 0 },
	{ "by_native", NULL, 2 },
	{ "misses", NULL, 0 }, { "refs_miss", NULL, 2 }, { "paid_miss", NULL, 2 },
	{ "exits", NULL, 0 },
	{ "in_guest", "%", 1 }
};
static const struct column level_columns[] = {
	{ "workload", NULL, 0 }, { "way", NULL, 0 }, { "guest4", NULL, 0 }, { "guest3", NULL, 0 },
	{ "guest2", NULL, 0 }, { "guest1", NULL, 0 }, { "nested4", NULL, 0 },
	{ "nested3", NULL, 0 },
	{ "nested2", NULL, 0 }, { "nested1", NULL, 0 }
};
static const struct column exit_columns[] = {
	{ "workload", NULL, 0 }, { "way", NULL, 0 }, { "cr", NULL, 0 }, { "invlpg", NULL, 0 },
	{ "pf", NULL, 0 }, { "npf", NULL, 0 }, { "io", NULL, 0 }, { "intr", NULL, 0 },
	{ "others", NULL, 0 }, { "hidden_faults", NULL, 0 }, { "fills", NULL, 0 },
	{ "syncs", NULL, 0 }
};

/* Walks of the guest's, whatever is below it. */
static const struct rig_walks *
walks_of(const struct measured *m, unsigned arm)
{
	return &m->counts.walk[arm == ARM_NATIVE ? RIG_HOST : RIG_GUEST];
}

static uint64_t
refs_of(const struct rig_walks *w)
{
	uint64_t sum = 0;
	unsigned i, k;

	for (i = 0; i < 2; i++)
		for (k = 1; k < 5; k++)
			sum += w->refs[i][k];
	return sum;
}

static uint64_t
exits_between(const struct measured *m, unsigned first, unsigned last)
{
	uint64_t sum = 0;

	for (; first <= last && first < ARRAY_SIZE(m->counts.exits); first++)
		sum += m->counts.exits[first];
	return sum;
}

static uint64_t
all_exits(const struct measured *m)
{
	return exits_between(m, 0, ARRAY_SIZE(m->counts.exits) - 1) + m->counts.npfs;
}

static void
table_ratio(struct table *t, uint64_t a, uint64_t b, int64_t units)
{
	if (b)
		table_number(t, scaled((int64_t)a, units, (int64_t)b));
	else
		table_none(t);
}

static void
put_work(struct table *t, const struct measured *m, const struct measured *native, unsigned arm)
{
	const struct rig_walks *w = walks_of(m, arm);

	table_number(t, (int64_t)m->counts.cycles);
	table_ratio(t, m->counts.cycles, native->counts.cycles, 100);
	table_number(t, (int64_t)w->walks);
	table_ratio(t, refs_of(w), w->walks, 100);
	table_ratio(t, w->charged, w->walks, 100);
	table_number(t, (int64_t)all_exits(m));
	if (arm == ARM_NATIVE)
		table_none(t);
	else
		table_ratio(t, m->counts.guest_cycles, m->counts.cycles, 1000);
}

static void
put_levels(struct table *t, const struct rig_walks *w)
{
	unsigned i, k;

	for (i = 0; i < 2; i++)
		for (k = 4; k; k--)
			table_number(t, (int64_t)w->refs[i][k]);
}

static void
put_exits(struct table *t, const struct measured *m)
{
	uint64_t cr = exits_between(m, EXIT_CR_READ(0),
	    EXIT_CR_WRITE(15)) + m->counts.exits[EXIT_CR0_SEL];
	uint64_t known = cr + m->counts.exits[EXIT_INVLPG] + m->counts.exits[EXIT_EXC(EXC_PF)] +
	    m->counts.npfs + m->counts.exits[EXIT_IOIO] + m->counts.exits[EXIT_INTR];

	table_number(t, (int64_t)cr);
	table_number(t, (int64_t)m->counts.exits[EXIT_INVLPG]);
	table_number(t, (int64_t)m->counts.exits[EXIT_EXC(EXC_PF)]);
	table_number(t, (int64_t)m->counts.npfs);
	table_number(t, (int64_t)m->counts.exits[EXIT_IOIO]);
	table_number(t, (int64_t)m->counts.exits[EXIT_INTR]);
	table_number(t, (int64_t)(all_exits(m) - known));
	table_number(t, (int64_t)m->hidden);
	table_number(t, (int64_t)m->fills);
	table_number(t, (int64_t)m->syncs);
}

static void
put_tables(struct lab_run *r, struct measured m[WORKLOADS][ARMS])
{
	struct table *work = result_table(r->result, "work", "Workloads: cycles, TLB misses of "
	    "the guest, references "
	    "a miss made and paid for", work_columns, ARRAY_SIZE(work_columns));
	struct table *levels = result_table(r->result, "levels", "References by dimension and "
	    "level",
	    level_columns, ARRAY_SIZE(level_columns));
	struct table *exits = result_table(r->result, "exits", "Exits by reason; hidden faults, "
	    "fills and syncs are of "
	    "the whole run", exit_columns, ARRAY_SIZE(exit_columns));
	unsigned i, a;

	for (i = 0; i < WORKLOADS; i++) {
		for (a = 0; a < ARMS; a++) {
			table_text(work, workloads[i].name);
			table_text(work, paging_arms[a].name);
			put_work(work, &m[i][a], &m[i][ARM_NATIVE], a);
			table_text(levels, workloads[i].name);
			table_text(levels, paging_arms[a].name);
			put_levels(levels, walks_of(&m[i][a], a));
			if (a == ARM_NATIVE)
				continue;
			table_text(exits, workloads[i].name);
			table_text(exits, paging_arms[a].name);
			put_exits(exits, &m[i][a]);
		}
	}
}

/* --- pictures --- */

static int64_t
by_native(const struct measured m[ARMS], unsigned arm)
{
	return scaled((int64_t)m[arm].counts.cycles, 100, (int64_t)m[ARM_NATIVE].counts.cycles);
}

static void
draw_slowdown(struct lab_run *r, struct measured m[WORKLOADS][ARMS])
{
	static const struct figure f = { .name = "slowdown", .title = "Cycles, by those of the "
	    "native run",
		.caption = "Where nothing is to virtualize all are equal. Tables that stand "
		    "still and TLBs that miss cost "
		"nested paging; tables that change cost shadow paging.", .xlabel = "",
		    .ylabel = "times native",
		.ydecimals = 2, .logy = true, .groups = names };
	struct drawn *d = result_figure(r->result, &f);
	unsigned i, a;

	for (a = ARM_SHADOW; a < ARMS; a++) {
		struct series *s = figure_series(r->result, d, SERIES_BARS, paging_arms[a].name);

		for (i = 0; i < WORKLOADS; i++)
			series_point(s, i, by_native(m[i], a), NULL);
	}
}

/* 1.5 and 4.4: averages of real programs with walk caches, natively and virtualized
 * (the paper on flattened page tables, ASPLOS 2022). */
static void
draw_references(struct lab_run *r, struct measured m[WORKLOADS][ARMS])
{
	static const char *const ways[] = { "native", "shadow", "shadow-lazy", "nested",
	    "nested-2M", NULL };
	static const struct figure f = { .name = "references", .title = "References of a TLB "
	    "miss (random)",
		.caption = "Made by the walk, and paid for because no walk cache had them.",
		    .xlabel = "",
		.ylabel = "references", .ydecimals = 2, .groups = ways };
	struct drawn *d = result_figure(r->result, &f);
	struct series *made = figure_series(r->result, d, SERIES_BARS, "made");
	struct series *paid = figure_series(r->result, d, SERIES_BARS, "paid for");
	struct series *them = figure_series(r->result, d, SERIES_PUBLISHED, "published averages");
	unsigned a;

	for (a = 0; a < ARMS; a++) {
		const struct rig_walks *w = walks_of(&m[W_RANDOM][a], a);

		if (!w->walks)
			continue;
		series_point(made, a, scaled((int64_t)refs_of(w), 100, (int64_t)w->walks), NULL);
		series_point(paid, a, scaled((int64_t)w->charged, 100, (int64_t)w->walks), NULL);
	}
	series_point(them, ARM_NATIVE, 150, "1.5");
	series_point(them, ARM_NESTED, 440, "4.4");
}

/* --- claims --- */

static void
judge(struct lab_run *r, struct measured m[WORKLOADS][ARMS])
{
	char churn[2][NUMBER_MAX], fork[2][NUMBER_MAX], random[3][NUMBER_MAX];
	bool change = m[W_CHURN][ARM_SHADOW].counts.cycles > m[W_CHURN][ARM_NESTED].counts.cycles &&
	    m[W_FORK][ARM_SHADOW].counts.cycles > m[W_FORK][ARM_NESTED].counts.cycles;
	bool still = m[W_RANDOM][ARM_NESTED].counts.cycles > m[W_RANDOM][ARM_SHADOW].counts.cycles;
	bool saved = m[W_RANDOM_LARGE][ARM_LARGE].counts.cycles <=
	    m[W_RANDOM_LARGE][ARM_SHADOW].counts.cycles;

	number_print(churn[0], by_native(m[W_CHURN], ARM_SHADOW), 2);
	number_print(churn[1], by_native(m[W_CHURN], ARM_NESTED), 2);
	number_print(fork[0], by_native(m[W_FORK], ARM_SHADOW), 2);
	number_print(fork[1], by_native(m[W_FORK], ARM_NESTED), 2);
	number_print(random[0], by_native(m[W_RANDOM], ARM_SHADOW), 2);
	number_print(random[1], by_native(m[W_RANDOM], ARM_NESTED), 2);
	number_print(random[2], by_native(m[W_RANDOM_LARGE], ARM_LARGE), 2);
	result_finding(r->result, "5a.1", change ? VERDICT_HOLDS : VERDICT_FAILS, change ? "" :
	    "the workloads churn and fork", "churn: shadow %s, nested %s times native; fork: %s "
	    "and %s", churn[0],
	    churn[1], fork[0], fork[1]);
	result_finding(r->result, "5a.2", !still ? VERDICT_FAILS : saved ? VERDICT_HOLDS_IF :
	    VERDICT_HOLDS,
	    !still ? "the workload random" : saved ? "pages are small: with 2 MiB pages in both "
	    "dimensions nested "
	    "paging wins here, too" : "", "random: shadow %s, nested %s times native; 2 MiB "
	    "pages in both dimensions %s",
	    random[0], random[1], random[2]);
}

bool
paging_workloads(struct lab_run *r)
{
	struct measured m[WORKLOADS][ARMS];

	if (!run_all(r, m))
		return false;
	put_tables(r, m);
	draw_slowdown(r, m);
	draw_references(r, m);
	result_note(r->result, "The VMM's shadow tables have 4 KiB pages only, so large pages "
	    "of the guest do not help there "
	    "(random-2M). The six exits of each run are the guest asking labdev for the time "
	    "and setting its marks.");
	judge(r, m);
	return true;
}
