/*
 * vmm/panic.c - messages, and the end
 */
#include "vmm/panic.h"

#include <stdarg.h>

#include "vmm/common/port.h"
#include "vmm/common/power.h"
#include "vmm/common/print.h"
#include "vmm/common/serial.h"

#define ISA_DEBUG_EXIT	0xf4

static void
put(void *arg, char c)
{
	(void)arg;
	serial_put(c);
}

static void
say_list(const char *format, va_list ap)
{
	const char *s;

	for (s = "vmm: "; *s; s++)
		serial_put(*s);
	print_to(put, 0, format, ap);
	serial_put('\n');
}

void
say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_list(format, ap);
	va_end(ap);
}

void
panic(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_list(format, ap);
	va_end(ap);
	out_b(ISA_DEBUG_EXIT, 0);
	power_off();
}
