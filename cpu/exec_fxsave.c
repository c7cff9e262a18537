/*
 * cpu/exec_fxsave.c - FXSAVE, FXRSTOR, XSAVE, XSAVEOPT, XRSTOR
 *
 * AMD APM vol 2 §11.4 "Saving and Restoring State", §11.5 "XSAVE/XRSTOR
 * Instructions".  The x87 error pointers are saved and restored only while an
 * unmasked exception is pending (CPUID has no XSaveErPtr): else FXSAVE stores
 * zeros and FXRSTOR clears them.  XSAVE saves every requested component, as if
 * each were always in use.
 */
#include "cpu/exec_ssef.h"

#include "cpu/regs.h"
#include "cpu/x87.h"

/* Offsets in the image. */
enum {
	FX_FCW = 0, FX_FSW = 2, FX_FTW = 4, FX_FOP = 6, FX_FIP = 8, FX_FDP = 16,
	FX_MXCSR = 24, FX_MXCSR_MASK = 28, FX_ST = 32, FX_XMM = 160, FX_SIZE = 512,
	XS_HEADER = 512, XS_SIZE = 576
};
#define XC_X87		0x01u
#define XC_SSE		0x02u
#define XC_AVX		0x04u

/* ---- images ---- */

static void
pointers_put(const struct cpu *c, const struct insn *in, uint8_t *img)
{
	const struct x87 *x = &c->x87;

	memset(img + FX_FOP, 0, FX_MXCSR - FX_FOP);
	if (!(x->fsw & FSW_ES))
		return;
	put_le16(img + FX_FOP, x->fop);
	if (in->opsize == 8) {
		put_le64(img + FX_FIP, x->fip);
		put_le64(img + FX_FDP, x->fdp);
		return;
	}
	put_le32(img + FX_FIP, (uint32_t)x->fip);
	put_le16(img + FX_FIP + 4, x->fcs);
	put_le32(img + FX_FDP, (uint32_t)x->fdp);
	put_le16(img + FX_FDP + 4, x->fds);
}

static void
pointers_get(struct cpu *c, const struct insn *in, const uint8_t *img)
{
	struct x87 *x = &c->x87;
	bool wide = in->opsize == 8;

	x->fop = 0;
	x->fip = x->fdp = 0;
	x->fcs = x->fds = 0;
	if (!(x->fsw & FSW_ES))
		return;
	x->fop = get_le16(img + FX_FOP) & 0x7ff;
	x->fip = wide ? get_le64(img + FX_FIP) : get_le32(img + FX_FIP);
	x->fdp = wide ? get_le64(img + FX_FDP) : get_le32(img + FX_FDP);
	if (!wide) {
		x->fcs = get_le16(img + FX_FIP + 4) & c->x87_selectors;
		x->fds = get_le16(img + FX_FDP + 4) & c->x87_selectors;
	}
}

static void
x87_put(const struct cpu *c, const struct insn *in, uint8_t *img)
{
	const struct x87 *x = &c->x87;
	unsigned i;

	put_le16(img + FX_FCW, x->fcw);
	put_le16(img + FX_FSW, x->fsw);
	put_le16(img + FX_FTW, x87_abridged_tags(x));
	pointers_put(c, in, img);
	for (i = 0; i < 8; i++) {
		struct f80 st = x87_get(x, i);

		put_le64(img + FX_ST + 16 * i, st.mant);
		put_le64(img + FX_ST + 16 * i + 8, st.se);
	}
}

static void
x87_load(struct cpu *c, const struct insn *in, const uint8_t *img)
{
	struct x87 *x = &c->x87;
	unsigned i;

	x->fcw = x87_fcw_legal(get_le16(img + FX_FCW));
	x->fsw = get_le16(img + FX_FSW);
	x87_update_es(c);
	x87_set_abridged_tags(x, img[FX_FTW]);
	for (i = 0; i < 8; i++) {
		x->reg[x87_phys(x, i)] = (struct f80){
			.mant = get_le64(img + FX_ST + 16 * i),
			.se = get_le16(img + FX_ST + 16 * i + 8),
		};
	}
	pointers_get(c, in, img);
}

static unsigned
xmm_count(const struct cpu *c)
{
	return in_long64(c) ? 16 : 8;
}

static void
xmm_put(const struct cpu *c, uint8_t *img)
{
	memcpy(img + FX_XMM, c->xmm, 16 * xmm_count(c));
}

static void
xmm_load(struct cpu *c, const uint8_t *img)
{
	memcpy(c->xmm, img + FX_XMM, 16 * xmm_count(c));
}

static void
mxcsr_put(const struct cpu *c, uint8_t *img)
{
	put_le32(img + FX_MXCSR, c->mxcsr);
	put_le32(img + FX_MXCSR_MASK, MX_VALID);
}

/* ---- FXSAVE, FXRSTOR ---- */

/* AMD APM vol 2 §3.1.7 "Extended Feature Enable Register (EFER)": with FFXSR the
 * kernel's FXSAVE leaves the XMM registers alone. */
static bool
fast_fxsave(const struct cpu *c)
{
	return c->efer & EFER_FFXSR && in_long64(c) && !c->cpl;
}

/* Misalignment comes before a non-canonical address for XSAVE, after it for
 * FXSAVE (observed, family 19h). */
static bool
xs_area_ok(struct cpu *c, const struct insn *in, uint64_t ea, unsigned acc)
{
	if (seg_linear(c, in->seg, ea) & 63)
		return raise_gp0(c);
	return seg_check(c, in->seg, ea, XS_SIZE, acc);
}

/* With alignment checks an FXSAVE area not even aligned to 4 is #AC (observed,
 * family 19h); an XSAVE area is #GP always. */
static bool
fx_area_ok(struct cpu *c, const struct insn *in, uint64_t ea, unsigned acc)
{
	if (!seg_check(c, in->seg, ea, FX_SIZE, acc))
		return false;
	if (c->mode & MK_AC && seg_linear(c, in->seg, ea) & 3)
		return raise_error(c, EXC_AC, 0);
	return !(seg_linear(c, in->seg, ea) & 15) || raise_gp0(c);
}

/* Stores [from, to) of the image; the area was probed. */
static bool
image_store(struct cpu *c, const struct insn *in, uint64_t ea, const uint8_t *img,
    unsigned from, unsigned to)
{
	return from >= to || seg_st(c, in->seg, ea + from, to - from, img + from);
}

bool
x_fxsave(struct cpu *c, const struct insn *in, union xval *v)
{
	bool sse = c->cr4 & CR4_OSFXSR;
	uint8_t img[FX_SIZE];
	uint64_t ea = v[0].u;
	unsigned end = FX_XMM;

	if (c->mode & MK_EM)
		return raise_fault(c, EXC_NM);
	if (!fx_area_ok(c, in, ea, ACC_W) || !seg_probe_w(c, in->seg, ea, FX_SIZE))
		return false;
	x87_put(c, in, img);
	if (!sse)
		return image_store(c, in, ea, img, 0, FX_MXCSR) &&
		    image_store(c, in, ea, img, FX_ST, FX_XMM);
	mxcsr_put(c, img);
	if (!fast_fxsave(c)) {
		xmm_put(c, img);
		end += 16 * xmm_count(c);
	}
	return image_store(c, in, ea, img, 0, end);
}

bool
x_fxrstor(struct cpu *c, const struct insn *in, union xval *v)
{
	bool sse = c->cr4 & CR4_OSFXSR;
	uint8_t img[FX_SIZE];
	uint64_t ea = v[0].u;

	if (c->mode & MK_EM)
		return raise_fault(c, EXC_NM);
	if (!fx_area_ok(c, in, ea, ACC_R) || !seg_ld(c, in->seg, ea, FX_SIZE, img))
		return false;
	if (sse && get_le32(img + FX_MXCSR) & ~MX_VALID)
		return raise_gp0(c);
	x87_load(c, in, img);
	if (!sse)
		return true;
	c->mxcsr = get_le32(img + FX_MXCSR);
	if (!fast_fxsave(c))
		xmm_load(c, img);
	return true;
}

/* ---- XSAVE, XRSTOR ---- */

static uint64_t
requested(const struct cpu *c)
{
	return (c->gpr[RDX] << 32 | (uint32_t)c->gpr[RAX]) & c->xcr0;
}

bool
x_xsave(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t rfbm = requested(c), ea = v[0].u, bv;
	uint8_t img[FX_SIZE];

	if (!xs_area_ok(c, in, ea, ACC_W) || !seg_probe_w(c, in->seg, ea, XS_SIZE))
		return false;
	if (!seg_ld_u(c, in->seg, ea + XS_HEADER, 8, &bv))
		return false;
	x87_put(c, in, img);
	mxcsr_put(c, img);
	xmm_put(c, img);
	if (rfbm & XC_X87 && !(image_store(c, in, ea, img, 0, FX_MXCSR) &&
	    image_store(c, in, ea, img, FX_ST, FX_XMM)))
		return false;
	if (rfbm & (XC_SSE | XC_AVX) && !image_store(c, in, ea, img, FX_MXCSR, FX_ST))
		return false;
	if (rfbm & XC_SSE &&
	    !image_store(c, in, ea, img, FX_XMM, FX_XMM + 16 * xmm_count(c)))
		return false;
	return seg_st_u(c, in->seg, ea + XS_HEADER, 8, bv | rfbm);
}

bool
x_xsaveopt(struct cpu *c, const struct insn *in, union xval *v)
{
	return x_xsave(c, in, v);
}

/* The header of the standard format: only components the system enabled, no
 * compaction, reserved bytes zero. */
static bool
header_ok(const struct cpu *c, const uint8_t *header)
{
	return !(get_le64(header) & ~c->xcr0) && !get_le64(header + 8) && !get_le64(header + 16);
}

static void
x87_clear(struct cpu *c)
{
	static const uint8_t zeros[FX_XMM];
	struct insn wide = { .opsize = 8 };

	x87_load(c, &wide, zeros);
	c->x87.fcw = FCW_INIT;
	x87_update_es(c);
}

bool
x_xrstor(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t rfbm = requested(c), ea = v[0].u, bv;
	uint8_t img[XS_SIZE];

	if (!xs_area_ok(c, in, ea, ACC_R) || !seg_ld(c, in->seg, ea, XS_SIZE, img))
		return false;
	if (!header_ok(c, img + XS_HEADER))
		return raise_gp0(c);
	if (rfbm & (XC_SSE | XC_AVX) && get_le32(img + FX_MXCSR) & ~MX_VALID)
		return raise_gp0(c);
	bv = get_le64(img + XS_HEADER);
	if (rfbm & XC_X87 && bv & XC_X87)
		x87_load(c, in, img);
	else if (rfbm & XC_X87)
		x87_clear(c);
	if (rfbm & (XC_SSE | XC_AVX))
		c->mxcsr = get_le32(img + FX_MXCSR);
	if (rfbm & XC_SSE && bv & XC_SSE)
		xmm_load(c, img);
	else if (rfbm & XC_SSE)
		memset(c->xmm, 0, 16 * xmm_count(c));
	return true;
}
