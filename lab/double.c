/*
 * lab/double.c - the lab "double-paging": two pagers that know nothing of each other
 *
 * A page is paged twice when the guest writes it to its disk and the VMM first has to
 * read it from its own.  The VMM counts that where it happens: at the guest's output to
 * its disk (swap_double), so it is by the very frame.
 */
#include <inttypes.h>
#include <stdio.h>

#include "lab/labs.h"
#include "lab/world.h"

#define RAM		((uint64_t)3 << 20)
#define UNUSED		((uint64_t)1 << 20)	/* the guest leaves its first MiB alone */
#define PAGE		4096u
#define G		((RAM - UNUSED) / PAGE)
#define NEAR		10			/* hundredths, of prediction */

static const struct lab_setting keys[] = {
	{ "pages", KEY_NUMBER, "600", "540", 460, 1000, NULL,
	    "pages the guest's program goes over; it has some 450 frames for them" },
	{ "over", KEY_NUMBER, "140", NULL, 110, 160, NULL,
	    "overcommit of the parts that are not the sweep, per cent: G by H" },
	{ .name = NULL }
};

static const struct lab_claim claims[] = {
	{ "1a.1", VERDICT_HOLDS },
	{ "1a.2", VERDICT_HOLDS_IF },
	{ NULL, VERDICT_HOLDS }
};

/* Who picks which victims. */
struct pager {
	const char	*name, *vmm, *guest;
	int		share;		/* predicted, per cent; -1: 1 - H/G */
	unsigned	rounds;		/* over all pages: chance wants more of them */
};

static const struct pager pagers[] = {
	{ "lru over fifo", "vm.victim=lru", " victim=fifo", 100, 1 },
	{ "clock over clock", "vm.victim=clock", " victim=clock", 100, 1 },
	{ "random over random", "vm.victim=random", " victim=random", -1, 2 },
	{ "random over fifo", "vm.victim=random", " victim=fifo", -1, 1 },
};
enum { LRU, CLOCK, RANDOM, RANDOM_FIFO, PAGERS };

static const unsigned overcommits[] = { 60, 80, 100, 110, 125, 140, 160 };	/* per cent */
#define POINTS		ARRAY_SIZE(overcommits)

struct count {
	uint64_t	frames;			/* H */
	uint64_t	evictions, twice, reads, writes, cycles;
};

/* --- running --- */

static bool
one_run(struct lab_run *r, enum world_mode mode, unsigned over, const char *vmm, const char *guest,
    unsigned rounds, struct count *c)
{
	uint64_t frames = G * 100 / over + UNUSED / PAGE * (over <= 100);
	char words[128], more[96];
	struct world w;
	bool ok;

	snprintf(words, sizeof(words), "workload=swap%s n=%u pages=%" PRIu64, guest, rounds,
	    lab_number(r, "pages"));
	snprintf(more, sizeof(more), "%s vm.ram=%" PRIu64 "K vm.frames=%" PRIu64 "K", vmm,
	    RAM >> 10,
	    (frames < RAM / PAGE ? frames : RAM / PAGE) * (PAGE >> 10));
	ok = world_run_paged(&w, r, mode, words, more);
	*c = (struct count){ .frames = G * 100 / over };
	if (ok) {
		c->evictions = world_said(&w, "evictions");
		c->twice = world_vmm_said(&w, "swap_double");
		c->reads = world_vmm_said(&w, "swap_reads");
		c->writes = world_vmm_said(&w, "swap_writes");
		c->cycles = w.counts.cycles;
	}
	world_end(&w);
	return ok;
}

/* Hundredths. */
static int64_t
share(const struct count *c)
{
	return c->evictions ? scaled((int64_t)c->twice, 100, (int64_t)c->evictions) : 0;
}

static int64_t
predicted(const struct pager *p, const struct count *c)
{
	if (c->frames >= G)
		return 0;
	return p->share >= 0 ? p->share : 100 - scaled((int64_t)c->frames, 100, (int64_t)G);
}

/* --- the sweep --- */

static const struct column columns[] = {
	{ "pagers", NULL, 0 }, { "overcommit", "G/H", 2 }, { "H", "frames", 0 },
	{ "evictions", "guest's", 0 },
	{ "twice", NULL, 0 }, { "share", NULL, 2 }, { "predicted", NULL, 2 },
	{ "vmm_reads", NULL, 0 },
	{ "vmm_writes", NULL, 0 }, { "time", "ms", 1 }
};

static void
put_row(struct table *t, const char *name, unsigned over, const struct count *c, int64_t expect)
{
	table_text(t, name);
	table_number(t, over);
	table_number(t, (int64_t)c->frames);
	table_number(t, (int64_t)c->evictions);
	table_number(t, (int64_t)c->twice);
	table_number(t, share(c));
	table_number(t, expect);
	table_number(t, (int64_t)c->reads);
	table_number(t, (int64_t)c->writes);
	table_number(t, (int64_t)(c->cycles / 100000));
}

static void
draw(struct lab_run *r, struct count c[PAGERS][POINTS])
{
	static const struct figure f = { .name = "twice", .title = "Pages that are paged twice",
		.caption = "Of the pages a guest writes to its disk, how many the VMM first had "
		    "to read from its own. Two pagers that "
		"both look at recency agree on every victim.", .xlabel = "overcommit, per cent "
		"(G/H)",
		.ylabel = "share of the guest's page-outs", .ydecimals = 2 };
	struct drawn *d = result_figure(r->result, &f);
	struct series *s;
	unsigned p, i;

	for (p = 0; p < PAGERS; p++) {
		s = figure_series(r->result, d, SERIES_LINE, pagers[p].name);
		for (i = 0; i < POINTS; i++)
			series_point(s, overcommits[i], share(&c[p][i]), NULL);
	}
	s = figure_series(r->result, d, SERIES_MODEL, "1 - H/G");
	for (i = 0; i < POINTS; i++)
		series_point(s, overcommits[i], predicted(&pagers[RANDOM], &c[RANDOM][i]), NULL);
}

static bool
sweep(struct lab_run *r, struct count c[PAGERS][POINTS])
{
	struct table *t = result_table(r->result, "sweep", "Overcommit: guest frames in use by "
	    "machine frames (svm+nested)",
	    columns, ARRAY_SIZE(columns));
	unsigned p, i;

	for (p = 0; p < PAGERS; p++)
		for (i = 0; i < POINTS; i++) {
			lab_progress(r, "%s at %u %% (%u of %u)", pagers[p].name, overcommits[i],
			    (unsigned)(p * POINTS + i + 1), (unsigned)(PAGERS * POINTS));
			if (i && overcommits[i] <= 100) {	/* all of its memory, as before */
				c[p][i] = c[p][i - 1];
				c[p][i].frames = G * 100 / overcommits[i];
			} else if (!one_run(r, WORLD_NESTED, overcommits[i], pagers[p].vmm,
			    pagers[p].guest, pagers[p].rounds, &c[p][i])) {
				return false;
			}
			put_row(t, pagers[p].name, overcommits[i], &c[p][i],
			    predicted(&pagers[p], &c[p][i]));
		}
	draw(r, c);
	return true;
}

/* --- what helps, and in which modes --- */

static bool
controls(struct lab_run *r, struct count *balloon, struct count *off)
{
	struct table *t = result_table(r->result, "controls", "The guest gives frames back "
	    "(balloon), or has no swap", columns,
	    ARRAY_SIZE(columns));
	unsigned over = (unsigned)lab_number(r, "over");

	lab_progress(r, "balloon");
	if (!one_run(r, WORLD_NESTED, over, "vm.victim=lru", " victim=fifo balloon=on", 1,
	    balloon))
		return false;
	put_row(t, "balloon", over, balloon, 0);
	lab_progress(r, "no swap in the guest");
	if (!one_run(r, WORLD_NESTED, over, "vm.victim=lru", " swap=off pages=400", 1, off))
		return false;
	put_row(t, "guest swap off", over, off, 0);
	return true;
}

static const struct column mode_columns[] = {
	{ "mode", NULL, 0 }, { "evictions", "guest's", 0 }, { "twice", NULL, 0 },
	{ "share", NULL, 2 },
	{ "twice_if_H_is_G", NULL, 0 }
};

static bool
modes(struct lab_run *r, char *text, size_t n, bool *ok)
{
	static const enum world_mode mode[] = { WORLD_SHADOW, WORLD_NESTED, WORLD_DEPRIVILEGED,
	    WORLD_PARA_SHADOW, WORLD_PARA_NESTED };
	struct table *t = result_table(r->result, "modes", "The same in full and paravirtual "
	    "machines", mode_columns,
	    ARRAY_SIZE(mode_columns));
	unsigned over = (unsigned)lab_number(r, "over"), i;
	struct count c, control;
	size_t at = 0;

	*ok = true;
	for (i = 0; i < ARRAY_SIZE(mode); i++) {
		lab_progress(r, "%s", world_name(mode[i]));
		if (!one_run(r, mode[i], over, pagers[LRU].vmm, pagers[LRU].guest, 1, &c) ||
		    !one_run(r, mode[i], 80, pagers[LRU].vmm, pagers[LRU].guest, 1,
		    &control))
			return false;
		table_text(t, world_name(mode[i]));
		table_number(t, (int64_t)c.evictions);
		table_number(t, (int64_t)c.twice);
		table_number(t, share(&c));
		table_number(t, (int64_t)control.twice);
		*ok = *ok && c.twice && !control.twice;
		if (at < n)
			at += (size_t)snprintf(text + at, n - at, "%s%s %" PRIu64 " of "
			    "%" PRIu64, i ? ", " : "",
			    world_name(mode[i]), c.twice, c.evictions);
	}
	return true;
}

/* --- claims --- */

/* Where both picks are predicted, they are near it at each point. */
static bool
near(struct count c[PAGERS][POINTS], unsigned pager, int64_t *worst)
{
	int64_t missed;
	unsigned i;

	*worst = 0;
	for (i = 0; i < POINTS; i++) {
		missed = share(&c[pager][i]) - predicted(&pagers[pager], &c[pager][i]);
		if (missed < 0)
			missed = -missed;
		*worst = missed > *worst ? missed : *worst;
	}
	return *worst <= NEAR;
}

static void
judge(struct lab_run *r, struct count c[PAGERS][POINTS], const struct count *balloon,
    const struct count *off)
{
	unsigned last = POINTS - 1;
	char lru[NUMBER_MAX], any[NUMBER_MAX], fifo[NUMBER_MAX], should[NUMBER_MAX],
	    worst[NUMBER_MAX];
	int64_t by_age, by_chance;
	bool ok = !balloon->twice && !off->twice;

	ok = near(c, LRU, &by_age) && ok;
	ok = near(c, RANDOM, &by_chance) && ok;
	number_print(worst, by_age > by_chance ? by_age : by_chance, 2);
	number_print(lru, share(&c[LRU][last]), 2);
	number_print(any, share(&c[RANDOM][last]), 2);
	number_print(fifo, share(&c[RANDOM_FIFO][last]), 2);
	number_print(should, predicted(&pagers[RANDOM], &c[RANDOM][last]), 2);
	result_finding(r->result, "1a.2", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ?
	    "both page and neither knows of the other: with a balloon, or without swap in the "
	    "guest, it does not occur" :
	    "the tables `sweep' and `controls'", "at %u %%: recency over recency %s of the "
	    "page-outs; random over random %s, over "
	    "fifo %s (1 - H/G: %s); at %u points both are at most %s off; balloon %" PRIu64
	    ", guest swap off %" PRIu64, overcommits[last], lru, any, fifo, should,
	    (unsigned)POINTS, worst, balloon->twice, off->twice);
}

static bool
run(struct lab_run *r)
{
	struct count c[PAGERS][POINTS], balloon, off;
	char text[256] = "";
	bool ok;

	if (!sweep(r, c) || !controls(r, &balloon, &off) || !modes(r, text, sizeof(text), &ok))
		return false;
	result_finding(r->result, "1a.1", ok ? VERDICT_HOLDS : VERDICT_FAILS, ok ? "" : "the "
	    "table `modes'",
	    "paged twice: %s; in each 0 at H >= G", text);
	judge(r, c, &balloon, &off);
	result_note(r->result, "Under direct paging the VMM cannot take a frame silently, "
	    "because the guest's tables name "
	    "machine frames; it refuses demand paging, so that mode is not in the table.");
	result_note(r->result, "1 - H/G is the chance that any frame is away. A guest that gives "
	    "up its oldest page picks one that has had more time to be taken, so random over "
	    "fifo lies above it. Random over random follows it if each of the guest's pages is as "
	    "likely as any other: one that looks from a random frame onwards takes the first page "
	    "behind its kernel in half of all cases, which has just been used and is there (0.17 "
	    "instead of 0.37 at 160 %%). Frames of the kernel come back whenever they are taken, "
	    "so the pages' share is a little more: with K of them 1 - (H-K)/(G-K).");
	return true;
}

const struct lab lab_double = {
	.name = "double-paging",
	.question = "A guest pages, and so does the VMM below it: which pages are moved twice?",
	.keys = keys,
	.claims = claims,
	.page = {
		.mechanism =
	"A guest with G frames believes that it has them. The VMM gives it H, fewer, and pages "
	"the rest to a disk of its own. When the guest runs short it picks its oldest page and "
	"writes it to its disk. The VMM, which also picked the oldest, has taken that page "
	"away long ago: to be written by the guest, it is first read from the VMM's disk, and "
	"another page is written there to make room. One page-out has become three "
	"transfers.\n\nThe better both guess, the surer they agree. A VMM that picks at random "
	"is wrong more often and pages twice less often: that is why VMware's does. A balloon "
	"asks the guest to choose, once, for both.",
		.setup =
	"The guest kernel's workload `swap' goes over more pages than it has frames, once, on "
	"an IDE disk; the VMM has another disk for frames it takes away. The VMM counts an "
	"output of the guest to its disk for which it had to read the frame first, so it is "
	"known of each page and not guessed from sums of transfers. G is the guest's memory "
	"without the first MiB, which it leaves alone.",
		.question = {
	"The guest evicts its oldest page and the VMM the least recently used frame. How many "
	"of the guest's page-outs first need the VMM's disk?",
	"Would a VMM that picks its victims at random do better or worse?",
	"Does it matter whether the guest knows that it is in a VM?" },
		.vary =
	"`--set over=110': a little too little. `--set pages=1000': more page-outs, the same "
	"share.",
		.misconception =
	"That a VMM which pages on demand pages twice. It can: it takes two pagers that do not "
	"know of each other. Without swap in the guest, or with a balloon, there is one." },
	.run = run,
};
