/*
 * vmm/options.h - words of the form key=value (vmm/abi.h)
 */
#ifndef VMM_OPTIONS_H
#define VMM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* A guest's line and the VMM's behind it.  vm: look for "vm.KEY" in the
 * former, then for "KEY" in the latter. */
struct options {
	const char	*guest;		/* NULL: the VMM's own */
	const char	*vmm;
};

/* Index into names (NULL at the end) of the value, or of the default if the
 * word is not there.  A value that is none of them is the end (panic). */
unsigned option_choice(const struct options *o, const char *key,
	    const char *const *names, unsigned standard);

/* A number, with K, M or G behind it; the default if it is not there. */
uint64_t option_number(const struct options *o, const char *key,
	    uint64_t standard);

/* The word is there, without a value or with one. */
bool	option_given(const struct options *o, const char *key);

#endif
