/*
 * tests/unit/decode_test.c - the decoder against Zydis
 *
 * Byte strings, half of them random and half walked through the opcode maps
 * (map, opcode, prefixes, ModRM), are decoded by both in 16-, 32- and 64-bit
 * mode: length, mnemonic, operands with register, size, address and immediate.
 * Every difference must belong to a class in the table below, which
 * docs/deviations.md explains to the reader.
 *
 * RINGLAB_DECODE_CASES=N sets the number of strings, RINGLAB_DECODE_SEED=N the
 * seed, RINGLAB_DECODE_STATS=1 prints how often each class occurred.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <Zydis/Zydis.h>

#include "cpu/decode.h"
#include "tests/runner/runner.h"

#define CASES_CHECK	1000000
#define CASES_LONG	10000000
#define BYTES		16		/* one more than an instruction may have */

struct sample {
	uint8_t		b[BYTES];
	unsigned	mode;		/* DM_* */
	/* Zydis */
	bool		zok;
	ZydisDecodedInstruction z;
	ZydisDecodedOperand zop[ZYDIS_MAX_OPERAND_COUNT];
	unsigned	znopnd;		/* explicit and implicit ones */
	/* ours */
	enum decode_result result;
	struct insn	in;
	char		mnemonic[32];
	const char	*what;		/* the first thing that differs */
};

/* ---- byte strings ---- */

static uint64_t
rnd(uint64_t *s)
{
	uint64_t z = (*s += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
fill_random(uint64_t *seed, uint8_t *b, unsigned n)
{
	uint64_t v = 0;
	unsigned i;

	for (i = 0; i < n; i++) {
		if (i % 8 == 0)
			v = rnd(seed);
		b[i] = (uint8_t)(v >> (i % 8 * 8));
	}
}

/* Up to three prefixes, REX more often and last. */
static unsigned
random_prefixes(uint64_t *seed, unsigned mode, uint8_t *b)
{
	static const uint8_t legacy[] = {
		0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x66, 0xf2, 0xf3,
		0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67
	};
	uint64_t r = rnd(seed);
	unsigned n = r & 3, i;

	for (i = 0; i < n; i++)
		b[i] = legacy[r >> (8 + 4 * i) & 15];
	if (mode & DM_64 && r & 4)
		b[i++] = 0x40 | (r >> 32 & 15);
	if ((r >> 40 & 63) == 0) {		/* and near the length limit */
		while (i < 12)
			b[i++] = r >> 50 & 1 ? 0x66 : 0x3e;
	}
	return i;
}

static unsigned
put_opcode(uint8_t *b, unsigned map, uint8_t opcode)
{
	unsigned n = 0;

	if (map != M1)
		b[n++] = 0x0f;
	if (map == M0F38 || map == M0F3A)
		b[n++] = map == M0F38 ? 0x38 : 0x3a;
	b[n++] = opcode;
	return n;
}

/* Walks through mandatory prefix, map, opcode and ModRM: step has no factor
 * in common with the number of combinations, so that a short run sees a bit
 * of everything and a long one all. */
static void
generate_walk(uint64_t *seed, uint64_t i, unsigned mode, uint8_t *b)
{
	static const uint8_t mandatory[8][2] = {
		{ 0, 0 }, { 0x66, 0 }, { 0xf3, 0 }, { 0xf2, 0 },
		{ 0x66, 0xf3 }, { 0xf2, 0x66 }, { 0xf2, 0xf3 }, { 0xf0, 0 }
	};
	uint64_t k = i * UINT64_C(1000003) % (1u << 21);
	const uint8_t *m = mandatory[k >> 18];
	unsigned n = 0;

	if (m[0])
		b[n++] = m[0];
	if (m[1])
		b[n++] = m[1];
	if (mode & DM_64 && i >> 21 & 1)
		b[n++] = 0x40 | (rnd(seed) & 15);
	else if (i >> 21 & 1)
		b[n++] = 0x67;
	n += put_opcode(b + n, k >> 16 & 3, (uint8_t)(k >> 8));
	b[n++] = (uint8_t)k;
	fill_random(seed, b + n, BYTES - n);
}

static void
generate_random(uint64_t *seed, unsigned mode, uint8_t *b)
{
	uint64_t r = rnd(seed);
	unsigned n = 0;

	if (r & 3)
		n = random_prefixes(seed, mode, b);
	if (r & 0x10)
		n += put_opcode(b + n, r >> 8 & 3, (uint8_t)(r >> 16));
	if (n < BYTES)
		fill_random(seed, b + n, BYTES - n);
}

static unsigned
mode_of(uint64_t i)
{
	static const unsigned modes[3] = { DM_64 | DM_PE, DM_32 | DM_PE, DM_PE };

	return modes[i % 3];
}

static void
generate(uint64_t *seed, uint64_t i, struct sample *s)
{
	memset(s, 0, sizeof(*s));
	s->mode = mode_of(i);
	if (i / 3 % 2 == 0)
		generate_walk(seed, i / 6, s->mode, s->b);
	else
		generate_random(seed, s->mode, s->b);
}

/* ---- decoding ---- */

struct zydis {
	ZydisDecoder	d16, d32, d64;
};

/* Modes that stand for features the models lack. */
static void
zydis_init_mode(ZydisDecoder *d, ZydisMachineMode mode, ZydisStackWidth width)
{
	static const ZydisDecoderMode off[] = {
		ZYDIS_DECODER_MODE_KNC, ZYDIS_DECODER_MODE_MPX, ZYDIS_DECODER_MODE_CET,
		ZYDIS_DECODER_MODE_LZCNT, ZYDIS_DECODER_MODE_TZCNT,
		ZYDIS_DECODER_MODE_WBNOINVD, ZYDIS_DECODER_MODE_CLDEMOTE
	};
	unsigned i;

	ck_assert(ZYAN_SUCCESS(ZydisDecoderInit(d, mode, width)));
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_AMD_BRANCHES, ZYAN_TRUE);
	for (i = 0; i < ARRAY_SIZE(off); i++)
		ZydisDecoderEnableMode(d, off[i], ZYAN_FALSE);
}

static void
zydis_init(struct zydis *z)
{
	zydis_init_mode(&z->d16, ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
	zydis_init_mode(&z->d32, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
	zydis_init_mode(&z->d64, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
}

static void
decode_both(const struct zydis *z, struct sample *s)
{
	const ZydisDecoder *d = s->mode & DM_64 ? &z->d64 :
	    s->mode & DM_32 ? &z->d32 : &z->d16;

	s->zok = ZYAN_SUCCESS(ZydisDecoderDecodeFull(d, s->b, BYTES, &s->z, s->zop));
	s->znopnd = s->zok ? s->z.operand_count_visible : 0;
	s->result = decode(s->b, BYTES, s->mode, NULL, &s->in);
	insn_mnemonic(&s->in, s->mode, s->mnemonic, sizeof(s->mnemonic));
}

/* ---- comparing operands ---- */

struct reg_name {
	unsigned	kind, reg, size;
};

static struct reg_name
reg_of_class(ZydisRegister r, unsigned kind, unsigned size)
{
	struct reg_name n = { kind, (unsigned)ZydisRegisterGetId(r), size };

	return n;
}

static struct reg_name
reg_of_byte(ZydisRegister r)
{
	struct reg_name n = { OK_GPR, (unsigned)(r - ZYDIS_REGISTER_AL), 1 };

	if (r >= ZYDIS_REGISTER_AH && r <= ZYDIS_REGISTER_BH) {
		n.kind = OK_GPRH;
		n.reg = (unsigned)(r - ZYDIS_REGISTER_AH);
	} else if (r >= ZYDIS_REGISTER_SPL) {
		n.reg = (unsigned)(r - ZYDIS_REGISTER_SPL) + 4;
	}
	return n;
}

static struct reg_name
reg_of(ZydisRegister r)
{
	static const struct reg_name other = { OK_NONE, 0, 0 };

	switch (ZydisRegisterGetClass(r)) {
	case ZYDIS_REGCLASS_GPR8:	return reg_of_byte(r);
	case ZYDIS_REGCLASS_GPR16:	return reg_of_class(r, OK_GPR, 2);
	case ZYDIS_REGCLASS_GPR32:	return reg_of_class(r, OK_GPR, 4);
	case ZYDIS_REGCLASS_GPR64:	return reg_of_class(r, OK_GPR, 8);
	case ZYDIS_REGCLASS_X87:	return reg_of_class(r, OK_ST, 0);
	case ZYDIS_REGCLASS_MMX:	return reg_of_class(r, OK_MM, 0);
	case ZYDIS_REGCLASS_XMM:	return reg_of_class(r, OK_XMM, 0);
	case ZYDIS_REGCLASS_SEGMENT:	return reg_of_class(r, OK_SEG, 0);
	case ZYDIS_REGCLASS_CONTROL:	return reg_of_class(r, OK_CR, 0);
	case ZYDIS_REGCLASS_DEBUG:	return reg_of_class(r, OK_DR, 0);
	default:			return other;
	}
}

static bool
same_register(const struct opnd *o, const ZydisDecodedOperand *z)
{
	struct reg_name n = reg_of(z->reg.value);

	if (n.kind != o->kind || n.reg != o->reg)
		return false;
	return n.size == 0 || n.size == o->size;
}

/* ZYDIS_REGISTER_NONE, an instruction pointer or a general register. */
static bool
same_address_register(unsigned reg, ZydisRegister z, unsigned addrsize)
{
	struct reg_name n;

	if (reg == REG_NONE)
		return z == ZYDIS_REGISTER_NONE;
	if (reg == REG_RIP)
		return z == (addrsize == 8 ? ZYDIS_REGISTER_RIP : ZYDIS_REGISTER_EIP);
	n = reg_of(z);
	return n.kind == OK_GPR && n.reg == reg && n.size == addrsize;
}

static bool
same_memory(const struct insn *in, const struct opnd *o, const ZydisDecodedOperand *z)
{
	uint64_t mask = LOW_BITS(in->addrsize * 8);

	if (!same_address_register(in->base, z->mem.base, in->addrsize) ||
	    !same_address_register(in->index, z->mem.index, in->addrsize))
		return false;
	if (in->index != REG_NONE && z->mem.scale != 1u << in->scale)
		return false;
	if (((uint64_t)z->mem.disp.value & mask) != (in->disp & mask))
		return false;
	if (z->mem.type == ZYDIS_MEMOP_TYPE_MEM && reg_of(z->mem.segment).reg != in->seg)
		return false;
	return o->acc == AC_N || z->size == 0 || z->size == o->size * 8u;
}

static bool
same_string(const struct insn *in, const struct opnd *o, const ZydisDecodedOperand *z)
{
	bool source = o->kind == OK_STRS;

	return z->mem.index == ZYDIS_REGISTER_NONE &&
	    same_address_register(source ? RSI : RDI, z->mem.base, in->addrsize) &&
	    reg_of(z->mem.segment).reg == (source ? in->seg : SEG_ES) &&
	    z->size == o->size * 8u;
}

static bool
same_immediate(const struct insn *in, const struct opnd *o, const ZydisDecodedOperand *z)
{
	uint64_t v = o->reg ? in->imm2 : in->imm;

	if (o->kind == OK_REL)
		return z->imm.is_relative && (uint64_t)z->imm.value.s == in->imm;
	return !z->imm.is_relative && (z->imm.value.u & LOW_BITS(o->size * 8)) == v;
}

static bool
same_operand(const struct insn *in, const struct opnd *o, const ZydisDecodedOperand *z)
{
	switch (z->type) {
	case ZYDIS_OPERAND_TYPE_REGISTER:
		return same_register(o, z);
	case ZYDIS_OPERAND_TYPE_MEMORY:
		if (o->kind == OK_STRS || o->kind == OK_STRD)
			return same_string(in, o, z);
		return o->kind == OK_MEM && same_memory(in, o, z);
	case ZYDIS_OPERAND_TYPE_IMMEDIATE:
		return (o->kind == OK_IMM || o->kind == OK_REL) && same_immediate(in, o, z);
	default:
		return o->kind == OK_FAR && z->ptr.segment == in->imm2 &&
		    z->ptr.offset == in->imm;
	}
}

static bool
same_as_hidden_operand(const struct sample *s, const struct opnd *o)
{
	unsigned i;

	for (i = s->znopnd; i < s->z.operand_count; i++)
		if (same_operand(&s->in, o, &s->zop[i]))
			return true;
	return false;
}

/* What differs, or NULL.  We list the memory operands of string instructions
 * and PBLENDVB's XMM0, which Zydis has as hidden operands in another order. */
static const char *
compare_operands(const struct sample *s)
{
	unsigned i;

	if (s->in.nopnd < s->znopnd)
		return "number of operands";
	for (i = 0; i < s->znopnd; i++)
		if (!same_operand(&s->in, &s->in.o[i], &s->zop[i]))
			return "operand";
	for (; i < s->in.nopnd; i++)
		if (!same_as_hidden_operand(s, &s->in.o[i]))
			return "number of operands";
	return s->z.address_width == s->in.addrsize * 8 ? NULL : "address size";
}

static const char *
compare(const struct sample *s)
{
	if (s->result == DEC_MORE)
		return "16 bytes are not enough";
	if (!s->zok)
		return s->result == DEC_OK ? "only we accept it" : NULL;
	if (s->result != DEC_OK)
		return "only Zydis accepts it";
	if (s->z.length != s->in.len)
		return "length";
	if (strcmp(ZydisMnemonicGetString(s->z.mnemonic), s->mnemonic) != 0)
		return "mnemonic";
	return compare_operands(s);
}

/* ---- known differences ---- */

/* Extensions that no processor model has, so that their opcodes are #UD. */
static bool
extension_nobody_has(const struct sample *s)
{
	static const ZydisISASet sets[] = {
		ZYDIS_ISA_SET_AMD3DNOW, ZYDIS_ISA_SET_AMD_INVLPGB, ZYDIS_ISA_SET_CET,
		ZYDIS_ISA_SET_CLZERO, ZYDIS_ISA_SET_ENQCMD, ZYDIS_ISA_SET_GFNI,
		ZYDIS_ISA_SET_HRESET, ZYDIS_ISA_SET_KEYLOCKER,
		ZYDIS_ISA_SET_KEYLOCKER_WIDE, ZYDIS_ISA_SET_MCOMMIT,
		ZYDIS_ISA_SET_MONITORX, ZYDIS_ISA_SET_MOVDIR,
		ZYDIS_ISA_SET_PADLOCK_ACE, ZYDIS_ISA_SET_PADLOCK_PHE,
		ZYDIS_ISA_SET_PADLOCK_PMM, ZYDIS_ISA_SET_PADLOCK_RNG,
		ZYDIS_ISA_SET_PCONFIG, ZYDIS_ISA_SET_PKU, ZYDIS_ISA_SET_PT,
		ZYDIS_ISA_SET_RDPRU, ZYDIS_ISA_SET_RTM, ZYDIS_ISA_SET_SERIALIZE,
		ZYDIS_ISA_SET_SGX, ZYDIS_ISA_SET_SGX_ENCLV, ZYDIS_ISA_SET_SHA,
		ZYDIS_ISA_SET_SMX, ZYDIS_ISA_SET_SNP, ZYDIS_ISA_SET_SSE4A,
		ZYDIS_ISA_SET_TDX, ZYDIS_ISA_SET_TSX_LDTRK, ZYDIS_ISA_SET_UINTR,
		ZYDIS_ISA_SET_VMFUNC, ZYDIS_ISA_SET_VTX, ZYDIS_ISA_SET_WAITPKG,
		ZYDIS_ISA_SET_XSAVEC, ZYDIS_ISA_SET_XSAVES
	};
	unsigned i;

	if (!s->zok || s->result != DEC_UD)
		return false;
	for (i = 0; i < ARRAY_SIZE(sets); i++)
		if (s->z.meta.isa_set == sets[i])
			return true;
	return false;
}

static bool
vector_encoding(const struct sample *s)
{
	return s->zok && s->result == DEC_UD &&
	    (s->z.encoding == ZYDIS_INSTRUCTION_ENCODING_VEX ||
	    s->z.encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX ||
	    s->z.encoding == ZYDIS_INSTRUCTION_ENCODING_MVEX ||
	    s->z.encoding == ZYDIS_INSTRUCTION_ENCODING_XOP);
}

static bool
both_decode(const struct sample *s)
{
	return s->zok && s->result == DEC_OK;
}

static bool
same_length(const struct sample *s)
{
	return both_decode(s) && s->z.length == s->in.len;
}

static bool
hint_nop(const struct sample *s)
{
	return same_length(s) && s->in.opr == OPR_nop && s->z.mnemonic == ZYDIS_MNEMONIC_NOP &&
	    s->z.opcode >= 0x19 && s->z.opcode <= 0x1f;
}

static bool
prefetch_register(const struct sample *s)
{
	return s->zok && s->result == DEC_UD && s->z.meta.isa_set == ZYDIS_ISA_SET_PREFETCH_NOP &&
	    s->z.opcode == 0x0d && s->z.raw.modrm.mod == 3;
}

static bool
prefetch_name(const struct sample *s)
{
	return same_length(s) && s->z.opcode == 0x0d &&
	    (s->in.opr == OPR_prefetch || s->in.opr == OPR_prefetchw);
}

static bool
undefined_by_name(const struct sample *s)
{
	return s->result == DEC_OK && (s->in.opr == OPR_ud0 || s->in.opr == OPR_ud1);
}

static bool
movsxd_word(const struct sample *s)
{
	return same_length(s) && s->in.opr == OPR_movsxd && s->in.opsize == 2;
}

static bool
lock_mov_cr8(const struct sample *s)
{
	return !s->zok && s->result == DEC_OK && s->in.prefix & PFX_LOCK &&
	    (s->in.o[0].kind == OK_CR || s->in.o[1].kind == OK_CR);
}

static bool
indirect_branch_word(const struct sample *s)
{
	return same_length(s) && s->mode & DM_64 && s->in.opsize == 2 &&
	    (s->in.opr == OPR_call_ind || s->in.opr == OPR_jmp_ind);
}

static bool
pause_with_rex_b(const struct sample *s)
{
	return same_length(s) && s->z.mnemonic == ZYDIS_MNEMONIC_PAUSE &&
	    s->in.opr == OPR_xchg_acc && s->in.rex & 1;
}

static bool
svm_rax(const struct sample *s)
{
	return same_length(s) && s->in.nopnd == 0 && s->z.meta.isa_set == ZYDIS_ISA_SET_SVM;
}

static bool
lsl_source(const struct sample *s)
{
	return same_length(s) && s->in.opr == OPR_lsl && s->in.o[1].kind == OK_GPR;
}

/* SIB base 101b with mod 00 means a displacement, whatever REX.B is. */
static bool
sib_without_base(const struct sample *s)
{
	return same_length(s) && s->in.addrsize == 4 && s->in.rex & 1 &&
	    s->z.raw.modrm.mod == 0 && s->z.raw.modrm.rm == 4 && s->z.raw.sib.base == 5 &&
	    s->in.base == REG_NONE;
}

struct difference {
	const char	*name;		/* as in docs/deviations.md */
	bool		(*matches)(const struct sample *s);
};

static const struct difference differences[] = {
	{ "extensions no model has", extension_nobody_has },
	{ "VEX, EVEX, MVEX and XOP encodings", vector_encoding },
	{ "operands of hint NOPs", hint_nop },
	{ "0F 0D with a register", prefetch_register },
	{ "names of prefetches", prefetch_name },
	{ "UD0 and UD1 without ModRM", undefined_by_name },
	{ "MOVSXD with 66h", movsxd_word },
	{ "LOCK MOV CR0 for CR8", lock_mov_cr8 },
	{ "indirect near branches with 66h", indirect_branch_word },
	{ "F3 90 with REX.B", pause_with_rex_b },
	{ "rAX of SVM instructions", svm_rax },
	{ "source register of LSL", lsl_source },
	{ "32-bit SIB base 101b with REX.B", sib_without_base },
};

#define DIFFERENCES ARRAY_SIZE(differences)

static int
classify(const struct sample *s)
{
	unsigned i;

	for (i = 0; i < DIFFERENCES; i++)
		if (differences[i].matches(s))
			return (int)i;
	return -1;
}

/* ---- running ---- */

static unsigned long
env_number(const char *name, unsigned long def)
{
	const char *s = getenv(name);

	return s ? strtoul(s, NULL, 0) : def;
}

static void
print_zydis(const struct sample *s)
{
	ZydisFormatter f;
	char text[128] = "(bad)";

	ZydisFormatterInit(&f, ZYDIS_FORMATTER_STYLE_INTEL);
	if (s->zok)
		ZydisFormatterFormatInstruction(&f, &s->z, s->zop, s->znopnd, text,
		    sizeof(text), 0, NULL);
	fprintf(stderr, "  zydis %2u: %s\n", s->zok ? s->z.length : 0, text);
}

static void
print_sample(const struct sample *s)
{
	char text[128];
	unsigned i;

	fprintf(stderr, "%s-bit:", s->mode & DM_64 ? "64" : s->mode & DM_32 ? "32" : "16");
	for (i = 0; i < BYTES; i++)
		fprintf(stderr, " %02x", s->b[i]);
	fprintf(stderr, ": %s\n", s->what);
	print_zydis(s);
	disasm(&s->in, s->mode, 0, text, sizeof(text));
	fprintf(stderr, "  ours  %2u: %s\n", s->in.len, text);
}

static void
print_stats(const unsigned long *counts)
{
	unsigned i;

	if (!getenv("RINGLAB_DECODE_STATS"))
		return;
	for (i = 0; i < DIFFERENCES; i++)
		fprintf(stderr, "%10lu %s\n", counts[i], differences[i].name);
}

static void
run(unsigned long cases)
{
	unsigned long counts[DIFFERENCES + 1] = { 0 };
	unsigned long unknown = 0, i;
	uint64_t seed = env_number("RINGLAB_DECODE_SEED", 1);
	struct sample s;
	struct zydis z;
	int d;

	zydis_init(&z);
	for (i = 0; i < cases; i++) {
		generate(&seed, i, &s);
		decode_both(&z, &s);
		s.what = compare(&s);
		if (!s.what)
			continue;
		d = classify(&s);
		if (d >= 0)
			counts[d]++;
		else if (unknown++ < env_number("RINGLAB_DECODE_SHOW", 20))
			print_sample(&s);
	}
	print_stats(counts);
	ck_assert_msg(unknown == 0, "%lu of %lu strings differ from Zydis", unknown, cases);
}

START_TEST(agrees_with_zydis)
{
	run(env_number("RINGLAB_DECODE_CASES", CASES_CHECK));
}
END_TEST

START_TEST(agrees_with_zydis_on_ten_million_strings)
{
	run(env_number("RINGLAB_DECODE_CASES", CASES_LONG));
}
END_TEST

/* ---- what Zydis cannot tell ---- */

static enum decode_result
decode_hex(const char *hex, unsigned mode, const struct feat_set *f, struct insn *in)
{
	uint8_t b[BYTES];
	unsigned n = 0, byte;

	for (; n < BYTES && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		b[n++] = (uint8_t)byte;
	return decode(b, n, mode, f, in);
}

static void
clear_feature(struct feat_set *f, unsigned feat)
{
	f->w[feat / 64] &= ~BIT(feat % 64);
}

START_TEST(fifteen_bytes_are_the_limit)
{
	struct insn in;

	ck_assert_int_eq(decode_hex("2e2e2e2e2e2e2e2e2e2e2e2e2e2e90", DM_64, NULL, &in), DEC_OK);
	ck_assert_uint_eq(in.len, 15);
	ck_assert_int_eq(decode_hex("2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e90", DM_64, NULL, &in),
	    DEC_TOO_LONG);
	ck_assert_int_eq(decode_hex("2e2e2e2e2e2e2e2e2e2e2e2e2e2e", DM_64, NULL, &in), DEC_MORE);
	ck_assert_int_eq(decode_hex("2e2e2e2e2e2e2e2e2e2e2eb801000000", DM_64, NULL, &in),
	    DEC_TOO_LONG);
}
END_TEST

START_TEST(missing_bytes_are_asked_for)
{
	struct insn in;

	ck_assert_int_eq(decode_hex("", DM_64, NULL, &in), DEC_MORE);
	ck_assert_int_eq(decode_hex("48b80102030405", DM_64, NULL, &in), DEC_MORE);
	ck_assert_uint_eq(in.len, 2);
	ck_assert_int_eq(decode_hex("0f04", DM_64, NULL, &in), DEC_UD);
	ck_assert_uint_eq(in.len, 2);
}
END_TEST

START_TEST(instructions_of_missing_features_are_undefined)
{
	struct feat_set f;
	struct insn in;

	memset(&f, 0xff, sizeof(f));
	ck_assert_int_eq(decode_hex("f30fb8c0", DM_64, &f, &in), DEC_OK);
	clear_feature(&f, FEAT_POPCNT);
	ck_assert_int_eq(decode_hex("f30fb8c0", DM_64, &f, &in), DEC_UD);
	ck_assert_int_eq(decode_hex("f00f20c0", DM_64, &f, &in), DEC_OK);
	ck_assert_uint_eq(in.o[1].reg, 8);
	clear_feature(&f, FEAT_CR8LEGACY);
	ck_assert_int_eq(decode_hex("f00f20c0", DM_64, &f, &in), DEC_UD);
	ck_assert_int_eq(decode_hex("440f20c0", DM_64, &f, &in), DEC_OK);
}
END_TEST

START_TEST(protected_mode_instructions_are_undefined_outside_it)
{
	struct insn in;

	ck_assert_int_eq(decode_hex("0f00d8", DM_PE, NULL, &in), DEC_OK);
	ck_assert_int_eq(decode_hex("0f00d8", 0, NULL, &in), DEC_UD);
	ck_assert_int_eq(decode_hex("63c0", DM_32, NULL, &in), DEC_UD);
}
END_TEST

START_TEST(second_immediate_is_in_imm2)
{
	struct insn in;

	ck_assert_int_eq(decode_hex("c8341205", DM_64, NULL, &in), DEC_OK);
	ck_assert_uint_eq(in.imm, 0x1234);
	ck_assert_uint_eq(in.imm2, 5);
	ck_assert_uint_eq(in.o[0].reg, 0);
	ck_assert_uint_eq(in.o[1].reg, 1);
}
END_TEST

START_TEST(text_is_intel_syntax)
{
	static const struct {
		unsigned	mode;
		const char	*bytes, *text;
	} t[] = {
		{ DM_64, "488b448bf0", "mov rax, qword ptr [rbx+rcx*4-0x10]" },
		{ DM_64, "f00fb11500100000", "lock cmpxchg dword ptr [rip+0x1000], edx" },
		{ DM_64, "64488b042528000000", "mov rax, qword ptr fs:[0x28]" },
		{ DM_64, "f348a5", "rep movsq qword ptr es:[rdi], qword ptr ds:[rsi]" },
		{ DM_64, "75fe", "jnz 0x1000" },
		{ DM_64, "660f3a63c10c", "pcmpistri xmm0, xmm1, 0xc" },
		{ DM_32, "ea785634121000", "jmp 0x10:0x12345678" },
		{ 0, "e8fdff", "call 0x1000" },
		{ 0, "67e300", "jecxz 0x1003" },
		{ 0, "d8c1", "fadd st(0), st(1)" },
	};
	struct insn in;
	char text[96];
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		ck_assert_int_eq(decode_hex(t[i].bytes, t[i].mode, NULL, &in), DEC_OK);
		disasm(&in, t[i].mode, 0x1000, text, sizeof(text));
		ck_assert_str_eq(text, t[i].text);
	}
}
END_TEST

Suite	*decode_suite(void);
Suite	*decode_long_suite(void);

Suite *
decode_suite(void)
{
	Suite *s = suite_create("decode");
	TCase *tc = tcase_create("zydis");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, agrees_with_zydis);
	tcase_add_test(tc, fifteen_bytes_are_the_limit);
	tcase_add_test(tc, missing_bytes_are_asked_for);
	tcase_add_test(tc, instructions_of_missing_features_are_undefined);
	tcase_add_test(tc, protected_mode_instructions_are_undefined_outside_it);
	tcase_add_test(tc, second_immediate_is_in_imm2);
	tcase_add_test(tc, text_is_intel_syntax);
	suite_add_tcase(s, tc);
	return s;
}

Suite *
decode_long_suite(void)
{
	Suite *s = suite_create("decode_long");
	TCase *tc = tcase_create("zydis");

	tcase_set_timeout(tc, 900);
	tcase_add_test(tc, agrees_with_zydis_on_ten_million_strings);
	suite_add_tcase(s, tc);
	return s;
}
