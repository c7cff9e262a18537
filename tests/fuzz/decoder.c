/*
 * tests/fuzz/decoder.c - fuzz target: decode() and disasm() in every mode
 *
 * The first byte selects the features, the rest are the bytes.  Checked: the
 * lengths, that fewer bytes give DEC_MORE and more bytes the same result, and
 * the bounds of every field that others use as an index.
 */
#include <stdlib.h>
#include <string.h>

#include "cpu/decode.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)	do { if (!(cond)) abort(); } while (0)

static void
check_register(const struct opnd *o)
{
	switch (o->kind) {
	case OK_GPR: case OK_XMM: case OK_CR:
		REQUIRE(o->reg < 16);
		break;
	case OK_GPRH:
		REQUIRE(o->reg < 4 && o->size == 1);
		break;
	case OK_SEG:
		REQUIRE(o->reg < SEG_COUNT);
		break;
	case OK_ST: case OK_MM: case OK_DR:
		REQUIRE(o->reg < 8);
		break;
	default:
		REQUIRE(o->kind != OK_NONE && o->kind <= OK_XMM);
		break;
	}
}

static void
check_fields(const struct insn *in)
{
	unsigned i;

	REQUIRE(in->row > 0 && in->row < insn_table_rows);
	REQUIRE(in->opr > OPR_invalid && in->opr < OPR_COUNT);
	REQUIRE(in->opr == insn_info(in)->opr);
	REQUIRE(in->len >= 1 && in->len <= INSN_MAX);
	REQUIRE(in->opsize == 1 || in->opsize == 2 || in->opsize == 4 || in->opsize == 8);
	REQUIRE(in->addrsize == 2 || in->addrsize == 4 || in->addrsize == 8);
	REQUIRE(in->seg < SEG_COUNT && in->cc < 16 && in->scale < 4 && in->nopnd <= 4);
	REQUIRE(in->base < 16 || in->base == REG_NONE || in->base == REG_RIP);
	REQUIRE(in->index < 16 || in->index == REG_NONE);
	for (i = 0; i < in->nopnd; i++)
		check_register(&in->o[i]);
	for (; i < 4; i++)
		REQUIRE(in->o[i].kind == OK_NONE);
}

static void
check_text(const struct insn *in, unsigned mode)
{
	char text[96], cut[8];

	disasm(in, mode, UINT64_C(0xffffffff80000000), text, sizeof(text));
	REQUIRE(strlen(text) > 0 && strlen(text) < sizeof(text) - 1);
	disasm(in, mode, 0, cut, sizeof(cut));
	REQUIRE(strlen(cut) < sizeof(cut));
	insn_mnemonic(in, mode, text, sizeof(text));
	REQUIRE(strlen(text) > 0);
}

/* The n bytes gave result: a shorter string must give DEC_MORE up to the
 * length that was needed and the same from there on. */
static void
check_prefixes(const uint8_t *b, unsigned n, unsigned mode, const struct feat_set *f,
    enum decode_result result, const struct insn *in)
{
	struct insn other;
	enum decode_result r;
	unsigned i;

	for (i = 0; i < n && i <= INSN_MAX; i++) {
		memset(&other, 0xa5, sizeof(other));
		r = decode(b, i, mode, f, &other);
		if (r == DEC_MORE) {
			REQUIRE(i < INSN_MAX && (result != DEC_OK || i < in->len));
			continue;
		}
		REQUIRE(r == result && memcmp(&other, in, sizeof(other)) == 0);
	}
}

static void
decode_one(const uint8_t *b, unsigned n, unsigned mode, const struct feat_set *f)
{
	enum decode_result r;
	struct insn in;

	memset(&in, 0x5a, sizeof(in));
	r = decode(b, n, mode, f, &in);
	REQUIRE(in.len <= n && in.len <= INSN_MAX);
	REQUIRE(r != DEC_MORE || n < INSN_MAX);
	REQUIRE(r != DEC_TOO_LONG || n >= INSN_MAX);
	if (r == DEC_OK)
		check_fields(&in);
	else
		REQUIRE(in.row == 0 && in.opr == OPR_invalid && in.nopnd == 0);
	check_text(&in, mode);
	check_prefixes(b, n, mode, f, r, &in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned modes[] = {
		0, DM_PE, DM_32, DM_32 | DM_PE, DM_64 | DM_PE
	};
	struct feat_set f;
	unsigned i;

	if (size < 1 || size > 64)
		return 0;
	memset(&f, data[0], sizeof(f));
	for (i = 0; i < ARRAY_SIZE(modes); i++)
		decode_one(data + 1, (unsigned)size - 1, modes[i], data[0] & 1 ? NULL : &f);
	return 0;
}
