/*
 * vmm/guest/console.c - where text goes
 */
#include <stdarg.h>

#include "vmm/common/print.h"
#include "vmm/guest/kernel.h"
#include "vmm/guest/pv.h"

void
console_init(void)
{
	pv_console_init();
}

void
console_put(char c)
{
	pv_console_put(c);
}

static void
sink(void *arg, char c)
{
	(void)arg;
	console_put(c);
}

void
print(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_to(sink, NULL, format, ap);
	va_end(ap);
}

void
panic(const char *format, ...)
{
	va_list ap;

	print("panic: ");
	va_start(ap, format);
	print_to(sink, NULL, format, ap);
	va_end(ap);
	print("\n");
	finish(1);
}
