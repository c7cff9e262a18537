/*
 * base/hostmem.c - large regions of host memory that are filled as they are used
 */
#include "base/hostmem.h"

#include <stdint.h>
#include <sys/mman.h>

#define HUGE	((size_t)2 << 20)

/* What lies before and after an aligned region of that size goes back. */
static void *
trim(char *p, size_t size)
{
	size_t before = -(uintptr_t)p & (HUGE - 1);

	if (before)
		munmap(p, before);
	if (HUGE - before)
		munmap(p + before + size, HUGE - before);
	return p + before;
}

void *
hostmem_reserve(size_t size)
{
	size_t extra = size >= HUGE ? HUGE : 0;
	void *p;

	size = (size + 4095) & ~(size_t)4095;
	if (size + extra < size)
		return NULL;
	p = mmap(NULL, size + extra, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (!extra)
		return p;
	p = trim(p, size);
#ifdef MADV_HUGEPAGE
	(void)madvise(p, size, MADV_HUGEPAGE);
#endif
	return p;
}

void
hostmem_release(void *p, size_t size)
{
	if (p)
		munmap(p, size);
}
