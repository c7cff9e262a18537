/*
 * tests/fuzz/loaders.c - fuzz target: bzImage, multiboot and PVH files
 *
 * The first byte cuts the input into kernel and initrd, the rest is both.  What
 * is accepted is delivered through fw_cfg as an option ROM fetches it: in
 * memory, in bounds, at the places the header names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "hw/fw_cfg.h"
#include "hw/loader.h"

#define LOW_RAM	(6u << 20)
#define DESC	0x1000u

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)	do { if (!(cond)) abort(); } while (0)

struct guest {
	struct loader_file	kernel;
	struct loader_file	initrd;
	uint8_t			desc[16];
	uint64_t		end;	/* of the highest byte written */
};

static bool
guest_open(void *arg, const char *name, struct loader_file *out)
{
	struct guest *g = arg;

	*out = strcmp(name, "k") ? g->initrd : g->kernel;
	return true;
}

static bool
guest_read(void *arg, uint64_t at, void *buf, uint32_t n)
{
	struct guest *g = arg;

	REQUIRE(at == DESC && n == sizeof(g->desc));
	memcpy(buf, g->desc, n);
	return true;
}

/* Reads every byte, so that the sanitizer sees them. */
static bool
guest_write(void *arg, uint64_t at, const void *buf, uint32_t n)
{
	struct guest *g = arg;
	const uint8_t *p = buf;
	uint32_t i, sum = 0;

	if (at == DESC && n == 4) {
		REQUIRE(get_le32(p) == 0);
		return true;
	}
	REQUIRE(at + n <= LOW_RAM);
	for (i = 0; i < n; i += i < 4096 ? 1 : 64)
		sum += p[i];
	REQUIRE(sum < UINT32_MAX);
	if (at + n > g->end)
		g->end = at + n;
	return true;
}

static uint32_t
item(struct fw_cfg *f, uint16_t key)
{
	uint32_t v = 0, i;

	fw_cfg_io.write(f, 0, key, 2);
	for (i = 0; i < 4; i++)
		v |= (uint32_t)fw_cfg_io.read(f, 1, 1) << 8 * i;
	return v;
}

static void
fetch(struct guest *g, struct fw_cfg *f, uint16_t addr, uint16_t size,
    uint16_t data)
{
	put_le32(g->desc, __builtin_bswap32((uint32_t)data << 16 | 0x0a));
	put_le32(g->desc + 4, __builtin_bswap32(item(f, size)));
	put_le64(g->desc + 8, __builtin_bswap64(item(f, addr)));
	fw_cfg_dma_io.write(f, 4, __builtin_bswap32(DESC), 4);
}

static void
deliver(struct guest *g, struct loader *l)
{
	struct fw_cfg_dma dma = { guest_read, guest_write, g };
	struct fw_cfg *f = fw_cfg_new(&dma, NULL);

	REQUIRE(f && loader_add(l, f));
	fetch(g, f, FW_CFG_KERNEL_ADDR, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA);
	fetch(g, f, FW_CFG_INITRD_ADDR, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA);
	if (!strcmp(loader_rom(l), "linuxboot")) {
		fetch(g, f, FW_CFG_SETUP_ADDR, FW_CFG_SETUP_SIZE,
		    FW_CFG_SETUP_DATA);
		fetch(g, f, FW_CFG_CMDLINE_ADDR, FW_CFG_CMDLINE_SIZE,
		    FW_CFG_CMDLINE_DATA);
	}
	fw_cfg_class.free(f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest g = { .end = 0 };
	struct loader_config c = { .kernel = "k", .cmdline = "a b", .arg = &g,
	    .low_ram = LOW_RAM, .open = guest_open };
	struct loader *l;
	size_t cut;

	if (size < 1)
		return 0;
	cut = (size - 1) * data[0] / 255;
	g.initrd = (struct loader_file){ "i", data + 1, cut };
	g.kernel = (struct loader_file){ "k", data + 1 + cut, size - 1 - cut };
	c.initrd = data[0] ? "i x,i,,y" : NULL;
	l = loader_new(&c, NULL);
	if (l)
		deliver(&g, l);
	loader_free(l);
	return 0;
}
