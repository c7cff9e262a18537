/*
 * hw/vga_priv.h - inside of the VGA, for hw/vga*.c
 */
#ifndef HW_VGA_PRIV_H
#define HW_VGA_PRIV_H

#include "hw/vga.h"

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

static inline void
vga_dirty(struct vga *v, uint32_t off, uint32_t len)
{
	if (v->memory.dirty)
		v->memory.dirty(v->memory.arg, off, len);
}

/* The VBE extension has the memory, not the VGA. */
static inline bool
vga_linear(const struct vga *v)
{
	return (v->dispi[DISPI_ENABLE] & DISPI_ON) && v->dispi[DISPI_BPP] >= 8;
}

/* --- hw/vga_dispi.c --- */

/* Bytes of width pixels; in 4-bit modes, of all planes. */
uint32_t dispi_line_bytes(const struct vga *v, uint32_t width);
/* Of a snapshot. */
bool	vga_dispi_valid(const struct vga *v);

#endif
