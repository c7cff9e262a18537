/*
 * snapshot/diffreplay.h - where do two recorded runs part?
 *
 * Both journals are played side by side and compared every MACHINE_HASH_EVERY
 * cycles; then the interval in which they part is halved until one instruction is
 * left.  It is shown with what both machines were and became.
 */
#ifndef SNAPSHOT_DIFFREPLAY_H
#define SNAPSHOT_DIFFREPLAY_H

#include <stdio.h>

#include "base/log.h"

enum diffreplay_verdict { DIFFREPLAY_SAME, DIFFREPLAY_DIFFERENT, DIFFREPLAY_FAILED };

/* What it finds goes to out, failures to log. */
enum diffreplay_verdict diffreplay(const char *a, const char *b, FILE *out,
	    struct log *log);

#endif
