/*
 * snapshot/error.c - messages
 */
#include "snapshot/error.h"

#include <stdarg.h>
#include <stdio.h>

bool
snapshot_fail(struct snapshot_error *e, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return false;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return false;
}
