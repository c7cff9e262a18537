/*
 * lab/claims.c - the table of claims
 */
#include "lab/claims.h"

#include <stddef.h>
#include <string.h>

#define CLAIM(row, text, does, measured, expected, but) \
	{ row, text, does, measured, expected, but },

const struct claim claim_table[] = {
#include "lab/claims.def"
	{ NULL, NULL, NULL, NULL, NULL, NULL }
};

const struct claim *
claim_find(const char *row)
{
	const struct claim *c;

	for (c = claim_table; c->row; c++)
		if (!strcmp(c->row, row))
			return c;
	return NULL;
}
