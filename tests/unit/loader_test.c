/*
 * tests/unit/loader_test.c - bzImage, multiboot and PVH files, good and bad
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "hw/fw_cfg.h"
#include "hw/loader.h"

#define RAM	(64u << 20)

/* Files by name. */
static struct loader_file files[8];
static uint8_t kernel[16384];
static char errors[8192];
static FILE *out;
static struct log *elog;
static uint8_t ram[8 << 20];

static bool
open_file(void *arg, const char *name, struct loader_file *f)
{
	unsigned i;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (files[i].name && !strcmp(files[i].name, name)) {
			*f = files[i];
			return true;
		}
	log_error(elog, "%s: no such file", name);
	return false;
}

static bool
dma_read(void *arg, uint64_t at, void *buf, uint32_t n)
{
	(void)arg;
	memcpy(buf, ram + at, n);
	return true;
}

static bool
dma_write(void *arg, uint64_t at, const void *buf, uint32_t n)
{
	(void)arg;
	ck_assert_uint_le(at + n, sizeof(ram));
	memcpy(ram + at, buf, n);
	return true;
}

static void
setup(void)
{
	memset(files, 0, sizeof(files));
	memset(kernel, 0, sizeof(kernel));
	memset(ram, 0xee, sizeof(ram));
	memset(errors, 0, sizeof(errors));
	out = fmemopen(errors, sizeof(errors), "w");
	setvbuf(out, NULL, _IONBF, 0);
	elog = log_new(out, LOG_WARN);
	files[0] = (struct loader_file){ "k", kernel, sizeof(kernel) };
}

static void
teardown(void)
{
	log_free(elog);
	fclose(out);
}

static struct loader *
load(const char *initrd, const char *cmdline)
{
	struct loader_config c = { .kernel = "k", .initrd = initrd,
	    .cmdline = cmdline, .low_ram = RAM, .open = open_file };

	return loader_new(&c, elog);
}

/* Refused with one line that has the text in it. */
static void
refused(const char *text)
{
	struct loader *l = load(NULL, NULL);
	char *nl = strchr(errors, '\n');

	ck_assert_msg(!l, "accepted; expected \"%s\"", text);
	ck_assert_msg(strstr(errors, text) != NULL, "\"%s\" does not say \"%s\"",
	    errors, text);
	ck_assert_msg(nl && !nl[1], "more than one line: %s", errors);
}

static uint32_t
item_int(struct fw_cfg *f, uint16_t key)
{
	uint32_t v = 0, i;

	fw_cfg_io.write(f, 0, key, 2);
	for (i = 0; i < 4; i++)
		v |= (uint32_t)fw_cfg_io.read(f, 1, 1) << 8 * i;
	return v;
}

/* Item data into ram at an address, as the ROM does it. */
static void
item_load(struct fw_cfg *f, uint16_t addr, uint16_t size, uint16_t data)
{
	put_le32(ram, __builtin_bswap32((uint32_t)data << 16 | 0x0a));
	put_le32(ram + 4, __builtin_bswap32(item_int(f, size)));
	put_le64(ram + 8, __builtin_bswap64(item_int(f, addr)));
	fw_cfg_dma_io.write(f, 4, 0, 4);
	ck_assert_uint_eq(get_le32(ram), 0);
}

static struct fw_cfg *
deliver(struct loader *l)
{
	struct fw_cfg_dma dma = { dma_read, dma_write, NULL };
	struct fw_cfg *f;

	ck_assert_msg(l != NULL, "refused: %s", errors);
	f = fw_cfg_new(&dma, elog);
	ck_assert(loader_add(l, f));
	item_load(f, FW_CFG_KERNEL_ADDR, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA);
	return f;
}

/* --- Linux --- */

#define SETUP	1024

static void
bzimage(void)
{
	kernel[0x1f1] = 1;
	put_le32(kernel + 0x1f4, (sizeof(kernel) - SETUP) / 16);
	put_le16(kernel + 0x1fe, 0xaa55);
	put_le32(kernel + 0x202, 0x53726448);
	put_le16(kernel + 0x206, 0x020f);
	kernel[0x211] = 1;
	put_le32(kernel + 0x22c, 0x7fffffff);
	put_le32(kernel + 0x230, 0x200000);
	kernel[0x234] = 1;
	put_le32(kernel + 0x238, 2047);
	put_le64(kernel + 0x258, 0x1000000);
	put_le32(kernel + 0x260, 0x800000);
	memset(kernel + SETUP, 0x90, sizeof(kernel) - SETUP);
}

START_TEST(bzimage_is_placed)
{
	static uint8_t rd[5000];
	struct fw_cfg *f;
	struct loader *l;

	bzimage();
	files[1] = (struct loader_file){ "rd", rd, sizeof(rd) };
	l = load("rd", "console=ttyS0");
	f = deliver(l);
	ck_assert_str_eq(loader_rom(l), "linuxboot");
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_ADDR), 0x100000);
	ck_assert_uint_eq(ram[0x100000], 0x90);
	ck_assert_uint_eq(ram[0x100000 + sizeof(kernel) - SETUP], 0xee);
	item_load(f, FW_CFG_SETUP_ADDR, FW_CFG_SETUP_SIZE, FW_CFG_SETUP_DATA);
	item_load(f, FW_CFG_CMDLINE_ADDR, FW_CFG_CMDLINE_SIZE, FW_CFG_CMDLINE_DATA);
	ck_assert_str_eq((char *)ram + 0x20000, "console=ttyS0");
	ck_assert_uint_eq(ram[0x10210], 0xff);
	ck_assert_uint_eq(ram[0x10211], 0x81);
	ck_assert_uint_eq(get_le16(ram + 0x10224), 0xfe00);
	ck_assert_uint_eq(get_le32(ram + 0x10228), 0x20000);
	ck_assert_uint_eq(get_le16(ram + 0x101fa), 0xffff);
	ck_assert_uint_eq(get_le32(ram + 0x10218), (RAM - 0x100000 - 5000) & ~4095u);
	ck_assert_uint_eq(get_le32(ram + 0x1021c), 5000);
	ck_assert_uint_eq(item_int(f, FW_CFG_INITRD_ADDR), get_le32(ram + 0x10218));
	fw_cfg_class.free(f);
	loader_free(l);
}
END_TEST

START_TEST(initrd_keeps_below_the_kernels_limit)
{
	static uint8_t rd[8192];
	struct loader *l;
	struct fw_cfg *f;

	bzimage();
	put_le32(kernel + 0x22c, 0x1ffffff);
	files[1] = (struct loader_file){ "rd", rd, sizeof(rd) };
	l = load("rd", NULL);
	f = deliver(l);
	ck_assert_uint_eq(item_int(f, FW_CFG_INITRD_ADDR), 0x1ffe000);
	fw_cfg_class.free(f);
	loader_free(l);
}
END_TEST

START_TEST(initrd_that_does_not_fit_is_refused)
{
	bzimage();
	files[1] = (struct loader_file){ "rd", kernel, 40u << 20 };
	ck_assert_ptr_null(load("rd", NULL));
	ck_assert_ptr_nonnull(strstr(errors, "rd: 41943040 bytes do not fit"));
	errors[0] = 0;
	files[1].len = ~(uint64_t)0;
	ck_assert_ptr_null(load("rd", NULL));
	ck_assert_ptr_null(load("missing", NULL));
}
END_TEST

START_TEST(vga_option_sets_the_video_mode)
{
	static const struct { const char *line; unsigned mode; } c[] = {
		{ "quiet vga=791", 791 }, { "vga=0x317 x", 0x317 },
		{ "vga=ask", 0xfffd }, { "novga=5", 0xffff }, { "vga=normal", 0xffff },
	};
	unsigned i;

	bzimage();
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		struct loader *l = load(NULL, c[i].line);
		struct fw_cfg *f = deliver(l);

		item_load(f, FW_CFG_SETUP_ADDR, FW_CFG_SETUP_SIZE, FW_CFG_SETUP_DATA);
		ck_assert_uint_eq(get_le16(ram + 0x101fa), c[i].mode);
		fw_cfg_class.free(f);
		loader_free(l);
	}
}
END_TEST

START_TEST(bad_bzimages_are_refused)
{
	unsigned i;

	for (i = 0; i < 8; i++) {
		teardown();
		setup();
		bzimage();
		switch (i) {
		case 0:
			files[0].len = 0x250;
			refused("k: truncated: 592 bytes");
			break;
		case 1:
			files[0].len = 8192;
			refused("k: truncated: the header (offset 0x1f4)");
			break;
		case 2:
			kernel[0x1f1] = 200;
			refused("offset 0x1f1");
			break;
		case 3:
			put_le16(kernel + 0x206, 0x0201);
			refused("boot protocol 0x201");
			break;
		case 4:
			kernel[0x211] = 0;
			refused("loads high");
			break;
		case 5:
			put_le16(kernel + 0x1fe, 0);
			refused("offset 0x1fe");
			break;
		case 6:
			files[0].len = BIT(32);
			refused("too large");
			break;
		default:
			put_le32(kernel + 0x238, 3);
			ck_assert_ptr_null(load(NULL, "12345"));
			ck_assert_ptr_nonnull(strstr(errors, "has 5 characters"));
		}
	}
}
END_TEST

START_TEST(neither_format_is_refused)
{
	refused("k: not a kernel");
	errors[0] = 0;
	fseek(out, 0, SEEK_SET);
	files[0].len = 0;
	refused("k: not a kernel");
}
END_TEST

/* --- multiboot --- */

static void
mb_header(uint32_t at, uint32_t flags)
{
	put_le32(kernel + at, 0x1badb002);
	put_le32(kernel + at + 4, flags);
	put_le32(kernel + at + 8, -(0x1badb002 + flags));
}

static void
phdr(unsigned n, uint32_t off, uint32_t vaddr, uint32_t paddr, uint32_t filesz,
    uint32_t memsz)
{
	uint8_t *p = kernel + 64 + 32 * n;

	put_le32(p, 1);
	put_le32(p + 4, off);
	put_le32(p + 8, vaddr);
	put_le32(p + 12, paddr);
	put_le32(p + 16, filesz);
	put_le32(p + 20, memsz);
}

static void
elf(unsigned phnum)
{
	memcpy(kernel, "\177ELF\1\1\1", 7);
	put_le16(kernel + 16, 2);
	put_le16(kernel + 18, 3);
	put_le32(kernel + 24, 0x200010);
	put_le32(kernel + 28, 64);
	put_le16(kernel + 42, 32);
	put_le16(kernel + 44, phnum);
	mb_header(0x800, 3);
	phdr(0, 0x1000, 0x200000, 0x200000, 0x100, 0x300);
	phdr(1, 0x2000, 0x204000, 0x204000, 0x200, 0x200);
	memset(kernel + 0x1000, 0xaa, 0x100);
	memset(kernel + 0x2000, 0xbb, 0x200);
}

START_TEST(elf_segments_are_placed)
{
	struct loader *l;
	struct fw_cfg *f;

	elf(2);
	l = load(NULL, "a b");
	f = deliver(l);
	ck_assert_str_eq(loader_rom(l), "multiboot");
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_ADDR), 0x200000);
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_SIZE), 0x4200);
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_ENTRY), 0x200010);
	ck_assert_uint_eq(ram[0x2000ff], 0xaa);
	ck_assert_uint_eq(ram[0x200100], 0);
	ck_assert_uint_eq(ram[0x203fff], 0);
	ck_assert_uint_eq(ram[0x204000], 0xbb);
	ck_assert_uint_eq(ram[0x2041ff], 0xbb);
	ck_assert_uint_eq(ram[0x204200], 0xee);
	item_load(f, FW_CFG_INITRD_ADDR, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA);
	ck_assert_uint_eq(get_le32(ram + 0x10000), 0x245);
	ck_assert_str_eq((char *)ram + get_le32(ram + 0x10010), "k a b");
	ck_assert_uint_eq(get_le32(ram + 0x10000 + 48), 0x10000 + 88);
	fw_cfg_class.free(f);
	loader_free(l);
}
END_TEST

START_TEST(segments_in_any_order_and_virtual_entry)
{
	struct loader *l;
	struct fw_cfg *f;

	elf(2);
	phdr(0, 0x2000, 0xc0300000, 0x300000, 0x200, 0x200);
	phdr(1, 0x1000, 0xc0100000, 0x100000, 0x100, 0x100);
	put_le32(kernel + 24, 0xc0100020);
	l = load(NULL, NULL);
	f = deliver(l);
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_ADDR), 0x100000);
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_SIZE), 0x200200);
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_ENTRY), 0x100020);
	ck_assert_uint_eq(ram[0x300000], 0xbb);
	ck_assert_uint_eq(ram[0x100000], 0xaa);
	fw_cfg_class.free(f);
	loader_free(l);
}
END_TEST

START_TEST(modules_follow_on_pages_of_their_own)
{
	const uint8_t *mbi = ram + 0x10000, *mods;
	struct loader *l;
	struct fw_cfg *f;

	elf(2);
	files[1] = (struct loader_file){ "one", (const uint8_t *)"first", 5 };
	files[2] = (struct loader_file){ "t,wo", (const uint8_t *)"second", 6 };
	l = load("one x,,y z,t,,wo", NULL);
	f = deliver(l);
	item_load(f, FW_CFG_INITRD_ADDR, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA);
	ck_assert_uint_eq(get_le32(mbi) & 8, 8);
	ck_assert_uint_eq(get_le32(mbi + 20), 2);
	mods = ram + get_le32(mbi + 24);
	ck_assert_uint_eq(get_le32(mods), 0x205000);
	ck_assert_uint_eq(get_le32(mods + 4), 0x205005);
	ck_assert_str_eq((char *)ram + get_le32(mods + 8), "one x,y z");
	ck_assert_uint_eq(get_le32(mods + 16), 0x206000);
	ck_assert_str_eq((char *)ram + get_le32(mods + 24), "t,wo");
	ck_assert_mem_eq(ram + 0x205000, "first\0", 6);
	ck_assert_mem_eq(ram + 0x206000, "second", 6);
	fw_cfg_class.free(f);
	loader_free(l);
}
END_TEST

START_TEST(missing_modules_are_refused)
{
	elf(2);
	files[1] = (struct loader_file){ "one", (const uint8_t *)"first", 5 };
	ck_assert_ptr_null(load("one,two", NULL));
	ck_assert_ptr_nonnull(strstr(errors, "two: no such file"));
	ck_assert_ptr_null(load("one,", NULL));
	files[1].len = ~(uint64_t)0 - 4096;
	ck_assert_ptr_null(load("one", NULL));
}
END_TEST

static void
flat(uint32_t header_addr, uint32_t load_addr, uint32_t end, uint32_t bss,
    uint32_t entry)
{
	mb_header(0x400, 0x10003);
	put_le32(kernel + 0x40c, header_addr);
	put_le32(kernel + 0x410, load_addr);
	put_le32(kernel + 0x414, end);
	put_le32(kernel + 0x418, bss);
	put_le32(kernel + 0x41c, entry);
}

START_TEST(explicit_addresses_are_used)
{
	struct loader *l;
	struct fw_cfg *f;

	flat(0x100400, 0x100100, 0x101000, 0x102000, 0x100200);
	kernel[0x100] = 0x11;
	kernel[0xfff] = 0x22;
	kernel[0x1000] = 0x33;
	l = load(NULL, NULL);
	f = deliver(l);
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_ADDR), 0x100100);
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_SIZE), 0x1f00);
	ck_assert_uint_eq(ram[0x100100], 0x11);
	ck_assert_uint_eq(ram[0x100fff], 0x22);
	ck_assert_uint_eq(ram[0x101000], 0);
	fw_cfg_class.free(f);
	loader_free(l);
}
END_TEST

START_TEST(bad_multiboot_files_are_refused)
{
	unsigned i;

	for (i = 0; i < 18; i++) {
		const char *why = "";

		teardown();
		setup();
		elf(2);
		switch (i) {
		case 0: kernel[4] = 2; why = "offset 4: class 2"; break;
		case 1: put_le16(kernel + 18, 62); why = "machine 62"; break;
		case 2: put_le16(kernel + 42, 56); why = "headers of 56"; break;
		case 3: put_le16(kernel + 44, 65535); why = "65535 program"; break;
		case 4: put_le32(kernel + 28, ~0u); why = "offset 0xffffffff"; break;
		case 5: phdr(1, 0x3f00, 0, 0x204000, 0x200, 0x200); why = "offset 0x60"; break;
		case 6: phdr(1, ~0u, 0, 0x204000, 0x200, 0x200); why = "offset 0x60"; break;
		case 7: phdr(1, 0, 0, 0x204000, 0x200, 0x100); why = "offset 0x60"; break;
		case 8: phdr(1, 0, 0, 0x90000, 0x200, 0x200); why = "between 1 MiB"; break;
		case 9: phdr(1, 0, 0, ~0u, 0x200, ~0u); why = "between 1 MiB"; break;
		case 10: phdr(1, 0, 0, 0x200000, 0, RAM); why = "between 1 MiB"; break;
		case 11: put_le32(kernel + 24, 0x100); why = "entry point 0x100"; break;
		case 12: put_le16(kernel + 44, 0); why = "nothing to load"; break;
		case 13: mb_header(0x800, 0x13); why = "flags 0x13"; break;
		case 14: kernel[0] = 0; why = "no ELF header"; break;
		case 15: flat(0x100000, 0x100100, 0, 0, 0); why = "before the start"; break;
		case 16: flat(0x100400, 0x100000, 0x90000, 0, 0); why = "not in order"; break;
		default:
			flat(0x100400, 0x100000, 0, 0, 0);
			files[0].len = 0x41c;
			why = "truncated: the multiboot header";
		}
		refused(why);
	}
}
END_TEST

/* --- PVH --- */

static void
phdr64(unsigned n, uint32_t type, uint64_t off, uint64_t paddr, uint64_t filesz,
    uint64_t memsz)
{
	uint8_t *p = kernel + 64 + 56 * n;

	put_le32(p, type);
	put_le64(p + 8, off);
	put_le64(p + 16, paddr);
	put_le64(p + 24, paddr);
	put_le64(p + 32, filesz);
	put_le64(p + 40, memsz);
}

/* A note with a description of n bytes; behind it is the next. */
static uint32_t
note(uint32_t at, uint32_t type, const char *name, uint32_t n, uint64_t entry)
{
	uint32_t len = (uint32_t)strlen(name) + 1;

	put_le32(kernel + at, len);
	put_le32(kernel + at + 4, n);
	put_le32(kernel + at + 8, type);
	memcpy(kernel + at + 12, name, len);
	put_le64(kernel + at + 12 + ((len + 3) & ~3u), entry);
	return at + 12 + ((len + 3) & ~3u) + ((n + 3) & ~3u);
}

static void
pvh64(void)
{
	uint32_t end;

	memcpy(kernel, "\177ELF\2\1\1", 7);
	put_le16(kernel + 18, 62);
	put_le64(kernel + 24, 0x100000);
	put_le64(kernel + 32, 64);
	put_le16(kernel + 54, 56);
	put_le16(kernel + 56, 3);
	phdr64(0, 1, 0x1000, 0x200000, 0x100, 0x1800);
	phdr64(1, 1, 0x2000, 0x204000, 0x200, 0x200);
	memset(kernel + 0x1000, 0xaa, 0x100);
	memset(kernel + 0x2000, 0xbb, 0x200);
	end = note(0x3000, 3, "GNU", 5, 0);
	end = note(end, 18, "Linux", 8, 1);
	end = note(end, 18, "Xen", 8, 0x204010);
	phdr64(2, 4, 0x3000, 0, end - 0x3000, 0);
}

START_TEST(pvh_kernels_are_placed_with_start_information)
{
	const uint8_t *start = ram + 0x10000, *module;
	struct loader *l;
	struct fw_cfg *f;

	pvh64();
	files[1] = (struct loader_file){ "rd,x y", (const uint8_t *)"first", 5 };
	l = load("rd,x y", "a b");
	f = deliver(l);
	ck_assert_str_eq(loader_rom(l), "pvh");
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_ADDR), 0x200000);
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_SIZE), 0x5005);
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_ENTRY), 0x204010);
	ck_assert_uint_eq(ram[0x2000ff], 0xaa);
	ck_assert_uint_eq(ram[0x200100], 0);
	ck_assert_uint_eq(ram[0x2041ff], 0xbb);
	ck_assert_mem_eq(ram + 0x205000, "first\356", 6);
	item_load(f, FW_CFG_INITRD_ADDR, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA);
	ck_assert_uint_eq(get_le32(start), 0x336ec578);
	ck_assert_uint_eq(get_le32(start + 4), 1);
	ck_assert_uint_eq(get_le32(start + 8), 0);
	ck_assert_uint_eq(get_le32(start + 12), 1);
	module = ram + get_le64(start + 16);
	ck_assert_uint_eq(get_le64(module), 0x205000);
	ck_assert_uint_eq(get_le64(module + 8), 5);
	ck_assert_uint_eq(get_le64(module + 16), 0);
	ck_assert_str_eq((char *)ram + get_le64(start + 24), "a b");
	ck_assert_uint_eq(get_le64(start + 40), 0x10000 + 56);
	ck_assert_uint_eq(get_le32(start + 48), 0);
	fw_cfg_class.free(f);
	loader_free(l);
}
END_TEST

START_TEST(pvh_kernels_of_32_bits_have_notes_with_4_bytes)
{
	struct loader *l;
	struct fw_cfg *f;

	elf(3);
	memset(kernel + 0x800, 0, 12);		/* no multiboot header */
	phdr(2, 0x3000, 0, 0, note(0x3000, 18, "Xen", 4, 0x200004) - 0x3000, 0);
	put_le32(kernel + 64 + 64, 4);
	l = load(NULL, NULL);
	f = deliver(l);
	ck_assert_str_eq(loader_rom(l), "pvh");
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_ENTRY), 0x200004);
	ck_assert_uint_eq(item_int(f, FW_CFG_KERNEL_SIZE), 0x4200);
	fw_cfg_class.free(f);
	loader_free(l);
}
END_TEST

START_TEST(bad_pvh_files_are_refused)
{
	unsigned i;

	for (i = 0; i < 14; i++) {
		const char *why = "no ELF note with a PVH entry";

		teardown();
		setup();
		pvh64();
		switch (i) {
		case 0: note(0x3000, 18, "Xen", 8, 0x1ffffff); why = "PVH entry point 0x1ffffff"; break;
		case 1: note(0x3000, 18, "Xen", 8, BIT(40)); why = "PVH entry point 0x10000000000"; break;
		case 2: phdr64(2, 4, 0x3000, 0, 11, 0); break;
		case 3: phdr64(2, 4, sizeof(kernel) - 8, 0, 40, 0); break;
		case 4: phdr64(2, 4, ~(uint64_t)0, 0, 40, 0); break;
		case 5: put_le32(kernel + 0x3000, ~0u); break;
		case 6: put_le32(kernel + 0x3004, ~0u); break;
		case 7: put_le16(kernel + 18, 183); break;
		case 8: put_le16(kernel + 54, 32); break;
		case 9: put_le16(kernel + 56, 65535); break;
		case 10: phdr64(1, 1, 0x2000, 0x90000, 0x200, 0x200); why = "between 1 MiB"; break;
		case 11: phdr64(1, 1, 0x2000, BIT(32), 0x200, 0x200); why = "between 1 MiB"; break;
		case 12: phdr64(1, 1, 0x2000, 0x200000, 0x200, ~(uint64_t)0); why = "between 1 MiB"; break;
		default: phdr64(1, 1, 0x2000, 0x200000, ~(uint64_t)0, ~(uint64_t)0); why = "offset 0x78"; break;
		}
		refused(why);
	}
}
END_TEST

/* Whatever one changed word says, nothing is read outside the file. */
START_TEST(damaged_files_do_no_harm)
{
	uint32_t x = 3, i;

	for (i = 0; i < 60000; i++) {
		uint8_t *copy;
		struct loader *l;

		if (i % 4 == 0) {
			memset(kernel, 0, 4096);
			elf(2);
		} else if (i % 4 == 3) {
			memset(kernel, 0, sizeof(kernel));
			pvh64();
		} else if (i % 4 == 1) {
			memset(kernel, 0, 4096);
			flat(0x100400, 0x100100, 0x101000, 0x102000, 0x100200);
		} else {
			memset(kernel, 0, 4096);
			bzimage();
		}
		x = x * 1664525 + 1013904223;
		put_le32(kernel + (x >> 8) % 0x420, x * 2654435761u >> (x >> 27));
		if (i % 8 == 3)
			put_le32(kernel + 0x3000 + (x >> 8) % 80, x * 2654435761u >> (x >> 27));
		files[0].len = x >> 5 & 1 ? 4096 : 1 + (x >> 12) % 4096;
		if (i % 4 == 3)
			files[0].len = sizeof(kernel);
		copy = malloc(files[0].len);
		memcpy(copy, kernel, files[0].len);
		files[0].data = copy;
		l = load(NULL, "x");
		if (l) {
			struct fw_cfg_dma dma = { dma_read, dma_write, NULL };
			struct fw_cfg *f = fw_cfg_new(&dma, elog);

			ck_assert(loader_add(l, f));
			(void)item_int(f, FW_CFG_KERNEL_DATA);
			fw_cfg_class.free(f);
		}
		loader_free(l);
		free(copy);
		fseek(out, 0, SEEK_SET);
	}
}
END_TEST

Suite *loader_suite(void);

Suite *
loader_suite(void)
{
	Suite *s = suite_create("loader");
	TCase *tc = tcase_create("loader");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, bzimage_is_placed);
	tcase_add_test(tc, initrd_keeps_below_the_kernels_limit);
	tcase_add_test(tc, initrd_that_does_not_fit_is_refused);
	tcase_add_test(tc, vga_option_sets_the_video_mode);
	tcase_add_test(tc, bad_bzimages_are_refused);
	tcase_add_test(tc, neither_format_is_refused);
	tcase_add_test(tc, elf_segments_are_placed);
	tcase_add_test(tc, segments_in_any_order_and_virtual_entry);
	tcase_add_test(tc, modules_follow_on_pages_of_their_own);
	tcase_add_test(tc, missing_modules_are_refused);
	tcase_add_test(tc, explicit_addresses_are_used);
	tcase_add_test(tc, bad_multiboot_files_are_refused);
	tcase_add_test(tc, pvh_kernels_are_placed_with_start_information);
	tcase_add_test(tc, pvh_kernels_of_32_bits_have_notes_with_4_bytes);
	tcase_add_test(tc, bad_pvh_files_are_refused);
	tcase_add_test(tc, damaged_files_do_no_harm);
	suite_add_tcase(s, tc);
	return s;
}
