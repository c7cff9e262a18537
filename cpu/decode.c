/*
 * cpu/decode.c - bytes to instruction
 *
 * AMD APM vol 3 §1.1 "Instruction Encoding Overview" is the order here:
 * prefixes, opcode, ModRM, SIB, displacement, immediates.  Which row of the
 * table the bytes mean is looked up in arrays that cpu/gen_decode.c makes.
 */
#include "cpu/decode.h"

#include "cpu/decode_tables.h"

static_assert(sizeof(struct insn) <= 64, "cpu/insn.h promises it");

/* Operand codes as data: where the operand is and how large. */
enum place {
	P_NONE,
	P_RM,			/* general register or memory by ModRM.mod */
	P_RM_REG,		/* general register by ModRM.rm; mod must be 3 */
	P_MEM,			/* memory; mod must not be 3 */
	P_REG,			/* general register by ModRM.reg */
	P_SREG, P_CR, P_DR,
	P_OPCODE,		/* general register by the opcode */
	P_FIXED,		/* general register, number in arg */
	P_FIXED_SEG,
	P_IMM, P_SIMM, P_ONE, P_REL, P_FAR, P_MOFFS,
	P_STRS, P_STRD,
	P_MM, P_MM_RM_REG, P_MM_RM,
	P_XMM, P_XMM_RM_REG, P_XMM_RM, P_XMM0,
	P_ST0, P_STI
};

/* Sizes that depend on something; smaller values are bytes. */
enum {
	SZ_V = 0x80,		/* operand size */
	SZ_Z,			/* at most 4 */
	SZ_Y,			/* operand size, but not 2 */
	SZ_V64,			/* 8 in 64-bit mode, else operand size */
	SZ_PTR,			/* selector and offset, 32 bits at most (AMD) */
	SZ_BOUNDS,		/* two of operand size */
	SZ_TABLE		/* limit and base */
};

struct operand_spec {
	uint8_t		place;
	uint8_t		size;		/* of a register or immediate */
	uint8_t		msize;		/* of memory, when it differs (0: it does not) */
	uint8_t		arg;
};

static const struct operand_spec operand_spec[OC_COUNT] = {
	[OC_Eb] = { P_RM, 1, 0, 0 },		[OC_Ew] = { P_RM, 2, 0, 0 },
	[OC_Ed] = { P_RM, 4, 0, 0 },		[OC_Eq] = { P_RM, 8, 0, 0 },
	[OC_Ev] = { P_RM, SZ_V, 0, 0 },		[OC_Ez] = { P_RM, SZ_Z, 0, 0 },
	[OC_Ey] = { P_RM, SZ_Y, 0, 0 },		[OC_Ev64] = { P_RM, SZ_V64, 0, 0 },
	[OC_RdMw] = { P_RM, 4, 2, 0 },		[OC_RdMb] = { P_RM, 4, 1, 0 },
	[OC_RyMb] = { P_RM, SZ_Y, 1, 0 },	[OC_RyMw] = { P_RM, SZ_Y, 2, 0 },
	[OC_Rv_Mw] = { P_RM, SZ_V, 2, 0 },
	[OC_Rd] = { P_RM_REG, 4, 0, 0 },	[OC_Rq] = { P_RM_REG, 8, 0, 0 },
	[OC_Rv] = { P_RM_REG, SZ_V, 0, 0 },	[OC_Ry] = { P_RM_REG, SZ_Y, 0, 0 },
	[OC_Gb] = { P_REG, 1, 0, 0 },		[OC_Gw] = { P_REG, 2, 0, 0 },
	[OC_Gd] = { P_REG, 4, 0, 0 },		[OC_Gq] = { P_REG, 8, 0, 0 },
	[OC_Gv] = { P_REG, SZ_V, 0, 0 },	[OC_Gy] = { P_REG, SZ_Y, 0, 0 },
	[OC_Gz] = { P_REG, SZ_Z, 0, 0 },
	[OC_Mb] = { P_MEM, 1, 0, 0 },		[OC_Mw] = { P_MEM, 2, 0, 0 },
	[OC_Md] = { P_MEM, 4, 0, 0 },		[OC_Mq] = { P_MEM, 8, 0, 0 },
	[OC_Mv] = { P_MEM, SZ_V, 0, 0 },	[OC_My] = { P_MEM, SZ_Y, 0, 0 },
	[OC_Mdq] = { P_MEM, 16, 0, 0 },		[OC_Mp] = { P_MEM, SZ_PTR, 0, 0 },
	[OC_Ma] = { P_MEM, SZ_BOUNDS, 0, 0 },	[OC_Ms] = { P_MEM, SZ_TABLE, 0, 0 },
	[OC_Mx] = { P_MEM, 0, 0, 0 },
	[OC_Sw] = { P_SREG, 2, 0, 0 },
	[OC_Cy] = { P_CR, 0, 0, 0 },		[OC_Dy] = { P_DR, 0, 0, 0 },
	[OC_Ib] = { P_IMM, 1, 0, 0 },		[OC_Iw] = { P_IMM, 2, 0, 0 },
	[OC_Iz] = { P_IMM, SZ_Z, 0, 0 },	[OC_Iv] = { P_IMM, SZ_V, 0, 0 },
	[OC_sIb] = { P_SIMM, 1, 0, 0 },		[OC_sIz] = { P_SIMM, SZ_Z, 0, 0 },
	[OC_I1] = { P_ONE, 1, 0, 0 },
	[OC_Jb] = { P_REL, 1, 0, 0 },		[OC_Jz] = { P_REL, SZ_Z, 0, 0 },
	[OC_Ap] = { P_FAR, SZ_Z, 0, 0 },
	[OC_Ob] = { P_MOFFS, 1, 0, 0 },		[OC_Ov] = { P_MOFFS, SZ_V, 0, 0 },
	[OC_Xb] = { P_STRS, 1, 0, 0 },		[OC_Xv] = { P_STRS, SZ_V, 0, 0 },
	[OC_Xz] = { P_STRS, SZ_Z, 0, 0 },
	[OC_Yb] = { P_STRD, 1, 0, 0 },		[OC_Yv] = { P_STRD, SZ_V, 0, 0 },
	[OC_Yz] = { P_STRD, SZ_Z, 0, 0 },
	[OC_Zb] = { P_OPCODE, 1, 0, 0 },	[OC_Zv] = { P_OPCODE, SZ_V, 0, 0 },
	[OC_Zy] = { P_OPCODE, SZ_Y, 0, 0 },
	[OC_AL] = { P_FIXED, 1, 0, RAX },	[OC_CL] = { P_FIXED, 1, 0, RCX },
	[OC_DX] = { P_FIXED, 2, 0, RDX },	[OC_AX] = { P_FIXED, 2, 0, RAX },
	[OC_rAX] = { P_FIXED, SZ_V, 0, RAX },	[OC_eAX] = { P_FIXED, SZ_Z, 0, RAX },
	[OC_sES] = { P_FIXED_SEG, 2, 0, SEG_ES }, [OC_sCS] = { P_FIXED_SEG, 2, 0, SEG_CS },
	[OC_sSS] = { P_FIXED_SEG, 2, 0, SEG_SS }, [OC_sDS] = { P_FIXED_SEG, 2, 0, SEG_DS },
	[OC_sFS] = { P_FIXED_SEG, 2, 0, SEG_FS }, [OC_sGS] = { P_FIXED_SEG, 2, 0, SEG_GS },
	[OC_Pq] = { P_MM, 8, 0, 0 },		[OC_Pd] = { P_MM, 4, 0, 0 },
	[OC_Nq] = { P_MM_RM_REG, 8, 0, 0 },
	[OC_Qq] = { P_MM_RM, 8, 0, 0 },		[OC_Qd] = { P_MM_RM, 4, 0, 0 },
	[OC_Vdq] = { P_XMM, 16, 0, 0 },		[OC_Vq] = { P_XMM, 8, 0, 0 },
	[OC_Vd] = { P_XMM, 4, 0, 0 },
	[OC_Udq] = { P_XMM_RM_REG, 16, 0, 0 },	[OC_Uq] = { P_XMM_RM_REG, 8, 0, 0 },
	[OC_Wdq] = { P_XMM_RM, 16, 0, 0 },	[OC_Wq] = { P_XMM_RM, 8, 0, 0 },
	[OC_Wd] = { P_XMM_RM, 4, 0, 0 },	[OC_Ww] = { P_XMM_RM, 2, 0, 0 },
	[OC_XMM0] = { P_XMM0, 16, 0, 0 },
	[OC_ST0] = { P_ST0, 10, 0, 0 },		[OC_STi] = { P_STI, 10, 0, 0 },
	[OC_Mf32] = { P_MEM, 4, 0, 0 },		[OC_Mf64] = { P_MEM, 8, 0, 0 },
	[OC_Mf80] = { P_MEM, 10, 0, 0 },	[OC_Mi16] = { P_MEM, 2, 0, 0 },
	[OC_Mi32] = { P_MEM, 4, 0, 0 },		[OC_Mi64] = { P_MEM, 8, 0, 0 },
	[OC_Mbcd] = { P_MEM, 10, 0, 0 },	[OC_Menv] = { P_MEM, 0, 0, 0 },
};

struct decoder {
	const uint8_t	*bytes;
	unsigned	n;		/* at most INSN_MAX */
	unsigned	pos;
	unsigned	mode;		/* DM_* */
	const struct feat_set *features;
	struct insn	*in;
	const struct insn_info *info;
	enum decode_result result;	/* why a step returned false */
	uint8_t		opcode;
	uint8_t		imms;		/* immediates so far */
};

static bool
fail(struct decoder *d, enum decode_result result)
{
	d->result = result;
	return false;
}

/* The next size bytes (1, 2, 4, 8), zero-extended.  A limit of 15 bytes is
 * #GP, not #UD: AMD APM vol 2 §8.2.14 "#GP—General-Protection Exception
 * (Vector 13)". */
static inline bool
take(struct decoder *d, unsigned size, uint64_t *v)
{
	if (unlikely(d->pos + size > d->n))
		return fail(d, d->n < INSN_MAX ? DEC_MORE : DEC_TOO_LONG);
	*v = get_le(d->bytes + d->pos, size);
	d->pos += size;
	return true;
}

static bool
take_signed(struct decoder *d, unsigned size, uint64_t *v)
{
	if (!take(d, size, v))
		return false;
	*v = (uint64_t)sign_extend(*v, size * 8);
	return true;
}

static bool
is_long64(const struct decoder *d)
{
	return d->mode & DM_64;
}

/* ---- prefixes ---- */

/* In 64-bit mode the ES, CS, SS and DS prefixes are null prefixes, which do
 * not even cancel an FS or GS prefix (AMD APM vol 3 §1.2.4 "Segment-Override
 * Prefixes"). */
static void
segment_prefix(struct decoder *d, unsigned seg)
{
	if (is_long64(d) && seg < SEG_FS)
		return;
	d->in->seg = (uint8_t)seg;
	d->in->prefix |= PFX_SEG;
}

static void
repeat_prefix(struct decoder *d, unsigned flag)
{
	d->in->prefix = (uint8_t)((d->in->prefix & ~(PFX_F2 | PFX_F3)) | flag);
}

/* 26 2e 36 3e 64-67 f0 f2 f3: a table lookup first, since most bytes are none. */
static bool
is_legacy_prefix(uint8_t b)
{
	static const uint64_t bits[4] = {
		BIT(0x26) | BIT(0x2e) | BIT(0x36) | BIT(0x3e),
		BIT(0x24) | BIT(0x25) | BIT(0x26) | BIT(0x27),
		0,
		BIT(0x30) | BIT(0x32) | BIT(0x33)
	};

	return bits[b >> 6] >> (b & 63) & 1;
}

static void
legacy_prefix(struct decoder *d, uint8_t b)
{
	switch (b) {
	case 0x26: case 0x2e: case 0x36: case 0x3e:
		segment_prefix(d, b >> 3 & 3);
		break;
	case 0x64: case 0x65:
		segment_prefix(d, b - 0x64u + SEG_FS);
		break;
	case 0x66:
		d->in->prefix |= PFX_66;
		break;
	case 0x67:
		d->in->prefix |= PFX_67;
		break;
	case 0xf0:
		d->in->prefix |= PFX_LOCK;
		break;
	case 0xf2:
		repeat_prefix(d, PFX_F2);
		break;
	default:
		repeat_prefix(d, PFX_F3);
		break;
	}
}

/* Ends with the first opcode byte taken.  A REX prefix counts only right
 * before the opcode (AMD APM vol 3 §1.2.7 "REX Prefix"). */
static bool
take_prefixes(struct decoder *d)
{
	uint64_t b;

	for (;;) {
		if (!take(d, 1, &b))
			return false;
		if (is_legacy_prefix((uint8_t)b)) {
			legacy_prefix(d, (uint8_t)b);
			d->in->rex = 0;
		} else if (is_long64(d) && (b & 0xf0) == 0x40) {
			d->in->rex = (uint8_t)b;
		} else {
			d->opcode = (uint8_t)b;
			break;
		}
	}
	if (d->in->rex)
		d->in->prefix |= PFX_REX;
	return true;
}

/* ---- opcode ---- */

static bool
take_opcode(struct decoder *d, unsigned *map)
{
	uint64_t b;

	*map = M1;
	if (d->opcode != 0x0f)
		return true;
	if (!take(d, 1, &b))
		return false;
	*map = M0F;
	if (b == 0x38 || b == 0x3a) {
		*map = b == 0x38 ? M0F38 : M0F3A;
		if (!take(d, 1, &b))
			return false;
	}
	d->opcode = (uint8_t)b;
	return true;
}

/* The mandatory prefix, if the opcode cares: the last of F3 and F2, and only
 * without them 66. */
static unsigned
mandatory_prefix(const struct insn *in)
{
	if (in->prefix & PFX_F3)
		return PX_F3;
	if (in->prefix & PFX_F2)
		return PX_F2;
	return in->prefix & PFX_66 ? PX_66 : PX_NP;
}

static bool
take_modrm(struct decoder *d)
{
	uint64_t b;

	if (!take(d, 1, &b))
		return false;
	d->in->modrm = (uint8_t)b;
	return true;
}

/* The row for map, opcode, prefix and, when it matters, ModRM. */
static bool
find_row(struct decoder *d, unsigned map)
{
	unsigned opcode = d->opcode;
	unsigned row;

	/* 90h is XCHG again when REX.B makes its register r8. */
	if (map == M1 && opcode == 0x90 && d->in->rex & 1)
		opcode = 0x91;
	row = decode_root[((is_long64(d) * MAP_COUNT + map) * 256 + opcode) * 4 +
	    mandatory_prefix(d->in) - 1];
	if (row & DECODE_NEXT || decode_row_modrm[row])
		if (!take_modrm(d))
			return false;
	if (row & DECODE_NEXT)
		row = decode_group[(row & ~DECODE_NEXT) * 16 +
		    (d->in->modrm >= 0xc0) * 8 + (d->in->modrm >> 3 & 7)];
	if (row & DECODE_NEXT)
		row = decode_rm[(row & ~DECODE_NEXT) * 8 + (d->in->modrm & 7)];
	if (row == 0)
		return fail(d, DEC_UD);
	d->in->row = (uint16_t)row;
	d->info = &insn_table[row];
	return true;
}

/* What mode and model decide about the whole instruction. */
static bool
check_available(struct decoder *d)
{
	const struct insn_info *info = d->info;

	if (info->chk & CK_PE && !(d->mode & DM_PE))
		return fail(d, DEC_UD);
	if (info->feat && d->features && !feat_has(d->features, info->feat))
		return fail(d, DEC_UD);
	return true;
}

/* ---- sizes ---- */

/* AMD APM vol 3 §1.2.2 "Operand-Size Override Prefix".  Near branches with 66h
 * have 16-bit operands in 64-bit mode too, unlike Intel's. */
static uint8_t
operand_size(const struct decoder *d)
{
	const struct insn *in = d->in;
	uint32_t chk = d->info->chk;
	bool small = in->prefix & PFX_66;

	if (chk & CK_S8)
		return 1;
	if (is_long64(d)) {
		if (in->rex & 8 || chk & CK_F64)
			return 8;
		return small ? 2 : chk & CK_D64 ? 8 : 4;
	}
	return small == !(d->mode & DM_32) ? 4 : 2;
}

static uint8_t
address_size(const struct decoder *d)
{
	bool other = d->in->prefix & PFX_67;

	if (is_long64(d))
		return other ? 4 : 8;
	return other == !(d->mode & DM_32) ? 4 : 2;
}

static unsigned
size_bytes(const struct decoder *d, unsigned size)
{
	unsigned opsize = d->in->opsize;

	switch (size) {
	case SZ_V:	return opsize;
	case SZ_Z:	return opsize > 4 ? 4 : opsize;
	case SZ_Y:	return opsize == 8 ? 8 : 4;
	case SZ_V64:	return is_long64(d) ? 8 : opsize;
	case SZ_PTR:	return (opsize > 4 ? 4 : opsize) + 2;
	case SZ_BOUNDS:	return opsize * 2;
	case SZ_TABLE:	return is_long64(d) ? 10 : 6;
	default:	return size;
	}
}

/* ---- memory operands ---- */

static void
default_segment(struct insn *in)
{
	if (in->prefix & PFX_SEG)
		return;
	in->seg = in->base == RSP || in->base == RBP ? SEG_SS : SEG_DS;
}

/* AMD APM vol 3 table "16-Bit Addressing" of ModRM: rm to base and index. */
static bool
memory_16(struct decoder *d, unsigned mod, unsigned rm)
{
	static const uint8_t base[8] = { RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX };
	static const uint8_t index[8] = {
		RSI, RDI, RSI, RDI, REG_NONE, REG_NONE, REG_NONE, REG_NONE
	};
	struct insn *in = d->in;

	if (mod == 0 && rm == 6) {
		default_segment(in);
		return take_signed(d, 2, &in->disp);
	}
	in->base = base[rm];
	in->index = index[rm];
	default_segment(in);
	return mod == 0 || take_signed(d, mod, &in->disp);
}

/* Returns the displacement's size in *disp. */
static bool
take_sib(struct decoder *d, unsigned mod, unsigned *disp)
{
	struct insn *in = d->in;
	uint64_t sib;
	unsigned index;

	if (!take(d, 1, &sib))
		return false;
	index = (sib >> 3 & 7) | (in->rex & 2) << 2;
	if (index != RSP) {
		in->index = (uint8_t)index;
		in->scale = (uint8_t)(sib >> 6);
	}
	if (mod == 0 && (sib & 7) == 5)
		*disp = 4;
	else
		in->base = (uint8_t)((sib & 7) | (in->rex & 1) << 3);
	return true;
}

static bool
memory_32(struct decoder *d, unsigned mod, unsigned rm)
{
	static const uint8_t disp_size[3] = { 0, 1, 4 };
	struct insn *in = d->in;
	unsigned disp = disp_size[mod];

	if (rm == 4) {
		if (!take_sib(d, mod, &disp))
			return false;
	} else if (mod == 0 && rm == 5) {
		disp = 4;
		if (is_long64(d))
			in->base = REG_RIP;
	} else {
		in->base = (uint8_t)(rm | (in->rex & 1) << 3);
	}
	default_segment(in);
	return disp == 0 || take_signed(d, disp, &in->disp);
}

/* SIB and displacement. */
static bool
take_memory(struct decoder *d)
{
	unsigned mod = d->in->modrm >> 6;
	unsigned rm = d->in->modrm & 7;

	if (mod == 3 || d->info->chk & CK_NORM)
		return true;
	return d->in->addrsize == 2 ? memory_16(d, mod, rm) : memory_32(d, mod, rm);
}

/* ---- operands ---- */

static void
set_gpr(struct decoder *d, struct opnd *o, unsigned reg, unsigned size)
{
	o->kind = OK_GPR;
	o->reg = (uint8_t)reg;
	o->size = (uint8_t)size;
	if (size == 1 && !d->in->rex && reg >= 4) {
		o->kind = OK_GPRH;
		o->reg = (uint8_t)(reg - 4);
	}
}

static void
set_other(struct opnd *o, unsigned kind, unsigned reg, unsigned size)
{
	o->kind = (uint8_t)kind;
	o->reg = (uint8_t)reg;
	o->size = (uint8_t)size;
}

static unsigned
modrm_reg(const struct decoder *d)
{
	return (d->in->modrm >> 3 & 7) | (d->in->rex & 4) << 1;
}

static unsigned
modrm_rm(const struct decoder *d)
{
	return (d->in->modrm & 7) | (d->in->rex & 1) << 3;
}

static bool
has_register_rm(const struct decoder *d)
{
	return d->in->modrm >= 0xc0 || d->info->chk & CK_NORM;
}

static bool
set_rm(struct decoder *d, const struct operand_spec *s, struct opnd *o, unsigned kind)
{
	unsigned size = s->msize ? s->msize : s->size;

	if (!has_register_rm(d))
		set_other(o, OK_MEM, 0, size_bytes(d, size));
	else if (kind == OK_GPR)
		set_gpr(d, o, modrm_rm(d), size_bytes(d, s->size));
	else
		set_other(o, kind, kind == OK_MM ? d->in->modrm & 7 : modrm_rm(d), s->size);
	return true;
}

/* As set_rm() for codes that have no memory form. */
static bool
set_rm_reg(struct decoder *d, const struct operand_spec *s, struct opnd *o, unsigned kind)
{
	return has_register_rm(d) ? set_rm(d, s, o, kind) : fail(d, DEC_UD);
}

static bool
set_memory(struct decoder *d, const struct operand_spec *s, struct opnd *o)
{
	if (d->in->modrm >= 0xc0)
		return fail(d, DEC_UD);
	set_other(o, OK_MEM, 0, size_bytes(d, s->size));
	return true;
}

/* CS cannot be loaded by MOV; 6 and 7 do not exist. */
static bool
set_sreg(struct decoder *d, struct opnd *o)
{
	unsigned reg = d->in->modrm >> 3 & 7;

	if (reg >= SEG_COUNT || (reg == SEG_CS && o->acc & AC_W))
		return fail(d, DEC_UD);
	set_other(o, OK_SEG, reg, 2);
	return true;
}

/* With the feature, LOCK is the fourth bit of the register number in every
 * mode (AMD APM vol 3, "MOV CRn"). */
static bool
set_cr(struct decoder *d, struct opnd *o)
{
	unsigned reg = modrm_reg(d);

	if (d->in->prefix & PFX_LOCK) {
		if (d->features && !feat_has(d->features, FEAT_CR8LEGACY))
			return fail(d, DEC_UD);
		reg |= 8;
	}
	if (reg == 1 || (reg > 4 && reg != 8))
		return fail(d, DEC_UD);
	set_other(o, OK_CR, reg, is_long64(d) ? 8 : 4);
	return true;
}

static bool
set_dr(struct decoder *d, struct opnd *o)
{
	unsigned reg = modrm_reg(d);

	if (reg > 7)
		return fail(d, DEC_UD);
	set_other(o, OK_DR, reg, is_long64(d) ? 8 : 4);
	return true;
}

/* A second immediate goes to imm2; its operand's reg is 1. */
static bool
set_imm(struct decoder *d, const struct operand_spec *s, struct opnd *o)
{
	unsigned size = size_bytes(d, s->size);
	uint64_t v;

	if (!take(d, size, &v))
		return false;
	set_other(o, OK_IMM, d->imms, size);
	if (d->imms++ == 0)
		d->in->imm = v;
	else
		d->in->imm2 = (uint16_t)v;
	return true;
}

static bool
set_simm(struct decoder *d, const struct operand_spec *s, struct opnd *o)
{
	unsigned size = d->in->opsize;

	if (!take_signed(d, size_bytes(d, s->size), &d->in->imm))
		return false;
	d->in->imm &= LOW_BITS(size * 8);
	set_other(o, OK_IMM, 0, size);
	d->imms++;
	return true;
}

static bool
set_rel(struct decoder *d, const struct operand_spec *s, struct opnd *o)
{
	set_other(o, OK_REL, 0, d->in->opsize);
	return take_signed(d, size_bytes(d, s->size), &d->in->imm);
}

static bool
set_far(struct decoder *d, const struct operand_spec *s, struct opnd *o)
{
	unsigned size = size_bytes(d, s->size);
	uint64_t sel;

	if (!take(d, size, &d->in->imm) || !take(d, 2, &sel))
		return false;
	d->in->imm2 = (uint16_t)sel;
	set_other(o, OK_FAR, 0, size);
	return true;
}

static bool
set_moffs(struct decoder *d, const struct operand_spec *s, struct opnd *o)
{
	set_other(o, OK_MEM, 0, size_bytes(d, s->size));
	return take(d, d->in->addrsize, &d->in->disp);
}

static bool
set_general(struct decoder *d, const struct operand_spec *s, struct opnd *o)
{
	unsigned size = size_bytes(d, s->size);

	switch (s->place) {
	case P_REG:
		set_gpr(d, o, modrm_reg(d), size);
		return true;
	case P_OPCODE:
		set_gpr(d, o, (d->opcode & 7) | (d->in->rex & 1) << 3, size);
		return true;
	case P_FIXED:
		set_other(o, OK_GPR, s->arg, size);
		return true;
	case P_FIXED_SEG:
		set_other(o, OK_SEG, s->arg, size);
		return true;
	case P_SREG:
		return set_sreg(d, o);
	case P_CR:
		return set_cr(d, o);
	default:
		return set_dr(d, o);
	}
}

static bool
set_bytes(struct decoder *d, const struct operand_spec *s, struct opnd *o)
{
	switch (s->place) {
	case P_IMM:
		return set_imm(d, s, o);
	case P_SIMM:
		return set_simm(d, s, o);
	case P_REL:
		return set_rel(d, s, o);
	case P_FAR:
		return set_far(d, s, o);
	case P_MOFFS:
		return set_moffs(d, s, o);
	case P_ONE:
		d->in->imm = 1;
		set_other(o, OK_IMM, 0, 1);
		return true;
	default:
		set_other(o, s->place == P_STRS ? OK_STRS : OK_STRD, 0,
		    size_bytes(d, s->size));
		return true;
	}
}

static bool
set_vector(struct decoder *d, const struct operand_spec *s, struct opnd *o)
{
	switch (s->place) {
	case P_MM:
		set_other(o, OK_MM, d->in->modrm >> 3 & 7, s->size);
		return true;
	case P_XMM:
		set_other(o, OK_XMM, modrm_reg(d), s->size);
		return true;
	case P_XMM0:
		set_other(o, OK_XMM, 0, s->size);
		return true;
	case P_ST0:
		set_other(o, OK_ST, 0, s->size);
		return true;
	case P_STI:
		set_other(o, OK_ST, d->in->modrm & 7, s->size);
		return true;
	case P_MM_RM:
		return set_rm(d, s, o, OK_MM);
	case P_MM_RM_REG:
		return set_rm_reg(d, s, o, OK_MM);
	case P_XMM_RM:
		return set_rm(d, s, o, OK_XMM);
	default:
		return set_rm_reg(d, s, o, OK_XMM);
	}
}

static bool
set_operand(struct decoder *d, const struct operand_spec *s, struct opnd *o)
{
	switch (s->place) {
	case P_RM:
		return set_rm(d, s, o, OK_GPR);
	case P_RM_REG:
		return set_rm_reg(d, s, o, OK_GPR);
	case P_MEM:
		return set_memory(d, s, o);
	case P_REG: case P_OPCODE: case P_FIXED: case P_FIXED_SEG:
	case P_SREG: case P_CR: case P_DR:
		return set_general(d, s, o);
	case P_IMM: case P_SIMM: case P_ONE: case P_REL: case P_FAR:
	case P_MOFFS: case P_STRS: case P_STRD:
		return set_bytes(d, s, o);
	default:
		return set_vector(d, s, o);
	}
}

static bool
take_operands(struct decoder *d)
{
	struct insn *in = d->in;
	unsigned i;

	for (i = 0; i < 4 && d->info->operand[i] != OC___; i++) {
		in->o[i].acc = d->info->access >> (2 * i) & 3;
		if (!set_operand(d, &operand_spec[d->info->operand[i]], &in->o[i]))
			return false;
	}
	in->nopnd = (uint8_t)i;
	return true;
}

/* AMD APM vol 3 §1.2.5 "Lock Prefix": other uses are #UD.  MOV CR has made
 * its own use of it. */
static bool
check_lock(struct decoder *d)
{
	const struct insn *in = d->in;

	if (!(in->prefix & PFX_LOCK) || in->o[0].kind == OK_CR || in->o[1].kind == OK_CR)
		return true;
	if (d->info->chk & CK_LOCK && in->o[0].kind == OK_MEM)
		return true;
	return fail(d, DEC_UD);
}

static bool
decode_steps(struct decoder *d)
{
	struct insn *in = d->in;
	unsigned map;

	if (!take_prefixes(d) || !take_opcode(d, &map) || !find_row(d, map))
		return false;
	if (!check_available(d))
		return false;
	in->opr = d->info->opr;
	in->cc = d->opcode & 15;
	in->opsize = operand_size(d);
	in->addrsize = address_size(d);
	if (decode_row_modrm[in->row] && !take_memory(d))
		return false;
	return take_operands(d) && check_lock(d);
}

enum decode_result
decode(const uint8_t *bytes, unsigned n, unsigned mode, const struct feat_set *features,
    struct insn *in)
{
	struct decoder d = {
		.bytes = bytes,
		.n = n < INSN_MAX ? n : INSN_MAX,
		.mode = mode,
		.features = features,
		.in = in,
		.result = DEC_OK
	};

	memset(in, 0, sizeof(*in));
	in->seg = SEG_DS;
	in->base = REG_NONE;
	in->index = REG_NONE;
	if (!decode_steps(&d)) {
		in->row = 0;
		in->opr = OPR_invalid;
		in->nopnd = 0;
	}
	in->len = (uint8_t)d.pos;
	return d.result;
}
