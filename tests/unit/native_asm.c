/*
 * tests/unit/native_asm.c - random encodings of a table row
 */
#include "tests/unit/native.h"

#include "cpu/decode.h"

static bool
is_branch(const struct native_row *r)
{
	return r->operand[0] == OC_Jb || r->operand[0] == OC_Jz;
}

static void
put(struct native_insn *t, unsigned b)
{
	t->byte[t->len++] = (uint8_t)b;
}

static void
put_prefixes(struct native_insn *t, const struct native_row *r, uint64_t *seed)
{
	uint64_t x = native_random(seed);

	if (r->pfx == PX_66 || (r->pfx != PX_NP && !is_branch(r) && !(x & 3)))
		put(t, 0x66);
	if (!(x & 0x1c))
		put(t, 0x67);
	if (r->pfx == PX_F3 || (r->chk & CK_REP && x & 0x20))
		put(t, 0xf3);
	else if (r->pfx == PX_F2 || (r->chk & CK_REP && x & 0x40))
		put(t, 0xf2);
	if (x & 0x180)
		put(t, 0x40 | (x >> 12 & (r->operand[0] == OC_Zv && r->opcode == 0x90 ? 8 : 15)));
	if (r->map != M1)
		put(t, 0x0f);
	if (r->map == M0F38 || r->map == M0F3A)
		put(t, r->map == M0F38 ? 0x38 : 0x3a);
	put(t, r->opcode);
}

static bool
has_modrm(const struct native_row *r)
{
	unsigned i;

	if (r->ext != XT_ANY)
		return true;
	for (i = 0; i < 4; i++) {
		if ((r->operand[i] >= OC_Eb && r->operand[i] <= OC_Sw) ||
		    (r->operand[i] >= OC_Pq && r->operand[i] <= OC_Ww))
			return true;
	}
	return false;
}

/* Memory forms always have a base register, which decides the address. */
static void
put_modrm(struct native_insn *t, const struct native_row *r, uint64_t *seed)
{
	uint64_t x = native_random(seed);
	unsigned kind = r->ext & 0xf00, reg = x & 7, rm = x >> 3 & 7, mod = x >> 6 & 3, sib;

	if (kind == XT(0) || kind == XM(0) || kind == XR(0))
		reg = r->ext & 7;
	if (kind == XR(0) || r->ext == XREG || (mod == 3 && kind != XM(0) && r->ext != XMEM)) {
		put(t, 0xc0 | reg << 3 | rm);
		return;
	}
	mod = x & 0x100 ? 1 : 2;
	put(t, mod << 6 | reg << 3 | rm);
	if (rm == 4) {
		do
			sib = native_random(seed) & 0xff;
		while ((sib & 7) == (sib >> 3 & 7));
		put(t, sib);
	}
	for (x = native_random(seed), rm = 0; rm < (mod == 1 ? 1u : 4u); rm++)
		put(t, x >> 8 * rm);
}

static void
put_immediate(struct native_insn *t, unsigned oc, uint64_t *seed)
{
	uint64_t x = native_operand(seed);
	bool word = memchr(t->byte, 0x66, 3) && t->byte[0] == 0x66;
	unsigned i, n = 0;

	switch (oc) {
	case OC_Ib: case OC_sIb: n = 1; break;
	case OC_Iw: n = 2; x &= 0x1ff; break;
	case OC_Jb: n = 1; x = NATIVE_HOP; break;
	case OC_Jz: n = 4; x = NATIVE_HOP; break;
	case OC_Iz: case OC_sIz: n = word ? 2 : 4; break;
	case OC_Iv: n = word ? 2 : 4; break;
	default: return;
	}
	for (i = 0; i < n; i++)
		put(t, (unsigned)(x >> 8 * i) & 0xff);
}

/* Whatever more the decoder asks for is random: MOV Zv,Iv has eight bytes. */
bool
native_assemble(const struct native_row *row, uint64_t *seed, struct native_insn *t)
{
	struct feat_set all;
	enum decode_result r;
	unsigned i;

	memset(&all, 0xff, sizeof(all));
	t->len = 0;
	put_prefixes(t, row, seed);
	if (has_modrm(row))
		put_modrm(t, row, seed);
	for (i = 0; i < 4; i++)
		put_immediate(t, row->operand[i], seed);
	while ((r = decode(t->byte, t->len, DM_64 | DM_PE, &all, &t->in)) == DEC_MORE &&
	    t->len < INSN_MAX)
		put(t, (unsigned)native_random(seed) & 0xff);
	t->len = t->in.len;
	return r == DEC_OK;
}

void
native_aim(const struct native_insn *t, uint64_t *gpr, uint64_t target)
{
	const struct insn *in = &t->in;

	if (in->base >= 16)
		return;
	gpr[in->base] = target - in->disp;
	if (in->index < 16)
		gpr[in->base] -= gpr[in->index] << in->scale;
}
