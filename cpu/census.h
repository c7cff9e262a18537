/*
 * cpu/census.h - how often each instruction was executed, and how that ended
 *
 * By row of the instruction table, at CPL 0 and outside.  The hooks go to
 * machine_set_trace(); while they are installed every instruction passes the
 * reference loop, and nothing else changes.  Without them nothing is counted
 * and nothing is paid.
 */
#ifndef CPU_CENSUS_H
#define CPU_CENSUS_H

#include "cpu/trace.h"

enum { CENSUS_CPL0, CENSUS_OUTSIDE, CENSUS_RINGS };

struct census_count {
	uint64_t	runs;		/* begun: retired or ended by an exception */
	uint64_t	gp0;		/* #GP(0): what -cpu pg's traps are */
	uint64_t	page_faults;	/* memory traps */
	uint64_t	others;		/* all other exceptions of the instruction */
};

struct census_row {
	char			name[32];	/* mnemonic */
	bool			sensitive;	/* -cpu pg traps it (docs/pg.md) */
	struct census_count	ring[CENSUS_RINGS];
};

struct census;

struct census *census_new(void);		/* NULL: no memory */
void	census_free(struct census *s);
struct cpu_trace *census_hooks(struct census *s);
/* Rows are 1 .. census_rows() - 1. */
unsigned census_rows(void);
void	census_get(const struct census *s, unsigned row, struct census_row *out);

void	census_add(struct census_count *sum, const struct census_count *n);
/* All rows of one kind: sensitive ones, or the others. */
void	census_sum(const struct census *s, bool sensitive, struct census_count sum[CENSUS_RINGS]);
/* A table of the rows that were executed, a line each, with both sums below. */
void	census_print(const struct census *s, void (*line)(void *arg, const char *text),
	    void *arg);

#endif
