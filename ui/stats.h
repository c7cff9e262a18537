/*
 * ui/stats.h - what a run cost: a table for people, JSON and CSV for programs
 */
#ifndef UI_STATS_H
#define UI_STATS_H

#include "hw/machine.h"

/* The names in JSON and CSV and what they mean; a step when one changes. */
#define STATS_VERSION	2

enum stats_format {
	STATS_JSON,		/* a document */
	STATS_JSON_LINE,	/* the same on one line, a record of several */
	STATS_CSV_NAMES,	/* the first line of a table */
	STATS_CSV		/* a row of it */
};

/* seconds: of the host, from the first instruction to the last. */
void	stats_print(struct machine *m, double seconds, FILE *out);
struct checkpoints;

/* c: may be NULL.  False when writing failed. */
bool	stats_write(struct machine *m, const struct checkpoints *c, double seconds,
	    enum stats_format format, FILE *out);

#endif
