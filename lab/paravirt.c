/*
 * lab/paravirt.c - the lab "paravirt": page-table updates by hypercall, in batches
 */
#include <inttypes.h>
#include <stdio.h>

#include "cpu/vmcb.h"
#include "lab/labs.h"
#include "lab/world.h"

static const struct lab_setting keys[] = {
	{ "updates", KEY_NUMBER, "64", NULL, 8, 1024, NULL,
	    "entries that are changed in a row, and pages touched then" },
	{ "rounds", KEY_NUMBER, "60", "20", 1, 1000, NULL, "how often" },
	{ "forks", KEY_NUMBER, "20", "6", 1, 200, NULL, "processes of the other workload" },
	{ .name = NULL }
};

static const struct lab_claim claims[] = {
	{ "3a.1", VERDICT_HOLDS_IF },
	{ NULL, VERDICT_HOLDS }
};

/* Ways to have a page table changed. */
struct way {
	const char	*name;
	enum world_mode	mode;
	unsigned	batch;		/* 0: it has none */
};

static const struct way ways[] = {
	{ "native", WORLD_NATIVE, 0 }, { "trap (shadow)", WORLD_SHADOW, 0 },
	{ "direct, 1 a call", WORLD_PARA_DIRECT, 1 }, { "direct, 8", WORLD_PARA_DIRECT, 8 },
	{ "direct, 64", WORLD_PARA_DIRECT, 64 }, { "direct, 512", WORLD_PARA_DIRECT, 512 },
	{ "nested", WORLD_NESTED, 0 }
};
enum { NATIVE, TRAP, ONE, EIGHT, MANY, MOST, NESTED, WAYS };

static const char *const names[] = {
	"native", "trap", "1", "8", "64", "512", "nested", NULL
};

struct cost {
	uint64_t	cycles, ops, calls, updates, refused;
};

static const struct column columns[] = {
	{ "workload", NULL, 0 }, { "way", NULL, 0 }, { "cycles", NULL, 0 },
	{ "by_native", NULL, 2 },
	{ "extra", "cycles/op", 1 }, { "hypercalls", NULL, 0 }, { "updates", "all", 0 },
	{ "refused", "all", 0 }
};

static bool
one_run(struct lab_run *r, const struct way *how, const char *words, struct cost *c)
{
	char all[160];
	struct world w;
	bool ok;

	snprintf(all, sizeof(all), how->batch ? "%s batch=%u" : "%s", words, how->batch);
	lab_progress(r, "%.20s, %s", words, how->name);
	ok = world_run(&w, r, how->mode, all, "");
	if (ok)
		*c = (struct cost){ w.counts.cycles, w.ops, w.counts.exits[EXIT_VMMCALL],
			world_vmm_said(&w, "mmu_updates"), world_vmm_said(&w, "mmu_refused") };
	world_end(&w);
	return ok;
}

/* Tenths of cycles that an operation costs more than natively. */
static int64_t
extra(const struct cost *c, const struct cost *native)
{
	return scaled((int64_t)c->cycles - (int64_t)native->cycles, 10, (int64_t)native->ops);
}

static bool
run_all(struct lab_run *r, struct table *t, const char *name, const char *words,
    struct cost c[WAYS])
{
	unsigned i;

	for (i = 0; i < WAYS; i++) {
		if (!one_run(r, &ways[i], words, &c[i]))
			return false;
		table_text(t, name);
		table_text(t, ways[i].name);
		table_number(t, (int64_t)c[i].cycles);
		table_number(t, scaled((int64_t)c[i].cycles, 100, (int64_t)c[NATIVE].cycles));
		table_number(t, extra(&c[i], &c[NATIVE]));
		table_number(t, (int64_t)c[i].calls);
		table_number(t, (int64_t)c[i].updates);
		table_number(t, (int64_t)c[i].refused);
	}
	return true;
}

static void
draw(struct lab_run *r, const struct cost churn[WAYS], const struct cost fork[WAYS])
{
	static const struct figure f = { .name = "batch", .title = "Page-table updates: "
	    "trapped, by hypercall, nested",
		.caption = "Cycles by those of the native run. A hypercall for each update "
		    "costs about what a trap does; many in "
		"one call share it. Nested paging needs neither.", .xlabel = "trap; updates a "
		"hypercall; nested",
		.ylabel = "times native", .ydecimals = 2, .logy = true, .groups = names };
	struct drawn *d = result_figure(r->result, &f);
	struct series *a = figure_series(r->result, d, SERIES_BARS, "churn");
	struct series *b = figure_series(r->result, d, SERIES_BARS, "fork");
	unsigned i;

	for (i = 0; i < WAYS; i++) {
		series_point(a, i, scaled((int64_t)churn[i].cycles, 100,
		    (int64_t)churn[NATIVE].cycles), NULL);
		series_point(b, i, scaled((int64_t)fork[i].cycles, 100,
		    (int64_t)fork[NATIVE].cycles), NULL);
	}
}

static void
judge(struct lab_run *r, const struct cost c[WAYS])
{
	char trap[NUMBER_MAX], one[NUMBER_MAX], eight[NUMBER_MAX], many[NUMBER_MAX],
	    nested[NUMBER_MAX];
	bool ok = c[MANY].cycles * 2 < c[ONE].cycles && c[EIGHT].cycles < c[TRAP].cycles &&
	    c[NESTED].cycles < c[ONE].cycles;

	number_print(trap, extra(&c[TRAP], c), 1);
	number_print(one, extra(&c[ONE], c), 1);
	number_print(eight, extra(&c[EIGHT], c), 1);
	number_print(many, extra(&c[MANY], c), 1);
	number_print(nested, extra(&c[NESTED], c), 1);
	result_finding(r->result, "3a.1", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ?
	    "many updates go into one hypercall; one by one they lose to nested paging" : "the "
	    "table `updates', churn",
	    "an update costs more than natively: trapped %s cycles; by hypercall %s, 8 in a "
	    "call %s, 64 in a call %s; nested %s",
	    trap, one, eight, many, nested);
}

static bool
run(struct lab_run *r)
{
	struct table *t = result_table(r->result, "updates", "Workloads that change page "
	    "tables; updates and refusals are of "
	    "the whole run", columns, ARRAY_SIZE(columns));
	struct cost churn[WAYS], fork[WAYS];
	char words[96];

	snprintf(words, sizeof(words), "workload=churn pages=1024 updates=%" PRIu64 " "
	    "touches=%" PRIu64 " n=%" PRIu64,
	    lab_number(r, "updates"), lab_number(r, "updates"), lab_number(r, "rounds"));
	if (!run_all(r, t, "churn", words, churn))
		return false;
	snprintf(words, sizeof(words), "workload=fork n=%" PRIu64, lab_number(r, "forks"));
	if (!run_all(r, t, "fork", words, fork))
		return false;
	draw(r, churn, fork);
	judge(r, churn);
	return true;
}

const struct lab lab_paravirt = {
	.name = "paravirt",
	.question = "A guest that asks for its page-table updates: when does that pay?",
	.keys = keys,
	.claims = claims,
	.page = {
		.mechanism =
	"With direct paging the guest's own tables are the hardware's: they name machine "
	"frames, and the guest may read but not write them. It asks the VMM for each change by "
	"hypercall; the VMM checks that the frame is the guest's and that no table becomes "
	"writable, and stores. That is a world switch for each change, as a trapped store is, "
	"but for one thing: a guest that asks can ask for many at once.",
		.setup =
	"The paravirtual build of the guest kernel (guest-pv.elf) with batch=1, 8, 64 and 512 "
	"updates in a hypercall, beside the native build on the bare machine, under "
	"write-protected shadow tables (a trap for each store) and under nested ones. churn "
	"rewrites runs of entries, fork makes and ends processes.",
		.question = {
	"One update in a hypercall: is it cheaper than a trapped store?",
	"From which batch on does paravirtual beat shadow paging? And nested?",
	"Why does fork gain less than churn?" },
		.vary = "`--set updates=8': batches larger than what there is to do gain nothing.",
		.misconception =
	"That hypercalls are cheaper than traps. They are not; there are fewer of them." },
	.run = run,
};
