/*
 * lab/cr3.c - the lab "cr3": what a load of CR3 can do to others
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lab/cr3_priv.h"
#include "lab/labs.h"

static const struct lab_setting keys[] = {
	{ "loads", KEY_NUMBER, "400", "100", 8, 100000, NULL, "loads of CR3, about" },
	{ "every", KEY_NUMBER, "1", "4", 1, 8, NULL, "of so many frames the hostile guest tries "
	    "one" },
	{ .name = NULL }
};

static const struct lab_claim claims[] = {
	{ "1b.1", VERDICT_HOLDS_IF },
	{ "1b.2", VERDICT_HOLDS },
	{ "1b.3", VERDICT_HOLDS },
	{ "1e.1", VERDICT_HOLDS_IF },
	{ "1e.2", VERDICT_HOLDS_IF },
	{ NULL, VERDICT_HOLDS }
};

static const struct lab_mechanism mechanisms[] = {
	{ "check", "the VMM looks at nothing that a hostile guest's tables say" },
	{ NULL, NULL }
};

const enum world_mode cr3_mode[CR3_WAYS] = {
	WORLD_DEPRIVILEGED, WORLD_SHADOW, WORLD_NESTED, WORLD_PARA_DIRECT
};

/* Frames of one owner that were reached, of all modes: with checks the sum, without the
 * fewest of any mode. */
struct reached {
	uint64_t	on, off;
};

static uint64_t
of_owner(const struct cr3_cell *c, enum cr3_owner o)
{
	return c->read[o] < c->written[o] ? c->read[o] : c->written[o];
}

static struct reached
reached(const struct cr3_grid *g, enum cr3_owner o, bool two)
{
	struct reached n = { 0, UINT64_MAX };
	unsigned way;
	uint64_t off;

	for (way = 0; way < CR3_WAYS; way++) {
		const struct cr3_cell *on = &g->cell[way][0][two];

		n.on += on->read[o] + on->written[o] + on->lost[o];
		off = of_owner(&g->cell[way][1][two], o);
		n.off = off < n.off ? off : n.off;
	}
	return n;
}

/* With checks nothing of anybody's, whatever the mode. */
static uint64_t
escapes(const struct cr3_grid *g)
{
	uint64_t sum = 0;
	unsigned way, two;

	for (way = 0; way < CR3_WAYS; way++)
		for (two = 0; two < 2; two++)
			sum += cr3_foreign(&g->cell[way][0][two]);
	return sum;
}

static void
judge_loads(struct lab_run *r, const struct cr3_loads l[CR3_WAYS], const struct cr3_grid *g)
{
	const struct cr3_loads *n = &l[CR3_NESTED];
	uint64_t out = escapes(g);
	bool ok = l[CR3_DEPRIVED].trapped == l[CR3_DEPRIVED].loads &&
	    l[CR3_SHADOW].trapped == l[CR3_SHADOW].loads &&
	    l[CR3_DIRECT].calls == l[CR3_DIRECT].loads && n->loads && !n->trapped &&
	    !n->calls && n->alone == n->loads && !out;

	result_finding(r->result, "1b.1", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ? "the VMM "
	    "supplies the table that CR3 names. With nested paging nobody sees a load, and "
	    "the guarded register is nCR3" : "the tables `loads' and `reach'", "of loads "
	    "trapped: deprivileged %" PRIu64 " of %" PRIu64 ", shadow %" PRIu64 " of %" PRIu64
	    "; by hypercall: direct %" PRIu64 " of %" PRIu64 "; nested none of %" PRIu64
	    ", not intercepted %" PRIu64 "; frames of others reached in all four: %" PRIu64,
	    l[CR3_DEPRIVED].trapped, l[CR3_DEPRIVED].loads, l[CR3_SHADOW].trapped,
	    l[CR3_SHADOW].loads, l[CR3_DIRECT].calls, l[CR3_DIRECT].loads, n->loads, n->alone,
	    out);
}

static void
judge_others(struct lab_run *r, const struct cr3_grid *g)
{
	struct reached n = reached(g, OWNER_OTHER, true);
	uint64_t out = escapes(g), lost = UINT64_MAX;
	unsigned way;
	bool ok;

	for (way = 0; way < CR3_WAYS; way++)
		if (g->cell[way][1][1].lost[OWNER_OTHER] < lost)
			lost = g->cell[way][1][1].lost[OWNER_OTHER];
	ok = !out && n.off && lost;
	result_finding(r->result, "1b.2", ok ? VERDICT_HOLDS : VERDICT_FAILS, ok ? "" :
	    "the table `reach', two VMs", "of the other VM's frames are read and written, check "
	    "off: at least %" PRIu64 " in each mode, %" PRIu64 " of its secrets are gone; check "
	    "on: %" PRIu64 ", and %" PRIu64 " of anybody's", n.off, lost, n.on, out);
}

static void
judge_one(struct lab_run *r, const char *row, const struct cr3_grid *g, enum cr3_owner o,
    const char *whose)
{
	struct reached n = reached(g, o, false);
	uint64_t lost = UINT64_MAX;
	unsigned way;
	bool ok;

	for (way = 0; way < CR3_WAYS; way++)
		if (g->cell[way][1][0].lost[o] < lost)
			lost = g->cell[way][1][0].lost[o];
	ok = !n.on && n.off && lost;
	result_finding(r->result, row, ok ? VERDICT_HOLDS_IF : VERDICT_FAILS, ok ?
	    "CR3 names the processor's table; with nested paging a guest may load what it likes, "
	    "and what is guarded is nCR3" : "the table `reach', one VM",
	    "one VM, %s: check off at least %" PRIu64 " frames read and written in each mode, "
	    "%" PRIu64 " of the planted ones overwritten; check on %" PRIu64, whose, n.off, lost,
	    n.on);
}

static bool
run(struct lab_run *r)
{
	struct cr3_loads loads[CR3_WAYS];
	struct cr3_grid grid;

	memset(&grid, 0, sizeof(grid));
	if (!cr3_loads(r, loads) || !cr3_reach(r, &grid) || !cr3_roots(r))
		return false;
	judge_loads(r, loads, &grid);
	judge_others(r, &grid);
	judge_one(r, "1e.1", &grid, OWNER_VMM, "the VMM's frames");
	judge_one(r, "1e.2", &grid, OWNER_NOBODY, "frames nobody owns");
	result_note(r->result, "check=off: nested, an nCR3 whose table maps the machine's memory "
	    "behind the guest's own; shadow, what a guest's entry names is taken for a machine "
	    "frame; direct, nothing that is asked for is looked at. In the first two the "
	    "guest's own 4 MiB are in front, so machine frames of these numbers are not within "
	    "reach: the VMM's own program is among them.");
	result_note(r->result, "A word of each frame is changed and put back at once, so that the "
	    "VMM survives to report; a planted one stays changed (lost). With check=on the "
	    "hostile guest finds something at each address, too: a frame of its own, in which "
	    "all that is no memory of its is one.");
	result_note(r->result, "To see the accesses of the table `first': ringlab -cpu max -m 16 "
	    "-pace real -history -kernel vmm.elf -append \"canary=1 owners=1 ram=4M\" -initrd "
	    "\"guest.elf workload=reach first=256 end=4096 vm.mem=nested vm.check=off "
	    "vm.off_for=100000000,guest.elf workload=secret n=100000\" -monitor stdio, then stop, "
	    "rewind to that cycle (files' names of another length shift it a little) and info "
	    "walk 0x70000000, which names the entries that lead to another's frame.");
	return true;
}

const struct lab lab_cr3 = {
	.name = "cr3",
	.question = "Whatever a guest loads into CR3: what does it reach?",
	.keys = keys,
	.claims = claims,
	.mechanisms = mechanisms,
	.page = {
		.mechanism =
	"CR3 names the table that leads from virtual addresses to memory. Whose memory, depends "
	"on what the addresses in that table are. Natively they are the machine's: who loads CR3 "
	"has the machine. So a VMM that lets its guest's table be the processor's has to look at "
	"all of it (direct paging: by hypercall, entry by entry, before it becomes a table), or "
	"to put another one in its place (shadow paging: the load traps, and the VMM's table has "
	"only frames that P2M gives for the guest's numbers).\n\nWith nested paging the value "
	"in CR3, and all that its tables say, are guest-physical: the processor translates each "
	"by a second table, which nCR3 names, and that one is the VMM's. A guest may load what "
	"it likes into CR3. It can leave its memory through nCR3 only, which it cannot load.",
		.setup =
	"A hostile guest kernel makes an address space of its own, loads it, and maps each frame "
	"of a machine of 16 MiB that is not its own, to read and to write it. It has 4 MiB. The "
	"VMM checks as it does, or not at all (`vm.check=off', which it says loudly); beside the "
	"guest there is nobody, or another VM with secrets. What the walks of its page tables "
	"end at is seen on the machine itself; whose frame that is the VMM tells. The VMM, the "
	"other VM and free memory have planted frames, which are looked at in the end.",
		.question = {
	"With nested paging loads of CR3 are not intercepted. Does a guest reach more than with "
	"shadow paging, where each one traps?",
	"There is only one VM. What can it do harm to?",
	"Where is a frame of somebody else's refused in each mode: at the load of CR3, or "
	"elsewhere?" },
		.vary =
	"`--break check': the VMM of the rows `on' looks at nothing, either. `--set every=8': "
	"fewer frames, the same answer.",
		.misconception =
	"That it is CR3 which has to be guarded. It is the last table before memory: the "
	"shadow, the validated one, or the one nCR3 names. Trapping CR3 is how a VMM without "
	"nested paging comes to supply it." },
	.run = run,
};
