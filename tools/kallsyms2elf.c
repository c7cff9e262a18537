/*
 * tools/kallsyms2elf.c - a symbol file for gdb from Linux' /proc/kallsyms
 *
 * kallsyms2elf IN OUT reads lines "ADDRESS TYPE NAME [MODULE]" and writes an
 * x86-64 ELF file without contents: a section .text over all code symbols, .data
 * over all others, and the symbols.  gdb takes a symbol for a function only if
 * it is in an executable section, so absolute symbols would not do.  Per-CPU
 * variables (type A, and whatever lies below the kernel half) are absolute:
 * offsets from $gs_base.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_HALF	0xffff800000000000u

enum { SEC_NULL, SEC_TEXT, SEC_DATA, SEC_SYMTAB, SEC_STRTAB, SEC_SHSTRTAB, SECTIONS };

static const char section_names[] = "\0.text\0.data\0.symtab\0.strtab\0.shstrtab";
static const unsigned section_name[SECTIONS] = { 0, 1, 7, 13, 21, 29 };

struct table {
	Elf64_Sym	*sym;
	size_t		n, room;
	char		*names;
	size_t		names_len, names_room;
	Elf64_Addr	low[SECTIONS], high[SECTIONS];
};

static void *
grow(void *p, size_t *room, size_t need, size_t unit)
{
	if (need <= *room)
		return p;
	*room = need * 2;
	p = realloc(p, *room * unit);
	if (!p) {
		fprintf(stderr, "kallsyms2elf: out of memory\n");
		exit(EXIT_FAILURE);
	}
	return p;
}

static Elf64_Word
add_name(struct table *t, const char *name)
{
	size_t at = t->names_len, n = strlen(name) + 1;

	t->names = grow(t->names, &t->names_room, at + n, 1);
	memcpy(t->names + at, name, n);
	t->names_len += n;
	return (Elf64_Word)at;
}

static void
add_symbol(struct table *t, Elf64_Addr addr, char type, const char *name)
{
	unsigned sec = strchr("TtWwVv", type) ? SEC_TEXT : SEC_DATA;
	Elf64_Sym s = { .st_value = addr };

	if (type == 'A' || type == 'a' || addr < KERNEL_HALF) {
		s.st_shndx = SHN_ABS;
		s.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE);
	} else {
		s.st_shndx = (Elf64_Half)sec;
		s.st_info = ELF64_ST_INFO(STB_GLOBAL, sec == SEC_TEXT ? STT_FUNC : STT_OBJECT);
		if (!t->high[sec] || addr < t->low[sec])
			t->low[sec] = addr;
		if (addr >= t->high[sec])
			t->high[sec] = addr + 1;
	}
	s.st_name = add_name(t, name);
	t->sym = grow(t->sym, &t->room, t->n + 1, sizeof(*t->sym));
	t->sym[t->n++] = s;
}

static int
read_symbols(struct table *t, FILE *in)
{
	char line[1024], name[512], type;
	unsigned long long addr;

	while (fgets(line, sizeof(line), in))
		if (sscanf(line, "%llx %c %511s", &addr, &type, name) == 3)
			add_symbol(t, addr, type, name);
	return !ferror(in) && t->n > 1;
}

static void
fill_sections(Elf64_Shdr sh[SECTIONS], const struct table *t)
{
	Elf64_Off off = sizeof(Elf64_Ehdr) + SECTIONS * sizeof(Elf64_Shdr);
	unsigned i;

	memset(sh, 0, SECTIONS * sizeof(*sh));
	for (i = SEC_TEXT; i <= SEC_DATA; i++) {
		sh[i].sh_type = SHT_NOBITS;
		sh[i].sh_flags = SHF_ALLOC | (i == SEC_TEXT ? SHF_EXECINSTR : SHF_WRITE);
		sh[i].sh_addr = t->low[i];
		sh[i].sh_size = t->high[i] - t->low[i];
		sh[i].sh_addralign = 1;
	}
	sh[SEC_SYMTAB] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB, .sh_link = SEC_STRTAB,
	    .sh_info = 1, .sh_entsize = sizeof(Elf64_Sym), .sh_addralign = 8,
	    .sh_size = t->n * sizeof(Elf64_Sym) };
	sh[SEC_STRTAB] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_addralign = 1,
	    .sh_size = t->names_len };
	sh[SEC_SHSTRTAB] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_addralign = 1,
	    .sh_size = sizeof(section_names) };
	for (i = 0; i < SECTIONS; i++) {
		sh[i].sh_name = section_name[i];
		sh[i].sh_offset = i ? off : 0;
		if (sh[i].sh_type != SHT_NOBITS)
			off += sh[i].sh_size;
	}
}

static int
write_elf(const struct table *t, FILE *out)
{
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
		    EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_shoff = sizeof(Elf64_Ehdr), .e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = SECTIONS,
		.e_shstrndx = SEC_SHSTRTAB,
	};
	Elf64_Shdr sh[SECTIONS];

	fill_sections(sh, t);
	return fwrite(&eh, sizeof(eh), 1, out) == 1 &&
	    fwrite(sh, sizeof(sh), 1, out) == 1 &&
	    fwrite(t->sym, sizeof(*t->sym), t->n, out) == t->n &&
	    fwrite(t->names, 1, t->names_len, out) == t->names_len &&
	    fwrite(section_names, sizeof(section_names), 1, out) == 1;
}

int
main(int argc, char **argv)
{
	struct table t = { .n = 0 };
	FILE *in, *out;

	if (argc != 3) {
		fprintf(stderr, "usage: kallsyms2elf IN OUT\n");
		return EXIT_FAILURE;
	}
	in = fopen(argv[1], "r");
	if (!in) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	/* The first symbol and the first name are empty. */
	(void)add_name(&t, "");
	t.sym = grow(t.sym, &t.room, 1, sizeof(*t.sym));
	memset(t.sym, 0, sizeof(*t.sym));
	t.n = 1;
	if (!read_symbols(&t, in)) {
		fprintf(stderr, "kallsyms2elf: %s: no symbols\n", argv[1]);
		return EXIT_FAILURE;
	}
	out = fopen(argv[2], "wb");
	if (!out || !write_elf(&t, out) || fclose(out) != 0) {
		perror(argv[2]);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
