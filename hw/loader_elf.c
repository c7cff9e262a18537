/*
 * hw/loader_elf.c - ELF files: segments, and the note that PVH kernels have
 *
 * Both classes; a kernel of 64 bits is entered in 32-bit mode, too, and lies
 * below 4 GiB.  References: System V gABI, chapter 4 "Object Files" and chapter
 * 5 "Program Loading"; Xen, public/elfnote.h.
 */
#include <string.h>

#include "base/bits.h"
#include "hw/loader_priv.h"

#define E_IDENT		0x464c457fu
#define E_CLASS		4
#define   CLASS_32	1
#define   CLASS_64	2
#define E_DATA		5
#define   DATA_LE	1
#define E_MACHINE	18
#define   EM_386	3
#define   EM_X86_64	62
#define E_ENTRY		24
#define P_TYPE		0
#define   PT_LOAD	1
#define   PT_NOTE	4

#define NOTE_SIZE	12	/* lengths of name and description, type */
#define NOTE_ENTRY	18	/* XEN_ELFNOTE_PHYS32_ENTRY */

/* Where the two classes have their fields */
struct elf_class {
	uint8_t	word;		/* bytes of an address */
	uint8_t	end;		/* of the file's header */
	uint8_t	phoff, phentsize, phnum;
	uint8_t	p_size, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz;
};

static const struct elf_class classes[] = {
	{ 4, 52, 28, 42, 44, 32, 4, 8, 12, 16, 20 },
	{ 8, 64, 32, 54, 56, 56, 8, 16, 24, 32, 40 },
};

bool
loader_is_elf(const struct loader_file *f)
{
	return f->len >= classes[0].end && get_le32(f->data) == E_IDENT;
}

bool
loader_is_elf32(const struct loader_file *f)
{
	return loader_is_elf(f) && f->data[E_CLASS] == CLASS_32 &&
	    f->data[E_DATA] == DATA_LE && get_le16(f->data + E_MACHINE) == EM_386;
}

/* NULL if this is none of the two. */
static const struct elf_class *
elf_class(const struct loader_file *f)
{
	if (loader_is_elf32(f))
		return &classes[0];
	if (loader_is_elf(f) && f->len >= classes[1].end &&
	    f->data[E_CLASS] == CLASS_64 && f->data[E_DATA] == DATA_LE &&
	    get_le16(f->data + E_MACHINE) == EM_X86_64)
		return &classes[1];
	return NULL;
}

static uint64_t
elf_word(const struct elf_class *c, const uint8_t *p)
{
	return c->word == 8 ? get_le64(p) : get_le32(p);
}

/* The number of program headers, 0 if they are not in the file or of another size. */
static uint32_t
elf_headers(const struct loader_file *f, const struct elf_class *c, uint64_t *at)
{
	uint32_t n = get_le16(f->data + c->phnum);

	*at = elf_word(c, f->data + c->phoff);
	if (get_le16(f->data + c->phentsize) != c->p_size || *at > f->len ||
	    n * c->p_size > f->len - *at)
		return 0;
	return n;
}

static bool
elf_check(const struct loader *l, const struct elf_class *c)
{
	const struct loader_file *f = &l->kernel;
	uint32_t n = get_le16(f->data + c->phnum), size = get_le16(f->data + c->phentsize);
	uint64_t at;

	if (size != c->p_size) {
		log_error(l->log, "%s: offset %#x: program headers of %u bytes",
		    f->name, c->phentsize, size);
		return false;
	}
	if (elf_headers(f, c, &at) == n)
		return true;
	log_error(l->log, "%s: %u program headers at offset %#llx in a file "
	    "of %llu bytes", f->name, n, (unsigned long long)at, (unsigned long long)f->len);
	return false;
}

/* The entry point is a virtual address if its segment has one. */
static void
elf_entry(struct loader *l, const struct elf_class *c, const uint8_t *ph)
{
	uint64_t entry = elf_word(c, l->kernel.data + E_ENTRY);
	uint64_t vaddr = elf_word(c, ph + c->p_vaddr);

	if (entry - vaddr < elf_word(c, ph + c->p_memsz))
		l->entry = (uint32_t)(entry - vaddr + elf_word(c, ph + c->p_paddr));
}

bool
loader_elf(struct loader *l)
{
	const struct loader_file *f = &l->kernel;
	const struct elf_class *c = elf_class(f);
	uint64_t at;
	uint32_t n;

	if (!c || !elf_check(l, c))
		return false;
	l->entry = (uint32_t)elf_word(c, f->data + E_ENTRY);
	for (n = elf_headers(f, c, &at); n; n--, at += c->p_size) {
		const uint8_t *ph = f->data + at;

		if (get_le32(ph + P_TYPE) != PT_LOAD || !elf_word(c, ph + c->p_memsz))
			continue;
		if (!loader_segment(l, at, elf_word(c, ph + c->p_offset),
		    elf_word(c, ph + c->p_filesz), elf_word(c, ph + c->p_paddr),
		    elf_word(c, ph + c->p_memsz)))
			return false;
		elf_entry(l, c, ph);
	}
	return true;
}

/* --- notes --- */

/* What n bytes of a note take with what aligns the next. */
static uint64_t
note_padded(uint32_t n)
{
	return ((uint64_t)n + 3) & ~(uint64_t)3;
}

/* Looks through len bytes of notes; a description has 4 or 8 bytes. */
static bool
note_find(const uint8_t *p, uint64_t len, uint64_t *entry)
{
	while (len >= NOTE_SIZE) {
		uint32_t name = get_le32(p), desc = get_le32(p + 4);
		uint64_t size = NOTE_SIZE + note_padded(name) + note_padded(desc);
		const uint8_t *d;

		if (size > len)
			return false;
		d = p + NOTE_SIZE + note_padded(name);
		if (get_le32(p + 8) == NOTE_ENTRY && name == 4 &&
		    !memcmp(p + NOTE_SIZE, "Xen", 4) && (desc == 4 || desc == 8)) {
			*entry = desc == 8 ? get_le64(d) : get_le32(d);
			return true;
		}
		p += size;
		len -= size;
	}
	return false;
}

bool
loader_find_pvh(const struct loader_file *f, uint64_t *entry)
{
	const struct elf_class *c = elf_class(f);
	uint64_t at;
	uint32_t n;

	if (!c)
		return false;
	for (n = elf_headers(f, c, &at); n; n--, at += c->p_size) {
		const uint8_t *ph = f->data + at;
		uint64_t off = elf_word(c, ph + c->p_offset), len = elf_word(c, ph + c->p_filesz);

		if (get_le32(ph + P_TYPE) == PT_NOTE && off <= f->len &&
		    len <= f->len - off && note_find(f->data + off, len, entry))
			return true;
	}
	return false;
}
