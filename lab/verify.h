/*
 * lab/verify.h - a result that is run again
 */
#ifndef LAB_VERIFY_H
#define LAB_VERIFY_H

#include "lab/lab.h"

#define RESULT_BYTES_MAX	((size_t)16 << 20)

struct verified {
	char	*text;			/* all of the file; the caller frees it in any case */
	char	model[256];
};

/* What a result.json says it was made with.  False after a message.  r points into v. */
bool	verify_read(struct lab_run *r, const char *path, struct verified *v) MUST_CHECK;
/* The first line in which r's result differs from text; false: none does. */
bool	verify_differs(const struct lab_run *r, const char *text, char *buf, size_t n);

#endif
