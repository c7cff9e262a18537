/*
 * Is a call in tail position a jump?  Compiled to assembly with the flags of
 * the build; the threaded engine needs an answer without "call".
 */
#include <stdint.h>

struct cpu;

struct slot {
	void	(*handler)(struct cpu *c, struct slot *s, int64_t n);
};

void	next(struct cpu *c, struct slot *s, int64_t n);

void
next(struct cpu *c, struct slot *s, int64_t n)
{
	s++;
	s->handler(c, s, n - 1);
}
