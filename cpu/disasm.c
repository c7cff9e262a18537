/*
 * cpu/disasm.c - Intel-syntax text of decoded instructions
 *
 * The syntax of binutils' "objdump -M intel" with lower-case sizes, condition
 * names as in the manuals' opcode maps (JNZ, JNB), targets as absolute numbers.
 */
#include "cpu/decode.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct text {
	char		*buf;
	size_t		n, used;
};

static void PRINTF(2, 3)
put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(t->buf + t->used, t->n - t->used, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	t->used += (size_t)len;
	if (t->used >= t->n)
		t->used = t->n - 1;
}

/* ---- mnemonics ---- */

static const char *const condition_names[16] = {
	"o", "no", "b", "nb", "z", "nz", "be", "nbe",
	"s", "ns", "p", "np", "l", "nl", "le", "nle"
};

/* Which of the names separated by sep: 0 is the first; the last one serves for
 * all that follow. */
static void
put_choice(struct text *t, const char *names, char sep, unsigned which)
{
	const char *end;

	while ((end = strchr(names, sep)) != NULL && which-- > 0)
		names = end + 1;
	put(t, "%.*s", end ? (int)(end - names) : (int)strlen(names), names);
}

static void
put_mnemonic(struct text *t, const struct insn *in)
{
	const char *names = oper_table[in->opr].names;
	unsigned size = in->opr == OPR_jcxz ? in->addrsize : in->opsize;

	if (strchr(names, '/'))
		put_choice(t, names, '/', (unsigned)__builtin_ctz(size | 16));
	else
		put_choice(t, names, '|', size >= 2 ? (unsigned)__builtin_ctz(size) - 1 : 0);
	if (insn_info(in)->chk & CK_CC)
		put(t, "%s", condition_names[in->cc]);
}

/* REPE and REPNE where the comparison counts, REP elsewhere. */
static const char *
repeat_name(const struct insn *in)
{
	bool compares = in->opr == OPR_cmps || in->opr == OPR_scas;

	if (!(insn_info(in)->chk & CK_REP) || !(in->prefix & (PFX_F2 | PFX_F3)))
		return "";
	if (!compares)
		return "rep ";
	return in->prefix & PFX_F3 ? "repe " : "repne ";
}

/* ---- operands ---- */

static const char *const segment_names[SEG_COUNT] = { "es", "cs", "ss", "ds", "fs", "gs" };

static void
put_gpr(struct text *t, unsigned reg, unsigned size)
{
	static const char low[8][4] = { "ax", "cx", "dx", "bx", "sp", "bp", "si", "di" };
	static const char low8[8][4] = { "al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil" };

	if (reg >= 8)
		put(t, "r%u%s", reg, size == 1 ? "b" : size == 2 ? "w" : size == 4 ? "d" : "");
	else if (size == 1)
		put(t, "%s", low8[reg]);
	else
		put(t, "%s%s", size == 2 ? "" : size == 4 ? "e" : "r", low[reg]);
}

static const char *
size_name(unsigned size)
{
	switch (size) {
	case 1:		return "byte ptr ";
	case 2:		return "word ptr ";
	case 4:		return "dword ptr ";
	case 6:		return "fword ptr ";
	case 8:		return "qword ptr ";
	case 10:	return "tbyte ptr ";
	case 16:	return "xmmword ptr ";
	default:	return "";
	}
}

static bool
put_base(struct text *t, const struct insn *in)
{
	if (in->base == REG_NONE)
		return false;
	if (in->base == REG_RIP)
		put(t, "%s", in->addrsize == 8 ? "rip" : "eip");
	else
		put_gpr(t, in->base, in->addrsize);
	return true;
}

static void
put_displacement(struct text *t, const struct insn *in, bool relative)
{
	int64_t disp = (int64_t)in->disp;

	if (!relative)
		put(t, "0x%" PRIx64, in->disp & LOW_BITS(in->addrsize * 8));
	else if (disp < 0)
		put(t, "-0x%" PRIx64, -in->disp);
	else if (disp > 0 || in->base == REG_RIP)
		put(t, "+0x%" PRIx64, in->disp);
}

static void
put_memory(struct text *t, const struct insn *in, unsigned size)
{
	bool some;

	put(t, "%s", size_name(size));
	if (in->prefix & PFX_SEG)
		put(t, "%s:", segment_names[in->seg]);
	put(t, "[");
	some = put_base(t, in);
	if (in->index != REG_NONE) {
		put(t, "%s", some ? "+" : "");
		put_gpr(t, in->index, in->addrsize);
		if (in->addrsize != 2)
			put(t, "*%u", 1u << in->scale);
		some = true;
	}
	put_displacement(t, in, some);
	put(t, "]");
}

static void
put_string(struct text *t, const struct insn *in, const struct opnd *o)
{
	bool source = o->kind == OK_STRS;

	put(t, "%s%s:[", size_name(o->size), source ? segment_names[in->seg] : "es");
	put_gpr(t, source ? RSI : RDI, in->addrsize);
	put(t, "]");
}

/* Where a relative jump goes: AMD truncates rip to the operand size. */
static uint64_t
target(const struct insn *in, uint64_t rip)
{
	return (rip + in->len + in->imm) & LOW_BITS(in->opsize * 8);
}

static void
put_register(struct text *t, const struct opnd *o)
{
	static const char high[4][3] = { "ah", "ch", "dh", "bh" };

	switch (o->kind) {
	case OK_GPR:	put_gpr(t, o->reg, o->size); break;
	case OK_GPRH:	put(t, "%s", high[o->reg & 3]); break;
	case OK_SEG:	put(t, "%s", segment_names[o->reg]); break;
	case OK_CR:	put(t, "cr%u", o->reg); break;
	case OK_DR:	put(t, "dr%u", o->reg); break;
	case OK_ST:	put(t, "st(%u)", o->reg); break;
	case OK_MM:	put(t, "mm%u", o->reg); break;
	default:	put(t, "xmm%u", o->reg); break;
	}
}

static void
put_operand(struct text *t, const struct insn *in, const struct opnd *o, uint64_t rip)
{
	switch (o->kind) {
	case OK_MEM:
		put_memory(t, in, o->size);
		break;
	case OK_STRS:
	case OK_STRD:
		put_string(t, in, o);
		break;
	case OK_IMM:
		put(t, "0x%" PRIx64, o->reg ? in->imm2 : in->imm);
		break;
	case OK_REL:
		put(t, "0x%" PRIx64, target(in, rip));
		break;
	case OK_FAR:
		put(t, "0x%x:0x%" PRIx64, in->imm2, in->imm);
		break;
	default:
		put_register(t, o);
		break;
	}
}

/* ---- interface ---- */

void
insn_mnemonic(const struct insn *in, unsigned mode, char *buf, size_t n)
{
	struct text t = { buf, n, 0 };

	(void)mode;
	if (n == 0)
		return;
	buf[0] = '\0';
	put_mnemonic(&t, in);
}

void
disasm(const struct insn *in, unsigned mode, uint64_t rip, char *buf, size_t n)
{
	struct text t = { buf, n, 0 };
	unsigned i;

	(void)mode;
	if (n == 0)
		return;
	buf[0] = '\0';
	if (in->prefix & PFX_LOCK && in->o[0].kind != OK_CR && in->o[1].kind != OK_CR)
		put(&t, "lock ");
	put(&t, "%s", repeat_name(in));
	put_mnemonic(&t, in);
	for (i = 0; i < in->nopnd; i++) {
		put(&t, "%s", i == 0 ? " " : ", ");
		put_operand(&t, in, &in->o[i], rip);
	}
}
