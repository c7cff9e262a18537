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
/* The same of a file that is named. */
bool	guest_open(const struct lab_run *r, const char *name, const char *file,
	    char path[GUEST_PATH]) MUST_CHECK;
/* Of bytes that were made here. */
bool	guest_make(const struct lab_run *r, const char *name, const void *data, size_t n,
	    char path[GUEST_PATH]) MUST_CHECK;
/* The file beside the program that runs, of that name from there: whether it can be read. */
bool	guest_beside(const char *below, char *path, size_t n) MUST_CHECK;
void	guests_close(struct guests *g);

#endif
