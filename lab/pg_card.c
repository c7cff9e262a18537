/*
 * lab/pg_card.c - the three properties of a VMM, tested on six ways to run one guest
 *
 * Equivalence: it says the same as natively, hashes of its memory included.  Efficiency:
 * how many of its instructions ran on the processor below without ending there in the
 * VMM.  Resource control: what got past the VMM, which is sensitive instructions that
 * ran in ring 3 without a trap, frames of nobody that were written to, and shadow
 * entries that lead elsewhere.
 */
#include "hw/machine_state.h"
#include "lab/pg_priv.h"

#include <inttypes.h>
#include <stdio.h>

#define EFFICIENT	990000		/* of a million, ran directly */

enum way { NATIVE, INTERPRETED, DEPRIVED, STOCK, SVM, PARAVIRT, WAYS };

#define DEPRIVED_WORDS	"cpu=deprivileged mem=shadow verify=1 canary=1"
#define UNFOLLOWED	DEPRIVED_WORDS " sync=off"	/* --break tables */

static const struct row {
	const char	*name, *cpu, *vmm, *guest;	/* cpu: NULL for pg */
} rows[WAYS] = {
	[NATIVE] = { "native", PG_STOCK_CPU, NULL, NULL },
	[INTERPRETED] = { "interpreter", PG_STOCK_CPU, NULL, NULL },
	[DEPRIVED] = { "deprivileged, pg", NULL, DEPRIVED_WORDS, NULL },
	[STOCK] = { "deprivileged, stock", PG_STOCK_CPU, DEPRIVED_WORDS, NULL },
	[SVM] = { "svm+nested", "max", "cpu=svm mem=nested canary=1", NULL },
	[PARAVIRT] = { "paravirt+direct", "max", "cpu=paravirt mem=direct canary=1",
	    "guest-pv.elf" }
};

/* While it runs: instructions of the guest, and those that ended in the VMM. */
struct watcher {
	struct cpu_trace	hooks;
	bool			deprived;
	uint64_t		insns, left, sensitive, trapped;
};

struct card {
	bool		equal, state;		/* state: all of the machine's */
	uint64_t	insns, left, escapes;
	int64_t		direct;			/* of a million */
};

/* --- watching --- */

/* Of a deprivileged guest, all that is outside ring 0; else, what VMRUN runs. */
static bool
is_guests(const struct watcher *w, const struct cpu *c)
{
	return w->deprived ? c->cpl != 0 : c->svm.guest;
}

static void
saw_insn(void *arg, struct cpu *c, const struct insn *in)
{
	struct watcher *w = arg;

	if (!is_guests(w, c) || c->rep_active)
		return;
	w->insns++;
	w->sensitive += w->deprived && (pg_table_says(in->row) & PG_T_LEVEL);
}

static void
saw_exception(void *arg, struct cpu *c, const struct cpu_fault *f)
{
	struct watcher *w = arg;

	if (!w->deprived || !c->cpl)
		return;
	w->left++;
	w->trapped += f->vector != EXC_PF;
}

static void
saw_exit(void *arg, struct cpu *c, uint64_t code)
{
	struct watcher *w = arg;

	(void)c;
	(void)code;
	w->left++;
}

/* --- one way --- */

static void
look(const struct pg_guest *native, const struct pg_guest *g, const struct watcher *w,
    enum way way, struct card *c)
{
	struct pg_compared same;

	pg_same_compare(native, g, &same);
	*c = (struct card){ .equal = same.all, .insns = w->insns, .left = w->left };
	c->escapes = rig_counter(&g->rig, "vmm.canaries_lost") +
	    rig_counter(&g->rig, "vm0.verify_bad") +
	    (w->sensitive > w->trapped ? w->sensitive - w->trapped : 0);
	if (way == INTERPRETED) {
		struct hash128 a = machine_state_hash(native->rig.m);
		struct hash128 b = machine_state_hash(g->rig.m);

		c->state = a.lo == b.lo && a.hi == b.hi;
		c->insns = c->left = machine_cpu(g->rig.m, 0)->insns;
	}
	if (c->insns)
		c->direct = scaled((int64_t)(c->insns - (c->left < c->insns ? c->left : c->insns)),
		    1000000, (int64_t)c->insns);
}

static bool
one_way(const struct lab_run *r, const struct pg_guest *native, enum way way, struct card *c)
{
	const struct row *row = &rows[way];
	struct watcher w = { .deprived = way == DEPRIVED || way == STOCK };
	struct pg_how how = { .cpu = row->cpu ? row->cpu : pg_cpu(r), .vmm = row->vmm,
	    .guest = row->guest, .reference = way == INTERPRETED };
	struct pg_guest g;
	bool ok;

	if (way == DEPRIVED && lab_is_broken(r, "tables"))
		how.vmm = UNFOLLOWED;
	w.hooks = (struct cpu_trace){ .arg = &w, .insn = saw_insn, .exception = saw_exception,
	    .vmexit = saw_exit };
	how.hooks = row->vmm ? &w.hooks : NULL;
	lab_progress(r, "three properties: %s", row->name);
	ok = pg_guest_run(&g, r, &how);
	if (ok)
		look(native, &g, &w, way, c);
	pg_guest_end(&g);
	return ok;
}

/* --- the card --- */

static const struct column columns[] = {
	{ "way", NULL, 0 }, { "processor", NULL, 0 }, { "guest", NULL, 0 },
	{ "equivalent", NULL, 0 }, { "instructions", NULL, 0 }, { "ended_in_VMM", NULL, 0 },
	{ "direct", "%", 4 }, { "escapes", NULL, 0 }
};

static void
put_row(struct table *t, const struct lab_run *r, enum way way, const struct card *c)
{
	const struct row *row = &rows[way];

	table_text(t, row->name);
	table_text(t, row->cpu ? row->cpu : pg_cpu(r));
	table_text(t, row->guest ? row->guest : "guest.elf");
	table_text(t, c->equal ? "yes" : "no");
	if (way == NATIVE) {
		table_none(t);
		table_none(t);
		table_none(t);
		table_none(t);
		return;
	}
	table_number(t, (int64_t)c->insns);
	table_number(t, (int64_t)c->left);
	table_number(t, c->direct);
	if (way == INTERPRETED)
		table_none(t);
	else
		table_number(t, (int64_t)c->escapes);
}

static bool
has_all(const struct card *c)
{
	return c->equal && c->direct >= EFFICIENT && !c->escapes;
}

static void
judge(const struct lab_run *r, const struct card c[WAYS])
{
	bool ok = has_all(&c[DEPRIVED]) && has_all(&c[SVM]) && c[INTERPRETED].equal &&
	    c[INTERPRETED].state && !c[INTERPRETED].direct && !c[STOCK].equal &&
	    c[STOCK].escapes && !c[PARAVIRT].equal;
	char pg[NUMBER_MAX], svm[NUMBER_MAX];

	number_print(pg, c[DEPRIVED].direct, 4);
	number_print(svm, c[SVM].direct, 4);
	result_finding(r->result, "1j.1", ok ? VERDICT_HOLDS : VERDICT_FAILS,
	    ok ? "" : "the table `card'",
	    "deprivileged on %s: %s, %s %% directly, %" PRIu64 " escapes; svm: %s, %s %%, %" PRIu64
	    "; interpreter: %s, none directly; deprivileged on %s: %s, %" PRIu64 " escapes; "
	    "paravirtual: %s to the unmodified guest", pg_cpu(r),
	    c[DEPRIVED].equal ? "equivalent" : "not equivalent", pg, c[DEPRIVED].escapes,
	    c[SVM].equal ? "equivalent" : "not equivalent", svm, c[SVM].escapes,
	    c[INTERPRETED].equal && c[INTERPRETED].state ? "equivalent in all state" :
	    "not equivalent", PG_STOCK_CPU, c[STOCK].equal ? "equivalent" : "not equivalent",
	    c[STOCK].escapes, c[PARAVIRT].equal ? "equal" : "not equal");
}

bool
pg_card_run(const struct lab_run *r)
{
	struct table *t = result_table(r->result, "card", "Three properties of a VMM: equivalence, "
	    "efficiency, resource control", columns, ARRAY_SIZE(columns));
	struct card c[WAYS] = { { .equal = true } };
	struct pg_guest native;
	unsigned way;
	bool ok = pg_guest_run(&native, r, &(struct pg_how){ .cpu = rows[NATIVE].cpu });

	put_row(t, r, NATIVE, &c[NATIVE]);
	for (way = NATIVE + 1; way < WAYS && ok; way++) {
		ok = one_way(r, &native, way, &c[way]);
		put_row(t, r, way, &c[way]);
	}
	pg_guest_end(&native);
	if (ok)
		judge(r, c);
	return ok;
}
