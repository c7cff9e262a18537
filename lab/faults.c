/*
 * lab/faults.c - the lab "faults": what a guest calls minor and major, and who waits
 *
 * A fault lasts from its arrival in the guest's kernel to the next one, or the end of
 * its kind: what its page still needs from the VMM when the access is repeated is part of
 * it.  A disk was waited for if it got a command meanwhile.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/vmcb.h"
#include "lab/labs.h"
#include "lab/world.h"
#include "vmm/abi.h"

#define RAM		((uint64_t)4 << 20)
#define OPENED		16u		/* faults that are shown one by one */

static const struct lab_setting keys[] = {
	{ "n", KEY_NUMBER, "64", NULL, 8, 128, NULL, "faults of each cause" },
	{ "frames", KEY_BYTES, "640K", NULL, 512 << 10, 4 << 20, NULL,
	    "machine memory of a guest that believes in 4M" },
	{ .name = NULL }
};

static const struct lab_claim claims[] = {
	{ "2a.1", VERDICT_HOLDS_IF },
	{ "2a.2", VERDICT_HOLDS },
	{ NULL, VERDICT_HOLDS }
};

static const struct lab_mechanism mechanisms[] = {
	{ "overcommit", "the guests get all the frames they believe in" },
	{ NULL, NULL }
};

/* In the order of the guest's enum counter. */
static const char *const causes[] = {
	"protection", "zero", "copy", "cached", "swap-in", "file-read", NULL
};
enum { CAUSES = 6, FIRST_MAJOR = 4 };

struct way {
	const char	*name;
	enum world_mode	mode;
	bool		paged;		/* by the VMM */
};

enum { NATIVE, NESTED, PAGED, SHADOW, WAYS };

static const struct way ways[WAYS] = {
	{ "native", WORLD_NATIVE, false },
	{ "nested", WORLD_NESTED, false },
	{ "nested, paged", WORLD_NESTED, true },
	{ "shadow, paged", WORLD_SHADOW, true },
};
static const char *const way_names[WAYS + 1] = {
	"native", "nested", "nested, paged", "shadow, paged", NULL
};

/* Transfers while one fault lasted. */
struct fault {
	uint64_t	cycle;
	unsigned	reads, writes, vmm_reads, vmm_writes;
};

struct cause {
	uint64_t	said;		/* the guest's own count */
	uint64_t	cycles;
	uint64_t	faults, free;	/* seen; of them without a disk */
	uint64_t	guest_disk, vmm_disk, both;
	struct fault	sum;
	struct fault	opened[OPENED];	/* those that waited for the VMM's disk */
	unsigned	open;
};

/* --- looking --- */

/* ATA/ATAPI-5, 8: the commands that move sectors. */
static bool
is_read(uint8_t command)
{
	return command == 0x20 || command == 0x21 || command == 0xc4 || command == 0xc8 ||
	    command == 0x24 || command == 0x25 || command == 0x29;
}

static bool
is_write(uint8_t command)
{
	return command == 0x30 || command == 0x31 || command == 0xc5 || command == 0xca ||
	    command == 0x34 || command == 0x35 || command == 0x39;
}

/* The second channel is the VMM's. */
static void
count_disk(struct fault *f, const struct watch_event *e)
{
	bool own = e->what == WATCH_FIRST_ATA;

	f->reads += own && is_read(e->command);
	f->writes += own && is_write(e->command);
	f->vmm_reads += !own && is_read(e->command);
	f->vmm_writes += !own && is_write(e->command);
}

static void
close_fault(struct cause *c, const struct fault *f)
{
	bool own = f->reads || f->writes, below = f->vmm_reads || f->vmm_writes;

	c->faults++;
	c->free += !own && !below;
	c->guest_disk += own && !below;
	c->vmm_disk += !own && below;
	c->both += own && below;
	c->sum.reads += f->reads;
	c->sum.writes += f->writes;
	c->sum.vmm_reads += f->vmm_reads;
	c->sum.vmm_writes += f->vmm_writes;
	if (below && c->open < OPENED)
		c->opened[c->open++] = *f;
}

/* What the VMM injected at event i did not get in: the guest's own stack, or its IDT, was
 * away.  It will be injected again. */
static bool
bounces(const struct watch *w, size_t i)
{
	const struct watch_event *e = &w->event[i];

	return e->kind == WATCH_RUN && e[1].kind == WATCH_EXIT &&
	    e[1].what == EXIT_EXC(EXC_PF) && e[1].insns == e->insns;
}

/* Between the two marks of a cause. */
static void
look(const struct watch *w, uint64_t before, uint64_t after, struct cause *c)
{
	struct fault f = { .cycle = 0 };
	size_t i = watch_from(w, before);
	bool in = false, again = false;

	for (; i < w->events && w->event[i].cycle < after; i++) {
		const struct watch_event *e = &w->event[i];

		if (e->kind == WATCH_FAULT || (e->kind == WATCH_RUN && watch_injects(w, i))) {
			if (in && !again)
				close_fault(c, &f);
			if (!again)
				f = (struct fault){ .cycle = e->cycle };
			in = true;
			again = bounces(w, i);
		}
		if (e->kind == WATCH_DISK)
			count_disk(&f, e);
	}
	if (in)
		close_fault(c, &f);
}

static bool
look_at_all(const struct world *w, struct cause c[CAUSES])
{
	char name[48];
	uint64_t before, after;
	unsigned i;

	for (i = 0; i < CAUSES; i++) {
		if (!rig_mark(&w->rig, LAB_MARK_USER + 2 * i, 0, &before) ||
		    !rig_mark(&w->rig, LAB_MARK_USER + 2 * i + 1, 0, &after))
			return lab_fail(w->rig.r, "%s: there was no %s", world_name(w->mode),
			    causes[i]);
		c[i].said = world_said(w, causes[i]);
		snprintf(name, sizeof(name), "%s.cycles", causes[i]);
		c[i].cycles = world_said(w, name);
		look(w->watch, before, after, &c[i]);
	}
	return true;
}

static bool
one_way(struct lab_run *r, const struct way *how, struct cause c[CAUSES])
{
	bool paged = how->paged && !lab_is_broken(r, "overcommit");
	uint64_t frames = paged ? lab_number(r, "frames") : RAM;
	struct watch watch = { .walked = NULL };
	char words[64], vmm[64];
	struct world w;
	bool ok;

	snprintf(words, sizeof(words), "workload=faults n=%" PRIu64 "%s", lab_number(r, "n"),
	    how->mode == WORLD_NATIVE ? " mem=4M" : "");
	snprintf(vmm, sizeof(vmm), "vm.victim=lru vm.ram=%" PRIu64 "K vm.frames=%" PRIu64 "K",
	    RAM >> 10, frames >> 10);
	lab_progress(r, "%s", how->name);
	ok = world_run_watched(&w, r, how->mode, true, words, vmm, &watch) && look_at_all(&w, c);
	world_end(&w);
	watch_end(&watch);
	return ok;
}

/* --- what is shown --- */

static const struct column cause_columns[] = {
	{ "way", NULL, 0 }, { "cause", NULL, 0 }, { "kind", NULL, 0 }, { "faults", NULL, 0 },
	{ "no_disk", NULL, 0 }, { "guest_disk", NULL, 0 }, { "vmm_disk", NULL, 0 },
	{ "both", NULL, 0 }, { "reads", "guest's disk", 0 }, { "vmm_reads", NULL, 0 },
	{ "vmm_writes", NULL, 0 }, { "cycles", "a fault", 0 }
};
static const struct column two_columns[] = {
	{ "way", NULL, 0 }, { "guest_says", NULL, 0 }, { "faults", NULL, 0 },
	{ "no_disk", NULL, 0 }, { "disk", "either level", 0 }
};
static const struct column open_columns[] = {
	{ "way", NULL, 0 }, { "cause", NULL, 0 }, { "arrived", "cycle", 0 },
	{ "vmm_reads", NULL, 0 }, { "vmm_writes", NULL, 0 }
};

static void
put_causes(struct table *t, const char *way, const struct cause c[CAUSES])
{
	unsigned i;

	for (i = 0; i < CAUSES; i++) {
		table_text(t, way);
		table_text(t, causes[i]);
		table_text(t, i < FIRST_MAJOR ? "minor" : "major");
		table_number(t, (int64_t)c[i].said);
		table_number(t, (int64_t)c[i].free);
		table_number(t, (int64_t)c[i].guest_disk);
		table_number(t, (int64_t)c[i].vmm_disk);
		table_number(t, (int64_t)c[i].both);
		table_number(t, c[i].sum.reads);
		table_number(t, c[i].sum.vmm_reads);
		table_number(t, c[i].sum.vmm_writes);
		if (c[i].said)
			table_number(t, (int64_t)(c[i].cycles / c[i].said));
		else
			table_none(t);
	}
}

/* free[0]: minor, free[1]: major; waited likewise */
struct two {
	uint64_t	free[2], waited[2], reads[2];
	bool		agree;		/* with the guest's own count */
};

static struct two
add_up(const struct cause c[CAUSES])
{
	struct two two = { .agree = true };
	unsigned i, major;

	for (i = 0; i < CAUSES; i++) {
		major = i >= FIRST_MAJOR;
		two.free[major] += c[i].free;
		two.waited[major] += c[i].faults - c[i].free;
		two.reads[major] += c[i].sum.reads;
		two.agree = two.agree && c[i].faults == c[i].said && c[i].said;
	}
	return two;
}

static void
put_two(struct table *t, const char *way, const struct two *two)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		table_text(t, way);
		table_text(t, i ? "major" : "minor");
		table_number(t, (int64_t)(two->free[i] + two->waited[i]));
		table_number(t, (int64_t)two->free[i]);
		table_number(t, (int64_t)two->waited[i]);
	}
}

static void
put_opened(struct table *t, const char *way, const struct cause c[CAUSES])
{
	unsigned i, k;

	for (i = 0; i < FIRST_MAJOR; i++)
		for (k = 0; k < c[i].open; k++) {
			table_text(t, way);
			table_text(t, causes[i]);
			table_number(t, (int64_t)c[i].opened[k].cycle);
			table_number(t, c[i].opened[k].vmm_reads);
			table_number(t, c[i].opened[k].vmm_writes);
		}
}

static void
draw(struct lab_run *r, struct cause c[WAYS][CAUSES], const struct two two[WAYS])
{
	static const struct figure cells = { .name = "two", .title = "What the guest says, and "
	    "what is waited for", .caption = "Faults by what the guest calls them and by whether "
	    "a disk of either level was waited for. Natively those two are the same; under a VMM "
	    "that pages, faults the guest calls minor wait, too.", .xlabel = "",
	    .ylabel = "faults", .groups = way_names };
	static const struct figure cost = { .name = "cost", .title = "What a fault costs, by cause",
	    .caption = "Cycles until the program goes on. A minor fault that waits for the "
	    "VMM's disk costs what a major one does.", .xlabel = "", .ylabel = "cycles a fault",
	    .logy = true, .groups = causes };
	struct drawn *d = result_figure(r->result, &cells);
	struct series *s[4];
	unsigned i, k;

	s[0] = figure_series(r->result, d, SERIES_BARS, "minor, no disk");
	s[1] = figure_series(r->result, d, SERIES_BARS, "minor, but a disk");
	s[2] = figure_series(r->result, d, SERIES_BARS, "major, but no disk");
	s[3] = figure_series(r->result, d, SERIES_BARS, "major, a disk");
	for (k = 0; k < WAYS; k++)
		for (i = 0; i < 2; i++) {
			series_point(s[2 * i], k, (int64_t)two[k].free[i], NULL);
			series_point(s[2 * i + 1], k, (int64_t)two[k].waited[i], NULL);
		}
	d = result_figure(r->result, &cost);
	for (k = 0; k < WAYS; k++) {
		s[0] = figure_series(r->result, d, SERIES_BARS, ways[k].name);
		for (i = 0; i < CAUSES; i++)
			if (c[k][i].said)
				series_point(s[0], i, (int64_t)(c[k][i].cycles / c[k][i].said),
				    NULL);
	}
}

/* --- claims --- */

static void
judge_minor(struct lab_run *r, const struct two two[WAYS])
{
	bool native = two[NATIVE].agree && two[NATIVE].free[0] && !two[NATIVE].waited[0];
	bool waits = two[PAGED].waited[0] && two[SHADOW].waited[0];
	bool agree = two[NESTED].agree && two[PAGED].agree && two[SHADOW].agree;

	result_finding(r->result, "2a.1", !native || !agree ? VERDICT_FAILS : waits ?
	    VERDICT_HOLDS_IF : VERDICT_HOLDS, !native || !agree ? "the table `causes'" : waits ?
	    "nobody below the guest pages; else a fault it calls minor may wait for the VMM's "
	    "disk: tables `two' and `opened'" : "", "of the faults the guest calls minor "
	    "waited for a disk: natively %" PRIu64 " of %" PRIu64 ", in a VM with all its frames "
	    "%" PRIu64 ", under VMM paging %" PRIu64 " (nested) and %" PRIu64 " (shadow)",
	    two[NATIVE].waited[0], two[NATIVE].free[0] + two[NATIVE].waited[0],
	    two[NESTED].waited[0], two[PAGED].waited[0], two[SHADOW].waited[0]);
}

static void
judge_major(struct lab_run *r, const struct two two[WAYS])
{
	uint64_t all = two[NATIVE].free[1] + two[NATIVE].waited[1], idle = 0;
	bool ok = all && two[NATIVE].reads[1] == all;
	unsigned k;

	for (k = 0; k < WAYS; k++) {
		ok = ok && two[k].agree && !two[k].free[1];
		idle += two[k].free[1];
	}
	result_finding(r->result, "2a.2", ok ? VERDICT_HOLDS : VERDICT_FAILS, ok ? "" : "the "
	    "table `causes'", "natively %" PRIu64 " major faults and %" PRIu64 " reads; major "
	    "faults that waited for no disk, in all ways: %" PRIu64, all,
	    two[NATIVE].reads[1], idle);
}

static bool
run(struct lab_run *r)
{
	struct cause c[WAYS][CAUSES];
	struct two two[WAYS];
	struct table *cells, *t, *open;
	unsigned k;

	memset(c, 0, sizeof(c));
	for (k = 0; k < WAYS; k++)
		if (!one_way(r, &ways[k], c[k]))
			return false;
	cells = result_table(r->result, "two", "What the guest says, and whether a disk was "
	    "waited for", two_columns, ARRAY_SIZE(two_columns));
	t = result_table(r->result, "causes", "Faults by cause; reads and writes are commands to "
	    "disks, and a page is one of each",
	    cause_columns, ARRAY_SIZE(cause_columns));
	open = result_table(r->result, "opened", "Minor faults that waited for the VMM's disk, "
	    "at most 16 of a cause", open_columns, ARRAY_SIZE(open_columns));
	for (k = 0; k < WAYS; k++) {
		two[k] = add_up(c[k]);
		put_two(cells, ways[k].name, &two[k]);
		put_causes(t, ways[k].name, c[k]);
		put_opened(open, ways[k].name, c[k]);
	}
	draw(r, c, two);
	judge_minor(r, two);
	judge_major(r, two);
	result_note(r->result, "This VMM keeps nothing of the guest's disk in memory, so each "
	    "major fault waits in a VM, too. One that had a cache would serve some from there: "
	    "that cell of the table is 0 for this reason only.");
	return true;
}

const struct lab lab_faults = {
	.name = "faults",
	.question = "A page fault is minor if no disk is needed. Who knows that?",
	.keys = keys,
	.claims = claims,
	.mechanisms = mechanisms,
	.page = {
		.mechanism =
	"A kernel calls a page fault major if it had to read the page from a disk, and minor if "
	"not: a right that it had taken away (protection), a page nobody has touched (zero), one "
	"that is shared until it is written (copy), one of a file that is in memory already "
	"(cached). It counts what it did itself.\n\nBelow it there may be a VMM that has given "
	"it fewer frames than it believes in, and keeps the rest on a disk of its own. Then a "
	"frame the kernel hands out, copies from, or merely maps again may be away. The access "
	"faults once more, where the guest cannot see it, and the VMM reads its disk. The "
	"guest's count is the same; the time is not.",
		.setup =
	"The guest kernel's workload `faults' causes each kind n= times, one page after the "
	"other, with 4 MiB of memory: natively, in a VM with all its frames, and in one with "
	"640 KiB of them. Every page fault that reaches the guest's kernel and every command to "
	"either disk is seen on the machine; a fault lasts until the next one.",
		.question = {
	"In which of the four causes of minor faults can a VMM's disk be waited for?",
	"By how much do the guest's own counts of minor and major faults differ between the "
	"native machine and the VM that is paged?",
	"A program in a VM is slow, and its guest reports minor faults only. Is its memory "
	"enough?" },
		.vary =
	"`--set frames=1M': enough for this guest, and nobody waits. `--break overcommit': the "
	"same. `--set frames=576K': more of them wait.",
		.misconception =
	"That a minor fault is cheap. It is what its kernel did that was cheap. Only who is at "
	"the bottom knows whether a disk was needed." },
	.run = run,
};
