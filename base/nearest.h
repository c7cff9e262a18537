/*
 * base/nearest.h - which of some names was meant
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

/* Edits (insert, delete, replace, swap neighbours) from a to b; 64: too long to
 * say. */
unsigned edit_distance(const char *a, const char *b);
/* names ends with NULL; NULL without names. */
const char *nearest_name(const char *name, const char *const *names);

#endif
