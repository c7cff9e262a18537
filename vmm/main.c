/*
 * vmm/main.c - the VMM from its first C function to the end
 */
#include <stdint.h>

#include "vmm/common/power.h"
#include "vmm/common/serial.h"

void	vmm_main(uint32_t magic, uint32_t info) __attribute__((noreturn));

void
vmm_main(uint32_t magic, uint32_t info)
{
	const char *s = "vmm: hello\n";

	(void)magic, (void)info;
	serial_init();
	while (*s)
		serial_put(*s++);
	power_off();
}
