/*
 * lab/paging_tables.c - runs as lines of tables, and the claims they decide
 */
#include "lab/paging_priv.h"

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
	{ "calls", NULL, 0 }, { "traps", NULL, 0 },
	{ "others", NULL, 0 }, { "hidden_faults", NULL, 0 }, { "fills", NULL, 0 },
	{ "syncs", NULL, 0 }
};

uint64_t
paging_references(const struct rig_walks *w)
{
	uint64_t sum = 0;
	unsigned i, k;

	for (i = 0; i < 2; i++)
		for (k = 1; k < 5; k++)
			sum += w->refs[i][k];
	return sum;
}

static const struct measured *
run_of(const struct paging_grid *g, unsigned way, unsigned work)
{
	return &g->m[way * g->works + work];
}

bool
paging_same(const struct lab_run *r, const struct paging_grid *g, unsigned way, unsigned first)
{
	unsigned i;

	for (i = first; i < g->works; i++)
		if (run_of(g, way, i)->checksum != run_of(g, 0, i)->checksum)
			return lab_fail(r, "%s computes another thing in %s than natively",
			    g->work[i], g->way[way]);
	return true;
}

/* --- tables --- */

static void
put_ratio(struct table *t, uint64_t a, uint64_t b, int64_t units)
{
	if (b)
		table_number(t, scaled((int64_t)a, units, (int64_t)b));
	else
		table_none(t);
}

static void
put_work(struct table *t, const struct measured *m, const struct measured *native)
{
	const struct rig_walks *w = &m->counts.walk[m->world];

	table_number(t, (int64_t)m->counts.cycles);
	put_ratio(t, m->counts.cycles, native->counts.cycles, 100);
	table_number(t, (int64_t)w->walks);
	put_ratio(t, paging_references(w), w->walks, 100);
	put_ratio(t, w->charged, w->walks, 100);
	table_number(t, (int64_t)m->exits);
	if (!m->in_guest)
		table_none(t);
	else
		put_ratio(t, m->in_guest, m->counts.cycles, 1000);
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
put_said(struct table *t, const struct measured *m, uint64_t v)
{
	if (m->has_vmm)
		table_number(t, (int64_t)v);
	else
		table_none(t);
}

static void
put_exits(struct table *t, const struct measured *m)
{
	unsigned i;

	for (i = 0; i < REASONS; i++)
		table_number(t, (int64_t)m->exit[i]);
	put_said(t, m, m->hidden);
	put_said(t, m, m->fills);
	put_said(t, m, m->syncs);
}

/* The beginning of a line. */
static void
put_name(struct table *t, const struct paging_grid *g, unsigned way, unsigned work)
{
	table_text(t, g->work[work]);
	table_text(t, g->way[way]);
}

void
paging_tables(struct lab_run *r, const struct paging_grid *g)
{
	struct table *work = result_table(r->result, "work", "Workloads: cycles, TLB misses of the "
	    "guest, references a miss made and paid for", work_columns,
	    ARRAY_SIZE(work_columns));
	struct table *levels = result_table(r->result, "levels", "References by dimension and level",
	    level_columns, ARRAY_SIZE(level_columns));
	struct table *exits = result_table(r->result, "exits", "Exits by reason; hidden faults, fills "
	    "and syncs as the VMM counts them", exit_columns, ARRAY_SIZE(exit_columns));
	unsigned i, w;

	for (i = 0; i < g->works; i++) {
		for (w = 0; w < g->ways; w++) {
			const struct measured *m = run_of(g, w, i);

			if (!g->way[w])
				continue;
			put_name(work, g, w, i);
			put_work(work, m, run_of(g, 0, i));
			put_name(levels, g, w, i);
			put_levels(levels, &m->counts.walk[m->world]);
			if (m->native)
				continue;
			put_name(exits, g, w, i);
			put_exits(exits, m);
		}
	}
}

void
paging_bars(struct lab_run *r, const struct paging_grid *g, const struct figure *f)
{
	struct drawn *d = result_figure(r->result, f);
	struct series *s;
	unsigned i, w;

	for (w = 1; w < g->ways; w++) {
		if (!g->way[w])
			continue;
		s = figure_series(r->result, d, SERIES_BARS, g->way[w]);
		for (i = 0; i < g->works; i++)
			series_point(s, i, paging_by_native(run_of(g, w, i), run_of(g, 0, i)), NULL);
	}
}

/* --- claims --- */

/* One work in the ways that claims are about. */
struct paging_case {
	const struct measured	*native, *shadow, *nested, *large;
};

static struct paging_case
case_of(const struct paging_grid *g, const struct paging_claimed *c, unsigned work)
{
	return (struct paging_case){ run_of(g, 0, work), run_of(g, c->shadow, work),
		run_of(g, c->nested, work), run_of(g, c->large, work) };
}

static bool
is_slower(const struct measured *a, const struct measured *b)
{
	return a->counts.cycles > b->counts.cycles;
}

static void
print_ratio(char buf[NUMBER_MAX], const struct measured *m, const struct measured *native)
{
	number_print(buf, paging_by_native(m, native), 2);
}

static void
judge_change(struct lab_run *r, const struct paging_case *churn, const struct paging_case *fork)
{
	char c[2][NUMBER_MAX], f[2][NUMBER_MAX];
	bool ok = is_slower(churn->shadow, churn->nested) && is_slower(fork->shadow, fork->nested);

	print_ratio(c[0], churn->shadow, churn->native);
	print_ratio(c[1], churn->nested, churn->native);
	print_ratio(f[0], fork->shadow, fork->native);
	print_ratio(f[1], fork->nested, fork->native);
	result_finding(r->result, "5a.1", ok ? VERDICT_HOLDS : VERDICT_FAILS, ok ? "" :
	    "the workloads churn and fork", "churn: shadow %s, nested %s times native; fork: %s "
	    "and %s", c[0], c[1], f[0], f[1]);
}

static void
judge_misses(struct lab_run *r, const struct paging_case *random,
    const struct paging_case *random_large)
{
	bool still = is_slower(random->nested, random->shadow);
	bool saved = !is_slower(random_large->large, random_large->shadow);
	char is[3][NUMBER_MAX];

	print_ratio(is[0], random->shadow, random->native);
	print_ratio(is[1], random->nested, random->native);
	print_ratio(is[2], random_large->large, random_large->native);
	result_finding(r->result, "5a.2", !still ? VERDICT_FAILS : saved ? VERDICT_HOLDS_IF :
	    VERDICT_HOLDS,
	    !still ? "the workload random" : saved ? "pages are small: with 2 MiB pages in both "
	    "dimensions nested paging wins here, too" : "", "random: shadow %s, nested %s times "
	    "native; 2 MiB pages in both dimensions %s", is[0], is[1], is[2]);
}

void
paging_judge(struct lab_run *r, const struct paging_grid *g, const struct paging_claimed *c)
{
	struct paging_case churn = case_of(g, c, c->churn), fork = case_of(g, c, c->fork);
	struct paging_case random = case_of(g, c, c->random);
	struct paging_case random_large = case_of(g, c, c->random_large);

	judge_change(r, &churn, &fork);
	judge_misses(r, &random, &random_large);
}
