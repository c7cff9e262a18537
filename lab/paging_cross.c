/*
 * lab/paging_cross.c - changes of page tables against TLB misses: where do the two cross?
 */
#include <inttypes.h>
#include <stdio.h>

#include "lab/paging_priv.h"

static const unsigned updates[] = { 0, 1, 2, 3, 4, 6, 8, 12, 16 };
#define POINTS		ARRAY_SIZE(updates)
#define NEAR		25	/* per cent between measured and predicted */

static const unsigned ways[] = { ARM_NATIVE, ARM_SHADOW, ARM_LAZY, ARM_NESTED };
#define WAYS		ARRAY_SIZE(ways)
enum { NATIVE, SHADOW, LAZY, NESTED };	/* in ways[] */

static const struct column columns[] = {
	{ "updates", "a round", 0 }, { "ratio", "1/1000 misses", 2 },
	{ "native", "cycles/touch", 2 },
	{ "shadow", "cycles/touch", 2 }, { "lazy", "cycles/touch", 2 },
	{ "nested", "cycles/touch", 2 },
	{ "shadow_model", "cycles/touch", 2 }, { "nested_model", "cycles/touch", 2 }
};

static bool
run_all(struct lab_run *r, struct measured m[POINTS][WAYS])
{
	char words[128];
	unsigned i, a;

	for (i = 0; i < POINTS; i++) {
		snprintf(words, sizeof(words), "workload=churn pages=%" PRIu64 " n=%" PRIu64 " "
		    "updates=%u touches=%"
		    PRIu64, lab_number(r, "pages"), lab_number(r, "rounds"), updates[i],
		    lab_number(r, "touches"));
		for (a = 0; a < WAYS; a++) {
			lab_progress(r, "%u updates a round, %s", updates[i],
			    paging_arms[ways[a]].name);
			if (!paging_measure(r, ways[a], words, &m[i][a]))
				return false;
			if (m[i][a].checksum != m[i][NATIVE].checksum)
				return lab_fail(r, "%s computes another thing in %s", words,
				    paging_arms[ways[a]].name);
		}
	}
	return true;
}

/* --- the model --- */

struct model {
	int64_t		walk;		/* cycles a miss costs more in two dimensions, hundredths */
	int64_t		trap;		/* cycles an update costs more under shadow paging */
	int64_t		cross;		/* updates in 1000 misses, hundredths */
};

static int64_t
misses(const struct measured *m)
{
	return (int64_t)m->counts.walk[RIG_HOST].walks;
}

static int64_t
cycles(const struct measured *m)
{
	return (int64_t)m->counts.cycles;
}

/* Both constants come from this run: the first point has no updates, the last many. */
static bool
make_model(struct measured m[POINTS][WAYS], struct model *k)
{
	const struct measured *first = m[0], *last = m[POINTS - 1];
	int64_t traps = cycles(&last[SHADOW]) - cycles(&first[SHADOW]) -
	    (cycles(&last[NATIVE]) - cycles(&first[NATIVE]));

	if (!misses(&first[NATIVE]) || !last->updates)
		return false;
	k->walk = scaled(cycles(&first[NESTED]) - cycles(&first[SHADOW]), 100,
	    misses(&first[NATIVE]));
	k->trap = scaled(traps, 1, (int64_t)last->updates);
	k->cross = k->trap > 0 ? scaled(k->walk, 1000, k->trap) : 0;
	return k->walk > 0 && k->trap > 0;
}

/* Hundredths of cycles of a touch. */
static int64_t
per_touch(const struct measured *m, int64_t cycles)
{
	return scaled(cycles, 100, (int64_t)m->touches);
}

static int64_t
ratio(const struct measured m[WAYS])
{
	return scaled((int64_t)m[NATIVE].updates, 100000, misses(&m[NATIVE]));
}

/* What it is without updates, what those take natively, and U times C. */
static int64_t
shadow_model(struct measured m[POINTS][WAYS], unsigned i, const struct model *k)
{
	return per_touch(&m[i][NATIVE],
	    cycles(&m[0][SHADOW]) + cycles(&m[i][NATIVE]) - cycles(&m[0][NATIVE]) +
	    k->trap * (int64_t)m[i][NATIVE].updates);
}

/* That, and T times dW. */
static int64_t
nested_model(struct measured m[POINTS][WAYS], unsigned i, const struct model *k)
{
	return per_touch(&m[i][NATIVE],
	    cycles(&m[0][SHADOW]) + cycles(&m[i][NATIVE]) - cycles(&m[0][NATIVE]) +
	    k->walk * misses(&m[i][NATIVE]) / 100);
}

/* Where shadow begins to cost more than nested, between two points; 0: it never does. */
static int64_t
measured_cross(struct measured m[POINTS][WAYS])
{
	int64_t before = 0, after, x0, x1;
	unsigned i;

	for (i = 0; i < POINTS; i++, before = after) {
		after = cycles(&m[i][SHADOW]) - cycles(&m[i][NESTED]);
		if (!i || before > 0 || after <= 0)
			continue;
		x0 = ratio(m[i - 1]);
		x1 = ratio(m[i]);
		return x0 + scaled(x1 - x0, -before, after - before);
	}
	return 0;
}

/* --- what is shown --- */

static void
put_table(struct lab_run *r, struct measured m[POINTS][WAYS], const struct model *k)
{
	struct table *t = result_table(r->result, "crossing", "Changes of page-table entries "
	    "against TLB misses",
	    columns, ARRAY_SIZE(columns));
	unsigned i, a;

	for (i = 0; i < POINTS; i++) {
		table_number(t, updates[i]);
		table_number(t, ratio(m[i]));
		for (a = 0; a < WAYS; a++)
			table_number(t, per_touch(&m[i][a], cycles(&m[i][a])));
		table_number(t, shadow_model(m, i, k));
		table_number(t, nested_model(m, i, k));
	}
}

static void
draw(struct lab_run *r, struct measured m[POINTS][WAYS], const struct model *k, int64_t cross)
{
	static const struct figure f = { .name = "crossing", .title = "Where they cross",
		.caption = "Cycles for a random touch, with more and more changed entries in "
		    "between. Nested paging does not "
		"notice the changes; shadow paging pays for each. The published band for the "
		"crossing is 0.2 to 10 per cent (2 to 100 in 1000), from walks of 20 to 100 "
		"cycles more and traps of 1000 to 12000.",
		.xlabel = "changed entries per 1000 TLB misses", .ylabel = "cycles per touch",
		    .xdecimals = 2,
		.ydecimals = 2, .model_table = "crossing", .model_x = "ratio", .model_y =
		    "shadow" };
	static const char *const title[WAYS] = { "native", "shadow", "shadow-lazy", "nested" };
	struct drawn *d = result_figure(r->result, &f);
	struct series *s;
	unsigned i, a;

	for (a = 0; a < WAYS; a++) {
		s = figure_series(r->result, d, SERIES_LINE, title[a]);
		for (i = 0; i < POINTS; i++)
			series_point(s, ratio(m[i]), per_touch(&m[i][a], cycles(&m[i][a])), NULL);
	}
	s = figure_series(r->result, d, SERIES_MODEL, "shadow: U C more");
	for (i = 0; i < POINTS; i++)
		series_point(s, ratio(m[i]), shadow_model(m, i, k), NULL);
	s = figure_series(r->result, d, SERIES_MODEL, "nested: T dW more");
	for (i = 0; i < POINTS; i++)
		series_point(s, ratio(m[i]), nested_model(m, i, k), NULL);
	if (!cross)
		return;
	s = figure_series(r->result, d, SERIES_PUBLISHED, "U/T = dW/C");
	series_point(s, k->cross, nested_model(m, 0, k), "dW/C");
}

static void
judge(struct lab_run *r, const struct model *k, int64_t cross)
{
	char walk[NUMBER_MAX], is[NUMBER_MAX], should[NUMBER_MAX];
	int64_t off = cross - k->cross;
	bool ok = cross && (off < 0 ? -off : off) * 100 <= k->cross * NEAR;

	number_print(walk, k->walk, 2);
	number_print(is, cross, 2);
	number_print(should, k->cross, 2);
	result_finding(r->result, "5a.3", ok ? VERDICT_HOLDS : VERDICT_FAILS, ok ? "" : "the "
	    "table `crossing'",
	    "a walk in two dimensions costs %s cycles more, a changed entry %" PRId64 " cycles: "
	    "predicted %s, measured %s "
	    "changed entries in 1000 misses", walk, k->trap, should, is);
}

bool
paging_crossing(struct lab_run *r)
{
	struct measured m[POINTS][WAYS];
	struct model k;
	int64_t cross;

	if (!run_all(r, m))
		return false;
	if (!make_model(m, &k)) {
		result_finding(r->result, "5a.3", VERDICT_FAILS, "the sweep: with these "
		    "settings the TLB does not miss, or "
		    "a change costs nothing", "no crossing");
		return true;
	}
	cross = measured_cross(m);
	put_table(r, m, &k);
	draw(r, m, &k, cross);
	judge(r, &k, cross);
	return true;
}
