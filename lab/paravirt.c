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
	{ "turns", KEY_NUMBER, "200", "50", 4, 10000, NULL, "of each of four processes" },
	{ .name = NULL }
};

static const struct lab_claim claims[] = {
	{ "3a.1", VERDICT_HOLDS_IF },
	{ "3a.2", VERDICT_HOLDS_IF },
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

/* --- loads of CR3 --- */

enum { CHASE_SHADOW, CHASE_NESTED, CHASE_DIRECT, CHASES };
enum { SWITCH, FORK, CHASED };

static const enum world_mode chase_mode[CHASES] = {
	WORLD_SHADOW, WORLD_NESTED, WORLD_PARA_DIRECT
};
static const char *const chased_names[CHASED] = { "switch", "fork" };

/* The VMM's work between the marks. */
struct chase {
	uint64_t	loads, seen, known, at_load, vmm;	/* cycles: both */
	uint64_t	built, zapped, protected, validated, hidden;
};

static const struct column chase_columns[] = {
	{ "workload", NULL, 0 }, { "mode", NULL, 0 }, { "loads", "guest's", 0 },
	{ "VMM_sees", NULL, 0 }, { "built", "shadow pages", 0 }, { "zapped", "shadow pages", 0 },
	{ "kept", "roots", 0 }, { "protected", "guest tables", 0 }, { "validated", "tables", 0 },
	{ "hidden", "faults", 0 }, { "at_load", "cycles", 0 }, { "after_load", "cycles", 0 }
};

static bool
one_chase(struct lab_run *r, enum world_mode mode, const char *words, struct chase *c)
{
	struct world w;
	bool ok;

	lab_progress(r, "loads of CR3: %.30s, %s", words, world_name(mode));
	ok = world_run(&w, r, mode, words, "");
	if (ok)
		*c = (struct chase){ world_said(&w, "roots"), world_vmm_worked(&w, "cr3_loads"),
			world_vmm_worked(&w, "cr3_known"), world_vmm_worked(&w, "cycles_cr3"),
			w.counts.cycles - w.counts.guest_cycles, world_vmm_worked(&w, "shadow_made"),
			world_vmm_worked(&w, "shadow_zapped"), world_vmm_worked(&w, "pt_protected"),
			world_vmm_worked(&w, "mmu_validated"), world_vmm_worked(&w, "faults_hidden") };
	world_end(&w);
	return ok;
}

static void
put_chase(struct table *t, const char *name, enum world_mode mode, const struct chase *c)
{
	uint64_t loads = c->loads ? c->loads : 1;

	table_text(t, name);
	table_text(t, world_name(mode));
	table_number(t, (int64_t)c->loads);
	table_number(t, (int64_t)c->seen);
	table_number(t, (int64_t)c->built);
	table_number(t, (int64_t)c->zapped);
	table_number(t, (int64_t)c->known);
	table_number(t, (int64_t)c->protected);
	table_number(t, (int64_t)c->validated);
	table_number(t, (int64_t)c->hidden);
	table_number(t, (int64_t)(c->at_load / loads));
	table_number(t, (int64_t)(c->vmm / loads));
}

static void
judge_chase(struct lab_run *r, struct chase c[CHASED][CHASES])
{
	const struct chase *s = &c[FORK][CHASE_SHADOW], *d = &c[FORK][CHASE_DIRECT];
	bool ok = s->built && s->protected;
	unsigned i;

	for (i = 0; i < CHASED; i++) {
		const struct chase *n = &c[i][CHASE_NESTED], *p = &c[i][CHASE_DIRECT];

		ok = ok && !p->built && !p->protected && !p->hidden && p->seen == p->loads &&
		    p->validated && !n->seen && !n->built && !n->validated &&
		    n->vmm < c[i][CHASE_SHADOW].vmm;
	}
	result_finding(r->result, "3a.2", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ?
	    "following the guest's tables is meant: each load is a hypercall, and the tables of a "
	    "new root are looked at once. Nested paging needs neither" : "the table `chase'",
	    "fork, %" PRIu64 " loads: shadow builds %" PRIu64 " pages and protects %" PRIu64
	    " tables; direct builds %" PRIu64 ", sees %" PRIu64 " loads and validates %" PRIu64
	    " tables; nested sees %" PRIu64, s->loads, s->built, s->protected, d->built, d->seen,
	    d->validated, c[FORK][CHASE_NESTED].seen);
}

static bool
chase(struct lab_run *r)
{
	struct table *t = result_table(r->result, "chase", "The VMM's work for address spaces: "
	    "cycles at a load of CR3, and all of the VMM's until the next one", chase_columns,
	    ARRAY_SIZE(chase_columns));
	struct chase c[CHASED][CHASES];
	char words[CHASED][80];
	unsigned i, k;

	snprintf(words[SWITCH], sizeof(words[SWITCH]), "workload=switch pages=8 n=%" PRIu64,
	    lab_number(r, "turns"));
	snprintf(words[FORK], sizeof(words[FORK]), "workload=fork n=%" PRIu64,
	    lab_number(r, "forks"));
	for (i = 0; i < CHASED; i++)
		for (k = 0; k < CHASES; k++) {
			if (!one_chase(r, chase_mode[k], words[i], &c[i][k]))
				return false;
			put_chase(t, chased_names[i], chase_mode[k], &c[i][k]);
		}
	judge_chase(r, c);
	return true;
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
	return chase(r);
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
	"but for one thing: a guest that asks can ask for many at once.\n\nA VMM with shadow "
	"tables also has to follow CR3: a root it does not know is a tree of tables to be "
	"built, and each of the guest's that goes into it is made read-only. One that validates "
	"has looked at a root's tables when they became tables; a load of CR3 is then a look at "
	"one count.",
		.setup =
	"The paravirtual build of the guest kernel (guest-pv.elf) with batch=1, 8, 64 and 512 "
	"updates in a hypercall, beside the native build on the bare machine, under "
	"write-protected shadow tables (a trap for each store) and under nested ones. churn "
	"rewrites runs of entries, fork makes and ends processes, and in switch four of them "
	"take turns.",
		.question = {
	"One update in a hypercall: is it cheaper than a trapped store?",
	"From which batch on does paravirtual beat shadow paging? And nested?",
	"Why does fork gain less than churn?" },
		.vary = "`--set updates=8': batches larger than what there is to do gain nothing.",
		.misconception =
	"That hypercalls are cheaper than traps. They are not; there are fewer of them." },
	.run = run,
};
