/*
 * lab/claims.h - statements about virtualization that a run can hold against the facts
 *
 * lab/claims.def has them by number.  A row that contradicts what a correct machine
 * does is there on purpose; `but` says how to put it right.
 */
#ifndef LAB_CLAIMS_H
#define LAB_CLAIMS_H

struct claim {
	const char	*row;		/* "1a.1" */
	const char	*text;		/* the statement */
	const char	*does;		/* what the system does to decide it */
	const char	*measured;
	const char	*expected;
	const char	*but;		/* what a correct run may say against it; NULL */
};

/* A row of NULL ends it. */
extern const struct claim claim_table[];
/* NULL: there is none. */
const struct claim *claim_find(const char *row);

#endif
