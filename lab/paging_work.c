/*
 * lab/paging_work.c - every workload in every way
 */
#include <inttypes.h>
#include <stdio.h>

#include "lab/paging_priv.h"

struct workload {
	const char	*program, *words;
	uint64_t	n;
	bool		pages;		/* over so many as the setting says */
};

static const struct workload workloads[WORKLOADS] = {
	[W_COMPUTE] = { "compute", "", 400000, false },
	[W_SYSCALL] = { "syscall", "", 20000, false },
	[W_RANDOM] = { "random", "", 100000, true },
	[W_RANDOM_LARGE] = { "random", " large=1", 100000, true },
	[W_SWITCH] = { "switch", "", 400, false },
	[W_CHURN] = { "churn", "", 200, false },
	[W_FORK] = { "fork", "", 40, false },
};

const char *const paging_names[WORKLOADS + 1] = {
	"compute", "syscall", "random", "random-2M", "switch", "churn", "fork", NULL
};

/* --- running --- */

void
paging_words(const struct lab_run *r, unsigned workload, char *buf, size_t n)
{
	const struct workload *w = &workloads[workload];
	char pages[32] = "";

	if (w->pages)
		snprintf(pages, sizeof(pages), " pages=%" PRIu64, lab_number(r, "pages"));
	snprintf(buf, n, "workload=%s n=%" PRIu64 "%s%s", w->program, paging_scale(r, w->n), pages,
	    w->words);
}

static bool
run_all(struct lab_run *r, struct measured m[ARMS][WORKLOADS])
{
	char words[128];
	unsigned i, a;

	for (i = 0; i < WORKLOADS; i++) {
		for (a = 0; a < ARMS; a++) {
			/* With direct paging there are no large pages. */
			paging_words(r, a == ARM_DIRECT && i == W_RANDOM_LARGE ? W_RANDOM : i,
			    words, sizeof(words));
			lab_progress(r, "%s, %s (%u of %u)", paging_names[i], paging_arms[a].name,
			    i * ARMS + a + 1, WORKLOADS * ARMS);
			if (!paging_measure(r, a, words, &m[a][i]))
				return false;
			if (m[a][i].checksum != m[ARM_NATIVE][i].checksum)
				return lab_fail(r, "%s computes another thing in %s than "
				    "natively", words, paging_arms[a].name);
		}
	}
	return true;
}

/* --- pictures --- */

/* 1.5 and 4.4: averages of real programs with walk caches, natively and virtualized
 * (the paper on flattened page tables, ASPLOS 2022). */
static void
draw_references(struct lab_run *r, struct measured m[ARMS][WORKLOADS])
{
	static const char *const ways[ARMS + 1] = { "native", "deprivileged", "shadow",
	    "shadow-lazy", "nested", "nested-2M", "pv-direct" };
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
		const struct measured *is = &m[a][W_RANDOM];
		const struct rig_walks *w = &is->counts.walk[is->world];

		if (!w->walks)
			continue;
		series_point(made, a, scaled((int64_t)paging_references(w), 100, (int64_t)w->walks), NULL);
		series_point(paid, a, scaled((int64_t)w->charged, 100, (int64_t)w->walks), NULL);
	}
	series_point(them, ARM_NATIVE, 150, "1.5");
	series_point(them, ARM_NESTED, 440, "4.4");
}

bool
paging_workloads(struct lab_run *r)
{
	static const struct figure slowdown = { .name = "slowdown", .title = "Cycles, by those of "
	    "the native run",
		.caption = "Where nothing is to virtualize all are equal. Tables that stand "
		    "still and TLBs that miss cost nested paging; tables that change cost shadow "
		    "paging.", .xlabel = "", .ylabel = "times native",
		.ydecimals = 2, .logy = true, .groups = paging_names };
	static const struct paging_claimed claimed = { W_CHURN, W_FORK, W_RANDOM, W_RANDOM_LARGE,
		ARM_SHADOW, ARM_NESTED, ARM_LARGE };
	struct measured m[ARMS][WORKLOADS];
	struct paging_grid g = { paging_names, WORKLOADS, ARMS, { NULL }, m[0] };
	unsigned a;

	for (a = 0; a < ARMS; a++)
		g.way[a] = paging_arms[a].name;
	if (!run_all(r, m))
		return false;
	paging_tables(r, &g);
	paging_bars(r, &g, &slowdown);
	draw_references(r, m);
	result_note(r->result, "The VMM's shadow tables have 4 KiB pages only, so large pages "
	    "of the guest do not help there (random-2M); with direct paging the guest has "
	    "none, and runs random. "
	    "The few exits of runs that need none are the guest asking labdev for the time and "
	    "setting its marks. Deprivileged, each system call is four changes between rings "
	    "that the VMM makes, and exits are what it counts.");
	paging_judge(r, &g, &claimed);
	return true;
}
