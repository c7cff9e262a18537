/*
 * lab/guests.h - where the programs are that labs run in their machines
 */
#ifndef LAB_GUESTS_H
#define LAB_GUESTS_H

#include <limits.h>

#include "lab/lab.h"

/* Beside the program that runs, or where it was installed; notes its hash in the
 * result.  False after a message. */
bool	guest_find(const struct lab_run *r, const char *name, char path[PATH_MAX]) MUST_CHECK;

#endif
