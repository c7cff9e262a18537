/*
 * ui/stats.h - what a run cost: a table for people, JSON for programs
 */
#ifndef UI_STATS_H
#define UI_STATS_H

#include "hw/machine.h"

/* seconds: of the host, from the first instruction to the last. */
void	stats_print(struct machine *m, double seconds, FILE *out);
/* False when writing failed. */
bool	stats_json(struct machine *m, double seconds, FILE *out);

#endif
