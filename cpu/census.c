/*
 * cpu/census.c - see cpu/census.h
 */
#include "cpu/census.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define CPUS	8u

struct census {
	struct cpu_trace	hooks;
	/* The last instruction of each processor, while it may yet fault. */
	struct last {
		struct census_count	*count;
		uint64_t		insns, rip;
	} last[CPUS];
	struct census_count	(*count)[CENSUS_RINGS];
	char			(*name)[32];
};

static void
saw_insn(void *arg, struct cpu *c, const struct insn *in)
{
	struct census *s = arg;
	struct census_count *n = &s->count[in->row][c->cpl ? CENSUS_OUTSIDE : CENSUS_CPL0];

	/* A repetition that goes on is the same execution. */
	if (!c->rep_active)
		n->runs++;
	if (!s->name[in->row][0])
		insn_mnemonic(in, mode_decode(c->mode), s->name[in->row], sizeof(s->name[0]));
	s->last[c->index % CPUS] = (struct last){ n, c->insns, c->rip };
}

/* Fetching is nobody's; what an instruction's exception leads to comes later. */
static void
saw_exception(void *arg, struct cpu *c, const struct cpu_fault *f)
{
	struct census *s = arg;
	struct last *l = &s->last[c->index % CPUS];
	struct census_count *n = l->count;

	if (!n || l->insns != c->insns || l->rip != c->rip)
		return;
	l->count = NULL;
	if (f->vector == EXC_PF)
		n->page_faults++;
	else if (f->vector == EXC_GP && !f->error)
		n->gp0++;
	else
		n->others++;
}

struct census *
census_new(void)
{
	struct census *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->count = calloc(insn_table_rows, sizeof(*s->count));
	s->name = calloc(insn_table_rows, sizeof(*s->name));
	if (!s->count || !s->name) {
		census_free(s);
		return NULL;
	}
	s->hooks = (struct cpu_trace){
		.arg = s, .insn = saw_insn, .exception = saw_exception
	};
	return s;
}

void
census_free(struct census *s)
{
	if (!s)
		return;
	free(s->count);
	free(s->name);
	free(s);
}

struct cpu_trace *
census_hooks(struct census *s)
{
	return &s->hooks;
}

unsigned
census_rows(void)
{
	return insn_table_rows;
}

void
census_get(const struct census *s, unsigned row, struct census_row *out)
{
	*out = (struct census_row){ .sensitive = insn_table[row].chk & CK_SENS };
	memcpy(out->name, s->name[row], sizeof(out->name));
	memcpy(out->ring, s->count[row], sizeof(out->ring));
}

void
census_add(struct census_count *sum, const struct census_count *n)
{
	sum->runs += n->runs;
	sum->gp0 += n->gp0;
	sum->page_faults += n->page_faults;
	sum->others += n->others;
}

void
census_sum(const struct census *s, bool sensitive, struct census_count sum[CENSUS_RINGS])
{
	memset(sum, 0, CENSUS_RINGS * sizeof(sum[0]));
	for (unsigned row = 1; row < insn_table_rows; row++) {
		if (!(insn_table[row].chk & CK_SENS) != sensitive)
			for (unsigned i = 0; i < CENSUS_RINGS; i++)
				census_add(&sum[i], &s->count[row][i]);
	}
}

/* ---- text ---- */

static void
print_row(const char *key, const char *name, bool sensitive, const struct census_count *n,
    void (*line)(void *arg, const char *text), void *arg)
{
	char text[256];
	int used = snprintf(text, sizeof(text), "%-12s %-14s %c", key, name, sensitive ? 's' : '-');

	for (unsigned i = 0; i < CENSUS_RINGS; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used,
		    "  %10" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64, n[i].runs, n[i].gp0,
		    n[i].page_faults, n[i].others);
	line(arg, text);
}

void
census_print(const struct census *s, void (*line)(void *arg, const char *text), void *arg)
{
	struct census_count sum[CENSUS_RINGS];
	char key[16];

	line(arg, "opcode       instruction       CPL 0:  runs   #GP(0)      #PF   others"
	    "  outside:   runs   #GP(0)      #PF   others");
	for (unsigned row = 1; row < insn_table_rows; row++) {
		const struct insn_info *i = &insn_table[row];

		if (!s->count[row][0].runs && !s->count[row][1].runs)
			continue;
		snprintf(key, sizeof(key), "%u:%02x:%x:%03x", i->map, i->opcode, i->pfx, i->ext);
		print_row(key, s->name[row], i->chk & CK_SENS, s->count[row], line, arg);
	}
	census_sum(s, true, sum);
	print_row("sum", "sensitive", true, sum, line, arg);
	census_sum(s, false, sum);
	print_row("sum", "others", false, sum, line, arg);
}
