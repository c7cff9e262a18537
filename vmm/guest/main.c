/*
 * vmm/guest/main.c - the kernel from its first C function to the first program
 */
#include "vmm/abi.h"
#include "vmm/guest/balloon.h"
#include "vmm/guest/clock.h"
#include "vmm/guest/hypercall.h"
#include "vmm/guest/kernel.h"
#include "vmm/guest/page.h"
#include "vmm/guest/pmap.h"
#include "vmm/guest/proc.h"
#include "vmm/guest/trap.h"

#define MULTIBOOT_LOADED	0x2badb002

/* Multiboot Specification 0.6.96, 3.3 "Boot information format" */
struct multiboot {
	uint32_t	flags;
	uint32_t	lower, upper;	/* flag 0: KiB from 0, from 1 MiB */
	uint32_t	boot_device;
	uint32_t	command_line;	/* flag 2 */
};
#define HAS_MEMORY		0x001
#define HAS_COMMAND_LINE	0x004

void	kmain(uint32_t magic, uint32_t info);	/* boot.S */

static const void *
physical(uint32_t at)
{
	return (const void *)(DIRECT_BASE + at);
}

/* mem= makes it less. */
static uint64_t
memory_end(const struct multiboot *info)
{
	uint64_t end = ONE_MIB, mem;

	if (info->flags & HAS_MEMORY)
		end += (uint64_t)info->upper << 10;
	mem = option("mem", end);
	return mem < end ? mem : end;
}

/* Ticks change what is compared or measured, so only those who ask about time
 * have them. */
static bool
wants_timer(const char *workload)
{
	static const char *const timed[] = { "clock", "quantum", "deadline", "alarm",
	    "secret" };
	unsigned i;

	if (option_is("timer", "on") || option_is("timer", "off"))
		return option_is("timer", "on");
	for (i = 0; i < COUNT(timed); i++)
		if (!strcmp(workload, timed[i]))
			return true;
	return false;
}

void
kmain(uint32_t magic, uint32_t at)
{
	const struct multiboot *info = physical(at);
	char workload[16];

	console_init();
	if (magic != MULTIBOOT_LOADED)
		panic("not loaded by multiboot");
	option_init(info->flags & HAS_COMMAND_LINE ?
	    physical(info->command_line) : NULL);
	report_init();
	hypercall_init();
	mark(LAB_MARK_BOOT);
	desc_init();
	page_init(memory_end(info));
	pmap_init();
	reclaim_init();
	balloon_init();
	option_text("workload", "compute", workload, sizeof(workload));
	clock_init(wants_timer(workload));
	print("guest: %u KiB, workload %s\n", page_end * 4, workload);
	balloon_poll();
	proc_start(workload);
}
