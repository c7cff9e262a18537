/*
 * lab/cr3_reach.c - what a hostile guest reaches through its own page tables
 *
 * It maps one frame of the machine after the other (workload "reach") and reads and
 * writes it.  Whether it got there is seen on the machine, by the walks of its page
 * tables, and by what the VMM and its other guest had planted; whose the frames are the
 * VMM says at the end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab/cr3_priv.h"

#define MACHINE		((uint64_t)16 << 20)
#define FRAMES		(MACHINE / PAGE_SIZE)
#define FIRST		256u		/* of the machine's RAM above its first MiB */
#define GUEST_RAM	"4M"
#define WINDOW		((gva_t)0x70000000)	/* REACH_AT of vmm/guest/reach.h */
#define UNUSED		0xffu		/* OWNER_FREE and OWNER_VMM of vmm/frames.h */
#define VMMS		0xfeu
#define HOSTILE		0u		/* the VM's number */
/* The other one has planted its secrets before it begins, and sleeps meanwhile. */
#define BEFORE		"vm.off_for=100000000"	/* ns */
#define ASLEEP		"n=200"			/* ticks of 10 ms */

enum access { READ, WRITTEN, ACCESSES };

static const char *const owner_names[OWNERS] = { "VMM", "other VM", "unowned" };
static const char *const access_names[ACCESSES] = { "read", "written" };

/* One machine. */
struct look {
	struct rig	rig;
	bool		deprived;
	char		kernel[GUEST_PATH], guest[GUEST_PATH];
	char		initrd[768];
	uint64_t	first[FRAMES][ACCESSES];	/* cycle; 0: not */
	uint8_t		owner[FRAMES];
};

/* --- running and looking --- */

/* The hostile guest runs: under VMRUN the first ASID; in ring 3 it is where it maps. */
static bool
is_hostile(const struct look *k, const struct walk_req *req)
{
	const struct svm *s = &machine_cpu(k->rig.m, 0)->svm;

	if (k->deprived)
		return req->acc & ACC_USER && req->va - WINDOW < PAGE_SIZE;
	return s->guest && s->asid == HOSTILE + 1;
}

static void
on_walk(void *arg, struct rig *g, const struct walk_req *req, const struct walk_res *res)
{
	enum access how = req->acc & ACC_W ? WRITTEN : READ;
	struct look *k = arg;
	uint64_t *first;

	if (!res || !is_hostile(k, req) || res->hpa >= MACHINE)
		return;
	first = &k->first[res->hpa / PAGE_SIZE][how];
	if (!*first)
		*first = machine_cycles(g->m);
}

/* "vmm.owner.FIRST.COUNT=WHOSE" */
static void
read_owners(struct look *k)
{
	unsigned first, count, i;
	size_t n;

	for (n = 0; n < k->rig.counters; n++) {
		const struct rig_counter *c = &k->rig.counter[n];

		if (sscanf(c->name, "vmm.owner.%u.%u", &first, &count) != 2)
			continue;
		for (i = first; i < first + count && i < FRAMES; i++)
			k->owner[i] = (uint8_t)c->value;
	}
}

static bool
configure(struct look *k, const struct lab_run *r, enum world_mode mode, bool off, bool two)
{
	struct machine_config *cfg = &k->rig.cfg;
	int n;

	if (!guest_find(r, "vmm.elf", k->kernel) ||
	    !guest_find(r, world_guest(mode), k->guest))
		return false;
	n = snprintf(k->initrd, sizeof(k->initrd), "%s workload=reach first=%u end=%u "
	    "every=%" PRIu64 " %s vm.check=%s%s", k->guest, FIRST, (unsigned)FRAMES,
	    lab_number(r, "every"), world_words(mode), off ? "off" : "on",
	    two ? " " BEFORE : "");
	if (two)
		snprintf(k->initrd + n, sizeof(k->initrd) - (size_t)n, ",%s workload=secret " ASLEEP
		    " %s",
		    k->guest, world_words(mode));
	cfg->ram = MACHINE;
	cfg->cpu = world_cpu(mode);
	cfg->kernel = k->kernel;
	cfg->initrd = k->initrd;
	cfg->append = "canary=1 owners=1 ram=" GUEST_RAM;
	k->deprived = mode == WORLD_DEPRIVILEGED;
	return true;
}

static bool
run_one(struct look *k, const struct lab_run *r, enum world_mode mode, bool off, bool two)
{
	rig_prepare(&k->rig, r);
	if (!configure(k, r, mode, off, two) || !rig_make(&k->rig))
		return false;
	k->rig.walked = on_walk;
	k->rig.walked_arg = k;
	if (!rig_run_to_end(&k->rig))
		return false;
	read_owners(k);
	return true;
}

static int
owner_of(const struct look *k, unsigned frame)
{
	switch (k->owner[frame]) {
	case HOSTILE: return -1;
	case VMMS: return OWNER_VMM;
	case UNUSED: return OWNER_NOBODY;
	default: return OWNER_OTHER;
	}
}

static uint64_t
said(const struct look *k, bool two, const char *name)
{
	char full[48];

	snprintf(full, sizeof(full), "%s%s", two ? "0:" : "", name);
	return rig_counter(&k->rig, full);
}

static void
add_up(const struct look *k, enum cr3_way way, bool two, struct cr3_cell *c)
{
	unsigned i;
	int owner;

	*c = (struct cr3_cell){ .tried = said(k, two, "tried"),
		.secrets = said(k, two, "secrets"),
		.refused = rig_counter(&k->rig, way == CR3_DIRECT ? "vm0.mmu_refused" :
		    "vm0.unbacked") };
	for (i = 0; i < FRAMES; i++) {
		owner = owner_of(k, i);
		if (owner < 0)
			continue;
		c->read[owner] += k->first[i][READ] != 0;
		c->written[owner] += k->first[i][WRITTEN] != 0;
	}
	c->lost[OWNER_VMM] = rig_counter(&k->rig, "vmm.own_lost");
	c->lost[OWNER_NOBODY] = rig_counter(&k->rig, "vmm.canaries_lost");
	c->lost[OWNER_OTHER] = rig_counter(&k->rig, "1:lost");
}

uint64_t
cr3_foreign(const struct cr3_cell *c)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < OWNERS; i++)
		sum += c->read[i] + c->written[i] + c->lost[i];
	return sum;
}

/* --- what is shown --- */

static const struct column columns[] = {
	{ "mode", NULL, 0 }, { "check", NULL, 0 }, { "VMs", NULL, 0 }, { "tried", NULL, 0 },
	{ "read", "VMM's", 0 }, { "read", "other VM's", 0 }, { "read", "unowned", 0 },
	{ "written", "VMM's", 0 }, { "written", "other VM's", 0 }, { "written", "unowned", 0 },
	{ "secrets", "read", 0 }, { "lost", "VMM's", 0 }, { "lost", "other VM's", 0 },
	{ "lost", "unowned", 0 }, { "refused", NULL, 0 }, { "where", NULL, 0 }
};
static const struct column first_columns[] = {
	{ "mode", NULL, 0 }, { "VMs", NULL, 0 }, { "whose", NULL, 0 }, { "access", NULL, 0 },
	{ "frame", NULL, 0 }, { "cycle", NULL, 0 }
};
static const char *const where[CR3_WAYS] = { "fill", "fill", "NPF", "update" };

static void
put_three(struct table *t, const uint64_t n[OWNERS], bool two)
{
	unsigned i;

	for (i = 0; i < OWNERS; i++)
		if (i == OWNER_OTHER && !two)
			table_none(t);
		else
			table_number(t, (int64_t)n[i]);
}

static void
put_cell(struct table *t, enum cr3_way way, const char *check, bool two,
    const struct cr3_cell *c)
{
	table_text(t, world_name(cr3_mode[way]));
	table_text(t, check);
	table_number(t, 1 + two);
	table_number(t, (int64_t)c->tried);
	put_three(t, c->read, two);
	put_three(t, c->written, two);
	table_number(t, (int64_t)c->secrets);
	put_three(t, c->lost, two);
	table_number(t, (int64_t)c->refused);
	table_text(t, c->refused ? where[way] : "");
}

/* The first access of each kind, so that one can go there and look. */
static void
put_first(struct table *t, enum cr3_way way, bool two, const struct look *k)
{
	unsigned best[OWNERS][ACCESSES] = { { 0 } }, i, a;
	char text[16];
	int owner;

	for (i = FIRST; i < FRAMES; i++)
		for (a = 0; a < ACCESSES; a++) {
			owner = owner_of(k, i);
			if (owner >= 0 && k->first[i][a] && (!best[owner][a] ||
			    k->first[i][a] < k->first[best[owner][a]][a]))
				best[owner][a] = i;
		}
	for (i = 0; i < OWNERS; i++)
		for (a = 0; a < ACCESSES; a++) {
			if (!best[i][a])
				continue;
			table_text(t, world_name(cr3_mode[way]));
			table_number(t, 1 + two);
			table_text(t, owner_names[i]);
			table_text(t, access_names[a]);
			snprintf(text, sizeof(text), "%x", best[i][a]);
			table_text(t, text);
			table_number(t, (int64_t)k->first[best[i][a]][a]);
		}
}

static const char *const bars[2 * CR3_WAYS + 1] = {
	"deprivileged", "off", "shadow", "off", "nested", "off", "direct", "off", NULL
};

static void
draw(struct lab_run *r, const struct cr3_grid *g)
{
	static const struct figure f = { .name = "written", .title = "Frames of others that a "
	    "hostile guest has written", .caption = "Two VMs; each mode with its check and "
	    "without. With it there is nothing to see, and that is the picture: where the "
	    "refusal happens differs, what comes out does not.", .xlabel = "mode with its "
	    "check; with the check off",
	    .ylabel = "frames written", .groups = bars };
	struct drawn *d = result_figure(r->result, &f);
	struct series *s;
	unsigned o, i;

	for (o = 0; o < OWNERS; o++) {
		s = figure_series(r->result, d, SERIES_BARS, owner_names[o]);
		for (i = 0; i < 2 * CR3_WAYS; i++)
			series_point(s, i, (int64_t)g->cell[i / 2][i % 2][1].written[o], NULL);
	}
}

static bool
one_cell(struct lab_run *r, struct table *t, struct table *first, enum cr3_way way, bool off,
    bool two, struct cr3_cell *c)
{
	bool broken = !off && lab_is_broken(r, "check");
	struct look *k = calloc(1, sizeof(*k));
	bool ok;

	if (!k)
		return lab_fail(r, "out of memory");
	lab_progress(r, "%s, check %s, %u VM%s", world_name(cr3_mode[way]), off ? "off" : "on",
	    1 + two, two ? "s" : "");
	ok = run_one(k, r, cr3_mode[way], off || broken, two);
	if (ok) {
		add_up(k, way, two, c);
		put_cell(t, way, off ? "off" : broken ? "on (broken)" : "on", two, c);
		put_first(first, way, two, k);
	}
	rig_end(&k->rig);
	free(k);
	return ok;
}

bool
cr3_reach(struct lab_run *r, struct cr3_grid *g)
{
	struct table *t = result_table(r->result, "reach", "What a hostile guest reaches, in "
	    "frames: seen by the walks of its tables, and (lost) by what was planted",
	    columns, ARRAY_SIZE(columns));
	struct table *first = result_table(r->result, "first", "The first access to a frame of "
	    "each owner", first_columns, ARRAY_SIZE(first_columns));
	unsigned way, i;

	for (way = 0; way < CR3_WAYS; way++)
		for (i = 0; i < 4; i++)
			if (!one_cell(r, t, first, way, i / 2, i % 2, &g->cell[way][i / 2][i % 2]))
				return false;
	draw(r, g);
	return true;
}
