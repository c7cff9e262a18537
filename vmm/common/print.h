/*
 * vmm/common/print.h - text from a format
 *
 * %c %s %d %i %u %x %p %%, with l, ll or z, a width, '-' and '0'.
 */
#ifndef VMM_COMMON_PRINT_H
#define VMM_COMMON_PRINT_H

#include <stdarg.h>
#include <stddef.h>

typedef void print_sink(void *arg, char c);

void	print_to(print_sink *sink, void *arg, const char *format, va_list ap);

/* Into buf, of n > 0 bytes with the 0 at the end; what is longer is cut. */
void	print_into(char *buf, size_t n, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));

#endif
