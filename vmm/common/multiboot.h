/*
 * vmm/common/multiboot.h - what a loader of Multiboot 0.6.96 leaves
 *
 * 3.3 "Boot information format"
 */
#ifndef VMM_COMMON_MULTIBOOT_H
#define VMM_COMMON_MULTIBOOT_H

#include <stdint.h>

#define MB_LOADED	0x2badb002u
#define MB_HEADER_MAGIC	0x1badb002u

#define MBI_MEMORY	0x001u
#define MBI_CMDLINE	0x004u
#define MBI_MODS	0x008u
#define MBI_MMAP	0x040u

struct mb_info {
	uint32_t	flags;
	uint32_t	mem_lower, mem_upper;	/* KiB */
	uint32_t	boot_device;
	uint32_t	cmdline;
	uint32_t	mods_count, mods_addr;
	uint32_t	syms[4];
	uint32_t	mmap_length, mmap_addr;
};

struct mb_module {
	uint32_t	start, end;
	uint32_t	string;
	uint32_t	reserved;
};

struct mb_mmap {
	uint32_t	size;			/* of what follows */
	uint64_t	base, length;
	uint32_t	type;
} __attribute__((packed));

#define MB_MMAP_RAM	1

#endif
