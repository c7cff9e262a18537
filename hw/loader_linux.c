/*
 * hw/loader_linux.c - Linux kernels in bzImage format
 *
 * Reference: Linux, Documentation/arch/x86/boot.rst, "The Linux/x86 Boot
 * Protocol": "Memory Layout", "The Real-Mode Kernel Header", "The Kernel Command
 * Line", "Loading The Rest of The Kernel", "Special Command Line Options".
 *
 * Set-up code goes to 10000h with stack and heap behind it, the command line to
 * 20000h, the kernel to 100000h, the initial RAM disk as high as the kernel
 * allows.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "hw/loader_priv.h"

/* Header fields, by offset in the file */
#define H_SETUP_SECTS	0x1f1
#define H_SYSSIZE	0x1f4
#define H_VID_MODE	0x1fa
#define H_BOOT_FLAG	0x1fe
#define H_MAGIC		0x202
#define H_VERSION	0x206
#define H_LOADER	0x210
#define   LOADER_UNDEFINED	0xff
#define H_LOADFLAGS	0x211
#define   LOADED_HIGH		0x01
#define   CAN_USE_HEAP		0x80
#define H_RAMDISK	0x218
#define H_RAMDISK_SIZE	0x21c
#define H_HEAP_END	0x224
#define H_CMDLINE	0x228
#define H_INITRD_MAX	0x22c
#define H_ALIGNMENT	0x230
#define H_RELOCATABLE	0x234
#define H_CMDLINE_SIZE	0x238
#define H_PREF_ADDR	0x258
#define H_INIT_SIZE	0x260
#define H_END		0x264

#define MAGIC		0x53726448u	/* "HdrS" */
#define SECTOR		512
#define SETUP_MAX	0x8000
#define HEAP_END	0xfe00		/* offset from the set-up code */
#define CMDLINE_ADDR	0x20000u
#define CMDLINE_ROOM	0x10000u
#define OLD_CMDLINE_MAX	255
#define OLD_INITRD_MAX	0x37ffffffu

bool
loader_is_linux(const struct loader_file *f)
{
	return f->len >= H_MAGIC + 4 && get_le32(f->data + H_MAGIC) == MAGIC;
}

static unsigned
linux_version(const struct loader *l)
{
	return get_le16(l->kernel.data + H_VERSION);
}

static uint32_t
linux_setup_size(const struct loader *l)
{
	unsigned sects = l->kernel.data[H_SETUP_SECTS];

	return ((sects ? sects : 4) + 1) * SECTOR;
}

static bool
linux_check(const struct loader *l)
{
	const struct loader_file *f = &l->kernel;
	uint32_t setup;

	if (f->len < H_END) {
		log_error(l->log, "%s: truncated: %llu bytes, the header ends at "
		    "offset %#x", f->name, (unsigned long long)f->len, H_END);
		return false;
	}
	if (get_le16(f->data + H_BOOT_FLAG) != 0xaa55) {
		log_error(l->log, "%s: no boot signature at offset %#x", f->name,
		    H_BOOT_FLAG);
		return false;
	}
	if (linux_version(l) < 0x0202 || !(f->data[H_LOADFLAGS] & LOADED_HIGH)) {
		log_error(l->log, "%s: boot protocol %#x, load flags %#x at offset "
		    "%#x: need 0x202 and a kernel that loads high (bzImage)",
		    f->name, linux_version(l), f->data[H_LOADFLAGS], H_VERSION);
		return false;
	}
	setup = linux_setup_size(l);
	if (setup > SETUP_MAX || setup >= f->len) {
		log_error(l->log, "%s: %u bytes of set-up code (offset %#x) in a "
		    "file of %llu; at most %u are possible", f->name, setup,
		    H_SETUP_SECTS, (unsigned long long)f->len, SETUP_MAX);
		return false;
	}
	return true;
}

/* The field counts paragraphs; the last one may be partial. */
static bool
linux_check_size(const struct loader *l)
{
	const struct loader_file *f = &l->kernel;
	uint64_t want = (uint64_t)get_le32(f->data + H_SYSSIZE) * 16;
	uint64_t have = f->len - linux_setup_size(l);

	if (linux_version(l) >= 0x0204 && have + 15 < want) {
		log_error(l->log, "%s: truncated: the header (offset %#x) announces "
		    "%llu bytes from offset %#x, the file has %llu", f->name,
		    H_SYSSIZE, (unsigned long long)want, linux_setup_size(l),
		    (unsigned long long)have);
		return false;
	}
	if (ONE_MIB + have > loader_limit(l)) {
		log_error(l->log, "%s: %llu bytes do not fit into memory at 1 MiB",
		    f->name, (unsigned long long)have);
		return false;
	}
	return true;
}

/* Where the kernel may still be when it unpacks itself. */
static uint64_t
linux_kernel_end(const struct loader *l)
{
	const uint8_t *h = l->kernel.data;
	uint64_t end = (uint64_t)l->addr + l->size, start = ONE_MIB, align;

	if (linux_version(l) < 0x020a)
		return end;
	align = get_le32(h + H_ALIGNMENT);
	if (!h[H_RELOCATABLE] || get_le64(h + H_PREF_ADDR) > start)
		start = get_le64(h + H_PREF_ADDR);
	else if (align && !(align & (align - 1)))
		start = (start + align - 1) & ~(align - 1);
	/* A wild address says nothing; the kernel will find its own way. */
	if (start < BIT(32) && start + get_le32(h + H_INIT_SIZE) > end)
		end = start + get_le32(h + H_INIT_SIZE);
	return end;
}

static bool
linux_initrd(struct loader *l)
{
	const uint8_t *h = l->kernel.data;
	uint64_t top = OLD_INITRD_MAX, end = linux_kernel_end(l);

	if (!l->cfg.initrd)
		return true;
	if (!l->cfg.open(l->cfg.arg, l->cfg.initrd, &l->initrd))
		return false;
	if (linux_version(l) >= 0x0203)
		top = get_le32(h + H_INITRD_MAX);
	top = top + 1 < loader_limit(l) ? top + 1 : loader_limit(l);
	if (l->initrd.len > top || ((top - l->initrd.len) & PAGE_MASK) < end) {
		log_error(l->log, "%s: %llu bytes do not fit into memory between "
		    "0x%llx (end of the kernel) and 0x%llx; more is given with -m",
		    l->initrd.name, (unsigned long long)l->initrd.len,
		    (unsigned long long)end, (unsigned long long)top);
		return false;
	}
	l->initrd_addr = (uint32_t)((top - l->initrd.len) & PAGE_MASK);
	return true;
}

static bool
linux_cmdline(struct loader *l)
{
	const char *s = l->cfg.cmdline ? l->cfg.cmdline : "";
	size_t max = OLD_CMDLINE_MAX, len = strlen(s);

	if (linux_version(l) >= 0x0206)
		max = get_le32(l->kernel.data + H_CMDLINE_SIZE);
	if (max > CMDLINE_ROOM - 1)
		max = CMDLINE_ROOM - 1;
	if (len > max) {
		log_error(l->log, "%s: the command line has %zu characters, this "
		    "kernel takes %zu", l->kernel.name, len, max);
		return false;
	}
	blob_bytes(&l->cmdline, s, (uint32_t)len + 1);
	return true;
}

/* "vga=" is for the boot loader. */
static uint16_t
linux_video(const struct loader *l)
{
	const char *s = l->cfg.cmdline ? strstr(l->cfg.cmdline, "vga=") : NULL;

	if (!s || (s != l->cfg.cmdline && s[-1] != ' '))
		return 0xffff;
	s += 4;
	if (!strncmp(s, "normal", 6))
		return 0xffff;
	if (!strncmp(s, "ext", 3))
		return 0xfffe;
	if (!strncmp(s, "ask", 3))
		return 0xfffd;
	return (uint16_t)strtoul(s, NULL, 0);
}

static void
linux_setup(struct loader *l)
{
	struct blob *b = &l->setup;

	blob_bytes(b, l->kernel.data, linux_setup_size(l));
	blob_set(b, H_VID_MODE, 2, linux_video(l));
	blob_set(b, H_LOADER, 1, LOADER_UNDEFINED);
	blob_set(b, H_LOADFLAGS, 1, l->kernel.data[H_LOADFLAGS] | CAN_USE_HEAP);
	blob_set(b, H_HEAP_END, 2, HEAP_END);
	blob_set(b, H_CMDLINE, 4, CMDLINE_ADDR);
	blob_set(b, H_RAMDISK, 4, l->initrd_addr);
	blob_set(b, H_RAMDISK_SIZE, 4, l->initrd.len);
}

bool
loader_linux(struct loader *l)
{
	uint32_t setup;

	if (!linux_check(l) || !linux_check_size(l))
		return false;
	setup = linux_setup_size(l);
	l->addr = ONE_MIB;
	l->size = (uint32_t)(l->kernel.len - setup);
	l->seg[0] = (struct loader_seg){ l->kernel.data + setup, l->addr, l->size };
	l->segs = 1;
	if (!linux_initrd(l) || !linux_cmdline(l))
		return false;
	linux_setup(l);
	return true;
}
