/*
 * lab/pg.c - the lab "pg": Popek and Goldberg's theorem, premise and conclusion
 *
 * Three ways to the same end: every instruction is run at both levels, a guest's boot is
 * counted, and what a guest says natively is compared with what it says deprivileged.
 * Then ways to run that guest are tested for the three properties of a VMM.
 */
#include "lab/pg_priv.h"

#include <inttypes.h>
#include <stdio.h>

#include "lab/labs.h"

static const struct lab_setting keys[] = {
	{ "every", KEY_NUMBER, "4", "500", 1, 2000, NULL,
	    "of the rows that no processor traps and the guest does not execute, every Nth is "
	    "searched; 1: the whole table" },
	{ "workload", KEY_CHOICE, "image", NULL, 0, 0, "image|fork|switch|faults",
	    "of the guest kernel: `image' hashes its memory, the others compare what they print" },
	{ "card", KEY_CHOICE, "on", NULL, 0, 0, "on|off",
	    "the three properties of a VMM in six ways to run the guest: claim 1j.1" },
	{ .name = NULL }
};

enum { CARD_ON, CARD_OFF };

static const struct lab_claim claims[] = {
	{ "1d.1", VERDICT_HOLDS_IF },
	{ "1d.2", VERDICT_HOLDS_IF },
	{ "1j.1", VERDICT_HOLDS },
	{ NULL, VERDICT_HOLDS }
};

static const struct lab_mechanism mechanisms[] = {
	{ "pg", "an ordinary processor takes the place of -cpu pg: all claims fail" },
	{ "tables", "the VMM does not follow the guest's stores to its page tables: everything "
	    "sensitive still traps, and the guest goes wrong" },
	{ NULL, NULL }
};

const char *
pg_cpu(const struct lab_run *r)
{
	return lab_is_broken(r, "pg") ? PG_STOCK_CPU : "pg";
}

/* --- claims --- */

static void
judge_premise(const struct lab_run *r, const struct pg_matrix *x, const struct pg_counted *c)
{
	bool ok = !x->critical[PG_PG] && !x->wrong && x->listed_found == x->listed &&
	    x->critical[PG_STOCK] && c->ended_well && c->sensitive &&
	    c->sensitive == c->trapped && !c->untoward;
	char note[160];

	snprintf(note, sizeof(note), "each sensitive instruction traps, as on -cpu pg; on %s "
	    "%u of the rows looked at are critical", PG_STOCK_CPU, x->critical[PG_STOCK]);
	result_finding(r->result, "1d.1", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS,
	    ok ? note : "the tables `processors' and `boot'",
	    "%u rows: critical %u on %s (%u of Robin and Irvine's %u; UMIP mends %u), %u on %s; "
	    "its boot: %" PRIu64 " sensitive executions outside ring 0, %" PRIu64 " #GP(0); %"
	    PRIu64 " others, %" PRIu64 " traps", x->searched, x->critical[PG_STOCK], PG_STOCK_CPU,
	    x->listed_found, x->listed, x->listed_umip, x->critical[PG_PG], pg_cpu(r),
	    c->sensitive, c->trapped, c->innocuous, c->untoward);
}

static void
judge_theorem(const struct lab_run *r, const struct pg_same *s)
{
	bool ok = s->equal && s->verified && !s->stock_equal && s->first[0];
	char note[PG_LINE + 128];

	snprintf(note, sizeof(note), "nothing sensitive runs silently and the VMM follows the "
	    "guest's tables; on %s: %s", PG_STOCK_CPU, s->first);
	result_finding(r->result, "1d.2", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS,
	    ok ? note : "the table `same'",
	    "deprivileged on %s: console with %u hashes of memory %s the native one's, shadow "
	    "entries %s; on %s it %s", pg_cpu(r), s->hashes,
	    s->equal ? "equal to" : "differs from", s->verified ? "right" : "not seen to be right",
	    PG_STOCK_CPU, s->stock_equal ? "is equal" : "differs");
}

static void
put_notes(const struct lab_run *r)
{
	result_note(r->result, "Letters of `sees': c changes privileged state, m depends on the "
	    "level, r on privileged registers. Definitions and what the search holds equal are "
	    "in docs/pg.md; with `every=1' it is the whole table. The x87 shows selectors, unless "
	    "it has `zero-fcs-fds', as pg does: there nothing of it has to trap.");
	result_note(r->result, "Robin and Irvine count 17; printed one by one their instructions "
	    "are 18.");
	result_note(r->result, "The row `sync=off' of `same' is -cpu pg all the same: a store to a "
	    "page table is no instruction of a kind, so the theorem does not catch it; the VMM "
	    "has to. Nor can page tables tell a guest's kernel from its programs once both are "
	    "in ring 3 (ring compression): the VMM keeps two sets of tables.");
	result_note(r->result, "`card': what ended in the VMM are all exits, page faults among them. "
	    "The interpreter is this emulator's own: none of the guest's instructions is one of "
	    "the machine below, and nobody looks for escapes from it. The paravirtual kernel is "
	    "another binary, so its memory is another; the unmodified one makes no hypercall "
	    "and would stay under nested paging.");
	result_note(r->result, "`native, pg': bare, the same processor is of no use to this guest. "
	    "Its programs' SYSCALL traps, and no VMM is there to do it for them.");
}

static bool
look(struct lab_run *r, struct census *census, struct pg_matrix *x)
{
	struct pg_counted c;
	struct pg_same s;

	if (!pg_count_boot(r, census, &c) || !pg_matrix_find(x, r, census))
		return false;
	pg_count_tell(r, census, x, &c);
	if (!pg_same_run(r, &s))
		return false;
	if (lab_number(r, "card") == CARD_ON && !pg_card_run(r))
		return false;
	judge_premise(r, x, &c);
	judge_theorem(r, &s);
	put_notes(r);
	return true;
}

static bool
run(struct lab_run *r)
{
	struct census *census = census_new();
	struct pg_matrix x = { .row = NULL };
	bool ok = census ? look(r, census, &x) : lab_fail(r, "out of memory");

	pg_matrix_free(&x);
	census_free(census);
	return ok;
}

const struct lab lab_pg = {
	.name = "pg",
	.question = "Which instructions must trap so that a guest in ring 3 cannot tell, and is "
	    "that enough?",
	.keys = keys,
	.claims = claims,
	.mechanisms = mechanisms,
	.page = {
		.mechanism =
	"Popek and Goldberg (1974): an instruction is sensitive if it changes the state a VMM "
	"guards, or does something else when that state is another. It is privileged if it "
	"traps in user mode. If each sensitive one is privileged, a VMM can run its guest in "
	"user mode, execute what traps on a virtual copy of the state, and let the rest "
	"alone.\n\nOn x86 the premise is false. POPF in ring 3 leaves the interrupt flag alone "
	"without a word; SGDT shows whose table it is. Robin and Irvine listed such "
	"instructions in 2000. On `-cpu pg', which is otherwise the same processor, each of "
	"them is #GP(0) outside ring 0.",
		.setup =
	"The matrix: rows of the instruction table are executed by the reference executor from "
	"13 states in five modes, at CPL 0 and at CPL 3, and again with each part of privileged "
	"state changed. What comes out differently is sensitive; nobody told the search which "
	"instructions these are.\n\nThe boot: the guest kernel under the VMM with both its "
	"halves in ring 3; executions and exceptions are counted by row. The comparison: the "
	"same file natively, deprivileged on pg, and deprivileged on the ordinary processor, "
	"where the VMM steps until something sensitive has run silently.\n\nThe card tests six "
	"ways to run that guest for equivalence, efficiency and resource control.",
		.question = {
	"A guest kernel executes POPF with the interrupt flag clear. In ring 3 of an ordinary "
	"processor, what does the VMM learn of it?",
	"Of all instructions a deprivileged guest executes while it boots: one in ten traps, one "
	"in a hundred, one in a thousand?",
	"All sensitive instructions trap. What can a guest still do that its VMM must notice and "
	"that no instruction gives away?" },
		.vary =
	"`--set every=1': the whole table. `--set workload=fork': another boot. `--break tables': "
	"the premise holds and the guest goes wrong all the same.",
		.misconception =
	"That x86 could not be virtualized before 2005. The theorem's condition suffices and is "
	"not necessary: binary translation, paravirtualization and SVM work on processors that "
	"break it. And that the condition is enough for a whole machine: it says nothing of "
	"stores to page tables, of time, or of what a trap costs." },
	.run = run,
};
