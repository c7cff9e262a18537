/*
 * hw/loader_priv.h - what the parts of the loader share
 */
#ifndef HW_LOADER_PRIV_H
#define HW_LOADER_PRIV_H

#include "base/blob.h"
#include "hw/loader.h"

#define ONE_MIB			0x100000u
/* A small multiboot kernel may lie here instead: above the stack of its ROM, below
 * the information structure. */
#define LOADER_LOW		0x4000u
#define LOADER_LOW_END		0x10000u
/* SeaBIOS keeps tables at the top of memory. */
#define LOADER_TOP_RESERVE	ONE_MIB
#define LOADER_SEGMENTS		128
/* What multiboot and PVH kernels are told lies here, below the firmware's data. */
#define LOADER_INFO		0x10000u
#define LOADER_INFO_ROOM	0x70000u

enum loader_format { LOADER_LINUX, LOADER_MULTIBOOT, LOADER_PVH };

/* len bytes of a file that go to the guest's address at. */
struct loader_seg {
	const uint8_t	*data;
	uint32_t	at;
	uint32_t	len;
};

struct loader {
	struct loader_config	cfg;
	struct log		*log;
	struct loader_file	kernel;
	enum loader_format	format;
	/* The image: size bytes at addr, zeros but for the segments. */
	uint32_t		addr;
	uint32_t		size;
	uint32_t		entry;
	struct loader_seg	seg[LOADER_SEGMENTS];
	unsigned		segs;
	/* Linux: */
	struct blob		setup;
	struct loader_file	initrd;
	uint32_t		initrd_addr;
	struct blob		cmdline;
	/* Multiboot or PVH information and what it points to: */
	struct blob		info;
};

/* Where the image may end. */
uint64_t loader_limit(const struct loader *l);

/* Each: false after a message. */
bool	loader_linux(struct loader *l) MUST_CHECK;
bool	loader_multiboot(struct loader *l, uint32_t header) MUST_CHECK;
bool	loader_pvh(struct loader *l, uint64_t entry) MUST_CHECK;
/* Adds [at, at + memsz) with filesz bytes from the file's offset off.  where is
 * the file offset of the description, for messages. */
bool	loader_segment(struct loader *l, uint64_t where, uint64_t off, uint64_t filesz,
	    uint64_t at, uint64_t memsz) MUST_CHECK;
/* The program headers of an ELF file and the entry point in its header. */
bool	loader_elf(struct loader *l) MUST_CHECK;
/* A file on a page of its own behind all that is there; it starts at *at. */
bool	loader_behind(struct loader *l, const struct loader_file *f, uint32_t *at) MUST_CHECK;

bool	loader_low(const struct loader *l);
bool	loader_is_linux(const struct loader_file *f);
bool	loader_is_elf(const struct loader_file *f);
/* Little-endian and for i386 */
bool	loader_is_elf32(const struct loader_file *f);
/* Offset of the multiboot header, or -1. */
int64_t	loader_find_multiboot(const struct loader_file *f);
/* True, with the entry point, for an ELF file with Xen's note of one. */
bool	loader_find_pvh(const struct loader_file *f, uint64_t *entry);

#endif
