/*
 * lab/pg_same.c - one guest in different places: does it say the same?
 *
 * With its timer off the guest prints nothing that depends on time, and at each of its
 * marks a hash of its memory (vmm/guest/hash.c).  So the console is all there is to
 * compare, line by line, the exit code in the last one.
 */
#include <stdio.h>
#include <string.h>

#include "lab/pg_priv.h"

#define DEPRIVED	"cpu=deprivileged mem=shadow"
#define UNFOLLOWED	DEPRIVED " sync=off"	/* the guest's stores to its tables */

/* cpu of NULL: what is pg in this run; its VMM may follow no tables (--break). */
static const struct place {
	const char	*name, *cpu, *vmm;
} places[] = {
	{ "native", PG_STOCK_CPU, NULL },
	{ "deprivileged", NULL, DEPRIVED " canary=1" },
	{ "deprivileged, looked at", NULL, DEPRIVED " verify=1" },
	{ "deprivileged, stock", PG_STOCK_CPU, DEPRIVED " watch=1" },
	{ "deprivileged, sync=off", NULL, UNFOLLOWED },
	{ "svm+nested", "max", "cpu=svm mem=nested" },
	{ "native, pg", "pg", NULL }
};
enum { NATIVE, ON_PG, LOOKED_AT, ON_STOCK, PLACES = ARRAY_SIZE(places) };

static const struct column columns[] = {
	{ "where", NULL, 0 }, { "processor", NULL, 0 }, { "lines", NULL, 0 },
	{ "hashes", NULL, 0 }, { "equal", "lines", 0 }, { "end", NULL, 0 },
	{ "instead", NULL, 0 }, { "untrapped", NULL, 0 }
};

static const char *
vmm_words(const struct lab_run *r, const struct place *p)
{
	return !p->cpu && lab_is_broken(r, "tables") ? UNFOLLOWED : p->vmm;
}

void
pg_same_compare(const struct pg_guest *native, const struct pg_guest *g,
    struct pg_compared *c)
{
	char a[PG_LINE], b[PG_LINE];
	size_t ia = 0, ib = 0;
	bool differs = false, more;

	*c = (struct pg_compared){ .lines = 0 };
	while (pg_guest_line(g, &ib, b)) {
		more = !differs && pg_guest_line(native, &ia, a);
		c->lines++;
		c->hashes += !strncmp(b, "hash ", 5);
		if (more && !strcmp(a, b)) {
			c->equal++;
			continue;
		}
		if (!differs)
			snprintf(c->instead, sizeof(c->instead), "%s", b);
		differs = true;
	}
	if (!differs && pg_guest_line(native, &ia, a))
		snprintf(c->instead, sizeof(c->instead), "(nothing more)");
	c->all = pg_guest_ended_well(g) && c->lines == c->equal && !c->instead[0];
}

static const char *
end_of(const struct pg_guest *g, char line[PG_LINE])
{
	char text[PG_LINE];
	size_t at = 0;

	pg_guest_vmm_line(g, "VM 0 ends: ", line);
	while (!line[0] && pg_guest_line(g, &at, text))
		if (!strncmp(text, "end ", 4))
			snprintf(line, PG_LINE, "%s", text);
	if (!line[0])
		snprintf(line, PG_LINE, "%s", g->end == END_STOPPED ? "never" :
		    g->end == END_TRIPLE_FAULT ? "triple fault" : "none");
	return line;
}

static void
put_row(struct table *t, const struct lab_run *r, const struct place *p,
    const struct pg_guest *g, const struct pg_compared *c)
{
	char line[PG_LINE];

	table_text(t, p->name);
	table_text(t, p->cpu ? p->cpu : pg_cpu(r));
	table_number(t, c->lines);
	table_number(t, c->hashes);
	table_number(t, c->equal);
	table_text(t, end_of(g, line));
	table_text(t, c->instead);
	pg_guest_vmm_line(g, "VM 0: ", line);
	table_text(t, line);
}

static void
note(struct pg_same *s, unsigned place, const struct pg_guest *g, bool equal)
{
	switch (place) {
	case ON_PG:
		s->equal = equal && !rig_counter(&g->rig, "vmm.canaries_lost");
		break;
	case LOOKED_AT:
		s->verified = equal && rig_counter(&g->rig, "vm0.verified") &&
		    !rig_counter(&g->rig, "vm0.verify_bad");
		break;
	case ON_STOCK:
		s->stock_equal = equal;
		pg_guest_vmm_line(g, "VM 0: ", s->first);
	}
}

static bool
others(const struct lab_run *r, struct table *t, const struct pg_guest *native,
    struct pg_same *s)
{
	struct pg_compared first, c;
	struct pg_guest g;
	unsigned i;
	bool ok = true;

	pg_same_compare(native, native, &first);
	s->hashes = first.hashes;
	put_row(t, r, &places[NATIVE], native, &first);
	for (i = NATIVE + 1; i < PLACES && ok; i++) {
		const struct place *p = &places[i];

		lab_progress(r, "the same guest: %s", p->name);
		ok = pg_guest_run(&g, r, &(struct pg_how){ .cpu = p->cpu ? p->cpu : pg_cpu(r),
		    .vmm = vmm_words(r, p) });
		if (ok) {
			pg_same_compare(native, &g, &c);
			put_row(t, r, p, &g, &c);
			note(s, i, &g, c.all);
		}
		pg_guest_end(&g);
	}
	return ok;
}

bool
pg_same_run(const struct lab_run *r, struct pg_same *s)
{
	struct table *t = result_table(r->result, "same", "One guest in different places: its "
	    "console, with hashes of its memory, beside that of the native run",
	    columns, ARRAY_SIZE(columns));
	struct pg_guest native;
	bool ok;

	*s = (struct pg_same){ .equal = false };
	lab_progress(r, "the same guest: %s", places[NATIVE].name);
	ok = pg_guest_run(&native, r, &(struct pg_how){ .cpu = places[NATIVE].cpu }) &&
	    (pg_guest_ended_well(&native) || lab_fail(r, "the guest does not end well natively")) &&
	    others(r, t, &native, s);
	pg_guest_end(&native);
	return ok;
}
