/*
 * cpu/x87_image.c - the environment of FNSTENV and FLDENV in its four formats
 *
 * References: AMD APM vol 2 section 11.2 "Saving x87 and 64-bit Media State",
 * the figures of the FSTENV images; Intel SDM vol 1 section 8.1.10 "Saving the
 * x87 FPU's State with FSTENV/FNSTENV and FSAVE/FNSAVE".
 *
 * Protected-mode formats hold selectors and offsets.  Real-mode formats hold
 * linear addresses: loaded, they become offsets with selector 0.
 */
#include "cpu/x87.h"

#define ENV16_SIZE	14u

unsigned
x87_env_size(struct x87_format f)
{
	return f.wide ? X87_ENV_MAX : ENV16_SIZE;
}

static uint32_t
linear_pointer(uint16_t sel, uint64_t offset)
{
	return ((uint32_t)sel << 4) + (uint32_t)offset;
}

static void
store16(const struct x87 *x, bool real, uint8_t *p)
{
	uint32_t ip = linear_pointer(x->fcs, x->fip);
	uint32_t dp = linear_pointer(x->fds, x->fdp);

	put_le16(p, x->fcw);
	put_le16(p + 2, x->fsw);
	put_le16(p + 4, x87_full_tags(x));
	put_le16(p + 6, (uint16_t)(real ? ip : x->fip));
	put_le16(p + 8, (uint16_t)(real ? (ip >> 4 & 0xf000) | x->fop :
	    x->fcs));
	put_le16(p + 10, (uint16_t)(real ? dp : x->fdp));
	put_le16(p + 12, (uint16_t)(real ? dp >> 4 & 0xf000 : x->fds));
}

/* Unused upper halves are stored as ones (observed, family 19h). */
static void
store32(const struct x87 *x, bool real, uint8_t *p)
{
	uint32_t ip = linear_pointer(x->fcs, x->fip);
	uint32_t dp = linear_pointer(x->fds, x->fdp);

	put_le32(p, 0xffff0000 | x->fcw);
	put_le32(p + 4, 0xffff0000 | x->fsw);
	put_le32(p + 8, 0xffff0000 | x87_full_tags(x));
	put_le32(p + 12, real ? 0xffff0000 | (ip & 0xffff) : (uint32_t)x->fip);
	put_le32(p + 16, real ? (ip >> 16 << 12) | x->fop :
	    (uint32_t)x->fop << 16 | x->fcs);
	put_le32(p + 20, real ? 0xffff0000 | (dp & 0xffff) : (uint32_t)x->fdp);
	put_le32(p + 24, real ? dp >> 16 << 12 : 0xffff0000 | x->fds);
}

unsigned
x87_env_store(const struct x87 *x, struct x87_format f, uint8_t *p)
{
	if (f.wide)
		store32(x, f.real, p);
	else
		store16(x, f.real, p);
	return x87_env_size(f);
}

static void
load16(struct x87 *x, bool real, const uint8_t *p)
{
	uint16_t w4 = get_le16(p + 8);
	uint16_t w6 = get_le16(p + 12);

	x->fip = get_le16(p + 6);
	x->fdp = get_le16(p + 10);
	x->fcs = w4;
	x->fds = w6;
	/* This format has no place for FOP in protected mode. */
	x->fop = 0;
	if (real) {
		x->fip |= (uint32_t)(w4 & 0xf000) << 4;
		x->fdp |= (uint32_t)(w6 & 0xf000) << 4;
		x->fop = w4 & 0x7ff;
		x->fcs = x->fds = 0;
	}
}

static void
load32(struct x87 *x, bool real, const uint8_t *p)
{
	uint32_t d4 = get_le32(p + 16);
	uint32_t d6 = get_le32(p + 24);

	x->fip = get_le32(p + 12);
	x->fdp = get_le32(p + 20);
	x->fcs = (uint16_t)d4;
	x->fop = d4 >> 16 & 0x7ff;
	x->fds = (uint16_t)d6;
	if (real) {
		x->fip = (x->fip & 0xffff) | (d4 >> 12 & 0xffff) << 16;
		x->fdp = (x->fdp & 0xffff) | (d6 >> 12 & 0xffff) << 16;
		x->fop = d4 & 0x7ff;
		x->fcs = x->fds = 0;
	}
}

void
x87_env_load(struct x87 *x, struct x87_format f, const uint8_t *p)
{
	unsigned step = f.wide ? 4 : 2;

	if (f.wide)
		load32(x, f.real, p);
	else
		load16(x, f.real, p);
	x->fcw = x87_fcw_legal(get_le16(p));
	x->fsw = (uint16_t)((get_le16(p + step) & ~(FSW_ES | FSW_B)) |
	    (x->fsw & (FSW_ES | FSW_B)));
	x87_set_tags(x, get_le16(p + 2 * step));
}
