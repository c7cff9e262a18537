/*
 * tests/insn/encode.c - random encodings of a row of the instruction table
 *
 * Builds prefixes, opcode, ModRM, SIB and displacement, puts random bytes
 * behind them for immediates and lets the decoder say what came of it; what is
 * not the row that was asked for is thrown away.
 */
#include <string.h>

#include "tests/insn/diff.h"

static void
emit(struct encoding *e, uint8_t byte)
{
	e->b[e->len++] = byte;
}

static bool
code_has_modrm(unsigned oc)
{
	return (oc >= OC_Eb && oc <= OC_Dy) || (oc >= OC_RdMw && oc <= OC_Ww) ||
	    (oc >= OC_Mf32 && oc <= OC_Menv);
}

static bool
has_modrm(const struct insn_info *info)
{
	unsigned i;

	if (info->map >= M0F38 || info->ext != XT_ANY)
		return true;
	for (i = 0; i < 4; i++) {
		if (code_has_modrm(info->operand[i]))
			return true;
	}
	return false;
}

/* ---- ModRM, SIB, displacement ---- */

static void
emit_disp(struct encoding *e, struct rng *r, unsigned len)
{
	uint64_t v = one_in(r, 4) ? rnd(r) : (uint64_t)(int64_t)(rnd_below(r, 4096) - 2048);
	unsigned i;

	e->disp_at = e->len;
	e->disp_len = len;
	for (i = 0; i < len; i++)
		emit(e, (uint8_t)(v >> 8 * i));
}

static void
emit_modrm(struct encoding *e, struct rng *r, unsigned mod, unsigned reg, bool wide)
{
	unsigned rm = rnd_below(r, 8), sib = (unsigned)rnd(r) & 0xff;

	emit(e, (uint8_t)(mod << 6 | reg << 3 | rm));
	if (mod == 3)
		return;
	if (wide && rm == 4)
		emit(e, (uint8_t)sib);
	if (mod == 1)
		emit_disp(e, r, 1);
	else if (mod == 2)
		emit_disp(e, r, wide ? 4 : 2);
	else if (!wide && rm == 6)
		emit_disp(e, r, 2);
	else if (wide && (rm == 5 || (rm == 4 && (sib & 7) == 5)))
		emit_disp(e, r, 4);
}

static void
emit_row_modrm(struct encoding *e, struct rng *r, const struct insn_info *info, bool wide)
{
	unsigned ext = info->ext, reg = rnd_below(r, 8), mod = rnd_below(r, 4);

	if ((ext & 0xf00) == XB(0)) {
		emit(e, (uint8_t)ext);
		return;
	}
	if (ext != XT_ANY && ext != XMEM && ext != XREG)
		reg = ext & 7;
	if (ext == XREG || (ext & 0xf00) == XR(0))
		mod = 3;
	else if (ext == XMEM || (ext & 0xf00) == XM(0))
		mod = rnd_below(r, 3);
	emit_modrm(e, r, mod, reg, wide);
}

/* ---- prefixes ---- */

/* F2 and F3 mean nothing before these, on any processor. */
static bool
rep_is_ignored(const struct insn_info *info)
{
	return info->map == M1 && info->pfx == PX_ANY && info->opcode != 0x90;
}

static bool
wants_rep(struct rng *r, const struct insn_info *info)
{
	if (info->chk & CK_REP)
		return one_in(r, 2);
	return rep_is_ignored(info) && one_in(r, 64);
}

static void
emit_prefixes(struct encoding *e, struct rng *r, const struct insn_info *info, bool small_addr,
    unsigned bits)
{
	static const uint8_t seg[6] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
	bool based = small_addr && bits == 32;

	if (one_in(r, 10) || (based && !one_in(r, 4)))
		emit(e, seg[based || one_in(r, 2) ? 4 + rnd_below(r, 2) : rnd_below(r, 6)]);
	if (small_addr)
		emit(e, 0x67);
	if (info->pfx == PX_66 || one_in(r, info->pfx == PX_ANY ? 5 : 20))
		emit(e, 0x66);
	if (info->pfx == PX_F3 || info->pfx == PX_F2)
		emit(e, info->pfx == PX_F3 ? 0xf3 : 0xf2);
	else if (wants_rep(r, info))
		emit(e, one_in(r, 2) ? 0xf3 : 0xf2);
	if (bits == 64 && one_in(r, 2))
		emit(e, (uint8_t)(0x40 | (rnd(r) & 15)));
}

static void
emit_opcode(struct encoding *e, const struct insn_info *info)
{
	if (info->map != M1)
		emit(e, 0x0f);
	if (info->map == M0F38)
		emit(e, 0x38);
	if (info->map == M0F3A)
		emit(e, 0x3a);
	emit(e, info->opcode);
}

/* An address without ModRM, then bytes for immediates. */
static void
emit_tail(struct encoding *e, struct rng *r, const struct insn_info *info, unsigned addrsize)
{
	uint64_t v = rnd_int(r);
	unsigned i;

	if (info->operand[0] == OC_Ob || info->operand[0] == OC_Ov ||
	    info->operand[1] == OC_Ob || info->operand[1] == OC_Ov)
		emit_disp(e, r, addrsize);
	for (i = 0; i < 8; i++)
		emit(e, (uint8_t)(v >> 8 * i));
}

static void
build(const struct target *t, struct rng *r, const struct insn_info *info, struct encoding *e)
{
	bool small_addr = one_in(r, 12);
	unsigned addrsize = (t->bits == 64 ? 8 : 4) >> small_addr;

	memset(e, 0, sizeof(*e));
	emit_prefixes(e, r, info, small_addr, t->bits);
	emit_opcode(e, info);
	if (has_modrm(info))
		emit_row_modrm(e, r, info, addrsize > 2);
	emit_tail(e, r, info, addrsize);
}

/* LOCK where it belongs, and now and then where it is #UD; prefixes beyond 15
 * bytes.  Behind the checks for the row, since the result may be none. */
static void
add_prefix(const struct target *t, struct rng *r, struct encoding *e, struct plan *p)
{
	const struct insn_info *info = insn_info(&p->in);
	bool locks = info->chk & CK_LOCK && p->in.o[0].kind == OK_MEM;
	unsigned n = one_in(r, locks ? 6 : 100), byte = 0xf0;

	if (one_in(r, 200)) {
		n = 1 + rnd_below(r, 13);
		byte = 0x3e;
	}
	if (!n || p->in.prefix & PFX_SEG)
		return;
	memmove(e->b + n, e->b, e->len);
	memset(e->b, (int)byte, n);
	e->len += n;
	e->disp_at += n;
	p->result = decode(e->b, INSN_MAX, t->bits == 64 ? DM_64 | DM_PE : DM_32 | DM_PE,
	    &t->features, &p->in);
}

bool
encode_row(const struct target *t, struct rng *r, unsigned row, struct encoding *e,
    struct plan *p)
{
	unsigned dm = (t->bits == 64 ? DM_64 : DM_32) | DM_PE, tries;

	for (tries = 0; tries < 40; tries++) {
		build(t, r, &insn_table[row], e);
		p->result = decode(e->b, INSN_MAX, dm, &t->features, &p->in);
		if (p->result != DEC_OK || p->in.row != row)
			continue;
		e->len = p->in.len;
		add_prefix(t, r, e, p);
		if (p->result == DEC_OK)
			e->len = p->in.len;
		else if (e->len > INSN_MAX)
			e->len = INSN_MAX;
		return p->result != DEC_MORE;
	}
	return false;
}
