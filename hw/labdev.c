/*
 * hw/labdev.c - the laboratory's port; register map in hw/labdev.h
 */
#include "hw/labdev.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"

#define L_ID		0x00
#define L_MARK		0x04
#define L_CYCLE_LO	0x08
#define L_CYCLE_HI	0x0c
#define L_COUNTER	0x10
#define L_COUNTER_LO	0x14
#define L_COUNTER_HI	0x18
#define L_KEY		0x1c
#define L_VALUE_LO	0x20
#define L_VALUE_HI	0x24
#define L_CHAR		0x28

#define TEXT_MAX	255

struct labdev {
	struct vclock		*clock;
	struct labdev_backend	backend;
	struct log		*log;
	uint32_t		mark;
	uint32_t		cycle_hi;
	uint32_t		counter;
	uint64_t		counter_value;
	uint32_t		key;
	uint32_t		value_lo, value_hi;
	uint8_t			text[TEXT_MAX + 1];
	uint32_t		text_len;
};

static uint32_t
labdev_cycles(struct labdev *l)
{
	uint64_t now = vclock_now(l->clock);

	l->cycle_hi = (uint32_t)(now >> 32);
	return (uint32_t)now;
}

static uint64_t
labdev_read(void *dev, uint32_t off, unsigned size)
{
	struct labdev *l = dev;

	if (size != 4)
		return LOW_BITS(8 * size);
	switch (off) {
	case L_ID:		return LABDEV_ID;
	case L_MARK:		return l->mark;
	case L_CYCLE_LO:	return labdev_cycles(l);
	case L_CYCLE_HI:	return l->cycle_hi;
	case L_COUNTER:		return l->counter;
	case L_COUNTER_LO:	return (uint32_t)l->counter_value;
	case L_COUNTER_HI:	return l->counter_value >> 32;
	case L_KEY:		return l->key;
	case L_VALUE_LO:	return l->value_lo;
	case L_VALUE_HI:	return l->value_hi;
	default:		return 0;
	}
}

static void
labdev_select(struct labdev *l, uint32_t n)
{
	l->counter = n;
	l->counter_value = l->backend.counter ?
	    l->backend.counter(l->backend.arg, n) : 0;
}

static void
labdev_report(struct labdev *l, uint32_t hi)
{
	l->value_hi = hi;
	if (l->backend.value)
		l->backend.value(l->backend.arg, l->key,
		    (uint64_t)hi << 32 | l->value_lo);
}

static void
labdev_end_text(struct labdev *l)
{
	l->text[l->text_len] = 0;
	if (l->backend.text)
		l->backend.text(l->backend.arg, (const char *)l->text);
	memset(l->text, 0, sizeof(l->text));
	l->text_len = 0;
}

static void
labdev_char(struct labdev *l, uint8_t c)
{
	if (c == 0 || c == '\n') {
		labdev_end_text(l);
		return;
	}
	if (l->text_len == TEXT_MAX)
		labdev_end_text(l);
	l->text[l->text_len++] = c;
}

static void
labdev_write32(struct labdev *l, uint32_t off, uint32_t val)
{
	switch (off) {
	case L_MARK:
		l->mark = val;
		if (l->backend.mark)
			l->backend.mark(l->backend.arg, val);
		break;
	case L_COUNTER:
		labdev_select(l, val);
		break;
	case L_KEY:
		l->key = val;
		break;
	case L_VALUE_LO:
		l->value_lo = val;
		break;
	case L_VALUE_HI:
		labdev_report(l, val);
		break;
	default:
		log_guest(l->log, "labdev.write",
		    "labdev: write to register 0x%02x", off);
		break;
	}
}

static void
labdev_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct labdev *l = dev;

	if (off == L_CHAR)
		labdev_char(l, (uint8_t)val);
	else if (size == 4)
		labdev_write32(l, off, (uint32_t)val);
	else
		log_guest(l->log, "labdev.size",
		    "labdev: %u-byte write to register 0x%02x", size, off);
}

static void
labdev_reset(void *dev)
{
	struct labdev *l = dev;

	l->mark = l->cycle_hi = l->counter = l->key = 0;
	l->value_lo = l->value_hi = 0;
	l->counter_value = 0;
	memset(l->text, 0, sizeof(l->text));
	l->text_len = 0;
}

static int
labdev_restored(void *dev)
{
	struct labdev *l = dev;

	return l->text_len <= TEXT_MAX ? 0 : -EINVAL;
}

static const struct snap_field labdev_fields[] = {
	SNAP_U32(struct labdev, mark),
	SNAP_U32(struct labdev, cycle_hi),
	SNAP_U32(struct labdev, counter),
	SNAP_U64(struct labdev, counter_value),
	SNAP_U32(struct labdev, key),
	SNAP_U32(struct labdev, value_lo),
	SNAP_U32(struct labdev, value_hi),
	SNAP_BYTES(struct labdev, text),
	SNAP_U32(struct labdev, text_len),
	SNAP_END
};

const struct io_ops labdev_io = {
	.read = labdev_read,
	.write = labdev_write,
	.sizes = 1 | 4,
};

const struct device_class labdev_class = {
	.name = "labdev",
	.version = 1,
	.reset = labdev_reset,
	.restored = labdev_restored,
	.free = free,
	.fields = labdev_fields,
};

struct labdev *
labdev_new(struct vclock *clock, struct labdev_backend backend, struct log *log)
{
	struct labdev *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->clock = clock;
	l->backend = backend;
	l->log = log;
	return l;
}
