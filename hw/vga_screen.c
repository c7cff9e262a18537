/*
 * hw/vga_screen.c - what the screen shows, in words
 *
 * Not modelled: panning and split screen in vga_text().
 */
#include <string.h>

#include "hw/vga_priv.h"

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
