/*
 * lab/translate.c - the lab "translate": one access, from a TLB hit to faults of both
 */
#include "lab/labs.h"
#include "lab/translate_priv.h"

static const struct lab_setting keys[] = {
	{ "n", KEY_NUMBER, "8", "4", 3, 64, NULL, "times each access is made; the last but "
	    "one is shown" },
	{ "stale", KEY_NUMBER, "200", "50", 5, 5000, NULL, "times a mapping is taken back" },
	{ "forks", KEY_NUMBER, "6", "2", 1, 100, NULL, "processes, for kinds of faults" },
	{ .name = NULL }
};

static const struct lab_claim claims[] = {
	{ "3b.1", VERDICT_HOLDS },
	{ "3b.2", VERDICT_HOLDS_IF },
	{ "3b.3", VERDICT_HOLDS },
	{ "3c.1", VERDICT_HOLDS },
	{ "3c.2", VERDICT_HOLDS },
	{ "3c.3", VERDICT_HOLDS_IF },
	{ "3c.4", VERDICT_HOLDS },
	{ NULL, VERDICT_HOLDS }
};

static const struct lab_mechanism mechanisms[] = {
	{ "sync", "the VMM does not follow the guest's tables (sync=off)" },
	{ "nested", "shadow tables where nested ones should be" },
	{ NULL, NULL }
};

const char *const translate_life[LIVES + 1] = {
	"TLB hit", "TLB miss", "guest fault", "VMM fault", "both", NULL
};
const char *const translate_way[WAYS] = { "native", "nested", "shadow" };

const char *
translate_sync(const struct lab_run *r)
{
	return lab_is_broken(r, "sync") ? "vm.sync=off" : "vm.sync=wp";
}

enum world_mode
translate_mode(const struct lab_run *r, enum way way)
{
	if (way == WAY_NATIVE)
		return WORLD_NATIVE;
	return way == WAY_NESTED && !lab_is_broken(r, "nested") ? WORLD_NESTED : WORLD_SHADOW;
}

static bool
run(struct lab_run *r)
{
	struct walk_seen seen[WAYS] = { { .known = false } };
	uint64_t verified, bad;

	if (!translate_lives(r, seen) || !translate_follow(r, &verified, &bad))
		return false;
	translate_walks(r, seen, verified, bad);
	result_note(r->result, "Cycles of an access are the guest's own, by its time stamp "
	    "counter, so they are what the program waits. That of a TLB hit is its "
	    "instruction. A walk's references are all it made; only those that no walk cache "
	    "had are paid for (docs/timing.md).");
	result_note(r->result, "The guest's kernel clears a frame before it makes it a table, so "
	    "the VMM has one for it when the processor first reads the table: no nested fault "
	    "is on the way to one. Hidden faults include those for a dirty bit, because a clean "
	    "page is mapped read-only.");
	return true;
}

const struct lab lab_translate = {
	.name = "translate",
	.question = "One access to memory: who translates it, who gets its faults, and in which "
	    "order?",
	.keys = keys,
	.claims = claims,
	.mechanisms = mechanisms,
	.page = {
		.mechanism =
	"A guest's page tables lead from a virtual to a guest-physical address (V2P); a VMM has a "
	"map from there to machine memory (P2M). With nested paging the processor reads both, "
	"entry by entry: each of the guest's four tables lies at a guest-physical address that "
	"four entries of the P2M have to translate first. With shadow paging it reads one table "
	"of the VMM's making, V2M, which has for each page what P2M of V2P would be.\n\n"
	"An entry may be missing in either. What the guest's table lacks is the guest's: a page "
	"fault. Under nested paging the processor delivers it to the guest's kernel and the VMM "
	"never hears of it. What the P2M lacks is the VMM's: #VMEXIT with code NPF, and the "
	"guest never hears of it. Under shadow paging the processor knows one table only: every "
	"page fault leaves the guest, and the VMM looks into the guest's table to tell whose it "
	"is. A fault of the guest's own (true) is injected; one that is there only because the "
	"shadow was not filled (hidden) is filled and forgotten.",
		.setup =
	"The guest kernel's workload `translate' makes an access of each kind n= times, "
	"natively, under nested and under shadow tables. Between the marks before and after it "
	"every page fault, world switch and walk is kept with its cycle. `stale' takes a "
	"mapping back with INVLPG and looks whether it is gone, with shadows that are "
	"write-protected (wp), allowed to be out of step until the invalidation (lazy), and "
	"not followed (off). `fork' has faults of all kinds.",
		.question = {
	"The guest's table has no entry for a page. How often does the VMM run, nested and "
	"shadow?",
	"Neither table has an entry. Whose fault comes first?",
	"A VMM lets the guest write to its page tables without noticing. Does the guest have to "
	"see wrong memory?" },
		.vary =
	"`--break sync': a guest that reads a page it has given up. `--break nested': the same "
	"questions asked of the other mechanism. `--set n=64': does anything change?",
		.misconception =
	"That a page fault in a VM is the VMM's business. Under nested paging it is the guest's "
	"alone. And that a shadow table has to be right at each instant: it has to be as right "
	"as a TLB, which is until the guest's next invalidation." },
	.run = run,
};
