/*
 * hw/vga.c - VGA registers
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem"; FreeVGA
 * "VGA Hardware" for what that leaves out.
 *
 * Not modelled: the vertical retrace interrupt, sync and blanking of programmed
 * timings (retrace is that of the standard 400- and 480-line modes).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hw/vga_priv.h"

/* Ports, less 3B0h */
#define P_ATTR		0x10
#define P_ATTR_READ	0x11
#define P_MISC		0x12		/* read: input status 0 */
#define P_ENABLE	0x13
#define P_SEQ_INDEX	0x14
#define P_SEQ		0x15
#define P_DAC_MASK	0x16
#define P_DAC_READ	0x17		/* read: DAC state */
#define P_DAC_WRITE	0x18
#define P_DAC_DATA	0x19
#define P_FEATURE	0x1a
#define P_MISC_READ	0x1c
#define P_GFX_INDEX	0x1e
#define P_GFX		0x1f
#define P_CRTC_INDEX	0x04		/* colour; 20h less when mono */
#define P_CRTC		0x05
#define P_STATUS1	0x0a
#define P_COLOUR	0x20

/* 31.469 kHz lines, of which 640 of 800 clocks are visible. */
#define LINE_NS		31778u
#define VISIBLE_NS	25422u

/* Registers */

static uint8_t
vga_status1(struct vga *v)
{
	bool tall = (v->misc & MISC_480) == MISC_480;
	unsigned lines = tall ? 525 : 449, visible = tall ? 480 : 400;
	uint32_t t = (uint32_t)(vclock_now(v->clock) % (LINE_NS * lines));
	uint32_t line = t / LINE_NS, sync = visible + (tall ? 10 : 12);
	uint8_t s = 0;

	v->attr_data = false;
	if (line >= visible || t % LINE_NS >= VISIBLE_NS)
		s |= 0x01;
	if (line == sync || line == sync + 1)
		s |= 0x08;
	return s;
}

static void
vga_write_attr(struct vga *v, uint8_t val)
{
	unsigned i = v->attr_index & 31;

	v->attr_data = !v->attr_data;
	if (v->attr_data)
		v->attr_index = val & 0x3f;
	else if (i >= 16)
		v->attr[i] = val;
	else if (!(v->attr_index & ATTR_PALETTE_ON))
		v->attr[i] = val & 0x3f;	/* not while it is displayed */
}

/* "Vertical Retrace End": registers 0..7 can be protected, but for the line
 * compare bit in 7. */
static void
vga_write_crtc(struct vga *v, uint8_t val)
{
	unsigned i = v->crtc_index;

	if (i >= CRTC_REGS)
		return;
	if (i <= 7 && (v->crtc[0x11] & CRTC_PROTECT)) {
		if (i == 7)
			v->crtc[7] = (v->crtc[7] & 0xef) | (val & 0x10);
		return;
	}
	v->crtc[i] = val;
}

static unsigned
vga_dac_shift(const struct vga *v)
{
	return v->dispi[DISPI_ENABLE] & DISPI_8BIT ? 0 : 2;
}

/* A colour is taken over with its third byte; the DAC is 8 bits wide inside. */
static void
vga_write_dac(struct vga *v, uint8_t val)
{
	uint8_t *c = v->dac + 3u * v->dac_write;

	val = (uint8_t)(val << vga_dac_shift(v));
	if (v->dac_part < 2) {
		v->dac_latch[v->dac_part++] = val;
		return;
	}
	c[0] = v->dac_latch[0];
	c[1] = v->dac_latch[1];
	c[2] = val;
	v->dac_part = 0;
	v->dac_write++;
}

static uint8_t
vga_read_dac(struct vga *v)
{
	uint8_t val = v->dac[3u * v->dac_read + v->dac_part];

	if (++v->dac_part == 3) {
		v->dac_part = 0;
		v->dac_read++;
	}
	return (uint8_t)(val >> vga_dac_shift(v));
}

static void
vga_dac_index(struct vga *v, uint8_t val, bool reading)
{
	v->dac_part = 0;
	v->dac_reading = reading;
	if (reading)
		v->dac_read = val;
	else
		v->dac_write = val;
}

/* The CRTC and status ports are at 3Bxh or 3Dxh, as "Miscellaneous Output"
 * says; the other place is nobody's. */
static bool
vga_crtc_port(const struct vga *v, uint32_t off, uint32_t *reg)
{
	*reg = off % P_COLOUR;
	if (*reg >= 0x10)
		return false;
	return (off >= P_COLOUR) == !!(v->misc & MISC_COLOUR);
}

static uint8_t
vga_read_crtc_port(struct vga *v, uint32_t reg)
{
	switch (reg) {
	case P_CRTC_INDEX:	return v->crtc_index;
	case P_CRTC:		return v->crtc[v->crtc_index];
	case P_STATUS1:		return vga_status1(v);
	default:		return 0xff;
	}
}

static uint64_t
vga_read(void *dev, uint32_t off, unsigned size)
{
	struct vga *v = dev;
	uint32_t reg;

	(void)size;
	if (vga_crtc_port(v, off, &reg))
		return vga_read_crtc_port(v, reg);
	switch (off) {
	case P_ATTR:		return v->attr_index;
	case P_ATTR_READ:	return v->attr[v->attr_index & 31];
	case P_MISC:		return 0x10;	/* a monitor is there */
	case P_ENABLE:		return v->enable;
	case P_SEQ_INDEX:	return v->seq_index;
	case P_SEQ:		return v->seq[v->seq_index];
	case P_DAC_MASK:	return v->dac_mask;
	case P_DAC_READ:	return v->dac_reading ? 3 : 0;
	case P_DAC_WRITE:	return v->dac_write;
	case P_DAC_DATA:	return vga_read_dac(v);
	case P_FEATURE:		return v->feature;
	case P_MISC_READ:	return v->misc;
	case P_GFX_INDEX:	return v->gfx_index;
	case P_GFX:		return v->gfx[v->gfx_index];
	default:		return 0xff;
	}
}

static void
vga_write_crtc_port(struct vga *v, uint32_t reg, uint8_t val)
{
	switch (reg) {
	case P_CRTC_INDEX:	v->crtc_index = val & 31; break;
	case P_CRTC:		vga_write_crtc(v, val); break;
	case P_STATUS1:		v->feature = val & 3; break;
	default:		break;
	}
}

static void
vga_write(void *dev, uint32_t off, uint64_t val64, unsigned size)
{
	static const uint8_t gfx_mask[16] = {
		0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff
	};
	struct vga *v = dev;
	uint8_t val = (uint8_t)val64;
	uint32_t reg;

	(void)size;
	if (vga_crtc_port(v, off, &reg)) {
		vga_write_crtc_port(v, reg, val);
		return;
	}
	switch (off) {
	case P_ATTR:		vga_write_attr(v, val); break;
	case P_MISC:		v->misc = val; break;
	case P_ENABLE:		v->enable = val & 1; break;
	case P_SEQ_INDEX:	v->seq_index = val & 7; break;
	case P_SEQ:		v->seq[v->seq_index] = val; break;
	case P_DAC_MASK:	v->dac_mask = val; break;
	case P_DAC_READ:	vga_dac_index(v, val, true); break;
	case P_DAC_WRITE:	vga_dac_index(v, val, false); break;
	case P_DAC_DATA:	vga_write_dac(v, val); break;
	case P_GFX_INDEX:	v->gfx_index = val & 15; break;
	case P_GFX:
		v->gfx[v->gfx_index] = val & gfx_mask[v->gfx_index];
		break;
	default:		break;
	}
}

/* Device */

static void
vga_reset(void *dev)
{
	struct vga *v = dev;

	v->misc = MISC_COLOUR;
	v->enable = 1;
	v->feature = 0;
	v->seq_index = v->gfx_index = v->crtc_index = v->attr_index = 0;
	v->attr_data = false;
	memset(v->seq, 0, sizeof(v->seq));
	memset(v->gfx, 0, sizeof(v->gfx));
	memset(v->crtc, 0, sizeof(v->crtc));
	memset(v->attr, 0, sizeof(v->attr));
	memset(v->dac, 0, sizeof(v->dac));
	memset(v->dac_latch, 0, sizeof(v->dac_latch));
	memset(v->latch, 0, sizeof(v->latch));
	memset(v->dispi, 0, sizeof(v->dispi));
	v->dac_mask = 0xff;
	v->dac_read = v->dac_write = v->dac_part = 0;
	v->dac_reading = false;
	v->dispi_index = 0;
	v->dispi_low = 0;
	v->dispi[DISPI_ID] = DISPI_ID5;
	v->dispi[DISPI_BPP] = 8;
}

static int
vga_restored(void *dev)
{
	struct vga *v = dev;

	if (v->seq_index > 7 || v->gfx_index > 15 || v->crtc_index > 31 ||
	    v->dac_part > 2 || !vga_dispi_valid(v))
		return -EINVAL;
	return 0;
}

static const struct snap_field vga_fields[] = {
	SNAP_U8(struct vga, misc),
	SNAP_U8(struct vga, enable),
	SNAP_U8(struct vga, feature),
	SNAP_U8(struct vga, seq_index),
	SNAP_U8(struct vga, gfx_index),
	SNAP_U8(struct vga, crtc_index),
	SNAP_U8(struct vga, attr_index),
	SNAP_BOOL(struct vga, attr_data),
	SNAP_ARRAY(struct vga, seq),
	SNAP_ARRAY(struct vga, gfx),
	SNAP_ARRAY(struct vga, crtc),
	SNAP_ARRAY(struct vga, attr),
	SNAP_BYTES(struct vga, dac),
	SNAP_U8(struct vga, dac_mask),
	SNAP_U8(struct vga, dac_read),
	SNAP_U8(struct vga, dac_write),
	SNAP_U8(struct vga, dac_part),
	SNAP_ARRAY(struct vga, dac_latch),
	SNAP_BOOL(struct vga, dac_reading),
	SNAP_ARRAY(struct vga, latch),
	SNAP_U16(struct vga, dispi_index),
	SNAP_ARRAY(struct vga, dispi),
	SNAP_U8(struct vga, dispi_low),
	SNAP_END
};

const struct io_ops vga_io = {
	.read = vga_read,
	.write = vga_write,
	.sizes = 1,
};

const struct device_class vga_class = {
	.name = "vga",
	.version = 1,
	.reset = vga_reset,
	.restored = vga_restored,
	.free = free,
	.fields = vga_fields,
};

struct vga *
vga_new(struct vclock *clock, struct vga_memory memory, struct log *log)
{
	struct vga *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->clock = clock;
	v->memory = memory;
	v->log = log;
	vga_reset(v);
	return v;
}
