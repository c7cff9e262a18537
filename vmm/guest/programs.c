/*
 * vmm/guest/programs.c - the programs in the kernel's image
 */
#include "vmm/guest/programs.h"

#include "vmm/guest/kernel.h"

extern const struct program_table programs;	/* blob.S */
extern const char programs_end[];

uint64_t
programs_size(void)
{
	return (uint64_t)(programs_end - (const char *)&programs);
}

uint64_t
program_start(void)
{
	return programs.start;
}

uint64_t
program_entry(const char *name)
{
	uint64_t i;

	for (i = 0; i < programs.count; i++)
		if (!strcmp(programs.program[i].name, name))
			return programs.program[i].entry;
	return 0;
}
