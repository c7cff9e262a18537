/*
 * vmm/loader_linux.c - Linux as a guest
 *
 * Linux, Documentation/x86/boot.rst, "32-bit Boot Protocol": the kernel is
 * entered behind its real-mode part, with what that would have found out.
 */
#include <string.h>

#include "base/bits.h"
#include "vmm/frames.h"
#include "vmm/loader_priv.h"
#include "vmm/p2m.h"

#define HEADER		0x1f1u		/* in file and boot parameters */
#define HEADER_END	0x280u
#define SETUP_SECTS	0x1f1u
#define MAGIC		0x202u
#define   HDRS		0x53726448u
#define VERSION		0x206u
#define TYPE_OF_LOADER	0x210u
#define   UNKNOWN	0xffu
#define LOADFLAGS	0x211u
#define   LOADED_HIGH	0x01u
#define RAMDISK_IMAGE	0x218u
#define RAMDISK_SIZE	0x21cu
#define CMD_LINE_PTR	0x228u
#define E820_ENTRIES	0x1e8u
#define E820_TABLE	0x2d0u
#define   E820_SIZE	20u
#define   E820_RAM	1u

#define PARAMS		0x90000u	/* where they go */
#define LINE		0x91000u
#define STACK		0x8f000u

bool
loader_is_linux(const struct image *i)
{
	return i->size > HEADER_END && get_le32(i->data + MAGIC) == HDRS &&
	    get_le16(i->data + VERSION) >= 0x206 &&
	    i->data[LOADFLAGS] & LOADED_HIGH;
}

static void
put_range(uint8_t *params, uint64_t start, uint64_t end)
{
	uint8_t *e = params + E820_TABLE + E820_SIZE * params[E820_ENTRIES]++;

	put_le64(e, start);
	put_le64(e + 8, end - start);
	put_le32(e + 16, E820_RAM);
}

/* As high as it can be, where the kernel does not unpack itself. */
static void
put_initramfs(struct image *i, uint8_t *params)
{
	uint64_t size, at, top = (uint64_t)i->vm->config.ram * PAGE_SIZE;

	if (!i->modules)
		return;
	size = i->m[1].end - i->m[1].start;
	if (size > top - LOADER_HIGH)
		loader_unusable(i, "the initramfs does not fit into the VM's memory");
	at = (top - size) & PAGE_MASK;
	loader_place(i, at, phys(i->m[1].start), size);
	put_le32(params + RAMDISK_IMAGE, (uint32_t)at);
	put_le32(params + RAMDISK_SIZE, (uint32_t)size);
}

/* The words behind the file's name. */
static const char *
words(const struct image *i)
{
	const char *s = i->m->line;

	while (*s && *s != ' ')
		s++;
	return *s ? s + 1 : s;
}

uint32_t
loader_linux(struct image *i)
{
	static uint8_t params[PAGE_SIZE];
	unsigned sects = i->data[SETUP_SECTS] ? i->data[SETUP_SECTS] : 4;
	uint64_t setup = (sects + 1) * 512u;

	if (setup >= i->size)
		loader_unusable(i, "the kernel is not in the file");
	memset(params, 0, sizeof(params));
	memcpy(params + HEADER, i->data + HEADER, HEADER_END - HEADER);
	params[TYPE_OF_LOADER] = UNKNOWN;
	put_le32(params + CMD_LINE_PTR, LINE);
	put_range(params, 0, LOADER_LOW_END);
	put_range(params, LOADER_HIGH, (uint64_t)i->vm->config.ram * PAGE_SIZE);
	loader_place(i, LOADER_HIGH, i->data + setup, i->size - setup);
	put_initramfs(i, params);
	loader_place(i, LINE, words(i), strlen(words(i)) + 1);
	loader_place(i, PARAMS, params, sizeof(params));
	i->vm->cpu.gpr[RSI] = PARAMS;
	i->vm->cpu.gpr[RSP] = STACK;
	return LOADER_HIGH;
}
