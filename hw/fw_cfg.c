/*
 * hw/fw_cfg.c - firmware configuration device, ports 510h..51Bh
 *
 * Reference: "QEMU Firmware Configuration (fw_cfg) Device",
 * docs/specs/fw_cfg.rst of that project: the interface SeaBIOS uses.
 *
 * Not modelled: writing items (a write descriptor ends with the error bit).
 */
#include "hw/fw_cfg.h"

#include <stdlib.h>

#include "base/bits.h"

#define ID_TRADITIONAL	1
#define ID_DMA		2

#define DMA_ERROR	0x01u
#define DMA_READ	0x02u
#define DMA_SKIP	0x04u
#define DMA_SELECT	0x08u
#define DMA_WRITE	0x10u
#define DMA_DESCRIPTOR	16

#define KEYS		(FW_CFG_FILE_FIRST + FW_CFG_FILES)
#define ARCH_KEYS	8	/* 8000h.. */
#define DIR_ENTRY	64
#define DMA_CHUNK	4096

struct fw_cfg_item {
	uint32_t	len;
	const uint8_t	*data;		/* NULL: small or read() */
	void		(*read)(void *arg, uint32_t off, void *buf, uint32_t n);
	void		*arg;
	uint8_t		small[8];
};

struct fw_cfg {
	uint16_t		key;	/* selected */
	uint32_t		off;	/* in it */
	uint32_t		dma_hi;	/* high half of the descriptor's address */
	/* Fixed before the guest runs: */
	struct fw_cfg_item	item[KEYS];
	struct fw_cfg_item	arch[ARCH_KEYS];
	uint8_t			dir[4 + FW_CFG_FILES * DIR_ENTRY];
	uint32_t		files;
	struct fw_cfg_dma	dma;
	struct log		*log;
};

/* "QEMU CFG" as bytes at ports 514h to 51Bh */
static const uint8_t dma_signature[8] = { 'Q', 'E', 'M', 'U', ' ', 'C', 'F', 'G' };

/* NULL: no such key. */
static struct fw_cfg_item *
fw_cfg_item(struct fw_cfg *f, uint16_t key)
{
	if (key < KEYS)
		return &f->item[key];
	if (key >= 0x8000 && key < 0x8000 + ARCH_KEYS)
		return &f->arch[key - 0x8000];
	return NULL;
}

static void
fw_cfg_select(struct fw_cfg *f, uint16_t key)
{
	f->key = key;
	f->off = 0;
}

/* Bytes left of the selected item. */
static uint32_t
fw_cfg_left(struct fw_cfg *f)
{
	const struct fw_cfg_item *it = fw_cfg_item(f, f->key);

	return it && f->off < it->len ? it->len - f->off : 0;
}

/* The next n bytes, which exist; buf is used only when they are not in memory. */
static const uint8_t *
fw_cfg_fetch(struct fw_cfg *f, uint8_t *buf, uint32_t n)
{
	struct fw_cfg_item *it = fw_cfg_item(f, f->key);
	uint32_t off = f->off;

	f->off += n;
	if (it->data)
		return it->data + off;
	if (!it->read)
		return it->small + off;
	it->read(it->arg, off, buf, n);
	return buf;
}

/* --- ports 510h and 511h --- */

static uint64_t
fw_cfg_read(void *dev, uint32_t off, unsigned size)
{
	struct fw_cfg *f = dev;
	uint8_t byte;

	(void)size;
	if (off != 1)
		return 0xff;
	return fw_cfg_left(f) ? *fw_cfg_fetch(f, &byte, 1) : 0;
}

static uint64_t
fw_cfg_port_read(void *dev, uint32_t off, unsigned size)
{
	if (size == 2)
		return fw_cfg_read(dev, 0, 1) | fw_cfg_read(dev, 1, 1) << 8;
	return fw_cfg_read(dev, off, size);
}

static void
fw_cfg_port_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	(void)off;
	/* Only the selector is writable, and only as a word. */
	if (size == 2)
		fw_cfg_select(dev, (uint16_t)val);
}

/* --- DMA --- */

static bool
fw_cfg_zero(struct fw_cfg *f, uint64_t at, uint32_t n)
{
	static const uint8_t zero[DMA_CHUNK];

	for (; n > 0;) {
		uint32_t part = n < DMA_CHUNK ? n : DMA_CHUNK;

		if (!f->dma.write(f->dma.arg, at, zero, part))
			return false;
		at += part;
		n -= part;
	}
	return true;
}

/* What lies beyond the item's end reads as zeros. */
static bool
fw_cfg_dma_read(struct fw_cfg *f, uint64_t at, uint32_t n)
{
	uint8_t buf[DMA_CHUNK];

	while (n > 0) {
		const struct fw_cfg_item *it = fw_cfg_item(f, f->key);
		uint32_t part = fw_cfg_left(f);

		if (!part)
			return fw_cfg_zero(f, at, n);
		part = n < part ? n : part;
		if (it->read && part > DMA_CHUNK)
			part = DMA_CHUNK;
		if (!f->dma.write(f->dma.arg, at, fw_cfg_fetch(f, buf, part), part))
			return false;
		at += part;
		n -= part;
	}
	return true;
}

static bool
fw_cfg_dma_run(struct fw_cfg *f, uint32_t control, uint32_t len, uint64_t at)
{
	uint32_t left;

	if (control & DMA_SELECT)
		fw_cfg_select(f, (uint16_t)(control >> 16));
	if (control & DMA_READ)
		return fw_cfg_dma_read(f, at, len);
	if (control & DMA_WRITE) {
		log_unimp(f->log, "fw-cfg-write", "fw_cfg: item %#x written, refused",
		    f->key);
		return false;
	}
	if (control & DMA_SKIP) {
		left = fw_cfg_left(f);
		f->off += len < left ? len : left;
	}
	return true;
}

static void
fw_cfg_dma_start(struct fw_cfg *f, uint64_t desc)
{
	uint8_t d[DMA_DESCRIPTOR], done[4];
	uint32_t control, len;
	uint64_t at;
	bool ok;

	if (!f->dma.read(f->dma.arg, desc, d, sizeof(d))) {
		log_guest(f->log, "fw-cfg-descriptor",
		    "fw_cfg: no memory at descriptor 0x%llx",
		    (unsigned long long)desc);
		return;
	}
	control = __builtin_bswap32(get_le32(d));
	len = __builtin_bswap32(get_le32(d + 4));
	at = __builtin_bswap64(get_le64(d + 8));
	ok = fw_cfg_dma_run(f, control, len, at);
	put_le32(done, __builtin_bswap32(ok ? 0 : DMA_ERROR));
	f->dma.write(f->dma.arg, desc, done, sizeof(done));
}

static uint64_t
fw_cfg_dma_port_read(void *dev, uint32_t off, unsigned size)
{
	(void)dev;
	return get_le(dma_signature + off, size);
}

/* Big-endian, high half first; writing the low half starts. */
static void
fw_cfg_dma_port_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct fw_cfg *f = dev;
	uint32_t half = __builtin_bswap32((uint32_t)val);
	uint64_t desc;

	(void)size;
	if (off == 0) {
		f->dma_hi = half;
		return;
	}
	desc = (uint64_t)f->dma_hi << 32 | half;
	f->dma_hi = 0;
	fw_cfg_dma_start(f, desc);
}

/* --- items --- */

static bool
fw_cfg_put(struct fw_cfg *f, uint16_t key, const struct fw_cfg_item *it)
{
	struct fw_cfg_item *slot = fw_cfg_item(f, key);

	if (!slot) {
		log_error(f->log, "fw_cfg: no room for item %#x", key);
		return false;
	}
	*slot = *it;
	return true;
}

bool
fw_cfg_add(struct fw_cfg *f, uint16_t key, const void *data, uint32_t len)
{
	return fw_cfg_put(f, key, &(struct fw_cfg_item){ .data = data, .len = len });
}

bool
fw_cfg_add_int(struct fw_cfg *f, uint16_t key, unsigned size, uint64_t v)
{
	struct fw_cfg_item it = { .len = size };

	put_le64(it.small, v);
	return fw_cfg_put(f, key, &it);
}

bool
fw_cfg_add_reader(struct fw_cfg *f, uint16_t key, uint32_t len,
    void (*read)(void *arg, uint32_t off, void *buf, uint32_t n), void *arg)
{
	return fw_cfg_put(f, key,
	    &(struct fw_cfg_item){ .read = read, .arg = arg, .len = len });
}

/* Directory: count, then { size, key, reserved, name[56] }, big-endian. */
static bool
fw_cfg_name(struct fw_cfg *f, const char *name, const struct fw_cfg_item *it)
{
	uint16_t key = (uint16_t)(FW_CFG_FILE_FIRST + f->files);
	uint8_t *e = f->dir + 4 + f->files * DIR_ENTRY;

	if (f->files == FW_CFG_FILES || strlen(name) > FW_CFG_NAME_MAX) {
		log_error(f->log, "fw_cfg: no room for file '%s'", name);
		return false;
	}
	put_le32(e, __builtin_bswap32(it->len));
	put_le16(e + 4, __builtin_bswap16(key));
	memcpy(e + 8, name, strlen(name));
	f->files++;
	put_le32(f->dir, __builtin_bswap32(f->files));
	return fw_cfg_put(f, key, it) && fw_cfg_add(f, FW_CFG_FILE_DIR, f->dir,
	    4 + f->files * DIR_ENTRY);
}

bool
fw_cfg_add_file(struct fw_cfg *f, const char *name, const void *data, uint32_t len)
{
	return fw_cfg_name(f, name,
	    &(struct fw_cfg_item){ .data = data, .len = len });
}

bool
fw_cfg_add_file_int(struct fw_cfg *f, const char *name, unsigned size, uint64_t v)
{
	struct fw_cfg_item it = { .len = size };

	put_le64(it.small, v);
	return fw_cfg_name(f, name, &it);
}

/* --- reset, restore, construction --- */

static void
fw_cfg_reset(void *dev)
{
	struct fw_cfg *f = dev;

	fw_cfg_select(f, 0);
	f->dma_hi = 0;
}

/* Any selection and offset is one the guest can reach or reads as zeros. */
static int
fw_cfg_restored(void *dev)
{
	(void)dev;
	return 0;
}

static const struct snap_field fw_cfg_fields[] = {
	SNAP_U16(struct fw_cfg, key),
	SNAP_U32(struct fw_cfg, off),
	SNAP_U32(struct fw_cfg, dma_hi),
	SNAP_END
};

const struct io_ops fw_cfg_io = {
	.read = fw_cfg_port_read,
	.write = fw_cfg_port_write,
	.sizes = 1 | 2,
};

const struct io_ops fw_cfg_dma_io = {
	.read = fw_cfg_dma_port_read,
	.write = fw_cfg_dma_port_write,
	.sizes = 4,
};

const struct device_class fw_cfg_class = {
	.name = "fw_cfg",
	.version = 1,
	.reset = fw_cfg_reset,
	.restored = fw_cfg_restored,
	.free = free,
	.fields = fw_cfg_fields,
};

struct fw_cfg *
fw_cfg_new(const struct fw_cfg_dma *dma, struct log *log)
{
	struct fw_cfg *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->dma = *dma;
	f->log = log;
	if (fw_cfg_add(f, FW_CFG_SIGNATURE, dma_signature, 4) &&
	    fw_cfg_add_int(f, FW_CFG_ID, 4, ID_TRADITIONAL | ID_DMA) &&
	    fw_cfg_add(f, FW_CFG_FILE_DIR, f->dir, 4))
		return f;
	free(f);
	return NULL;
}
