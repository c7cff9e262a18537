/*
 * lab/pg_matrix.c - the rows of the instruction table, by what running them shows
 *
 * cpu/pg.h searches; here rows are chosen, put beside Robin and Irvine's list and
 * counted.  Every row that a processor might have to trap is searched, and every row
 * that the guest executes; of the rest, which is hundreds of plain ones, each n-th.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/pg_priv.h"

#define ALL	",+monitor,+svm,+movbe,+adx,+clflushopt,+clwb,+rdpid,+xsaveopt"

/* Robin and Irvine (2000), by instruction as they print it; then the rest.  words:
 * mnemonics of critical rows, so "mov" is that of a segment register. */
enum listed { LISTED, RELATED, GUARDED, NEWER };

static const char *const listed_names[] = { "R&I", "related", "by IOPL", "newer" };

static const struct group {
	const char	*name, *words;
	enum listed	listed;
} groups[] = {
	{ "SGDT", " sgdt ", LISTED }, { "SIDT", " sidt ", LISTED },
	{ "SLDT", " sldt ", LISTED }, { "SMSW", " smsw ", LISTED },
	{ "PUSHF", " pushf pushfd pushfq ", LISTED }, { "POPF", " popf popfd popfq ", LISTED },
	{ "LAR", " lar ", LISTED }, { "LSL", " lsl ", LISTED },
	{ "VERR", " verr ", LISTED }, { "VERW", " verw ", LISTED },
	{ "POP segment", " pop ", LISTED }, { "PUSH segment", " push ", LISTED },
	{ "CALL far", " call ", LISTED }, { "JMP far", " jmp ", LISTED },
	{ "INT n", " int ", LISTED }, { "RET far", " ret retf ", LISTED },
	{ "STR", " str ", LISTED }, { "MOV segment", " mov ", LISTED },
	{ "IRET", " iret iretd iretq ", RELATED }, { "INT3 INT1 INTO", " int3 int1 into ", RELATED },
	{ "LDS ... LSS", " lds les lfs lgs lss ", RELATED },
	{ "CLI STI", " cli sti ", GUARDED },
	{ "IN OUT INS OUTS", " in out insb insw insd outsb outsw outsd ", GUARDED },
	{ "RDTSC RDTSCP RDPMC RDPID", " rdtsc rdtscp rdpmc rdpid ", NEWER },
	{ "CPUID", " cpuid ", NEWER }, { "SYSCALL SYSENTER", " syscall sysenter ", NEWER },
	{ "RDFSBASE ... WRGSBASE", " rdfsbase rdgsbase wrfsbase wrgsbase ", NEWER },
	{ "XGETBV XSAVE ... FXRSTOR",
	    " xgetbv xsave xsaveopt xrstor fxsave fxrstor xsetbv ", NEWER },
	{ "x87 (FCS, FDS)", NULL, NEWER },
	{ "others", "", NEWER }
};
#define GROUPS		ARRAY_SIZE(groups)
#define G_X87		(GROUPS - 2)

struct found {				/* of a group */
	unsigned	rows, see, umip, on_pg, traps_on_pg;
	char		why[PG_TEXT];
};

struct sums {
	unsigned	kind[PG_K_CRITICAL + 1];
	uint64_t	runs, traps;
};

/* --- one row --- */

static const struct group *
group_of(unsigned row, const char *name)
{
	char word[40];
	unsigned i;

	if (pg_table_says(row) & PG_T_X87)
		return &groups[G_X87];
	snprintf(word, sizeof(word), " %.*s ", (int)strcspn(name, " "), name);
	for (i = 0; i < G_X87 && !strstr(groups[i].words, word); i++)
		;
	return &groups[i < G_X87 ? i : GROUPS - 1];
}

/* What pg is promised to be (docs/pg.md). */
static bool
is_wrong(const struct pg_entry e[PG_MODELS])
{
	bool innocuous = pg_kind(e[PG_STOCK_ZERO].flags) == PG_K_INNOCUOUS;

	if (((e[PG_STOCK_ZERO].flags | e[PG_PG].flags) & PG_SENSITIVE) &&
	    !(e[PG_PG].flags & PG_GP))
		return true;
	if (!strcmp(e[PG_PG].name, "cpuid"))	/* names the model */
		return false;
	return e[PG_PG].digest[0] != e[PG_STOCK_ZERO].digest[0] ||
	    (innocuous && e[PG_PG].digest[1] != e[PG_STOCK_ZERO].digest[1]);
}

static void
note_row(struct pg_matrix *x, struct found f[GROUPS], const struct pg_entry e[PG_MODELS])
{
	struct found *g = &f[group_of(e->row, e[PG_STOCK].name) - groups];
	bool stock = pg_kind(e[PG_STOCK].flags) == PG_K_CRITICAL;
	bool pg = pg_kind(e[PG_PG].flags) == PG_K_CRITICAL;
	unsigned i;

	x->searched++;
	x->row[e->row].searched = true;
	for (i = 0; i < PG_MODELS; i++) {
		x->row[e->row].flags[i] = e[i].flags;
		x->critical[i] += pg_kind(e[i].flags) == PG_K_CRITICAL;
	}
	x->wrong += is_wrong(e);
	if (!stock && !pg)
		return;
	g->rows += stock;
	g->on_pg += pg;
	g->traps_on_pg += !!(e[PG_PG].flags & PG_GP);
	g->umip += stock && (e[PG_STOCK].flags & PG_UMIP);
	g->see |= e[PG_STOCK].flags;
	if (!g->why[0])
		snprintf(g->why, sizeof(g->why), "%s", e[PG_STOCK].sensitive.text);
}

/* Only the x87 has selectors to show. */
static void
search_row(struct pg_search *s[PG_MODELS], unsigned row, struct pg_entry e[PG_MODELS])
{
	pg_search_row(s[PG_STOCK_ZERO], row, &e[PG_STOCK_ZERO]);
	pg_search_row(s[PG_PG], row, &e[PG_PG]);
	if (pg_table_says(row) & PG_T_X87)
		pg_search_row(s[PG_STOCK], row, &e[PG_STOCK]);
	else
		e[PG_STOCK] = e[PG_STOCK_ZERO];
}

static bool
is_wanted(const struct lab_run *r, const struct census *wanted, unsigned row)
{
	struct census_row c;

	if ((pg_table_says(row) & PG_T_LEVEL) || row % lab_number(r, "every") == 0)
		return true;
	census_get(wanted, row, &c);
	return c.ring[CENSUS_OUTSIDE].runs != 0;
}

/* --- tables --- */

static const struct column group_columns[] = {
	{ "instruction", NULL, 0 }, { "list", NULL, 0 }, { "critical", "rows", 0 },
	{ "sees", NULL, 0 }, { "umip_traps", "rows", 0 }, { "pg_traps", "rows", 0 },
	{ "pg_critical", "rows", 0 }
};

static const struct column why_columns[] = { { "instruction", NULL, 0 }, { "why", NULL, 0 } };

static void
put_groups(const struct lab_run *r, struct pg_matrix *x, const struct found f[GROUPS])
{
	struct table *t = result_table(r->result, "critical", "Critical instructions of the "
	    "ordinary processor: sensitive, and some state in which they run at CPL 3",
	    group_columns, ARRAY_SIZE(group_columns));
	struct table *w = result_table(r->result, "witness", "One pair of states for each: mode, "
	    "state, bytes, CPL, what is changed, and what comes out differently", why_columns,
	    ARRAY_SIZE(why_columns));
	char see[8];
	unsigned i;

	for (i = 0; i < GROUPS; i++) {
		bool listed = groups[i].listed == LISTED;

		x->listed += listed;
		x->listed_found += listed && f[i].rows;
		x->listed_umip += listed && f[i].rows && f[i].umip == f[i].rows;
		if (!listed && !f[i].rows && !f[i].on_pg)
			continue;
		snprintf(see, sizeof(see), "%s%s%s", f[i].see & PG_CONTROL ? "c" : "",
		    f[i].see & PG_MODE ? "m" : "", f[i].see & PG_REGISTERS ? "r" : "");
		table_text(t, groups[i].name);
		table_text(t, listed_names[groups[i].listed]);
		table_number(t, f[i].rows);
		table_text(t, see);
		table_number(t, f[i].umip);
		table_number(t, f[i].traps_on_pg);
		table_number(t, f[i].on_pg);
		table_text(w, groups[i].name);
		table_text(w, f[i].why);
	}
}

static const struct column model_columns[] = {
	{ "processor", NULL, 0 }, { "rows", NULL, 0 }, { "never_run", NULL, 0 },
	{ "innocuous", NULL, 0 }, { "privileged_only", NULL, 0 },
	{ "sensitive_privileged", NULL, 0 }, { "critical", NULL, 0 },
	{ "executions", "CPL 3", 0 }, { "traps", "CPL 3", 0 }
};

static void
put_models(const struct lab_run *r, const struct sums sums[PG_MODELS], const char *const *names)
{
	struct table *t = result_table(r->result, "processors", "The matrix in figures: rows by "
	    "what they were found to be", model_columns, ARRAY_SIZE(model_columns));
	unsigned i, k, rows;

	for (i = 0; i < PG_MODELS; i++) {
		for (k = rows = 0; k <= PG_K_CRITICAL; k++)
			rows += sums[i].kind[k];
		table_text(t, names[i]);
		table_number(t, rows);
		for (k = 0; k <= PG_K_CRITICAL; k++)
			table_number(t, sums[i].kind[k]);
		table_number(t, (int64_t)sums[i].runs);
		table_number(t, (int64_t)sums[i].traps);
	}
}

/* --- all --- */

static void
search_all(struct pg_matrix *x, const struct lab_run *r, const struct census *wanted,
    struct pg_search *s[PG_MODELS], struct found f[GROUPS], struct sums sums[PG_MODELS])
{
	struct pg_entry e[PG_MODELS];
	unsigned row, i;

	for (row = 1; row < pg_rows(); row++) {
		if (row % 64 == 1)
			lab_progress(r, "matrix: row %u of %u", row, pg_rows() - 1);
		if (!is_wanted(r, wanted, row))
			continue;
		search_row(s, row, e);
		note_row(x, f, e);
		for (i = 0; i < PG_MODELS; i++) {
			sums[i].kind[pg_kind(e[i].flags)]++;
			sums[i].runs += e[i].runs;
			sums[i].traps += e[i].traps;
		}
	}
}

bool
pg_matrix_find(struct pg_matrix *x, const struct lab_run *r, const struct census *wanted)
{
	const char *names[PG_MODELS] = { PG_STOCK_CPU, PG_STOCK_CPU ",+zero-fcs-fds", pg_cpu(r) };
	struct pg_search *s[PG_MODELS] = { NULL };
	struct found f[GROUPS] = { { 0 } };
	struct sums sums[PG_MODELS] = { { { 0 }, 0, 0 } };
	char cpu[160];
	bool ok;
	unsigned i;

	x->row = calloc(pg_rows(), sizeof(*x->row));
	ok = x->row != NULL;
	for (i = 0; i < PG_MODELS && ok; i++) {
		snprintf(cpu, sizeof(cpu), "%s" ALL, names[i]);
		s[i] = pg_search_new(cpu, NULL);
		ok = s[i] != NULL;
	}
	if (ok) {
		search_all(x, r, wanted, s, f, sums);
		put_models(r, sums, names);
		put_groups(r, x, f);
	}
	for (i = 0; i < PG_MODELS; i++)
		pg_search_free(s[i]);
	return ok || lab_fail(r, "out of memory");
}

void
pg_matrix_free(struct pg_matrix *x)
{
	free(x->row);
	x->row = NULL;
}

bool
pg_matrix_traps(const struct pg_matrix *x, unsigned row)
{
	const struct pg_row *p = &x->row[row];
	unsigned flags = p->flags[PG_STOCK_ZERO] | p->flags[PG_PG];

	return flags & (PG_SENSITIVE | PG_PRIVILEGED);
}
