/*
 * hw/vga_dispi.c - the Bochs VBE extension
 *
 * Bochs, "VBE DISPI interface".
 */
#include <string.h>

#include "base/log.h"
#include "hw/vga_priv.h"

uint32_t
dispi_line_bytes(const struct vga *v, uint32_t width)
{
	return v->dispi[DISPI_BPP] == 4 ? width / 2 :
	    width * ((v->dispi[DISPI_BPP] + 7u) / 8);
}

static bool
dispi_bpp_valid(unsigned bpp)
{
	return bpp == 4 || bpp == 8 || bpp == 15 || bpp == 16 || bpp == 24 ||
	    bpp == 32;
}

/* A virtual width as far as memory has whole lines for it. */
static void
dispi_set_width(struct vga *v, unsigned width)
{
	uint32_t line, height;

	if (width < v->dispi[DISPI_XRES])
		width = v->dispi[DISPI_XRES];
	line = dispi_line_bytes(v, width);
	height = line ? v->memory.size / line : 0;
	if (height < v->dispi[DISPI_YRES]) {
		log_guest(v->log, "vga.vbe", "VBE: no memory for %u x %u",
		    width, v->dispi[DISPI_YRES]);
		return;
	}
	v->dispi[DISPI_VWIDTH] = (uint16_t)width;
	v->dispi[DISPI_VHEIGHT] = (uint16_t)(height > 0xffff ? 0xffff : height);
}

static bool
dispi_mode_fits(const struct vga *v)
{
	uint64_t bytes = (uint64_t)dispi_line_bytes(v, v->dispi[DISPI_XRES]) *
	    v->dispi[DISPI_YRES];

	return bytes && bytes <= v->memory.size;
}

static void
dispi_set_enable(struct vga *v, uint16_t val)
{
	uint16_t was = v->dispi[DISPI_ENABLE];
	uint32_t bytes;

	if ((val & DISPI_ON) && !(was & DISPI_ON)) {
		if (!dispi_mode_fits(v)) {
			log_guest(v->log, "vga.mode",
			    "VBE: mode %u x %u x %u refused", v->dispi[DISPI_XRES],
			    v->dispi[DISPI_YRES], v->dispi[DISPI_BPP]);
			return;
		}
		v->dispi[DISPI_X] = v->dispi[DISPI_Y] = 0;
		v->dispi[DISPI_BANK] = 0;
		dispi_set_width(v, v->dispi[DISPI_XRES]);
		bytes = dispi_line_bytes(v, v->dispi[DISPI_XRES]) *
		    v->dispi[DISPI_YRES];
		if (!(val & DISPI_NOCLEAR)) {
			vga_dirty(v, 0, bytes);
			memset(v->memory.mem, 0, bytes);
		}
	}
	v->dispi[DISPI_ENABLE] = val & (DISPI_ON | DISPI_CAPS | DISPI_8BIT |
	    DISPI_LFB | DISPI_NOCLEAR);
}

static void
dispi_write(struct vga *v, uint16_t val)
{
	bool on = v->dispi[DISPI_ENABLE] & DISPI_ON;

	switch (v->dispi_index) {
	case DISPI_ID:
		if (val >= DISPI_ID0 && val <= DISPI_ID5)
			v->dispi[DISPI_ID] = val;
		break;
	case DISPI_XRES:
		if (!on && val <= DISPI_MAX_XRES)
			v->dispi[DISPI_XRES] = val & (uint16_t)~7u;
		break;
	case DISPI_YRES:
		if (!on && val <= DISPI_MAX_YRES)
			v->dispi[DISPI_YRES] = val;
		break;
	case DISPI_BPP:
		if (!on && dispi_bpp_valid(val ? val : 8))
			v->dispi[DISPI_BPP] = val ? val : 8;
		break;
	case DISPI_ENABLE:
		dispi_set_enable(v, val);
		break;
	case DISPI_BANK:
		if ((uint32_t)val << 16 < v->memory.size)
			v->dispi[DISPI_BANK] = val;
		break;
	case DISPI_VWIDTH:
		if (on)
			dispi_set_width(v, val);
		break;
	case DISPI_X:
	case DISPI_Y:
		v->dispi[v->dispi_index] = val;
		break;
	default:
		break;			/* read-only or absent */
	}
}

static uint16_t
dispi_read(const struct vga *v)
{
	unsigned i = v->dispi_index;

	if (i == DISPI_MEMORY)
		return (uint16_t)(v->memory.size >> 16);
	if (i >= DISPI_REGS)
		return 0;
	if (v->dispi[DISPI_ENABLE] & DISPI_CAPS) {
		switch (i) {
		case DISPI_XRES: return DISPI_MAX_XRES;
		case DISPI_YRES: return DISPI_MAX_YRES;
		case DISPI_BPP:	return 32;
		default: break;
		}
	}
	return v->dispi[i];
}

/* The index is the word at 1CEh, the data the word at 1CFh (which the bus
 * splits, being odd) or, aligned, at 1D0h. */
static uint64_t
vga_dispi_read(void *dev, uint32_t off, unsigned size)
{
	struct vga *v = dev;

	if (off == 0)
		return v->dispi_index;
	if (size == 1)
		return off == 1 ? dispi_read(v) & 0xff : dispi_read(v) >> 8;
	return dispi_read(v);
}

static void
vga_dispi_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct vga *v = dev;

	if (off == 0)
		v->dispi_index = (uint16_t)val;
	else if (size == 2)
		dispi_write(v, (uint16_t)val);
	else if (off == 1)
		v->dispi_low = (uint8_t)val;
	else if (off == 2)
		dispi_write(v, (uint16_t)(val << 8 | v->dispi_low));
}

bool
vga_dispi_valid(const struct vga *v)
{
	const uint16_t *r = v->dispi;

	if (!dispi_bpp_valid(r[DISPI_BPP]) || r[DISPI_XRES] > DISPI_MAX_XRES ||
	    r[DISPI_YRES] > DISPI_MAX_YRES ||
	    (uint32_t)r[DISPI_BANK] << 16 >= v->memory.size)
		return false;
	if (!(r[DISPI_ENABLE] & DISPI_ON))
		return true;
	return r[DISPI_VWIDTH] >= r[DISPI_XRES] && r[DISPI_YRES] &&
	    (uint64_t)dispi_line_bytes(v, r[DISPI_VWIDTH]) * r[DISPI_YRES] <=
	    v->memory.size;
}

const struct io_ops vga_dispi_io = {
	.read = vga_dispi_read,
	.write = vga_dispi_write,
	.sizes = 1 | 2,
};
