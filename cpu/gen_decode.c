/*
 * cpu/gen_decode.c - makes cpu/decode_tables.h from the instruction table
 *
 * A program of the build.  The rows say which bytes they match; decode() wants
 * to be told the row by a few array accesses:
 *
 *	decode_root[long64][map][opcode][prefix]	PX_NP - 1 .. PX_F2 - 1
 *	decode_group[i][is_register << 3 | reg]
 *	decode_rm[i][rm]
 *
 * An entry is a row number (0: undefined), or with DECODE_NEXT the index into
 * the next array.  Where several rows match, the more exact one wins: an exact
 * prefix before PX_ANY, then XB, XM and XR, XT, XMEM and XREG, XT_ANY.  Two
 * rows of one rank for the same bytes are an error in the table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/insn.h"

#define NEXT	0x8000u

struct row {
	unsigned	map, opcode, pfx, ext;
	uint64_t	chk;
	unsigned	operand[4];
	const char	*name;
};

static const struct row rows[] = {
	{ .name = "invalid" },
#define OPER(op, names, cost)
#define OP(map, opcode, pfx, ext, op, o1, o2, o3, o4, acc, chk, feat, icpt, fw, fu) \
	{ map, opcode, pfx, ext, chk, { OC_##o1, OC_##o2, OC_##o3, OC_##o4 }, #op },
#include "cpu/insn_table.def"
#undef OPER
#undef OP
};

#define ROWS	ARRAY_SIZE(rows)

struct tables {
	unsigned	root[2][MAP_COUNT][256][4];
	unsigned	group[4096][16];
	unsigned	rm[4096][8];
	unsigned	groups, rms;
};

static const char *const operand_names[] = {
#define X(n) #n,
	OPERAND_CODES(X)
#undef X
};

/* Operand codes that need a ModRM byte, by their first letter; those that do
 * not are listed by name. */
static bool
operand_uses_modrm(unsigned code)
{
	static const char without[][5] = {
		"__", "sIb", "sIz", "AL", "CL", "DX", "AX", "rAX", "eAX", "sES", "sCS",
		"sSS", "sDS", "sFS", "sGS", "XMM0", "ST0"
	};
	const char *name = operand_names[code];
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(without); i++)
		if (strcmp(name, without[i]) == 0)
			return false;
	return strchr("IJAOXYZ", name[0]) == NULL;
}

static bool
row_uses_modrm(const struct row *r)
{
	unsigned i;

	if (r->ext != XT_ANY)
		return true;
	for (i = 0; i < 4; i++)
		if (operand_uses_modrm(r->operand[i]))
			return true;
	return false;
}

/* Rank of a match of modrm, 0 for none. */
static unsigned
ext_rank(unsigned ext, unsigned modrm)
{
	bool reg_form = modrm >= 0xc0;
	unsigned reg = modrm >> 3 & 7;

	switch (ext & 0xf00) {
	case XT_ANY:	return 1;
	case XMEM:	return reg_form ? 0 : 2;
	case XREG:	return reg_form ? 2 : 0;
	case XT(0):	return (ext & 7) == reg ? 3 : 0;
	case XM(0):	return (ext & 7) == reg && !reg_form ? 4 : 0;
	case XR(0):	return (ext & 7) == reg && reg_form ? 4 : 0;
	default:	return (ext & 0xff) == modrm ? 5 : 0;
	}
}

static unsigned
rank(const struct row *r, unsigned pfx, unsigned modrm)
{
	unsigned e = ext_rank(r->ext, modrm);

	if (e == 0 || (r->pfx != PX_ANY && r->pfx != pfx))
		return 0;
	return e + (r->pfx != PX_ANY ? 8 : 0);
}

static void
ambiguous(const struct row *a, const struct row *b)
{
	fprintf(stderr, "gen_decode: map %u opcode %02x: two rows for the same bytes:"
	    " %s and %s\n", a->map, a->opcode, a->name, b->name);
	exit(1);
}

struct key {
	bool		long64;
	unsigned	map, opcode, pfx;
};

static bool
key_matches(const struct key *k, const struct row *r)
{
	return r->map == k->map && r->opcode == k->opcode &&
	    !(r->chk & (k->long64 ? CK_NO64 : CK_ONLY64));
}

static unsigned
best_row(const struct key *k, unsigned modrm)
{
	unsigned best = 0, best_rank = 0;
	unsigned i, n;

	for (i = 1; i < ROWS; i++) {
		n = key_matches(k, &rows[i]) ? rank(&rows[i], k->pfx, modrm) : 0;
		if (n != 0 && n == best_rank)
			ambiguous(&rows[best], &rows[i]);
		if (n > best_rank) {
			best = i;
			best_rank = n;
		}
	}
	return best;
}

static unsigned
add_rm(struct tables *t, const unsigned found[8])
{
	unsigned i;

	for (i = 1; i < 8 && found[i] == found[0]; i++)
		;
	if (i == 8)
		return found[0];
	for (i = 0; i < t->rms; i++)
		if (memcmp(t->rm[i], found, sizeof(t->rm[i])) == 0)
			return NEXT | i;
	memcpy(t->rm[t->rms], found, sizeof(t->rm[0]));
	return NEXT | t->rms++;
}

/* Every ModRM byte: memory forms by reg alone, register forms by reg and rm. */
static void
find_forms(struct tables *t, const struct key *k, unsigned g[16])
{
	unsigned rm[8];
	unsigned reg, i;

	for (reg = 0; reg < 8; reg++) {
		g[reg] = best_row(k, reg << 3);
		for (i = 0; i < 8; i++)
			rm[i] = best_row(k, 0xc0 | reg << 3 | i);
		g[8 + reg] = add_rm(t, rm);
	}
}

static unsigned
add_group(struct tables *t, const unsigned g[16])
{
	unsigned i;

	for (i = 1; i < 16 && g[i] == g[0]; i++)
		;
	if (i == 16)
		return g[0];
	for (i = 0; i < t->groups; i++)
		if (memcmp(t->group[i], g, sizeof(t->group[i])) == 0)
			return NEXT | i;
	memcpy(t->group[t->groups], g, sizeof(t->group[0]));
	return NEXT | t->groups++;
}

/* XB rows with a memory form of ModRM are not distinguished from each other. */
static void
check_rows(void)
{
	unsigned i;

	for (i = 1; i < ROWS; i++) {
		if ((rows[i].ext & 0xf00) != XB(0) || rows[i].ext >= XB(0xc0))
			continue;
		fprintf(stderr, "gen_decode: %s: XB() of a memory form\n", rows[i].name);
		exit(1);
	}
}

static void
build_opcode(struct tables *t, struct key *k)
{
	unsigned g[16];

	for (k->pfx = PX_NP; k->pfx <= PX_F2; k->pfx++) {
		find_forms(t, k, g);
		t->root[k->long64][k->map][k->opcode][k->pfx - 1] = add_group(t, g);
	}
}

static bool
opcode_used(const struct key *k)
{
	unsigned i;

	for (i = 1; i < ROWS; i++)
		if (key_matches(k, &rows[i]))
			return true;
	return false;
}

static void
build(struct tables *t)
{
	struct key k;
	unsigned long64;

	for (long64 = 0; long64 < 2; long64++)
		for (k.map = 0; k.map < MAP_COUNT; k.map++)
			for (k.opcode = 0; k.opcode < 256; k.opcode++) {
				k.long64 = long64;
				if (opcode_used(&k))
					build_opcode(t, &k);
			}
}

static void
print_array(const char *name, const unsigned *v, unsigned n, unsigned per_line)
{
	unsigned i;

	printf("static const uint16_t %s[] = {", name);
	for (i = 0; i < n; i++)
		printf("%s0x%x,", i % per_line == 0 ? "\n\t" : " ", v[i]);
	printf("\n};\n\n");
}

static void
print_row_modrm(void)
{
	unsigned i;

	printf("static const uint8_t decode_row_modrm[] = {");
	for (i = 0; i < ROWS; i++)
		printf("%s%d,", i % 32 == 0 ? "\n\t" : " ", row_uses_modrm(&rows[i]));
	printf("\n};\n");
}

int
main(void)
{
	static struct tables t;

	check_rows();
	build(&t);
	printf("/* Made by cpu/gen_decode.c from cpu/insn_table.def. */\n");
	printf("#include <stdint.h>\n\n");
	printf("#define DECODE_NEXT 0x%x\n\n", NEXT);
	print_array("decode_root", &t.root[0][0][0][0], sizeof(t.root) / sizeof(unsigned), 4);
	print_array("decode_group", t.group[0], t.groups ? t.groups * 16 : 16, 16);
	print_array("decode_rm", t.rm[0], t.rms ? t.rms * 8 : 8, 8);
	print_row_modrm();
	return 0;
}
