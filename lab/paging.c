/*
 * lab/paging.c - the lab "shadow-vs-nested"
 */
#include "lab/labs.h"
#include "lab/paging_priv.h"

static const struct lab_setting keys[] = {
	{ "work", KEY_NUMBER, "100", "25", 1, 1000, NULL, "size of workloads, per cent" },
	{ "pages", KEY_NUMBER, "4096", NULL, 64, 6000, NULL,
	    "4 KiB pages that are touched at random; the TLB has 1536 entries" },
	{ "touches", KEY_NUMBER, "1024", NULL, 1, 4096, NULL, "sweep: random touches in a round" },
	{ "rounds", KEY_NUMBER, "20", "6", 1, 1000, NULL, "sweep: rounds" },
	{ "nano", KEY_NUMBER, "1000", "200", 10, 100000, NULL, "times each single operation is "
	    "done" },
	{ "guest", KEY_CHOICE, "ours", NULL, 0, 0, "ours|linux", "linux: Debian's kernel, to boot, "
	    "fork and map memory" },
	{ "vmm", KEY_CHOICE, "ours", NULL, 0, 0, "ours|kvm", "kvm: Linux's, with npt=0 and npt=1, "
	    "beside ours" },
	{ "kernel", KEY_PATH, "debian", NULL, 0, 0, "debian|FILE", "for these two: the one that "
	    "`make guests' downloads, or a bzImage" },
	{ "modules", KEY_PATH, "own", NULL, 0, 0, "own|DIR", "... its modules, for kvm" },
	{ .name = NULL }
};

static const struct lab_claim claims[] = {
	{ "5a.1", VERDICT_HOLDS },
	{ "5a.2", VERDICT_HOLDS_IF },
	{ "5a.3", VERDICT_HOLDS },
	{ NULL, VERDICT_HOLDS }
};

static bool
run(struct lab_run *r)
{
	bool linux_guest = lab_number(r, "guest") != 0, kvm = lab_number(r, "vmm") != 0;

	if (linux_guest && kvm)
		return lab_fail(r, "guest=linux and vmm=kvm are two experiments: one of them");
	if (linux_guest)
		return paging_linux(r);
	if (kvm)
		return paging_kvm(r);
	return paging_workloads(r) && paging_crossing(r) && paging_nano(r);
}

const struct lab lab_paging = {
	.name = "shadow-vs-nested",
	.question = "Where does shadow paging win, where nested paging, and where do they cross?",
	.keys = keys,
	.claims = claims,
	.page = {
		.mechanism =
	"A guest's page tables lead from its virtual addresses to what it takes for physical "
	"ones (V2P); the VMM knows where those are (P2M). With shadow paging the VMM keeps "
	"tables of its own that lead from virtual to machine addresses at once (V2M = P2M of "
	"V2P): a TLB miss costs what it costs natively, four references, but each change the "
	"guest makes to its tables has to be noticed and copied, with an exit or two.\n\nWith "
	"nested paging the processor walks both: each of the guest's four references, and the "
	"result, is an address that has to be translated by four more. (4+1)(4+1)-1 = 24 "
	"references, of which walk caches save most; and the guest changes its tables as it "
	"likes, without anybody noticing.\n\nSo one pays for changes and the other for misses. "
	"With U changes and T misses they cost the same at U/T = dW/C: dW is what a "
	"two-dimensional walk costs more than a one-dimensional one, C what a trapped change "
	"costs.",
		.setup =
	"The same unmodified guest kernel (vmm/guest) runs the same workload natively and in "
	"the VMM (vmm/vmm.elf), with shadow tables that are write-protected (shadow) or "
	"allowed to be out of step until the guest invalidates (shadow-lazy), and with nested "
	"tables of 4 KiB or 2 MiB pages; deprivileged, in ring 3 of a processor without SVM "
	"where all that is sensitive traps (-cpu pg), with shadow tables; and its paravirtual "
	"build with direct paging (pv-direct), which asks for changes of its tables. The result "
	"of the workload must be the same in each. "
	"Counted is what happens between its first and its last step: cycles, references by "
	"dimension and level, and exits by reason. Times are those of docs/timing.md: a "
	"reference that no walk cache has costs 12 cycles, a world switch 1400.\n\n"
	"guest=linux is Debian's kernel as it is: its boot, then a program that forks, maps "
	"memory and touches it. vmm=kvm is the same guest kernel under Linux's KVM, with its "
	"shadow tables (npt=0) and with nested ones (npt=1), beside our VMM.",
		.question = {
	"A program touches more pages than the TLB has entries and never changes a table. "
	"Which is slower, shadow or nested, and by how much?",
	"A program changes a page-table entry and touches it. How many exits does each have?",
	"If exits became twice as cheap, would the crossing move towards more or fewer changes "
	"per miss?" },
		.vary =
	"`--set pages=1024': inside the TLB's reach nobody misses, and nested costs nothing. "
	"`--set touches=256' moves the points, not the crossing. `--model \"native + "
	"1900*updates/touches\"' is drawn over the shadow points of the sweep (names: updates, "
	"ratio, native, lazy, nested and the settings): how many cycles does a changed entry "
	"take?",
		.misconception =
	"That nested paging is simply the newer and faster one. It is slower where TLBs miss "
	"and tables stand still, and what saved it are walk caches and large pages, not the "
	"second dimension. And that a TLB miss costs 24 references: it makes 24, and pays for "
	"the few that no walk cache has." },
	.run = run,
};
