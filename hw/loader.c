/*
 * hw/loader.c - kernels given on the command line: what both formats share
 */
#include "hw/loader.h"

#include <stdlib.h>

#include "base/bits.h"
#include "hw/loader_priv.h"

#define LINUX_SETUP_ADDR	0x10000u
#define LINUX_CMDLINE_ADDR	0x20000u

uint64_t
loader_limit(const struct loader *l)
{
	return l->cfg.low_ram > LOADER_TOP_RESERVE ?
	    l->cfg.low_ram - LOADER_TOP_RESERVE : 0;
}

static bool
loader_parse(struct loader *l)
{
	const struct loader_file *f = &l->kernel;
	int64_t header;

	if (!l->cfg.open(l->cfg.arg, l->cfg.kernel, &l->kernel))
		return false;
	if (f->len >= BIT(32)) {
		log_error(l->log, "%s: too large for a kernel", f->name);
		return false;
	}
	if (loader_is_linux(f))
		return loader_linux(l);
	header = loader_find_multiboot(f);
	if (header >= 0)
		return loader_multiboot(l, (uint32_t)header);
	log_error(l->log, "%s: not a kernel: no \"HdrS\" at offset 0x202, no "
	    "multiboot header in the first 8192 bytes", f->name);
	return false;
}

struct loader *
loader_new(const struct loader_config *cfg, struct log *log)
{
	struct loader *l = calloc(1, sizeof(*l));
	bool ok;

	if (!l) {
		log_error(log, "out of memory for a kernel");
		return NULL;
	}
	l->cfg = *cfg;
	l->log = log;
	ok = loader_parse(l);
	if (l->setup.oom || l->cmdline.oom || l->mbi.oom) {
		log_error(log, "out of memory for a kernel");
		ok = false;
	}
	if (ok)
		return l;
	loader_free(l);
	return NULL;
}

void
loader_free(struct loader *l)
{
	if (!l)
		return;
	blob_fini(&l->setup);
	blob_fini(&l->cmdline);
	blob_fini(&l->mbi);
	free(l);
}

bool
loader_low(const struct loader *l)
{
	return l->multiboot && l->segs && l->addr < ONE_MIB;
}

const char *
loader_rom(const struct loader *l)
{
	if (loader_low(l))
		return "multiboot_low";
	return l->multiboot ? "multiboot" : "linuxboot";
}

/* Copies what of segment s lies in [at, at + n). */
static void
loader_read_seg(const struct loader_seg *s, uint64_t at, uint8_t *buf, uint32_t n)
{
	uint64_t first = s->at > at ? s->at : at;
	uint64_t end = (uint64_t)s->at + s->len < at + n ?
	    (uint64_t)s->at + s->len : at + n;

	if (first < end)
		memcpy(buf + (first - at), s->data + (first - s->at), end - first);
}

static void
loader_read(void *arg, uint32_t off, void *buf, uint32_t n)
{
	const struct loader *l = arg;
	unsigned i;

	memset(buf, 0, n);
	for (i = 0; i < l->segs; i++)
		loader_read_seg(&l->seg[i], (uint64_t)l->addr + off, buf, n);
}

static bool
loader_add_linux(struct loader *l, struct fw_cfg *f)
{
	return fw_cfg_add_int(f, FW_CFG_SETUP_ADDR, 4, LINUX_SETUP_ADDR) &&
	    fw_cfg_add_int(f, FW_CFG_SETUP_SIZE, 4, l->setup.len) &&
	    fw_cfg_add(f, FW_CFG_SETUP_DATA, l->setup.p, l->setup.len) &&
	    fw_cfg_add_int(f, FW_CFG_CMDLINE_ADDR, 4, LINUX_CMDLINE_ADDR) &&
	    fw_cfg_add_int(f, FW_CFG_CMDLINE_SIZE, 4, l->cmdline.len) &&
	    fw_cfg_add(f, FW_CFG_CMDLINE_DATA, l->cmdline.p, l->cmdline.len) &&
	    fw_cfg_add_int(f, FW_CFG_INITRD_ADDR, 4, l->initrd_addr) &&
	    fw_cfg_add_int(f, FW_CFG_INITRD_SIZE, 4, l->initrd.len) &&
	    fw_cfg_add(f, FW_CFG_INITRD_DATA, l->initrd.data,
		(uint32_t)l->initrd.len);
}

static bool
loader_add_multiboot(struct loader *l, struct fw_cfg *f)
{
	return fw_cfg_add_int(f, FW_CFG_KERNEL_ENTRY, 4, l->entry) &&
	    fw_cfg_add_int(f, FW_CFG_INITRD_ADDR, 4, l->mbi_addr) &&
	    fw_cfg_add_int(f, FW_CFG_INITRD_SIZE, 4, l->mbi.len) &&
	    fw_cfg_add(f, FW_CFG_INITRD_DATA, l->mbi.p, l->mbi.len);
}

/* A single segment that is the whole image needs no reading piece by piece. */
static bool
loader_add_image(struct loader *l, struct fw_cfg *f)
{
	if (l->segs == 1 && l->seg[0].at == l->addr && l->seg[0].len == l->size)
		return fw_cfg_add(f, FW_CFG_KERNEL_DATA, l->seg[0].data, l->size);
	return fw_cfg_add_reader(f, FW_CFG_KERNEL_DATA, l->size, loader_read, l);
}

bool
loader_add(struct loader *l, struct fw_cfg *f)
{
	return fw_cfg_add_int(f, FW_CFG_KERNEL_ADDR, 4, l->addr) &&
	    fw_cfg_add_int(f, FW_CFG_KERNEL_SIZE, 4, l->size) &&
	    loader_add_image(l, f) &&
	    (l->multiboot ? loader_add_multiboot(l, f) : loader_add_linux(l, f));
}
