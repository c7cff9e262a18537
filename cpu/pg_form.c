/*
 * cpu/pg_form.c - encodings of a row of the instruction table
 *
 * With a memory operand at rBX and with registers, every register that the
 * operand can name where these are privileged, and each operand size.  What
 * the decoder takes for another row is dropped.
 */
#include "cpu/pg_priv.h"

struct bytes {
	uint8_t		b[PG_CODE_MAX + 16];
	unsigned	n;
};

static void
put(struct bytes *e, unsigned byte)
{
	e->b[e->n++] = (uint8_t)byte;
}

unsigned
pg_decode_mode(enum pg_mode m)
{
	static const uint8_t dm[PG_MODES] = {
		DM_PE | DM_64, DM_PE | DM_32, DM_PE | DM_32, DM_PE, 0
	};

	return dm[m];
}

/* 16-bit addresses. */
static bool
mode_small(enum pg_mode m)
{
	return m == PG_M16 || m == PG_MV86;
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
	if (info->map >= M0F38 || info->ext != XT_ANY)
		return true;
	for (unsigned i = 0; i < 4; i++)
		if (code_has_modrm(info->operand[i]))
			return true;
	return false;
}

static bool
names_system_register(const struct insn_info *info)
{
	for (unsigned i = 0; i < 4; i++)
		if (info->operand[i] == OC_Sw || info->operand[i] == OC_Cy ||
		    info->operand[i] == OC_Dy)
			return true;
	return false;
}

static bool
has_code(const struct insn_info *info, unsigned oc)
{
	return info->operand[0] == oc || info->operand[1] == oc;
}

/* Constants: interrupts and shifts by 83h, sizes of 8, far pointers to
 * conforming code, absolute addresses in the data page. */
static void
put_tail(struct bytes *e, const struct insn_info *info, enum pg_mode m, bool small)
{
	unsigned wide = mode_small(m) ? small : !small;

	if (has_code(info, OC_Ap)) {
		put(e, PG_CODE & 0xff);
		put(e, PG_CODE >> 8);
		for (unsigned i = 0; wide && i < 2; i++)
			put(e, 0);
		put(e, PG_CONF);
		put(e, 0);
	} else if (has_code(info, OC_Ob) || has_code(info, OC_Ov)) {
		put(e, PG_DATA & 0xff);
		put(e, PG_DATA >> 8);
		for (unsigned i = 0; i < 6; i++)
			put(e, 0);
	} else if (has_code(info, OC_Iw)) {
		put(e, 8);
		put(e, 0);
	}
	put(e, 0x83);
	while (e->n < sizeof(e->b))
		put(e, 0);
}

/* What varies between the forms of a row. */
struct variant {
	unsigned	prefix;		/* 0, 66h, 48h (REX.W), 44h (REX.R) */
	bool		rep, memory;
	unsigned	reg;
};

static bool
put_modrm(struct bytes *e, const struct insn_info *info, const struct variant *v, enum pg_mode m)
{
	unsigned ext = info->ext, kind = ext & 0xf00, reg = v->reg;
	bool memory = v->memory;

	if (kind == XB(0)) {
		put(e, ext);
		return !memory && !reg;
	}
	if (ext != XT_ANY && ext != XMEM && ext != XREG) {
		if (reg)
			return false;
		reg = ext & 7;
	}
	if (memory ? ext == XREG || kind == XR(0) : ext == XMEM || kind == XM(0))
		return false;
	put(e, (memory ? (mode_small(m) ? 7 : 3) : 0xc0) | reg << 3);
	return true;
}

static bool
encode(struct bytes *e, const struct insn_info *info, const struct variant *v, enum pg_mode m)
{
	static const uint8_t mandatory[] = { 0, 0, 0x66, 0xf3, 0xf2 };
	bool rex = v->prefix == 0x48 || v->prefix == 0x44;

	e->n = 0;
	if (v->prefix == 0x66 && info->pfx != PX_66)
		put(e, 0x66);
	if (mandatory[info->pfx])
		put(e, mandatory[info->pfx]);
	if (v->rep)
		put(e, 0xf3);
	if (rex)
		put(e, v->prefix);
	if (info->map != M1)
		put(e, 0x0f);
	if (info->map == M0F38)
		put(e, 0x38);
	if (info->map == M0F3A)
		put(e, 0x3a);
	put(e, info->opcode);
	if (has_modrm(info)) {
		if (!put_modrm(e, info, v, m))
			return false;
	} else if (v->memory || v->reg) {
		return false;
	}
	put_tail(e, info, m, v->prefix == 0x66);
	return true;
}

/* The same operands and sizes as an earlier form. */
static bool
known(const struct pg_form *form, unsigned n, const struct insn *in)
{
	for (unsigned i = 0; i < n; i++) {
		const struct insn *o = &form[i].in;

		if (o->opsize == in->opsize && !((o->prefix ^ in->prefix) & PFX_F3) &&
		    !memcmp(o->o, in->o, sizeof(in->o)))
			return true;
	}
	return false;
}

struct forms {
	const struct feat_set *features;
	struct pg_form	*form;
	unsigned	n, max, row;
	enum pg_mode	mode;
};

static void
try_variant(struct forms *f, const struct variant *v)
{
	struct pg_form *form = &f->form[f->n];
	struct bytes e;

	if (f->n == f->max || !encode(&e, &insn_table[f->row], v, f->mode))
		return;
	if (decode(e.b, INSN_MAX, pg_decode_mode(f->mode), f->features, &form->in) != DEC_OK)
		return;
	if (form->in.row != f->row || known(f->form, f->n, &form->in))
		return;
	memcpy(form->code, e.b, PG_CODE_MAX);
	form->mode = (uint8_t)f->mode;
	f->n++;
}

unsigned
pg_forms(const struct feat_set *features, unsigned row, enum pg_mode m, struct pg_form *form,
    unsigned max)
{
	static const uint8_t prefixes[] = { 0, 0x66, 0x48, 0x44 };
	const struct insn_info *info = &insn_table[row];
	unsigned regs = names_system_register(info) ? 8 : 1;
	struct forms f = { features, form, 0, max, row, m };
	struct variant v = { 0 };

	for (unsigned p = 0; p < ARRAY_SIZE(prefixes); p++) {
		v.prefix = prefixes[p];
		if (v.prefix >= 0x44 && v.prefix <= 0x48 && m != PG_M64)
			continue;
		if (v.prefix == 0x44 && regs == 1)
			continue;
		for (v.reg = 0; v.reg < regs; v.reg++) {
			for (unsigned k = 0; k < 4; k++) {
				v.memory = k & 1;
				v.rep = k & 2;
				if (!v.rep || info->chk & CK_REP)
					try_variant(&f, &v);
			}
		}
	}
	return f.n;
}
