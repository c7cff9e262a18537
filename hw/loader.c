/*
 * hw/loader.c - kernels given on the command line: what the formats share
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

/* --- what multiboot and PVH kernels consist of --- */

/* Either all of the image is below 64 KiB or all of it is above 1 MiB. */
static bool
loader_in_memory(const struct loader *l, uint64_t at, uint64_t memsz)
{
	uint64_t end = at + memsz;
	bool low = at < ONE_MIB;

	if (end < at || (l->segs && low != loader_low(l)))
		return false;
	if (low)
		return l->format == LOADER_MULTIBOOT && at >= LOADER_LOW && end <= LOADER_LOW_END;
	return end <= loader_limit(l);
}

/* The image is size bytes at addr: it grows to have [at, end) in it. */
static void
loader_extend(struct loader *l, uint32_t at, uint64_t end)
{
	if (!l->segs || at < l->addr) {
		l->size = l->segs ? l->size + (l->addr - at) : (uint32_t)(end - at);
		l->addr = at;
	}
	if (end > (uint64_t)l->addr + l->size)
		l->size = (uint32_t)(end - l->addr);
}

bool
loader_segment(struct loader *l, uint64_t where, uint64_t off, uint64_t filesz,
    uint64_t at, uint64_t memsz)
{
	const struct loader_file *f = &l->kernel;

	if (filesz > memsz || off > f->len || filesz > f->len - off) {
		log_error(l->log, "%s: offset %#llx: %llu bytes from offset %#llx for %llu "
		    "bytes of memory, in a file of %llu", f->name,
		    (unsigned long long)where, (unsigned long long)filesz,
		    (unsigned long long)off, (unsigned long long)memsz,
		    (unsigned long long)f->len);
		return false;
	}
	if (!loader_in_memory(l, at, memsz)) {
		log_error(l->log, "%s: offset %#llx: 0x%llx and %llu bytes are not in memory "
		    "between 1 MiB and 0x%llx%s", f->name, (unsigned long long)where,
		    (unsigned long long)at, (unsigned long long)memsz,
		    (unsigned long long)loader_limit(l), l->format != LOADER_MULTIBOOT ?
		    "" : ", or all of it from 0x4000 to 0x10000");
		return false;
	}
	if (l->segs == LOADER_SEGMENTS) {
		log_error(l->log, "%s: offset %#llx: more than %u segments", f->name,
		    (unsigned long long)where, LOADER_SEGMENTS);
		return false;
	}
	loader_extend(l, (uint32_t)at, at + memsz);
	l->seg[l->segs++] = (struct loader_seg){ f->data + off, (uint32_t)at,
	    (uint32_t)filesz };
	return true;
}

bool
loader_behind(struct loader *l, const struct loader_file *f, uint32_t *out)
{
	uint64_t at = ((uint64_t)l->addr + l->size + PAGE_SIZE - 1) & PAGE_MASK;

	if (loader_low(l) || f->len > loader_limit(l) || at + f->len > loader_limit(l) ||
	    l->segs == LOADER_SEGMENTS) {
		log_error(l->log, "%s: %llu bytes do not fit into memory at 0x%llx",
		    f->name, (unsigned long long)f->len, (unsigned long long)at);
		return false;
	}
	l->seg[l->segs++] = (struct loader_seg){ f->data, (uint32_t)at,
	    (uint32_t)f->len };
	l->size = (uint32_t)(at + f->len - l->addr);
	*out = (uint32_t)at;
	return true;
}

static bool
loader_parse(struct loader *l)
{
	const struct loader_file *f = &l->kernel;
	uint64_t entry;
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
	if (loader_find_pvh(f, &entry))
		return loader_pvh(l, entry);
	log_error(l->log, "%s: not a kernel: no \"HdrS\" at offset 0x202, no "
	    "multiboot header in the first 8192 bytes, no ELF note with a PVH entry",
	    f->name);
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
	if (l->setup.oom || l->cmdline.oom || l->info.oom) {
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
	blob_fini(&l->info);
	free(l);
}

bool
loader_low(const struct loader *l)
{
	return l->format == LOADER_MULTIBOOT && l->segs && l->addr < ONE_MIB;
}

const char *
loader_rom(const struct loader *l)
{
	if (loader_low(l))
		return "multiboot_low";
	switch (l->format) {
	case LOADER_MULTIBOOT:
		return "multiboot";
	case LOADER_PVH:
		return "pvh";
	default:
		return "linuxboot";
	}
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
loader_add_info(struct loader *l, struct fw_cfg *f)
{
	return fw_cfg_add_int(f, FW_CFG_KERNEL_ENTRY, 4, l->entry) &&
	    fw_cfg_add_int(f, FW_CFG_INITRD_ADDR, 4, LOADER_INFO) &&
	    fw_cfg_add_int(f, FW_CFG_INITRD_SIZE, 4, l->info.len) &&
	    fw_cfg_add(f, FW_CFG_INITRD_DATA, l->info.p, l->info.len);
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
	    (l->format == LOADER_LINUX ? loader_add_linux(l, f) : loader_add_info(l, f));
}
