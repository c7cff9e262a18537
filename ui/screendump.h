/*
 * ui/screendump.h - the guest's screen as a picture file
 */
#ifndef UI_SCREENDUMP_H
#define UI_SCREENDUMP_H

#include "hw/machine.h"

/* Writes a PNG; NULL or what went wrong. */
const char *screendump(struct machine *m, const char *path) MUST_CHECK;

#endif
