/*
 * hw/loader_pvh.c - kernels with a PVH entry: ELF files, also of 64 bits
 *
 * Reference: Xen, docs/misc/pvh.pandoc "x86/HVM direct boot ABI", and the
 * structures in public/arch-x86/hvm/start_info.h.  The kernel goes where its
 * program headers want it, the initial RAM disk behind it as the only module.
 * The start information and what it points to are at 10000h; the option ROM adds
 * the firmware's memory map and where its ACPI tables are.
 */
#include <string.h>

#include "base/bits.h"
#include "hw/loader_priv.h"

#define MAGIC		0x336ec578u
#define VERSION		1	/* has a memory map */

#define S_MAGIC		0
#define S_VERSION	4
#define S_MODULES	12
#define S_MODLIST	16
#define S_CMDLINE	24
#define S_MMAP		40	/* genroms/multiboot.S adds the entries' number */
#define S_SIZE		56
/* A module: address, size, command line, reserved */
#define M_SIZE		32

static bool
pvh_module(struct loader *l)
{
	struct blob *b = &l->info;
	struct loader_file f;
	uint32_t at;

	if (!l->cfg.initrd)
		return true;
	if (!l->cfg.open(l->cfg.arg, l->cfg.initrd, &f) || !loader_behind(l, &f, &at))
		return false;
	blob_set(b, S_MODULES, 4, 1);
	blob_set(b, S_MODLIST, 8, LOADER_INFO + b->len);
	blob_int(b, 8, at);
	blob_int(b, 8, f.len);
	blob_zero(b, M_SIZE - 16);
	return true;
}

static bool
pvh_information(struct loader *l)
{
	const char *line = l->cfg.cmdline ? l->cfg.cmdline : "";
	struct blob *b = &l->info;

	blob_zero(b, S_SIZE);
	blob_set(b, S_MAGIC, 4, MAGIC);
	blob_set(b, S_VERSION, 4, VERSION);
	blob_set(b, S_MMAP, 8, LOADER_INFO + b->len);
	blob_zero(b, LOADER_MMAP_ENTRIES * LOADER_MMAP_ENTRY);
	if (b->oom || !pvh_module(l))
		return false;
	blob_set(b, S_CMDLINE, 8, LOADER_INFO + b->len);
	blob_bytes(b, line, (uint32_t)strlen(line) + 1);
	if (b->len <= LOADER_INFO_ROOM)
		return true;
	log_error(l->log, "%s: the command line is too long", l->kernel.name);
	return false;
}

bool
loader_pvh(struct loader *l, uint64_t entry)
{
	const char *name = l->kernel.name;

	l->format = LOADER_PVH;
	if (!loader_elf(l))
		return false;
	if (!l->segs) {
		log_error(l->log, "%s: nothing to load", name);
		return false;
	}
	if (entry < l->addr || entry - l->addr >= l->size) {
		log_error(l->log, "%s: PVH entry point 0x%llx is outside the image "
		    "0x%x-0x%llx", name, (unsigned long long)entry, l->addr,
		    (unsigned long long)l->addr + l->size);
		return false;
	}
	l->entry = (uint32_t)entry;
	return pvh_information(l);
}
