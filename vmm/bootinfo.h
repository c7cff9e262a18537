/*
 * vmm/bootinfo.h - what the loader told us, copied before it is overwritten
 */
#ifndef VMM_BOOTINFO_H
#define VMM_BOOTINFO_H

#include <stdint.h>

#define BOOT_MODULES	32
#define BOOT_RANGES	16
#define BOOT_LINE	1024

struct boot_module {
	uint64_t	start, end;		/* physical */
	char		line[BOOT_LINE];	/* its name, then its words */
};

struct boot_range {
	uint64_t	start, end;
};

struct bootinfo {
	char			line[BOOT_LINE];
	struct boot_module	module[BOOT_MODULES];
	unsigned		modules;
	struct boot_range	ram[BOOT_RANGES];	/* usable memory */
	unsigned		ranges;
};

void	bootinfo_read(struct bootinfo *b, uint32_t magic, uint32_t info);

#endif
