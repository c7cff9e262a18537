/*
 * lab/pg_priv.h - inside the lab "pg": the theorem's premise and what follows from it
 *
 *	pg.c		settings, page, claims
 *	pg_guest.c	a guest natively or deprivileged: what it said, what it executed
 *	pg_matrix.c	which rows of the instruction table are what
 *	pg_count.c	executions and traps while the guest boots
 *	pg_same.c	one guest in different places
 *	pg_card.c	... and which of the three properties each has
 */
#ifndef LAB_PG_PRIV_H
#define LAB_PG_PRIV_H

#include "cpu/census.h"
#include "cpu/pg.h"
#include "lab/guests.h"
#include "lab/rig.h"

#define PG_STOCK_CPU	"ringlab64"

/* "pg", or what takes its place with --break pg. */
const char *pg_cpu(const struct lab_run *r);

/* --- pg_guest.c --- */

#define PG_CONSOLE	8192u
#define PG_LINE		160u

struct pg_guest {
	struct rig		rig;
	char			kernel[GUEST_PATH], guest[GUEST_PATH];
	char			words[128], initrd[384];
	struct machine_out	below;		/* the rig listens, too */
	char			console[PG_CONSOLE];
	size_t			len;
	enum machine_end	end;
};

struct pg_how {
	const char		*cpu;
	const char		*vmm;		/* its words; NULL: natively */
	const char		*guest;		/* NULL: guest.elf */
	bool			reference;	/* by the interpreter */
	struct cpu_trace	*hooks;		/* or NULL */
};

/* Boots it and runs it to its end, or to what has become of it instead.  False after a
 * message: there was no machine.  pg_guest_end() in any case. */
bool	pg_guest_run(struct pg_guest *g, const struct lab_run *r,
	    const struct pg_how *how) MUST_CHECK;
void	pg_guest_end(struct pg_guest *g);
/* The next line of what the guest said that does not depend on time; NULL: no more.
 * at begins at 0. */
const char *pg_guest_line(const struct pg_guest *g, size_t *at, char line[PG_LINE]);
/* It said "end 0". */
bool	pg_guest_ended_well(const struct pg_guest *g);
/* What follows a text on the VMM's line that has it; "" without one. */
void	pg_guest_vmm_line(const struct pg_guest *g, const char *text, char line[PG_LINE]);

/* --- pg_matrix.c --- */

enum pg_model { PG_STOCK, PG_STOCK_ZERO, PG_PG, PG_MODELS };

struct pg_row {
	bool		searched;
	unsigned	flags[PG_MODELS];	/* PG_* of cpu/pg.h */
};

struct pg_matrix {
	struct pg_row	*row;			/* pg_rows() */
	unsigned	searched, critical[PG_MODELS];
	unsigned	listed, listed_found;	/* Robin and Irvine's */
	unsigned	listed_umip;		/* ... that CR4.UMIP makes trap */
	unsigned	wrong;			/* rows of pg: otherwise than promised */
};

/* wanted: rows to search whatever every= says.  False after a message;
 * pg_matrix_free() in any case. */
bool	pg_matrix_find(struct pg_matrix *x, const struct lab_run *r,
	    const struct census *wanted) MUST_CHECK;
void	pg_matrix_free(struct pg_matrix *x);
/* Sensitive or privileged, on any of the models: on pg it has to trap. */
bool	pg_matrix_traps(const struct pg_matrix *x, unsigned row);

/* --- pg_count.c --- */

struct pg_counted {
	uint64_t	sensitive, trapped;	/* executions outside ring 0, #GP(0) of them */
	uint64_t	innocuous, untoward;	/* all others; traps that are no page faults */
	bool		ended_well;
};

/* The guest, deprivileged. */
bool	pg_count_boot(const struct lab_run *r, struct census *census,
	    struct pg_counted *c) MUST_CHECK;
void	pg_count_tell(const struct lab_run *r, const struct census *census,
	    const struct pg_matrix *x, struct pg_counted *c);

/* --- pg_same.c --- */

struct pg_same {
	bool		equal, verified;	/* on pg; its shadow entries were looked at */
	bool		stock_equal;
	unsigned	hashes;			/* of memory, natively */
	char		first[PG_LINE];		/* what the VMM names on the stock processor */
};

/* Of a guest's lines: all, those with hashes, those equal from the beginning. */
struct pg_compared {
	unsigned	lines, hashes, equal;
	bool		all;			/* equal to the end, which is good */
	char		instead[PG_LINE];	/* the first that differs */
};

void	pg_same_compare(const struct pg_guest *native, const struct pg_guest *g,
	    struct pg_compared *c);
bool	pg_same_run(const struct lab_run *r, struct pg_same *s) MUST_CHECK;

/* --- pg_card.c --- */

bool	pg_card_run(const struct lab_run *r) MUST_CHECK;

#endif
