/*
 * hw/vga_draw.c - the picture, in pixels
 *
 * FreeVGA, "VGA Hardware": "CRTC Registers" (addresses), "Graphics Registers"
 * (shift modes), "Attribute Controller Registers" (palette, text attributes).
 *
 * Rows of the picture are scan lines, less those that only repeat.
 *
 * Not modelled: overscan, and changes of registers within a frame.
 */
#include <string.h>

#include "hw/vga_priv.h"

/* A 400-line frame */
#define FRAME_NS		14268000u
#define CURSOR_FRAMES		8u	/* on, and as many off */
#define BLINK_FRAMES		16u

#define SEQ_CLOCKING		1
#define   SEQ_8_DOTS		0x01
#define SEQ_FONTS		3
#define GFX_SHIFT_PAIRS		0x20
#define GFX_SHIFT_256		0x40
#define ATTR_MODE		0x10
#define   ATTR_LINE_GRAPHICS	0x04
#define   ATTR_BLINK		0x08
#define   ATTR_PAN_TOP		0x20
#define   ATTR_P54		0x80
#define ATTR_PLANES		0x12
#define ATTR_PAN		0x13
#define ATTR_SELECT		0x14
#define CRTC_COLS		0x01
#define CRTC_OVERFLOW		0x07
#define CRTC_PRESET		0x08
#define CRTC_SCAN		0x09
#define   SCAN_DOUBLE		0x80
#define CRTC_CURSOR_TOP		0x0a
#define   CURSOR_OFF		0x20
#define CRTC_CURSOR_END		0x0b
#define CRTC_LINES		0x12
#define CRTC_OFFSET		0x13
#define CRTC_UNDERLINE		0x14
#define   UNDERLINE_DWORD	0x40
#define CRTC_MODE		0x17
#define   MODE_NO_ROW_13	0x01
#define   MODE_NO_ROW_14	0x02
#define   MODE_WRAP_15		0x20
#define   MODE_BYTE		0x40
#define CRTC_COMPARE		0x18

#define DOTS			9u

/* --- the picture's measures --- */

static uint32_t
draw_dac(const struct vga *v, unsigned n)
{
	uint32_t c = vga_colour(v, (uint8_t)n);

	if (v->dispi[DISPI_ENABLE] & DISPI_8BIT)
		return c;
	return c | (c >> 6 & 0x030303);		/* 3Fh is all of it */
}

/* "Color Select Register" and bit 7 of the mode: bits 4..7 of an index. */
static unsigned
draw_palette(const struct vga *v, unsigned n)
{
	unsigned c = v->attr[n] & 0x3f, select = v->attr[ATTR_SELECT];

	if (v->attr[ATTR_MODE] & ATTR_P54)
		c = (c & 0x0f) | (select & 3) << 4;
	return c | (select & 0x0c) << 4;
}

static void
picture_colours(const struct vga *v, struct vga_picture *p)
{
	bool whole = p->bits == 8;
	unsigned n;

	for (n = 0; n < 256; n++)
		p->colour[n] = draw_dac(v, whole ? n : draw_palette(v, n & 15));
	p->planes = v->attr[ATTR_PLANES] & 15;
}

static uint32_t
crtc_overflow(const struct vga *v, unsigned bit8, unsigned bit9)
{
	unsigned o = v->crtc[CRTC_OVERFLOW];

	return (o >> bit8 & 1) << 8 | (bit9 ? (o >> bit9 & 1) << 9 : 0);
}

/* Scan lines that show the same; rows of a character, as far as they matter. */
static void
picture_rows(const struct vga *v, struct vga_picture *p)
{
	unsigned scan = (v->crtc[CRTC_SCAN] & 31) + 1u, lines, compare;
	unsigned repeat = v->crtc[CRTC_SCAN] & SCAN_DOUBLE ? 2 : 1;
	bool rows = p->mode == VGA_TEXT || (v->crtc[CRTC_MODE] &
	    (MODE_NO_ROW_13 | MODE_NO_ROW_14)) !=
	    (MODE_NO_ROW_13 | MODE_NO_ROW_14);

	lines = v->crtc[CRTC_LINES] + crtc_overflow(v, 1, 6) + 1;
	compare = v->crtc[CRTC_COMPARE] + crtc_overflow(v, 4, 0) +
	    (v->crtc[CRTC_SCAN] & 0x40 ? 512 : 0) + 1;
	p->scan = rows ? scan : 1;
	if (!rows)
		repeat *= scan;
	p->height = lines / repeat ? lines / repeat : 1;
	p->split = compare / repeat;
	p->preset = rows ? v->crtc[CRTC_PRESET] & 31 : 0;
}

static unsigned
picture_pan(const struct vga *v, const struct vga_picture *p)
{
	unsigned pan = v->attr[ATTR_PAN] & 15;

	if (p->dots == 9)
		return pan < 8 ? pan + 1 : 0;
	return p->bits == 8 ? (pan & 7) / 2 : pan & 7;
}

static void
picture_planar(const struct vga *v, struct vga_picture *p)
{
	unsigned mode = v->gfx[GFX_MODE];

	p->bits = mode & GFX_SHIFT_256 ? 8 : mode & GFX_SHIFT_PAIRS ? 2 : 1;
	p->dots = p->bits == 8 ? 4 : 8;
	p->cells = v->crtc[CRTC_COLS] + 1u;
	p->width = p->cells * p->dots;
	p->start = ((uint32_t)v->crtc[0x0c] << 8 | v->crtc[0x0d]) +
	    (v->crtc[CRTC_PRESET] >> 5 & 3);
	p->pitch = v->crtc[CRTC_OFFSET] * 2u;
	p->crtc_mode = v->crtc[CRTC_MODE];
	p->dword = v->crtc[CRTC_UNDERLINE] & UNDERLINE_DWORD;
	p->limit = 0x10000;
	picture_rows(v, p);
	p->pan = picture_pan(v, p);
	p->pan_top = v->attr[ATTR_MODE] & ATTR_PAN_TOP;
}

/* The VBE extension's 4-bit modes: the VGA's planes at its own resolution. */
static void
picture_dispi_planar(const struct vga *v, struct vga_picture *p)
{
	p->bits = 1;
	p->dots = 8;
	p->width = v->dispi[DISPI_XRES];
	p->height = v->dispi[DISPI_YRES];
	p->cells = p->width / 8;
	p->pitch = dispi_line_bytes(v, v->dispi[DISPI_VWIDTH]) / 4;
	p->start = v->dispi[DISPI_Y] * p->pitch + v->dispi[DISPI_X] / 8u;
	p->crtc_mode = MODE_BYTE | MODE_NO_ROW_13 | MODE_NO_ROW_14;
	p->limit = v->memory.size / 4;
	p->scan = 1;
	p->split = ~0u;
}

static void
picture_text(const struct vga *v, struct vga_picture *p)
{
	unsigned s = v->seq[SEQ_FONTS];
	uint64_t frame = vclock_now(v->clock) / FRAME_NS;

	picture_planar(v, p);
	p->bits = 1;
	p->dots = v->seq[SEQ_CLOCKING] & SEQ_8_DOTS ? 8 : 9;
	p->width = p->cells * p->dots;
	p->pan = picture_pan(v, p);
	p->font[0] = (s & 3) << 14 | (s & 0x10) << 9;
	p->font[1] = (s >> 2 & 3) << 14 | (s & 0x20) << 8;
	p->attr_mode = v->attr[ATTR_MODE];
	p->blinked = (p->attr_mode & ATTR_BLINK) && frame / BLINK_FRAMES & 1;
	p->underline = v->crtc[CRTC_UNDERLINE] & 31;
	p->cursor = ~0u;
	if ((v->crtc[CRTC_CURSOR_TOP] & CURSOR_OFF) || frame / CURSOR_FRAMES & 1)
		return;
	p->cursor = (uint32_t)v->crtc[0x0e] << 8 | v->crtc[0x0f];
	p->cursor_top = v->crtc[CRTC_CURSOR_TOP] & 31;
	p->cursor_end = v->crtc[CRTC_CURSOR_END] & 31;
}

void
vga_picture(const struct vga *v, struct vga_picture *p)
{
	struct vga_screen s;

	/* Pictures are compared byte by byte. */
	memset(p, 0, sizeof(*p));
	vga_screen(v, &s);
	p->mode = s.mode;
	switch (s.mode) {
	case VGA_BLANK:
		return;
	case VGA_TEXT:
		picture_text(v, p);
		break;
	case VGA_GRAPHICS:
		if (v->dispi[DISPI_ENABLE] & DISPI_ON)
			picture_dispi_planar(v, p);
		else
			picture_planar(v, p);
		break;
	case VGA_LINEAR:
		p->width = s.width;
		p->height = s.height;
		p->bits = s.bpp;
		p->start = s.start;
		p->pitch = s.pitch;
		break;
	}
	picture_colours(v, p);
}

/* --- rows of planes --- */

struct draw_at {
	uint32_t	ma;		/* CRTC's address counter */
	unsigned	scan;		/* line in the character */
	unsigned	pan;
};

static void
draw_at(const struct vga_picture *p, unsigned y, struct draw_at *at)
{
	bool below = y >= p->split;

	y = below ? y - p->split : y + p->preset;
	at->ma = (below ? 0 : p->start) + y / p->scan * p->pitch;
	at->scan = y % p->scan;
	at->pan = below && p->pan_top ? 0 : p->pan;
}

/* "Accessing the Video Memory": byte, word and doubleword addresses, and row
 * scan counter bits in them.  The four planes' bytes there. */
static const uint8_t *
draw_fetch(const struct vga *v, const struct vga_picture *p, uint32_t ma,
    unsigned scan)
{
	static const uint8_t nothing[4];
	uint32_t addr = ma;

	if (p->dword)
		addr = ma << 2 | (ma >> 14 & 3);
	else if (!(p->crtc_mode & MODE_BYTE))
		addr = ma << 1 |
		    (ma >> (p->crtc_mode & MODE_WRAP_15 ? 15 : 13) & 1);
	if (!(p->crtc_mode & MODE_NO_ROW_13))
		addr = (addr & ~0x2000u) | (scan & 1) << 13;
	if (!(p->crtc_mode & MODE_NO_ROW_14))
		addr = (addr & ~0x4000u) | (scan >> 1 & 1) << 14;
	if (p->limit == 0x10000)
		addr &= 0xffff;
	return addr < p->limit ? v->memory.mem + 4 * (uint64_t)addr : nothing;
}

static void
draw_cell_planes(const struct vga_picture *p, const uint8_t *q, uint32_t *out)
{
	unsigned i, c;

	for (i = 0; i < 8; i++) {
		c = (q[0] >> (7 - i) & 1) | (q[1] >> (7 - i) & 1) << 1 |
		    (q[2] >> (7 - i) & 1) << 2 | (q[3] >> (7 - i) & 1) << 3;
		out[i] = p->colour[c & p->planes];
	}
}

/* CGA's two bits a pixel: planes 0 and 2, then 1 and 3. */
static void
draw_cell_pairs(const struct vga_picture *p, const uint8_t *q, uint32_t *out)
{
	unsigned i, c, shift;

	for (i = 0; i < 8; i++, q += i == 4) {
		shift = 6 - 2 * (i & 3);
		c = (q[0] >> shift & 3) | (q[2] >> shift & 3) << 2;
		out[i] = p->colour[c & p->planes];
	}
}

static void
draw_cell_256(const struct vga_picture *p, const uint8_t *q, uint32_t *out)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		out[i] = p->colour[q[i]];
}

static bool
draw_is_cursor(const struct vga_picture *p, const struct draw_at *at)
{
	return at->ma == p->cursor && at->scan >= p->cursor_top &&
	    at->scan <= p->cursor_end;
}

static void
draw_cell_text(const struct vga *v, const struct vga_picture *p,
    const uint8_t *q, const struct draw_at *at, uint32_t *out)
{
	unsigned ch = q[0], attr = q[1], bg = attr >> 4, i, bits;
	uint32_t font = p->font[attr >> 3 & 1] + ch * 32 + at->scan, fg, back;

	bits = v->memory.mem[4 * (font & 0xffff) + 2] << 1;
	if ((ch & 0xe0) == 0xc0 && (p->attr_mode & ATTR_LINE_GRAPHICS))
		bits |= bits >> 1 & 1;
	if ((attr & 0x77) == 1 && at->scan == p->underline)
		bits = 0x1ff;
	if (p->attr_mode & ATTR_BLINK)
		bg &= 7;
	if ((attr & 0x80) && p->blinked)
		bits = 0;
	if (draw_is_cursor(p, at))
		bits = 0x1ff;
	fg = p->colour[attr & 15 & p->planes];
	back = p->colour[bg & p->planes];
	for (i = 0; i < p->dots; i++)
		out[i] = bits >> (8 - i) & 1 ? fg : back;
}

static void
draw_cell(const struct vga *v, const struct vga_picture *p,
    const struct draw_at *at, uint32_t *out)
{
	const uint8_t *q = draw_fetch(v, p, at->ma, at->scan);

	if (p->mode == VGA_TEXT)
		draw_cell_text(v, p, q, at, out);
	else if (p->bits == 8)
		draw_cell_256(p, q, out);
	else if (p->bits == 2)
		draw_cell_pairs(p, q, out);
	else
		draw_cell_planes(p, q, out);
}

/* Cells of which all or, at both ends, a part is in the picture. */
static void
draw_cells(const struct vga *v, const struct vga_picture *p, unsigned y,
    uint32_t *out)
{
	uint32_t cell[DOTS], x, to = 0;
	struct draw_at at;
	unsigned from, n;

	draw_at(p, y, &at);
	from = at.pan < p->dots ? at.pan : 0;
	for (x = 0; x <= p->cells && to < p->width; x++, at.ma++, from = 0) {
		draw_cell(v, p, &at, cell);
		n = p->dots - from;
		n = n < p->width - to ? n : p->width - to;
		memcpy(out + to, cell + from, n * sizeof(*out));
		to += n;
	}
}

/* --- rows of the linear frame buffer --- */

static void
draw_linear_16(const uint8_t *in, uint32_t *out, uint32_t width, bool green6)
{
	unsigned r, g, b, c;

	for (; width--; in += 2) {
		c = in[0] | (unsigned)in[1] << 8;
		b = c & 31;
		g = green6 ? c >> 5 & 63 : (c >> 5 & 31) << 1 | (c >> 9 & 1);
		r = c >> (green6 ? 11 : 10) & 31;
		*out++ = (r << 3 | r >> 2) << 16 | (g << 2 | g >> 4) << 8 |
		    (b << 3 | b >> 2);
	}
}

static void
draw_linear(const struct vga *v, const struct vga_picture *p, unsigned y,
    uint32_t *out)
{
	const uint8_t *in = v->memory.mem + p->start + (uint64_t)y * p->pitch;
	unsigned step = p->bits / 8;
	uint32_t x;

	switch (p->bits) {
	case 8:
		for (x = 0; x < p->width; x++)
			out[x] = p->colour[in[x]];
		break;
	case 15:
	case 16:
		draw_linear_16(in, out, p->width, p->bits == 16);
		break;
	default:
		for (x = 0; x < p->width; x++, in += step)
			out[x] = in[0] | (uint32_t)in[1] << 8 |
			    (uint32_t)in[2] << 16;
		break;
	}
}

void
vga_draw_row(const struct vga *v, const struct vga_picture *p, unsigned y,
    uint32_t *out)
{
	if (y >= p->height)
		return;
	if (p->mode == VGA_LINEAR)
		draw_linear(v, p, y, out);
	else
		draw_cells(v, p, y, out);
}

bool
vga_picture_alike(const struct vga_picture *a, const struct vga_picture *b)
{
	struct vga_picture same = *a;

	same.blinked = b->blinked;
	same.cursor = b->cursor;
	same.cursor_top = b->cursor_top;
	same.cursor_end = b->cursor_end;
	return !memcmp(&same, b, sizeof(same));
}

static bool
draw_cursor_in(const struct vga_picture *p, const struct draw_at *at)
{
	return p->cursor >= at->ma && p->cursor <= at->ma + p->cells;
}

/* Panning shows a part of one cell more. */
bool
vga_row_moves(const struct vga *v, const struct vga_picture *a,
    const struct vga_picture *b, unsigned y)
{
	struct draw_at at;
	unsigned x;

	draw_at(b, y, &at);
	if (draw_cursor_in(a, &at) || draw_cursor_in(b, &at))
		return true;
	for (x = 0; a->blinked != b->blinked && x <= b->cells; x++)
		if (draw_fetch(v, b, at.ma + x, at.scan)[1] & 0x80)
			return true;
	return false;
}

const uint8_t *
vga_row_source(const struct vga *v, const struct vga_picture *p, unsigned y,
    size_t *len)
{
	if (p->mode == VGA_LINEAR) {
		*len = (size_t)p->width * ((p->bits + 7) / 8);
		return v->memory.mem + p->start + (uint64_t)y * p->pitch;
	}
	*len = 4 * (size_t)p->limit;
	return v->memory.mem;
}
