/*
 * vmm/loader.c - a guest's kernel into its memory
 *
 * ELF32 files with a multiboot header: as hw/loader_multiboot.c does for the
 * machine.  Information and strings are at 10000h.
 */
#include "vmm/loader.h"

#include <string.h>

#include "base/bits.h"
#include "vmm/common/multiboot.h"
#include "vmm/frames.h"
#include "vmm/loader_priv.h"
#include "vmm/p2m.h"
#include "vmm/panic.h"
#include "vmm/vm.h"

#define SEARCH		8192
#define INFO		0x10000u
#define ELF_MAGIC	0x464c457fu
#define PT_LOAD		1

struct elf32 {
	uint8_t		ident[16];
	uint16_t	type, machine;
	uint32_t	version, entry, phoff, shoff, flags;
	uint16_t	ehsize, phentsize, phnum;
};

struct elf32_segment {
	uint32_t	type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

void
loader_unusable(const struct image *i, const char *why)
{
	panic("%s: %s", i->m->line, why);
}

static void
find_header(const struct image *i)
{
	uint32_t at, h[3];

	for (at = 0; at + sizeof(h) <= i->size && at < SEARCH; at += 4) {
		memcpy(h, i->data + at, sizeof(h));
		if (h[0] == MB_HEADER_MAGIC && !(h[0] + h[1] + h[2]))
			return;
	}
	loader_unusable(i, "no multiboot header");
}

void
loader_place(struct image *i, uint64_t at, const void *from, uint64_t n)
{
	if (!p2m_write(i->vm, at, from, n))
		loader_unusable(i, "does not fit into the VM's memory");
	if (at + n > i->end)
		i->end = at + n;
}

static void
load_segment(struct image *i, const struct elf32_segment *s)
{
	if (s->type != PT_LOAD || !s->memsz)
		return;
	if (s->offset > i->size || s->filesz > i->size - s->offset)
		loader_unusable(i, "a segment is not in the file");
	loader_place(i, s->paddr, i->data + s->offset, s->filesz);
	if ((uint64_t)s->paddr + s->memsz > (uint64_t)i->vm->config.ram * PAGE_SIZE)
		loader_unusable(i, "does not fit into the VM's memory");
	if (s->paddr + (uint64_t)s->memsz > i->end)
		i->end = s->paddr + (uint64_t)s->memsz;
}

static uint32_t
load_elf(struct image *i)
{
	const struct elf32 *e = (const void *)i->data;
	struct elf32_segment s;
	unsigned n;

	if (i->size < sizeof(*e) || get_le32(e->ident) != ELF_MAGIC ||
	    e->ident[4] != 1 || e->phentsize != sizeof(s))
		loader_unusable(i, "not an ELF32 file");
	for (n = 0; n < e->phnum; n++) {
		uint64_t at = e->phoff + (uint64_t)n * sizeof(s);

		if (at + sizeof(s) > i->size)
			loader_unusable(i, "a program header is not in the file");
		memcpy(&s, i->data + at, sizeof(s));
		load_segment(i, &s);
	}
	return e->entry;
}

/* Memory for the information, from INFO on. */
static uint32_t
put(struct image *i, uint32_t *at, const void *p, uint32_t n)
{
	uint32_t where = *at;

	if (!p2m_write(i->vm, where, p, n))
		loader_unusable(i, "the VM has too little memory");
	*at = (where + n + 7) & ~7u;
	return where;
}

static uint32_t
put_map(struct image *i, uint32_t *at)
{
	struct mb_mmap map[2] = {
		{ sizeof(*map) - 4, 0, LOADER_LOW_END, MB_MMAP_RAM },
		{ sizeof(*map) - 4, LOADER_HIGH,
		    (uint64_t)i->vm->config.ram * PAGE_SIZE - LOADER_HIGH, MB_MMAP_RAM }
	};

	return put(i, at, map, sizeof(map));
}

static uint32_t
put_modules(struct image *i, uint32_t *at, unsigned count)
{
	struct mb_module mod[BOOT_MODULES];
	uint64_t where = (i->end + PAGE_SIZE - 1) & PAGE_MASK;
	unsigned n;

	for (n = 0; n < count; n++) {
		const struct boot_module *m = i->m + 1 + n;
		uint64_t size = m->end - m->start;

		loader_place(i, where, phys(m->start), size);
		mod[n] = (struct mb_module){ (uint32_t)where, (uint32_t)(where + size),
		    put(i, at, m->line, (uint32_t)strlen(m->line) + 1), 0 };
		where = (where + size + PAGE_SIZE - 1) & PAGE_MASK;
	}
	return put(i, at, mod, count * sizeof(*mod));
}

static void
put_info(struct image *i, unsigned modules)
{
	uint32_t at = INFO + sizeof(struct mb_info) + 64;
	struct mb_info info = {
		.flags = MBI_MEMORY | MBI_CMDLINE | MBI_MMAP,
		.mem_lower = LOADER_LOW_END / 1024,
		.mem_upper = i->vm->config.ram * 4 - LOADER_HIGH / 1024,
	};

	info.cmdline = put(i, &at, i->m->line, (uint32_t)strlen(i->m->line) + 1);
	info.mmap_addr = put_map(i, &at);
	info.mmap_length = 2 * sizeof(struct mb_mmap);
	if (modules) {
		info.flags |= MBI_MODS;
		info.mods_count = modules;
		info.mods_addr = put_modules(i, &at, modules);
	}
	if (!p2m_write(i->vm, INFO, &info, sizeof(info)))
		loader_unusable(i, "the VM has too little memory");
}

uint32_t
loader_load(struct vm *vm, const struct boot_module *m, unsigned modules)
{
	struct image i = { vm, m, modules, phys(m->start), m->end - m->start, 0 };
	uint32_t entry;

	if (loader_is_linux(&i))
		return loader_linux(&i);

	find_header(&i);
	entry = load_elf(&i);
	put_info(&i, modules);
	vm->cpu.gpr[RAX] = MB_LOADED;
	vm->cpu.gpr[RBX] = INFO;
	return entry;
}
