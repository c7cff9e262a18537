/*
 * base/wire.h - a one-bit output of a chip
 *
 * The board hands each chip its wires at construction.  The chip drives a
 * wire with wire_set() whenever the level may have changed; the receiver must
 * accept the same level twice.  A wire with no receiver is legal.
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include "base/types.h"

struct wire {
	void	(*set)(void *arg, int line, bool level);
	void	*arg;
	int	line;		/* passed through to set() */
};

static inline void
wire_set(const struct wire *w, bool level)
{
	if (w->set)
		w->set(w->arg, w->line, level);
}

#endif
