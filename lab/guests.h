/*
 * lab/guests.h - the programs that labs run in their machines
 */
#ifndef LAB_GUESTS_H
#define LAB_GUESTS_H

#include "lab/lab.h"

#define GUEST_PATH	32u
#define GUESTS_MAX	8u

/* Those of one run, open. */
struct guests {
	char	name[GUESTS_MAX][GUEST_PATH];
	int	fd[GUESTS_MAX];
	unsigned n;
};

/*
 * Looks beside the program that runs, and where it was installed; notes the hash in
 * the result.  A guest sees the name of its file in its command line, so path is one
 * that is the same wherever it was found.  False after a message.
 */
bool	guest_find(const struct lab_run *r, const char *name, char path[GUEST_PATH]) MUST_CHECK;
void	guests_close(struct guests *g);

#endif
