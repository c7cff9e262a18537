/*
 * hw/vga.c - VGA registers, memory window, Bochs VBE
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem"; FreeVGA
 * "VGA Hardware" for what that leaves out; Bochs "VBE DISPI interface".
 *
 * Not modelled: the vertical retrace interrupt, the odd/even page bit, sync and
 * blanking of programmed timings (retrace is that of the standard 400- and
 * 480-line modes), panning and split screen in vga_text().
 */
#include "hw/vga.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"

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

#define MISC_COLOUR	0x01
#define MISC_480	0xc0
#define SEQ_MASK	2
#define SEQ_MEMORY	4
#define   SEQ_SEQUENTIAL 0x04
#define   SEQ_CHAIN4	0x08
#define GFX_SET_RESET	0
#define GFX_ENABLE_SR	1
#define GFX_COMPARE	2
#define GFX_ROTATE	3
#define GFX_READ_MAP	4
#define GFX_MODE	5
#define   GFX_READ_1	0x08
#define   GFX_ODD_EVEN	0x10
#define GFX_MISC	6
#define   GFX_GRAPHICS	0x01
#define GFX_DONT_CARE	7
#define GFX_BIT_MASK	8
#define ATTR_PALETTE_ON	0x20
#define CRTC_PROTECT	0x80
#define CRTC_REGS	25

#define DISPI_ID	0
#define DISPI_XRES	1
#define DISPI_YRES	2
#define DISPI_BPP	3
#define DISPI_ENABLE	4
#define   DISPI_ON	0x01
#define   DISPI_CAPS	0x02
#define   DISPI_8BIT	0x20
#define   DISPI_LFB	0x40
#define   DISPI_NOCLEAR	0x80
#define DISPI_BANK	5
#define DISPI_VWIDTH	6
#define DISPI_VHEIGHT	7
#define DISPI_X		8
#define DISPI_Y		9
#define DISPI_MEMORY	10
#define DISPI_REGS	11
#define DISPI_ID0	0xb0c0
#define DISPI_ID5	0xb0c5
#define DISPI_MAX_XRES	16000
#define DISPI_MAX_YRES	12000

/* 31.469 kHz lines, of which 640 of 800 clocks are visible. */
#define LINE_NS		31778u
#define VISIBLE_NS	25422u

struct vga {
	struct vclock		*clock;
	struct vga_memory	memory;
	struct log		*log;
	uint8_t			misc;
	uint8_t			enable;
	uint8_t			feature;
	uint8_t			seq_index, gfx_index, crtc_index, attr_index;
	bool			attr_data;	/* flip-flop: data comes next */
	uint8_t			seq[8], gfx[16], crtc[32], attr[32];
	uint8_t			dac[768];
	uint8_t			dac_mask;
	uint8_t			dac_read, dac_write;	/* index */
	uint8_t			dac_part;		/* 0..2: red, green, blue */
	uint8_t			dac_latch[2];
	bool			dac_reading;
	uint8_t			latch[4];
	uint16_t		dispi_index;
	uint16_t		dispi[DISPI_REGS];
	uint8_t			dispi_low;	/* first byte of a split write */
};

/* Memory window */

static bool
vga_linear(const struct vga *v)
{
	return (v->dispi[DISPI_ENABLE] & DISPI_ON) && v->dispi[DISPI_BPP] >= 8;
}

/* "Memory Map Select": where in the window the memory answers. */
static bool
vga_decode(const struct vga *v, uint32_t off, uint32_t *addr)
{
	switch (v->gfx[GFX_MISC] >> 2 & 3) {
	case 0:
		*addr = off;
		return true;
	case 1:
		*addr = off;
		return off < 0x10000;
	case 2:
		*addr = off - 0x10000;
		return off >= 0x10000 && off < 0x18000;
	default:
		*addr = off - 0x18000;
		return off >= 0x18000;
	}
}

/* The DISPI bank, as an offset into memory; false beyond its end. */
static bool
vga_bank(const struct vga *v, uint32_t off, uint32_t *at)
{
	*at = (uint32_t)v->dispi[DISPI_BANK] << 16 | (off & 0xffff);
	return off < 0x10000 && *at < v->memory.size;
}

static void
vga_dirty(struct vga *v, uint32_t off, uint32_t len)
{
	if (v->memory.dirty)
		v->memory.dirty(v->memory.arg, off, len);
}

static uint8_t
vga_compare(const struct vga *v)
{
	uint8_t same = 0xff, want;
	unsigned n;

	for (n = 0; n < 4; n++) {
		if (!(v->gfx[GFX_DONT_CARE] >> n & 1))
			continue;
		want = v->gfx[GFX_COMPARE] >> n & 1 ? 0xff : 0;
		same &= (uint8_t)~(v->latch[n] ^ want);
	}
	return same;
}

static uint8_t
vga_read_byte(struct vga *v, uint32_t off)
{
	unsigned plane = v->gfx[GFX_READ_MAP] & 3;
	uint32_t addr;

	if (vga_linear(v))
		return vga_bank(v, off, &addr) ? v->memory.mem[addr] : 0xff;
	if (!vga_decode(v, off, &addr))
		return 0xff;
	if (v->seq[SEQ_MEMORY] & SEQ_CHAIN4) {
		plane = addr & 3;
		addr &= ~3u;
	} else if (v->gfx[GFX_MODE] & GFX_ODD_EVEN) {
		plane = (plane & 2) | (addr & 1);
		addr &= ~1u;
	}
	memcpy(v->latch, v->memory.mem + 4 * (addr & 0xffff), 4);
	if (v->gfx[GFX_MODE] & GFX_READ_1)
		return vga_compare(v);
	return v->latch[plane];
}

static uint8_t
vga_rotate(uint8_t val, unsigned n)
{
	return (uint8_t)((val | val << 8) >> (n & 7));
}

/* "Data Rotate Register" bits 3, 4: what is done with the latch. */
static uint8_t
vga_logic(const struct vga *v, uint8_t val, uint8_t latch)
{
	switch (v->gfx[GFX_ROTATE] >> 3 & 3) {
	case 1:	return val & latch;
	case 2:	return val | latch;
	case 3:	return val ^ latch;
	default: return val;
	}
}

/* One plane of a write; val is the CPU's byte, rotated where the mode does. */
static uint8_t
vga_alu(const struct vga *v, unsigned plane, uint8_t val, unsigned mode)
{
	uint8_t set = v->gfx[GFX_SET_RESET] >> plane & 1 ? 0xff : 0;
	uint8_t mask = v->gfx[GFX_BIT_MASK], latch = v->latch[plane];

	switch (mode) {
	case 0:
		if (v->gfx[GFX_ENABLE_SR] >> plane & 1)
			val = set;
		break;
	case 1:
		return latch;
	case 2:
		val = val >> plane & 1 ? 0xff : 0;
		break;
	default:
		mask &= val;
		val = set;
		break;
	}
	val = vga_logic(v, val, latch);
	return (uint8_t)((val & mask) | (latch & ~mask));
}

static void
vga_write_byte(struct vga *v, uint32_t off, uint8_t val)
{
	unsigned planes = v->seq[SEQ_MASK] & 15, mode = v->gfx[GFX_MODE] & 3, n;
	uint32_t addr;

	if (vga_linear(v)) {
		if (vga_bank(v, off, &addr)) {
			v->memory.mem[addr] = val;
			vga_dirty(v, addr, 1);
		}
		return;
	}
	if (!vga_decode(v, off, &addr))
		return;
	if (v->seq[SEQ_MEMORY] & SEQ_CHAIN4) {
		planes &= 1u << (addr & 3);
		addr &= ~3u;
	} else if (!(v->seq[SEQ_MEMORY] & SEQ_SEQUENTIAL)) {
		planes &= addr & 1 ? 0xa : 0x5;
		addr &= ~1u;
	}
	addr = 4 * (addr & 0xffff);
	if (mode == 0 || mode == 3)
		val = vga_rotate(val, v->gfx[GFX_ROTATE]);
	for (n = 0; n < 4; n++) {
		if (planes >> n & 1)
			v->memory.mem[addr + n] = vga_alu(v, n, val, mode);
	}
	vga_dirty(v, addr, 4);
}

static uint64_t
vga_window_read(void *dev, uint32_t off, unsigned size)
{
	uint64_t val = 0;
	unsigned n;

	for (n = 0; n < size; n++)
		val |= (uint64_t)vga_read_byte(dev, off + n) << 8 * n;
	return val;
}

static void
vga_window_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	unsigned n;

	for (n = 0; n < size; n++)
		vga_write_byte(dev, off + n, (uint8_t)(val >> 8 * n));
}

/* Bochs VBE */

static uint32_t
dispi_line_bytes(const struct vga *v, uint32_t width)
{
	return v->dispi[DISPI_BPP] == 4 ? width / 8 :
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
			memset(v->memory.mem, 0, bytes);
			vga_dirty(v, 0, bytes);
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

/* The screen, for people */

static void
vga_screen_linear(const struct vga *v, struct vga_screen *s)
{
	uint64_t end;

	s->mode = VGA_LINEAR;
	s->width = v->dispi[DISPI_XRES];
	s->height = v->dispi[DISPI_YRES];
	s->bpp = v->dispi[DISPI_BPP];
	s->pitch = dispi_line_bytes(v, v->dispi[DISPI_VWIDTH]);
	s->start = v->dispi[DISPI_Y] * s->pitch +
	    dispi_line_bytes(v, v->dispi[DISPI_X]);
	end = s->start + (uint64_t)(s->height - 1) * s->pitch +
	    dispi_line_bytes(v, s->width);
	if (end > v->memory.size)	/* panned over the edge */
		s->start = 0;
}

static uint32_t
vga_text_start(const struct vga *v)
{
	return (uint32_t)v->crtc[0x0c] << 8 | v->crtc[0x0d];
}

static void
vga_screen_text(const struct vga *v, struct vga_screen *s)
{
	uint32_t lines = v->crtc[0x12] + 1u, at;

	lines += (v->crtc[7] & 0x02 ? 256 : 0) + (v->crtc[7] & 0x40 ? 512 : 0);
	s->mode = VGA_TEXT;
	s->width = v->crtc[1] + 1u;
	s->height = lines / ((v->crtc[9] & 31) + 1u);
	at = ((uint32_t)v->crtc[0x0e] << 8 | v->crtc[0x0f]) - vga_text_start(v);
	if (!(v->crtc[0x0a] & 0x20) && at < s->width * s->height)
		s->cursor = at;
}

void
vga_screen(const struct vga *v, struct vga_screen *s)
{
	memset(s, 0, sizeof(*s));
	s->cursor = ~0u;
	if (vga_linear(v))
		vga_screen_linear(v, s);
	else if (!(v->attr_index & ATTR_PALETTE_ON) || (v->seq[1] & 0x20))
		s->mode = VGA_BLANK;
	else if (!(v->gfx[GFX_MISC] & GFX_GRAPHICS))
		vga_screen_text(v, s);
	else
		s->mode = VGA_GRAPHICS;
}

uint32_t
vga_colour(const struct vga *v, uint8_t n)
{
	const uint8_t *c = v->dac + 3u * (n & v->dac_mask);

	return (uint32_t)c[0] << 16 | (uint32_t)c[1] << 8 | c[2];
}

/* Cells at plane address 2 * n: the CRTC counts words in text modes. */
static void
vga_text_row(const struct vga *v, uint32_t first, unsigned cols, uint8_t *cells,
    char *ascii)
{
	const uint8_t *cell;
	unsigned x, end = 0;

	for (x = 0; x < cols; x++) {
		cell = v->memory.mem + 4 * (2 * (first + x) & 0xffff);
		cells[2 * x] = cell[0];
		cells[2 * x + 1] = cell[1];
		ascii[x] = '.';
		if (cell[0] == 0)
			ascii[x] = ' ';
		else if (cell[0] >= ' ' && cell[0] < 0x7f)
			ascii[x] = (char)cell[0];
		if (ascii[x] != ' ')
			end = x + 1;
	}
	ascii[end] = 0;
}

bool
vga_text(const struct vga *v, void (*row)(void *arg, unsigned y,
    const uint8_t *cells, unsigned cols, const char *ascii), void *arg)
{
	uint8_t cells[2 * 256];
	char ascii[257];
	struct vga_screen s;
	unsigned y;

	vga_screen(v, &s);
	if (s.mode != VGA_TEXT)
		return false;
	for (y = 0; y < s.height; y++) {
		vga_text_row(v, vga_text_start(v) + y * v->crtc[0x13] * 2u,
		    s.width, cells, ascii);
		row(arg, y, cells, s.width, ascii);
	}
	return true;
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

static bool
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

const struct io_ops vga_dispi_io = {
	.read = vga_dispi_read,
	.write = vga_dispi_write,
	.sizes = 1 | 2,
};

const struct io_ops vga_window_io = {
	.read = vga_window_read,
	.write = vga_window_write,
	.sizes = 1 | 2 | 4 | 8,
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
