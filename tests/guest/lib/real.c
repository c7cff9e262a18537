/*
 * tests/guest/lib/real.c - real mode for 32-bit images
 */
#include "guest.h"

extern char real_start[], real_load[], real_size[], real_ivt[];
void	real_enter(void (*fn)(void));

/* Low memory, which the compiler takes for a null pointer's neighbourhood. */
static volatile uint32_t *
ivt(void)
{
	ulong p = 0;

	asm("" : "+r"(p));
	return (volatile uint32_t *)p;
}

void
real_init(void)
{
	memcpy(real_start, real_load, (size_t)real_size);
	for (unsigned i = 0; i < 32; i++)
		ivt()[i] = (uint32_t)(ulong)real_ivt + i * 8;
}

int
real_call(void (*fn)(void))
{
	real_enter(fn);
	return (int)REAL->vector;
}
