/*
 * tests/insn/pg.c - the matrix of sensitive and privileged instructions
 *
 *	pg		the whole text, as tests/insn/pg.txt has it
 *	pg ROW		one row
 *	pg /N		every Nth row
 *
 * Searches three processors: one as others are, the same with an x87 that keeps no
 * selectors, and -cpu pg; all with every feature.  Exit status 1 when the last one
 * breaks its promise: a sensitive instruction that does not trap with #GP(0), or an
 * innocuous one that is not what it is on the second.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/insn.h"
#include "cpu/pg.h"

#define ALL	"+monitor,+svm,+movbe,+adx,+clflushopt,+clwb,+rdpid,+xsaveopt"

enum { STOCK, STOCK_ZERO, PG, SEARCHES };

static const char *const models[SEARCHES] = {
	"ringlab64," ALL, "ringlab64,+zero-fcs-fds," ALL, "pg," ALL
};

static void
print_line(void *arg, const char *text)
{
	(void)arg;
	printf("# %s\n", text);
}

/* CPUID tells the models apart. */
static bool
same_elsewhere(const struct pg_entry e[SEARCHES], unsigned level)
{
	return !strcmp(e[PG].name, "cpuid") ||
	    e[PG].digest[level] == e[STOCK_ZERO].digest[level];
}

static const char *
broken(const struct pg_entry e[SEARCHES])
{
	enum pg_kind stock = pg_kind(e[STOCK_ZERO].flags), pg = pg_kind(e[PG].flags);

	if (pg == PG_K_CRITICAL)
		return "sensitive and does not trap";
	if (((e[STOCK_ZERO].flags | e[PG].flags) & PG_SENSITIVE) && !(e[PG].flags & PG_GP))
		return "traps with something else than #GP(0)";
	if (!same_elsewhere(e, 0))
		return "is another instruction at CPL 0";
	if (stock == PG_K_INNOCUOUS && !same_elsewhere(e, 1))
		return "innocuous, and not what it is elsewhere";
	return NULL;
}

struct totals {
	unsigned	kind[SEARCHES][PG_K_CRITICAL + 1];
	unsigned	umip, broken;
	uint64_t	runs[SEARCHES], traps[SEARCHES];	/* at CPL 3 */
};

static void
print_entry(const struct pg_entry e[SEARCHES], struct totals *t)
{
	const struct insn_info *info = &insn_table[e->row];
	const char *bad = broken(e);
	unsigned stock = e[STOCK].flags;

	printf("%u:%02x:%x:%03x %-28s %-10s %s", info->map, info->opcode, info->pfx, info->ext,
	    e[STOCK].name, pg_kind_name(pg_kind(stock)), pg_kind_name(pg_kind(e[PG].flags)));
	if (stock & PG_SENSITIVE)
		printf(" %s%s%s%s", stock & PG_CONTROL ? "c" : "", stock & PG_MODE ? "m" : "",
		    stock & PG_REGISTERS ? "r" : "", stock & PG_UMIP ? " umip" : "");
	if (e[STOCK].sensitive.text[0])
		printf(" [%s]", e[STOCK].sensitive.text);
	if (pg_kind(stock) == PG_K_CRITICAL)
		printf(" runs [%s]", e[STOCK].escape.text);
	if (bad)
		printf(" BROKEN: %s", bad);
	printf("\n");
	for (unsigned i = 0; i < SEARCHES; i++) {
		t->kind[i][pg_kind(e[i].flags)]++;
		t->runs[i] += e[i].runs;
		t->traps[i] += e[i].traps;
	}
	t->umip += pg_kind(stock) == PG_K_CRITICAL && (stock & PG_UMIP);
	t->broken += bad != NULL;
}

static void
print_totals(const struct totals *t)
{
	for (unsigned i = 0; i < SEARCHES; i++) {
		printf("# %s:", models[i]);
		for (unsigned k = 0; k <= PG_K_CRITICAL; k++)
			printf(" %s %u", pg_kind_name((enum pg_kind)k), t->kind[i][k]);
		printf("; at CPL 3 %" PRIu64 " executions, %" PRIu64 " traps\n", t->runs[i],
		    t->traps[i]);
	}
	printf("# critical rows that CR4.UMIP makes privileged: %u\n", t->umip);
}

/* Selectors are in the x87 only. */
static void
search(struct pg_search *s[SEARCHES], unsigned row, struct pg_entry e[SEARCHES])
{
	pg_search_row(s[STOCK_ZERO], row, &e[STOCK_ZERO]);
	pg_search_row(s[PG], row, &e[PG]);
	if (insn_table[row].chk & (CK_X87 | CK_X87NW | CK_FWAIT))
		pg_search_row(s[STOCK], row, &e[STOCK]);
	else
		e[STOCK] = e[STOCK_ZERO];
}

static bool
wanted(unsigned row, const char *which)
{
	if (!which)
		return true;
	if (*which == '/')
		return row % (strtoul(which + 1, NULL, 0) | 1) == 0;
	return strtoul(which, NULL, 0) == row;
}

int
main(int argc, char **argv)
{
	struct pg_search *s[SEARCHES];
	struct pg_entry e[SEARCHES];
	struct totals t = { 0 };

	for (unsigned i = 0; i < SEARCHES; i++) {
		s[i] = pg_search_new(models[i], NULL);
		if (!s[i])
			return 2;
	}
	pg_search_states(s[STOCK], print_line, NULL);
	for (unsigned row = 1; row < pg_rows(); row++) {
		if (!wanted(row, argc > 1 ? argv[1] : NULL))
			continue;
		search(s, row, e);
		print_entry(e, &t);
	}
	print_totals(&t);
	for (unsigned i = 0; i < SEARCHES; i++)
		pg_search_free(s[i]);
	return t.broken != 0;
}
