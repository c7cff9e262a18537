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

/* ELF32 */
#define E_IDENT		0x464c457fu
#define E_CLASS		4
#define E_DATA		5
#define E_MACHINE	18
#define   EM_386	3
#define E_ENTRY		24
#define E_PHOFF		28
#define E_PHENTSIZE	42
#define E_PHNUM		44
#define E_END		52
#define P_TYPE		0
#define   PT_LOAD	1
#define P_OFFSET	4
#define P_VADDR		8
#define P_PADDR		12
#define P_FILESZ	16
#define P_MEMSZ		20
#define P_SIZE		32

/* 3.3 "Boot information format" */
#define MBI_ADDR	0x10000u
#define MBI_ROOM	0x70000u	/* below the firmware's data */
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

/* Either all of the image is below 64 KiB or all of it is above 1 MiB. */
static bool
mb_in_memory(const struct loader *l, uint32_t at, uint64_t end)
{
	bool low = at < ONE_MIB;

	if (l->segs && low != loader_low(l))
		return false;
	return low ? at >= LOADER_LOW && end <= LOADER_LOW_END : end <= loader_limit(l);
}

/*
 * Adds [at, at + memsz) with filesz bytes from the file's offset off.  where is
 * the file offset of the description, for messages.
 */
static bool
mb_segment(struct loader *l, uint32_t where, uint32_t off, uint32_t filesz,
    uint32_t at, uint32_t memsz)
{
	const struct loader_file *f = &l->kernel;
	uint64_t end = (uint64_t)at + memsz;

	if (filesz > memsz || off > f->len || filesz > f->len - off) {
		log_error(l->log, "%s: offset %#x: %u bytes from offset %#x for %u "
		    "bytes of memory, in a file of %llu", f->name, where, filesz,
		    off, memsz, (unsigned long long)f->len);
		return false;
	}
	if (!mb_in_memory(l, at, end)) {
		log_error(l->log, "%s: offset %#x: 0x%x-0x%llx is not in memory "
		    "between 1 MiB and 0x%llx, or all of it from 0x%x to 0x%x", f->name,
		    where, at, (unsigned long long)end,
		    (unsigned long long)loader_limit(l), LOADER_LOW, LOADER_LOW_END);
		return false;
	}
	if (l->segs == LOADER_SEGMENTS) {
		log_error(l->log, "%s: offset %#x: more than %u segments", f->name,
		    where, LOADER_SEGMENTS);
		return false;
	}
	if (!l->segs || at < l->addr) {
		l->size = l->segs ? l->size + (l->addr - at) : memsz;
		l->addr = at;
	}
	if (end > (uint64_t)l->addr + l->size)
		l->size = (uint32_t)(end - l->addr);
	l->seg[l->segs++] = (struct loader_seg){ f->data + off, at, filesz };
	return true;
}

/* The entry point is a virtual address if its segment has one. */
static void
mb_elf_entry(struct loader *l, const uint8_t *ph)
{
	uint32_t entry = get_le32(l->kernel.data + E_ENTRY);
	uint32_t vaddr = get_le32(ph + P_VADDR);

	if (entry - vaddr < get_le32(ph + P_MEMSZ))
		l->entry = entry - vaddr + get_le32(ph + P_PADDR);
}

static bool
mb_elf_header(const struct loader *l)
{
	const struct loader_file *f = &l->kernel;

	if (f->len < E_END || get_le32(f->data) != E_IDENT) {
		log_error(l->log, "%s: a multiboot header without addresses, but no "
		    "ELF header at offset 0", f->name);
		return false;
	}
	if (f->data[E_CLASS] != 1 || f->data[E_DATA] != 1 ||
	    get_le16(f->data + E_MACHINE) != EM_386) {
		log_error(l->log, "%s: offset 4: class %u, encoding %u, machine %u: "
		    "not a little-endian ELF32 file for i386; 64-bit code goes "
		    "into one with objcopy -O elf32-i386", f->name,
		    f->data[E_CLASS], f->data[E_DATA],
		    get_le16(f->data + E_MACHINE));
		return false;
	}
	if (get_le16(f->data + E_PHENTSIZE) != P_SIZE) {
		log_error(l->log, "%s: offset %#x: program headers of %u bytes",
		    f->name, E_PHENTSIZE, get_le16(f->data + E_PHENTSIZE));
		return false;
	}
	return true;
}

static bool
mb_load_elf(struct loader *l)
{
	const struct loader_file *f = &l->kernel;
	uint32_t phoff, n, i;

	if (!mb_elf_header(l))
		return false;
	phoff = get_le32(f->data + E_PHOFF);
	n = get_le16(f->data + E_PHNUM);
	if (phoff > f->len || n * P_SIZE > f->len - phoff) {
		log_error(l->log, "%s: %u program headers at offset %#x in a file "
		    "of %llu bytes", f->name, n, phoff, (unsigned long long)f->len);
		return false;
	}
	l->entry = get_le32(f->data + E_ENTRY);
	for (i = 0; i < n; i++) {
		const uint8_t *ph = f->data + phoff + i * P_SIZE;

		if (get_le32(ph + P_TYPE) != PT_LOAD || !get_le32(ph + P_MEMSZ))
			continue;
		if (!mb_segment(l, phoff + i * P_SIZE, get_le32(ph + P_OFFSET),
		    get_le32(ph + P_FILESZ), get_le32(ph + P_PADDR),
		    get_le32(ph + P_MEMSZ)))
			return false;
		mb_elf_entry(l, ph);
	}
	return true;
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
	return mb_segment(l, header + H_LOAD_ADDR, off, end - load, load,
	    (bss ? bss : end) - load);
}

/* --- boot information --- */

static uint32_t
mb_string(struct loader *l, const char *s)
{
	uint32_t at = MBI_ADDR + l->mbi.len;

	blob_bytes(&l->mbi, s, (uint32_t)strlen(s) + 1);
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

/* Behind everything that is loaded already, at the next page. */
static bool
mb_add_module(struct loader *l, const char *text, uint32_t index)
{
	uint64_t at = ((uint64_t)l->addr + l->size + PAGE_SIZE - 1) & PAGE_MASK;
	uint32_t entry = get_le32(l->mbi.p + MBI_MODS_ADDR) - MBI_ADDR +
	    MODULE_ENTRY * index, string;
	struct loader_file f;

	if (!mb_open_module(l, text, &f))
		return false;
	if (loader_low(l) || f.len > loader_limit(l) || at + f.len > loader_limit(l) ||
	    l->segs == LOADER_SEGMENTS) {
		log_error(l->log, "%s: %llu bytes do not fit into memory at 0x%llx",
		    f.name, (unsigned long long)f.len, (unsigned long long)at);
		return false;
	}
	l->seg[l->segs++] = (struct loader_seg){ f.data, (uint32_t)at,
	    (uint32_t)f.len };
	l->size = (uint32_t)(at + f.len - l->addr);
	string = mb_string(l, text);
	blob_set(&l->mbi, entry, 4, at);
	blob_set(&l->mbi, entry + 4, 4, at + f.len);
	blob_set(&l->mbi, entry + 8, 4, string);
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
	blob_align(&l->mbi, 4);
	blob_set(&l->mbi, MBI_MODS_ADDR, 4, MBI_ADDR + l->mbi.len);
	blob_zero(&l->mbi, count * MODULE_ENTRY);
	for (i = 0; list && ok && !l->mbi.oom; i++) {
		text = mb_next_module(&list);
		l->mbi.oom |= !text;
		ok = text && mb_add_module(l, text, i);
		free(text);
	}
	blob_set(&l->mbi, MBI_MODS_COUNT, 4, i);
	return ok;
}

/* As boot loaders do, the file's name comes before the arguments. */
static bool
mb_information(struct loader *l)
{
	const char *args = l->cfg.cmdline ? l->cfg.cmdline : "";
	struct blob *b = &l->mbi;
	uint32_t line, name;

	blob_zero(b, MBI_SIZE);
	blob_set(b, MBI_FLAGS, 4, MBI_F_MEMORY | MBI_F_CMDLINE | MBI_F_MMAP |
	    MBI_F_NAME | (l->cfg.initrd ? MBI_F_MODS : 0));
	blob_set(b, MBI_MMAP_ADDR, 4, MBI_ADDR + b->len);
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
	if (b->len <= MBI_ROOM)
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

	l->multiboot = true;
	l->mbi_addr = MBI_ADDR;
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
