/*
 * hw/vga.h - standard VGA with the Bochs VBE extension
 *
 * The frame buffer is the board's memory, handed to the constructor: the board
 * maps it linearly and saves it with RAM.  Byte p of plane n of the VGA's 256
 * KiB is at 4 * p + n of it; the CPU reaches it in the ways the real chip has
 * (planar, odd/even, chain-4) through the window at A0000h.
 */
#ifndef HW_VGA_H
#define HW_VGA_H

#include "base/device.h"
#include "base/io.h"
#include "base/vclock.h"

#define VGA_MIN_MEMORY	0x40000u

struct vga;
struct log;

struct vga_memory {
	uint8_t		*mem;
	uint32_t	size;		/* VGA_MIN_MEMORY or more, in 64 KiB */
	/* [off, off + len) was written through the window; may be NULL. */
	void		(*dirty)(void *arg, uint32_t off, uint32_t len);	/* will change */
	void		*arg;
};

/* NULL when memory is short. */
struct vga *vga_new(struct vclock *clock, struct vga_memory memory,
	    struct log *log);

/* What the screen shows. */
enum vga_mode { VGA_BLANK, VGA_TEXT, VGA_GRAPHICS, VGA_LINEAR };

struct vga_screen {
	enum vga_mode	mode;
	uint32_t	width, height;	/* cells in text mode, else pixels */
	uint32_t	bpp;		/* VGA_LINEAR: 8, 15, 16, 24, 32 */
	uint32_t	start;		/* VGA_LINEAR: of the first pixel, bytes */
	uint32_t	pitch;		/* VGA_LINEAR: bytes per line */
	uint32_t	cursor;		/* text: cell of the cursor, or ~0 */
};

void	vga_screen(const struct vga *v, struct vga_screen *s);

/* DAC entry n as 00RRGGBBh with 8 bits each. */
uint32_t vga_colour(const struct vga *v, uint8_t n);

/*
 * Calls row for each text row, top down: cols cells of character and
 * attribute, and the row as ASCII (others '.') without trailing blanks.  False
 * when the screen is not in text mode.
 */
bool	vga_text(const struct vga *v, void (*row)(void *arg, unsigned y,
	    const uint8_t *cells, unsigned cols, const char *ascii), void *arg);

/*
 * The picture: what the registers say about it now, and its rows.  Two equal
 * pictures (memcmp) of equal memory have equal rows.
 */
struct vga_picture {
	enum vga_mode	mode;
	uint32_t	width, height;	/* pixels; 0 x 0 when VGA_BLANK */
	uint32_t	bits;		/* a pixel: linear bpp, or 1, 2, 8 */
	uint32_t	start, pitch;	/* linear: bytes; else CRTC counts */
	uint32_t	colour[256];	/* 00RRGGBBh */
	/* Not VGA_LINEAR */
	uint32_t	limit;		/* of plane addresses */
	uint32_t	cells, dots;	/* in a row, pixels of a cell */
	uint32_t	scan;		/* rows of a character */
	uint32_t	split;		/* row from which address 0 is shown */
	uint32_t	preset, pan;	/* first row, first pixel of a cell */
	uint32_t	planes, pan_top, dword, crtc_mode;
	/* VGA_TEXT */
	uint32_t	font[2], attr_mode, blinked, underline;
	uint32_t	cursor, cursor_top, cursor_end;
};

void	vga_picture(const struct vga *v, struct vga_picture *p);
/* width pixels, 00RRGGBBh. */
void	vga_draw_row(const struct vga *v, const struct vga_picture *p,
	    unsigned y, uint32_t *out);
/* Are they the same but for what moves by itself: the cursor, and what blinks? */
bool	vga_picture_alike(const struct vga_picture *a, const struct vga_picture *b);
/* And may row y differ in two such pictures? */
bool	vga_row_moves(const struct vga *v, const struct vga_picture *a,
	    const struct vga_picture *b, unsigned y);
/* What the row depends on besides the picture; *len bytes. */
const uint8_t *vga_row_source(const struct vga *v, const struct vga_picture *p,
	    unsigned y, size_t *len);

extern const struct io_ops vga_io;		/* 48 ports at 3B0h */
extern const struct io_ops vga_dispi_io;	/* 4 ports at 1CEh */
extern const struct io_ops vga_window_io;	/* 128 KiB at A0000h */
extern const struct device_class vga_class;

#endif
