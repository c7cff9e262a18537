/*
 * lab/pg_count.c - each instruction of a guest's boot: executed, and trapped
 *
 * The guest is deprivileged, so what is outside ring 0 is all of the guest and nothing
 * of the VMM.  Which rows ought to trap says the matrix, not the processor.
 */
#include <string.h>

#include "lab/pg_priv.h"

bool
pg_count_boot(const struct lab_run *r, struct census *census, struct pg_counted *c)
{
	struct pg_how how = { .cpu = pg_cpu(r), .vmm = "cpu=deprivileged mem=shadow",
	    .hooks = census_hooks(census) };
	struct pg_guest g;
	bool ok;

	lab_progress(r, "counting a boot");
	ok = pg_guest_run(&g, r, &how);
	c->ended_well = ok && pg_guest_ended_well(&g);
	pg_guest_end(&g);
	return ok;
}

static const struct column columns[] = {
	{ "instruction", NULL, 0 }, { "kind", NULL, 0 }, { "executions", NULL, 0 },
	{ "gp0", "traps", 0 }, { "page_faults", "traps", 0 }, { "others", "traps", 0 }
};

#define MNEMONICS	256u

struct line {				/* of the table: rows of one mnemonic */
	char			name[32];
	bool			traps;
	struct census_count	n;
};

static struct line *
line_of(struct line *lines, unsigned *n, const char *name, bool traps)
{
	unsigned i;

	for (i = 0; i < *n && (strcmp(lines[i].name, name) || lines[i].traps != traps); i++)
		;
	if (i == MNEMONICS)
		return &lines[i - 1];
	if (i == *n) {
		lines[i] = (struct line){ .traps = traps };
		memcpy(lines[i].name, name, sizeof(lines[i].name));
		++*n;
	}
	return &lines[i];
}

static void
put_line(struct table *t, const char *name, bool traps, const struct census_count *n)
{
	table_text(t, name);
	table_text(t, traps ? "sensitive" : "innocuous");
	table_number(t, (int64_t)n->runs);
	table_number(t, (int64_t)n->gp0);
	table_number(t, (int64_t)n->page_faults);
	table_number(t, (int64_t)n->others);
}

static void
put_table(const struct lab_run *r, const struct line *lines, unsigned n,
    const struct census_count sum[2])
{
	struct table *t = result_table(r->result, "boot", "A whole boot of the deprivileged guest: "
	    "its instructions, and how they ended", columns, ARRAY_SIZE(columns));
	unsigned i, kind;

	for (kind = 2; kind--; ) {
		for (i = 0; i < n; i++)
			if (lines[i].traps == kind)
				put_line(t, lines[i].name, kind, &lines[i].n);
		put_line(t, "(all)", kind, &sum[kind]);
	}
}

/* What a boot executes, sensitive and plain. */
static const struct bar {
	const char	*name;
	bool		traps;
} bars[] = {
	{ "in", true }, { "out", true }, { "mov", true }, { "iret", true }, { "invlpg", true },
	{ "syscall", true }, { "sysret", true }, { "wrmsr", true }, { "cpuid", true },
	{ "mov", false }, { "cmp", false }, { "imul", false }, { "push", false },
	{ "call", false }, { "ret", false }
};

static const char *const bar_names[] = {
	"IN", "OUT", "MOV seg, CR", "IRET", "INVLPG", "SYSCALL", "SYSRET", "WRMSR", "CPUID",
	"mov", "cmp", "imul", "push", "call", "ret", NULL
};

static const struct line *
find_line(const struct line *lines, unsigned n, const struct bar *b)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (!strcmp(lines[i].name, b->name) && lines[i].traps == b->traps)
			return &lines[i];
	return NULL;
}

/* 0 has no place on a scale of decades and gets no bar. */
static void
draw(const struct lab_run *r, const struct line *lines, unsigned n)
{
	static const struct figure f = { .name = "traps", .title = "Executions and #GP(0) traps "
		"outside ring 0",
		.caption = "A boot of the deprivileged guest. In capitals sensitive instructions, "
		"each execution a trap; in small letters some of the others, without a bar for "
		"traps because there are none.",
		.xlabel = "", .ylabel = "number", .ydecimals = 1, .logy = true, .groups = bar_names };
	struct drawn *d = result_figure(r->result, &f);
	struct series *runs = figure_series(r->result, d, SERIES_BARS, "executions");
	struct series *traps = figure_series(r->result, d, SERIES_BARS, "#GP(0)");
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(bars); i++) {
		const struct line *l = find_line(lines, n, &bars[i]);

		if (l && l->n.runs)
			series_point(runs, i, (int64_t)l->n.runs * 10, NULL);
		if (l && l->n.gp0)
			series_point(traps, i, (int64_t)l->n.gp0 * 10, NULL);
	}
}

void
pg_count_tell(const struct lab_run *r, const struct census *census, const struct pg_matrix *x,
    struct pg_counted *c)
{
	struct census_count sum[2] = { { 0 } };
	struct line lines[MNEMONICS];
	struct census_row row;
	unsigned i, n = 0;

	for (i = 1; i < census_rows(); i++) {
		bool traps = pg_matrix_traps(x, i);

		census_get(census, i, &row);
		if (!row.ring[CENSUS_OUTSIDE].runs)
			continue;
		census_add(&line_of(lines, &n, row.name, traps)->n, &row.ring[CENSUS_OUTSIDE]);
		census_add(&sum[traps], &row.ring[CENSUS_OUTSIDE]);
	}
	put_table(r, lines, n, sum);
	draw(r, lines, n);
	c->sensitive = sum[1].runs;
	c->trapped = sum[1].gp0;
	c->innocuous = sum[0].runs;
	c->untoward = sum[0].gp0 + sum[0].others;
}
