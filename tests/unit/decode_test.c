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

#define CASES_CHECK	300000
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

	return z->mem.index == ZYDIS_REGISTER_NONE && same_address_register(source ? RSI : RDI, z->mem.base, in->addrsize) &&
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

struct difference {
	const char	*name;		/* as in docs/deviations.md */
	bool		(*matches)(const struct sample *s);
};

static const struct difference differences[] = {
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

Suite	*decode_suite(void);
Suite	*decode_long_suite(void);

Suite *
decode_suite(void)
{
	Suite *s = suite_create("decode");
	TCase *tc = tcase_create("zydis");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, agrees_with_zydis);
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
