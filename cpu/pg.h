/*
 * cpu/pg.h - which instructions are sensitive, found by running them
 *
 * Popek and Goldberg, "Formal Requirements for Virtualizable Third Generation
 * Architectures", CACM 17(7), 1974.  Every row of the instruction table is
 * executed by the generic executor from states of a fixed list, at CPL 0 and at
 * CPL 3, and again with privileged registers changed; what came out is compared.
 * Which registers are privileged is not listed by hand: they are what a snapshot
 * has of the processor less what a program may change.  docs/pg.md has the
 * definitions and what they leave open.
 */
#ifndef CPU_PG_H
#define CPU_PG_H

#include "base/log.h"
#include "base/types.h"

enum {
	PG_RUNS		= 0x01,	/* without a trap in some state */
	PG_PRIVILEGED	= 0x02,	/* that is at CPL 0: at CPL 3 it traps in each */
	PG_UMIP		= 0x04,	/* CR4.UMIP makes it trap where it would run */
	PG_CONTROL	= 0x08,	/* changes privileged state without a trap */
	PG_MODE		= 0x10,	/* what it does depends on the CPL */
	PG_REGISTERS	= 0x20,	/* ... or on privileged registers */
	PG_SILENT	= 0x40,	/* does one of these at CPL 3, untrapped */
	PG_GP		= 0x80	/* at CPL 3 it is #GP(0) in every state */
};
#define PG_SENSITIVE	(PG_CONTROL | PG_MODE | PG_REGISTERS)

/* Popek and Goldberg's words for a set of PG_*. */
enum pg_kind {
	PG_K_NEVER,		/* no state in which it runs */
	PG_K_INNOCUOUS,
	PG_K_GUARDED,		/* privileged, though nothing sensitive was seen */
	PG_K_PRIVILEGED,	/* sensitive and privileged */
	PG_K_CRITICAL		/* sensitive and not privileged */
};
enum pg_kind pg_kind(unsigned flags);
const char *pg_kind_name(enum pg_kind k);

/* Why: a state, or the two of a pair, and what differed. */
#define PG_TEXT		160
struct pg_witness {
	char	text[PG_TEXT];		/* empty: none */
};

struct pg_entry {			/* of one row of the instruction table */
	unsigned		row;
	unsigned		flags;
	uint64_t		runs, traps;	/* at CPL 3: executions, of them trapped */
	uint64_t		digest[2];	/* of all that came out at CPL 0 and CPL 3 */
	struct pg_witness	escape;		/* runs at CPL 3: not privileged */
	struct pg_witness	sensitive;	/* CPL 3 first, else CPL 0 */
	char			name[32];	/* of its first form, with operands' kinds */
};

struct pg_search;

/* cpu: as behind -cpu.  NULL with a message on l. */
struct pg_search *pg_search_new(const char *cpu, struct log *l);
void	pg_search_free(struct pg_search *s);
/* Rows of the table, from 1 on; those of features the model lacks never run. */
unsigned pg_rows(void);
/* What the table itself says of a row, for those who choose rows; the search does not
 * ask. */
enum {
	PG_T_LEVEL	= 0x01,	/* it has a check of the CPL, or -cpu pg's */
	PG_T_X87	= 0x02
};
unsigned pg_table_says(unsigned row);
void	pg_search_row(struct pg_search *s, unsigned row, struct pg_entry *out);
/* The states and what is changed in them, a line each. */
void	pg_search_states(struct pg_search *s, void (*line)(void *arg, const char *text),
	    void *arg);

#endif
