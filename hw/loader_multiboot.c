/*
 * hw/loader_multiboot.c - kernels that follow the Multiboot Specification 0.6.96
 *
 * ELF32 files and files with explicit addresses (header flag 16).  Modules come
 * from -initrd and are placed behind the kernel, each at a page of its own.
 * The information structure and all strings are at 10000h; the option ROM adds
 * the memory map.  A processor is entered in 32-bit mode, so that 64-bit
 * kernels are ELF32 files with 64-bit code in them.
 *
 * Not provided: symbols (flags 4, 5), drives, configuration table, APM,
 * graphics (a requested video mode is ignored).
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "hw/loader_priv.h"

#define SEARCH		8192
#define MAGIC		0x1badb002u
#define F_NEEDED	0x0000ffffu	/* flags we must understand */
#define F_KNOWN		0x00000007u
#define F_VIDEO		0x00000004u
#define F_ADDRESSES	0x00010000u

/* Header fields after magic, flags and checksum (3.1.3 "The address fields of
 * Multiboot header") */
#define H_FLAGS		4
#define H_HEADER_ADDR	12
#define H_LOAD_ADDR	16
#define H_LOAD_END	20
#define H_BSS_END	24
#define H_ENTRY		28
#define H_ADDRESSES_END	32

/* 3.3 "Boot information format" */
#define MBI_SIZE	88
#define MBI_FLAGS	0
#define MBI_CMDLINE	16
#define MBI_MODS_COUNT	20
#define MBI_MODS_ADDR	24
#define MBI_MMAP_LEN	44
#define MBI_MMAP_ADDR	48
#define MBI_NAME	64
#define MBI_F_MEMORY	0x001u
#define MBI_F_CMDLINE	0x004u
#define MBI_F_MODS	0x008u
#define MBI_F_MMAP	0x040u
#define MBI_F_NAME	0x200u

#define MODULE_ENTRY	16

int64_t
loader_find_multiboot(const struct loader_file *f)
{
	uint64_t end = f->len < SEARCH ? f->len : SEARCH, at;

	for (at = 0; at + 12 <= end; at += 4) {
		const uint8_t *h = f->data + at;

		if (get_le32(h) == MAGIC &&
		    get_le32(h) + get_le32(h + 4) + get_le32(h + 8) == 0)
			return (int64_t)at;
	}
	return -1;
}

/* --- the image --- */

static bool
mb_load_elf(struct loader *l)
{
	const struct loader_file *f = &l->kernel;

	if (!loader_is_elf(f)) {
		log_error(l->log, "%s: a multiboot header without addresses, but no "
		    "ELF header at offset 0", f->name);
		return false;
	}
	if (!loader_is_elf32(f)) {
		log_error(l->log, "%s: offset 4: class %u, encoding %u, machine %u: "
		    "not a little-endian ELF32 file for i386; 64-bit code goes "
		    "into one with objcopy -O elf32-i386", f->name, f->data[4],
		    f->data[5], get_le16(f->data + 18));
		return false;
	}
	return loader_elf(l);
}

/*
 * 3.1.3: the header is at header_addr in memory and at offset header in the
 * file; that places everything else.  load_end 0 means to the end of the file,
 * bss_end 0 no bss.
 */
static bool
mb_load_flat(struct loader *l, uint32_t header)
{
	const struct loader_file *f = &l->kernel;
	const uint8_t *h = f->data + header;
	uint32_t load, end, bss, off, room;

	if (f->len < header + H_ADDRESSES_END) {
		log_error(l->log, "%s: truncated: the multiboot header at offset "
		    "%#x ends at %#x", f->name, header, header + H_ADDRESSES_END);
		return false;
	}
	load = get_le32(h + H_LOAD_ADDR);
	end = get_le32(h + H_LOAD_END);
	bss = get_le32(h + H_BSS_END);
	off = header - (get_le32(h + H_HEADER_ADDR) - load);
	if (get_le32(h + H_HEADER_ADDR) < load || off > header) {
		log_error(l->log, "%s: offset %#x: header address %#x, load address "
		    "%#x: before the start of the file", f->name,
		    header + H_HEADER_ADDR, get_le32(h + H_HEADER_ADDR), load);
		return false;
	}
	room = (uint32_t)f->len - off;
	if (!end)
		end = load + room;
	if (end < load || (bss && bss < end)) {
		log_error(l->log, "%s: offset %#x: load address %#x, load end %#x, "
		    "bss end %#x: not in order", f->name, header + H_LOAD_ADDR,
		    load, end, bss);
		return false;
	}
	l->entry = get_le32(h + H_ENTRY);
	return loader_segment(l, header + H_LOAD_ADDR, off, end - load, load,
	    (bss ? bss : end) - load);
}

/* --- boot information --- */

static uint32_t
mb_string(struct loader *l, const char *s)
{
	uint32_t at = LOADER_INFO + l->info.len;

	blob_bytes(&l->info, s, (uint32_t)strlen(s) + 1);
	return at;
}

/*
 * The next element of "a args,b args" with doubled commas undone, in memory of
 * its own; *list moves behind it, to NULL at the end.
 */
static char *
mb_next_module(const char **list)
{
	const char *s = *list;
	char *out = malloc(strlen(s) + 1), *p = out;

	if (!out)
		return NULL;
	while (*s == ' ')
		s++;
	for (; *s; s++) {
		if (*s == ',' && s[1] != ',')
			break;
		s += *s == ',';
		*p++ = *s;
	}
	*p = 0;
	*list = *s ? s + 1 : NULL;
	return out;
}

static bool
mb_open_module(struct loader *l, const char *text, struct loader_file *f)
{
	size_t n = strcspn(text, " ");
	char *name = strndup(text, n);
	bool ok;

	if (!name) {
		log_error(l->log, "out of memory for a module");
		return false;
	}
	ok = l->cfg.open(l->cfg.arg, name, f);
	free(name);
	return ok;
}

static bool
mb_add_module(struct loader *l, const char *text, uint32_t index)
{
	uint32_t at, entry = get_le32(l->info.p + MBI_MODS_ADDR) - LOADER_INFO +
	    MODULE_ENTRY * index, string;
	struct loader_file f;

	if (!mb_open_module(l, text, &f) || !loader_behind(l, &f, &at))
		return false;
	string = mb_string(l, text);
	blob_set(&l->info, entry, 4, at);
	blob_set(&l->info, entry + 4, 4, at + f.len);
	blob_set(&l->info, entry + 8, 4, string);
	return true;
}

static bool
mb_modules(struct loader *l)
{
	const char *list = l->cfg.initrd;
	uint32_t i, count = 1;
	bool ok = true;
	char *text;

	if (!list)
		return true;
	for (i = 0; list[i]; i++)	/* at most this many */
		count += list[i] == ',';
	if (count > LOADER_SEGMENTS) {
		log_error(l->log, "-initrd: more than %u modules", LOADER_SEGMENTS);
		return false;
	}
	blob_align(&l->info, 4);
	blob_set(&l->info, MBI_MODS_ADDR, 4, LOADER_INFO + l->info.len);
	blob_zero(&l->info, count * MODULE_ENTRY);
	for (i = 0; list && ok && !l->info.oom; i++) {
		text = mb_next_module(&list);
		l->info.oom |= !text;
		ok = text && mb_add_module(l, text, i);
		free(text);
	}
	blob_set(&l->info, MBI_MODS_COUNT, 4, i);
	return ok;
}

/* As boot loaders do, the file's name comes before the arguments. */
static bool
mb_information(struct loader *l)
{
	const char *args = l->cfg.cmdline ? l->cfg.cmdline : "";
	struct blob *b = &l->info;
	uint32_t line, name;

	blob_zero(b, MBI_SIZE);
	blob_set(b, MBI_FLAGS, 4, MBI_F_MEMORY | MBI_F_CMDLINE | MBI_F_MMAP |
	    MBI_F_NAME | (l->cfg.initrd ? MBI_F_MODS : 0));
	blob_set(b, MBI_MMAP_ADDR, 4, LOADER_INFO + b->len);
	blob_zero(b, LOADER_MMAP_ENTRIES * LOADER_MMAP_ENTRY);
	name = mb_string(l, "ringlab");
	line = mb_string(l, l->cfg.kernel);
	if (*args && !b->oom) {
		blob_set(b, b->len - 1, 1, ' ');
		blob_bytes(b, args, (uint32_t)strlen(args) + 1);
	}
	blob_set(b, MBI_NAME, 4, name);
	blob_set(b, MBI_CMDLINE, 4, line);
	if (b->oom || !mb_modules(l))
		return false;
	if (b->len <= LOADER_INFO_ROOM)
		return true;
	log_error(l->log, "%s: command line and module names are too long",
	    l->kernel.name);
	return false;
}

bool
loader_multiboot(struct loader *l, uint32_t header)
{
	const struct loader_file *f = &l->kernel;
	uint32_t flags = get_le32(f->data + header + H_FLAGS);

	l->format = LOADER_MULTIBOOT;
	if (flags & F_NEEDED & ~F_KNOWN) {
		log_error(l->log, "%s: offset %#x: multiboot flags %#x ask for what "
		    "this loader does not have", f->name, header + H_FLAGS, flags);
		return false;
	}
	if (flags & F_VIDEO)
		log_warn(l->log, "%s: asks for a video mode; it gets text mode",
		    f->name);
	if (!(flags & F_ADDRESSES ? mb_load_flat(l, header) : mb_load_elf(l)))
		return false;
	if (!l->segs) {
		log_error(l->log, "%s: nothing to load", f->name);
		return false;
	}
	if (l->entry - l->addr >= l->size) {
		log_error(l->log, "%s: entry point %#x is outside the image "
		    "0x%x-0x%llx", f->name, l->entry, l->addr,
		    (unsigned long long)l->addr + l->size);
		return false;
	}
	return mb_information(l);
}
