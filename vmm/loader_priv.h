/*
 * vmm/loader_priv.h - loading guests, inside
 */
#ifndef VMM_LOADER_PRIV_H
#define VMM_LOADER_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/bootinfo.h"
#include "vmm/vm.h"

#define LOADER_LOW_END	0x9fc00u	/* memory below 1 MiB */
#define LOADER_HIGH	0x100000u

/* A file, and what of it goes where. */
struct image {
	struct vm		*vm;
	const struct boot_module *m;	/* and those behind it */
	unsigned		modules;
	const uint8_t		*data;
	uint64_t		size;
	uint64_t		end;		/* of what is loaded */
};

void	loader_unusable(const struct image *i, const char *why)
	    __attribute__((noreturn));
/* Puts n bytes at a guest-physical address, or does not return. */
void	loader_place(struct image *i, uint64_t at, const void *from, uint64_t n);

/* vmm/loader_linux.c: a bzImage; the first module is its initramfs. */
bool	loader_is_linux(const struct image *i);
uint32_t loader_linux(struct image *i);

#endif
