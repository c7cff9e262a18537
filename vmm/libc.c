/*
 * vmm/libc.c - what chips want besides mem*: allocation and messages
 *
 * A VM's chips are made once and never freed.  Their messages are dropped.
 */
#include <stdlib.h>

#include "base/log.h"
#include "vmm/frames.h"

void *
calloc(size_t n, size_t size)
{
	return frames_small(n * size);
}

void
free(void *p)
{
	(void)p;
}

void
log_guest(struct log *l, const char *key, const char *fmt, ...)
{
	(void)l, (void)key, (void)fmt;
}

void
log_unimp(struct log *l, const char *key, const char *fmt, ...)
{
	(void)l, (void)key, (void)fmt;
}

void
log_debug(struct log *l, const char *fmt, ...)
{
	(void)l, (void)fmt;
}
