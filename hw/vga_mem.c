/*
 * hw/vga_mem.c - the VGA's memory, seen by the CPU at A0000h
 *
 * IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem": "Graphics
 * Controller Registers" and "Sequencer Registers".
 *
 * Not modelled: the odd/even page bit.
 */
#include <string.h>

#include "hw/vga_priv.h"

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

/* The planes' bytes at addr, as an offset into memory.  The VBE extension's
 * 4-bit modes have banks of them; false beyond the end. */
static bool
vga_planes(const struct vga *v, uint32_t addr, uint32_t *at)
{
	addr &= 0xffff;
	if (v->dispi[DISPI_ENABLE] & DISPI_ON)
		addr |= (uint32_t)v->dispi[DISPI_BANK] << 16;
	*at = 4 * addr;
	return addr < v->memory.size / 4;
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
	if (!vga_planes(v, addr, &addr))
		return 0xff;
	memcpy(v->latch, v->memory.mem + addr, 4);
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
			vga_dirty(v, addr, 1);
			v->memory.mem[addr] = val;
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
	if (!vga_planes(v, addr, &addr))
		return;
	if (mode == 0 || mode == 3)
		val = vga_rotate(val, v->gfx[GFX_ROTATE]);
	vga_dirty(v, addr, 4);
	for (n = 0; n < 4; n++) {
		if (planes >> n & 1)
			v->memory.mem[addr + n] = vga_alu(v, n, val, mode);
	}
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

const struct io_ops vga_window_io = {
	.read = vga_window_read,
	.write = vga_window_write,
	.sizes = 1 | 2 | 4 | 8,
};
