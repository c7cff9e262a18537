/*
 * vmm/bootinfo.c - what the loader told us
 */
#include "vmm/bootinfo.h"

#include "vmm/common/multiboot.h"
#include "vmm/frames.h"
#include "vmm/panic.h"

static void
copy_line(char *to, uint32_t from)
{
	const char *s = phys(from);
	unsigned n = 0;

	for (; s[n] && n < BOOT_LINE - 1; n++)
		to[n] = s[n];
	to[n] = 0;
}

static void
read_modules(struct bootinfo *b, const struct mb_info *info)
{
	const struct mb_module *m = phys(info->mods_addr);

	if (info->mods_count > BOOT_MODULES)
		panic("more than %u modules", BOOT_MODULES);
	for (; b->modules < info->mods_count; b->modules++, m++) {
		b->module[b->modules].start = m->start;
		b->module[b->modules].end = m->end;
		copy_line(b->module[b->modules].line, m->string);
	}
}

static void
read_memory(struct bootinfo *b, const struct mb_info *info)
{
	uint32_t at = info->mmap_addr, end = at + info->mmap_length;
	const struct mb_mmap *m;

	for (; at < end && b->ranges < BOOT_RANGES; at += m->size + 4) {
		m = phys(at);
		if (m->type == MB_MMAP_RAM)
			b->ram[b->ranges++] = (struct boot_range){ m->base,
			    m->base + m->length };
	}
}

void
bootinfo_read(struct bootinfo *b, uint32_t magic, uint32_t info_pa)
{
	const struct mb_info *info = phys(info_pa);

	if (magic != MB_LOADED || !(info->flags & MBI_MMAP))
		panic("not started by a multiboot loader with a memory map");
	if (info->flags & MBI_CMDLINE)
		copy_line(b->line, info->cmdline);
	if (info->flags & MBI_MODS)
		read_modules(b, info);
	read_memory(b, info);
}
