/*
 * lab/cr3_loads.c - who sees a load of CR3, and what a VMM says to malformed roots
 */
#include <inttypes.h>
#include <stdio.h>

#include "cpu/vmcb.h"
#include "lab/cr3_priv.h"
#include "vmm/abi.h"

/* --- loads --- */

static const struct column columns[] = {
	{ "mode", NULL, 0 }, { "loads", NULL, 0 }, { "trapped", NULL, 0 },
	{ "hypercalls", NULL, 0 }, { "not_intercepted", NULL, 0 }, { "cycles", "a load", 0 }
};

/* Between the marks. */
static void
count(const struct world *w, struct cr3_loads *l)
{
	uint64_t seen = world_vmm_said(w, "work.cr3_loads");

	*l = (struct cr3_loads){ .loads = world_said(w, "roots") };
	switch (w->mode) {
	case WORLD_SHADOW:
		l->trapped = w->counts.exits[EXIT_CR_WRITE(3)];
		break;
	case WORLD_DEPRIVILEGED:
		l->trapped = seen;
		break;
	case WORLD_PARA_DIRECT:
		l->calls = seen;
		break;
	default:		/* the guest's own instruction, done by the processor */
		l->alone = w->counts.cr3_loads;
	}
}

static bool
one_world(struct lab_run *r, enum world_mode mode, struct cr3_loads *l, uint64_t *cost)
{
	uint64_t n = lab_number(r, "loads");
	char words[80];
	struct world w;
	bool ok;

	lab_progress(r, "loads of CR3, %s", world_name(mode));
	snprintf(words, sizeof(words), "workload=switch procs=4 pages=2 n=%" PRIu64, n / 4);
	ok = world_run(&w, r, mode, words, "");
	if (ok)
		count(&w, l);
	world_end(&w);
	if (!ok)
		return false;
	snprintf(words, sizeof(words), "workload=nano n=%" PRIu64, n);
	ok = world_run(&w, r, mode, words, "");
	if (ok)
		*cost = (world_said(&w, "nano.root") - world_said(&w, "nano.empty")) / n;
	world_end(&w);
	return ok;
}

static void
put_row(struct table *t, enum world_mode mode, const struct cr3_loads *l, uint64_t cost)
{
	table_text(t, world_name(mode));
	table_number(t, (int64_t)l->loads);
	table_number(t, (int64_t)l->trapped);
	table_number(t, (int64_t)l->calls);
	table_number(t, (int64_t)l->alone);
	table_number(t, (int64_t)cost);
}

bool
cr3_loads(struct lab_run *r, struct cr3_loads l[CR3_WAYS])
{
	struct table *t = result_table(r->result, "loads", "A guest that switches between four "
	    "address spaces: loads of CR3 by its own count, and who sees them", columns,
	    ARRAY_SIZE(columns));
	struct cr3_loads native;
	uint64_t cost;
	unsigned way;

	if (!one_world(r, WORLD_NATIVE, &native, &cost))
		return false;
	put_row(t, WORLD_NATIVE, &native, cost);
	for (way = 0; way < CR3_WAYS; way++) {
		if (!one_world(r, cr3_mode[way], &l[way], &cost))
			return false;
		put_row(t, cr3_mode[way], &l[way], cost);
	}
	return true;
}

/* --- roots --- */

struct kind {
	const char	*name, *text;		/* as vmm/guest/user/roots.c says it */
	uint64_t	expect;
};

static const struct kind kinds[] = {
	{ "alien", "load: a frame of the VMM's", VMM_EPERM },
	{ "unowned", "load: a frame that is not its own", VMM_EPERM },
	{ "off", "load: an address inside a page", VMM_EINVAL },
	{ "unpinned", "load: its own and in order, not pinned", VMM_ENOTPINNED },
	{ "writable", "pin: its own, mapped writable", VMM_EBUSY },
	{ "names", "pin: names a frame that is not its own", VMM_EPERM },
	{ "slot", "pin: names the VMM's part of the addresses", VMM_EINVAL },
	{ "pin", "pin: in order", 0 },
	{ "load", "load: pinned, the first time", 0 },
	{ "again", "load: pinned, again", 0 },
};
enum { KINDS = ARRAY_SIZE(kinds), REFUSED = 7, PIN = 7, AGAIN = 9 };

static const struct column root_columns[] = {
	{ "root", NULL, 0 }, { "answer", NULL, 0 }, { "cycles", NULL, 0 }
};

static const char *
answer_name(uint64_t answer)
{
	static const char *const names[] = {
		"taken", "no such call", "makes no sense", "not its own", "of another type",
		"no memory", "not pinned"
	};

	return answer < ARRAY_SIZE(names) ? names[answer] : "?";
}

static void
ask(const struct world *w, const struct kind *k, uint64_t *answer, uint64_t *cycles)
{
	char name[32];

	snprintf(name, sizeof(name), "root.%s", k->name);
	*answer = world_said(w, name);
	snprintf(name, sizeof(name), "root.%s0.c", k->name);
	*cycles = world_said(w, name);
}

static void
judge(struct lab_run *r, unsigned refused, bool as_expected, uint64_t pin, uint64_t again)
{
	bool ok = refused == REFUSED && as_expected && 2 * again < pin;

	result_finding(r->result, "1b.3", ok ? VERDICT_HOLDS : VERDICT_FAILS, ok ? "" :
	    "the table `roots'", "%u of %u malformed roots are refused; to look at one that is "
	    "in order takes %" PRIu64 " cycles, to load it again %" PRIu64, refused, REFUSED,
	    pin, again);
}

bool
cr3_roots(struct lab_run *r)
{
	struct table *t = result_table(r->result, "roots", "What the VMM says to roots, with "
	    "direct paging", root_columns, ARRAY_SIZE(root_columns));
	uint64_t answer, cycles[KINDS] = { 0 };
	unsigned i, refused = 0;
	bool ok, same = true;
	struct world w;

	lab_progress(r, "malformed roots");
	/* Never without checks: the first root that is taken is the guest's end. */
	ok = world_run(&w, r, WORLD_PARA_DIRECT, "workload=roots", "");
	for (i = 0; ok && i < KINDS; i++) {
		ask(&w, &kinds[i], &answer, &cycles[i]);
		table_text(t, kinds[i].text);
		table_text(t, answer_name(answer));
		table_number(t, (int64_t)cycles[i]);
		refused += i < REFUSED && answer;
		same = same && answer == kinds[i].expect;
	}
	world_end(&w);
	if (ok)
		judge(r, refused, same, cycles[PIN], cycles[AGAIN]);
	return ok;
}
