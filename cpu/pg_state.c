/*
 * cpu/pg_state.c - the states that instructions are tried in
 *
 * A state is a line of the list below: what is in the registers that
 * instructions take selectors, register numbers, ports and addresses from, what
 * memory holds there, and what is on the stack.  It is the same at CPL 0 and 3.
 * A list chosen by hand is enough because a state is only needed in which an
 * instruction gets past its checks; what it then depends on is found by the
 * changes (cpu/pg_leaf.c).
 */
#include <stdio.h>

#include "cpu/cpuid.h"
#include "cpu/pg_priv.h"
#include "cpu/x87.h"

/* Values that depend on the mode. */
enum { V_CR0 = 0x100000001, V_CR3, V_CR4, V_RANDOM };

enum data_fill { D_ZERO, D_POINTERS, D_TABLE, D_SELECTORS, D_RANDOM, D_NUMBERS };
enum stack_fill { S_IRET, S_RETF, S_RETF_IMM, S_SELECTORS, S_KERNEL, S_FLAGS, S_RANDOM };

static const char *const data_names[] = {
	"zeros", "far pointers", "table register", "selectors", "random", "numbers"
};
static const char *const stack_names[] = {
	"IRET frame", "RETF frame", "RETF n frame", "selectors", "level 0 selectors",
	"flags", "random"
};

static const struct {
	uint64_t	rax, rcx, rdx;
	uint32_t	flags;
	uint8_t		data, stack;
} list[] = {
	{ PG_CONF, 1, 0, F_IF, D_POINTERS, S_IRET },
	{ PG_UDATA, 0, 0, F_IF | F_CF, D_ZERO, S_RETF },
	{ PG_KDATA, 0xc0000103, 0, F_IF | F_ZF, D_SELECTORS, S_SELECTORS },
	{ V_CR4, 0xc0000081, 0x80, F_IF | F_OF, D_TABLE, S_FLAGS },
	{ V_CR0, 2, 0x80, F_IF | F_SF, D_NUMBERS, S_RETF_IMM },
	{ V_CR3, 0xc0000100, 0, F_IF | F_AF, D_RANDOM, S_RANDOM },
	{ PG_VMCB, 0x1b, 0, F_IF | F_PF, D_SELECTORS, S_IRET },
	{ PG_TSSFREE, 0x10, 0, F_IF, D_NUMBERS, S_SELECTORS },
	{ PG_LDTSEL, 3, 0x3f8, F_IF | F_DF, D_POINTERS, S_RETF },
	{ V_RANDOM, V_RANDOM, V_RANDOM, F_IF | F_CF | F_ZF, D_RANDOM, S_RANDOM },
	{ 1, 0, 0, 0, D_ZERO, S_SELECTORS },
	{ 7, 0, 0, F_AC | F_OF | F_CF, D_NUMBERS, S_FLAGS },
	{ PG_DATA, 0, 0, F_IF, D_ZERO, S_KERNEL }
};
const unsigned pg_states = ARRAY_SIZE(list);

static uint64_t
mix(uint64_t v)
{
	v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9u;
	v = (v ^ v >> 27) * 0x94d049bb133111ebu;
	return v ^ v >> 31;
}

static uint64_t
value(const struct cpu *c, uint64_t v, unsigned i, unsigned which)
{
	switch (v) {
	case V_CR0: return c->cr0 ^ CR0_TS;
	case V_CR3: return c->cr3 + PAGE_SIZE;
	case V_CR4: return c->cr4 ^ CR4_TSD;
	case V_RANDOM: return mix(i * 16 + which);
	default: return v;
	}
}

/* ---- memory ---- */

/* Readable as 16:16 and as 16:32. */
static void
fill_pointers(uint8_t *p, unsigned n)
{
	for (unsigned i = 0; i + 16 <= n; i += 16) {
		put_le16(p + i, PG_CODE);
		put_le16(p + i + 2, PG_CONF);
		put_le16(p + i + 4, PG_CONF);
	}
}

static void
fill_numbers(uint8_t *p, unsigned n)
{
	for (unsigned i = 0; i + 8 <= n; i += 8) {
		double d = 1.5 + i / 8;

		memcpy(p + i, &d, 8);
	}
}

static void
fill_data(uint8_t *p, unsigned n, enum data_fill fill, unsigned seed)
{
	memset(p, 0, n);
	switch (fill) {
	case D_POINTERS:
		fill_pointers(p, n);
		break;
	case D_TABLE:
		put_le16(p, PG_GDT_LIMIT - 8);
		put_le64(p + 2, PG_GDT);
		break;
	case D_SELECTORS:
		for (unsigned i = 0; i + 2 <= n; i += 2)
			put_le16(p + i, i & 2 ? PG_KDATA : PG_UDATA);
		break;
	case D_RANDOM:
		for (unsigned i = 0; i + 8 <= n; i += 8)
			put_le64(p + i, mix(seed * 4096 + i));
		break;
	case D_NUMBERS:
		fill_numbers(p, n);
		break;
	default:
		break;
	}
}

struct stack {
	uint8_t		b[256];
	unsigned	n, size;
};

static void
put_word(struct stack *s, uint64_t v)
{
	put_le(s->b + s->n, s->size, v);
	s->n += s->size;
}

/* To a twin of user code, so that CS is another afterwards at any level. */
static void
put_return(const struct pg_bench *b, struct stack *s, enum stack_fill fill)
{
	static const uint16_t code[PG_MODES] = {
		PG_UCODE64, PG_UCODE32, PG_UCODE32, PG_UCODE16, PG_UCODE16
	};

	put_word(s, PG_CODE + 0x100);
	put_word(s, code[b->mode] + PG_TWIN);
	if (fill == S_IRET)
		put_word(s, F_IF | F_IOPL | 2);
	if (fill == S_RETF_IMM)
		s->n += 8;
	put_word(s, PG_STACK + 0x400);
	put_word(s, b->mode == PG_M16 ? PG_UDATA16 : PG_UDATA);
}

static void
fill_stack(const struct pg_bench *b, struct stack *s, enum stack_fill fill, unsigned seed)
{
	switch (fill) {
	case S_SELECTORS:
		while (s->n + s->size <= sizeof(s->b))
			put_word(s, (b->mode == PG_M16 ? PG_UDATA16 : PG_UDATA) + PG_TWIN);
		break;
	case S_KERNEL:
		put_word(s, b->mode == PG_M16 ? PG_KDATA16 : PG_KDATA);
		break;
	case S_FLAGS:
		put_word(s, F_IOPL | F_CF | F_DF | 2);
		break;
	case S_RANDOM:
		while (s->n + s->size <= sizeof(s->b))
			put_word(s, mix(seed * 512 + s->n));
		break;
	default:
		put_return(b, s, fill);
		break;
	}
}

#define DATA_AT		(PG_DATA + 0x100)
#define STACK_AT	(PG_STACK + 0x800)

void
pg_state_memory(struct pg_bench *b, unsigned i, const struct insn *in)
{
	struct stack s = { .size = in->opsize < 2 ? 2 : in->opsize };
	uint8_t data[0x600];

	fill_data(data, sizeof(data), list[i].data, i);
	pg_bench_store(b, DATA_AT, data, sizeof(data));
	fill_stack(b, &s, list[i].stack, i);
	pg_bench_store(b, STACK_AT, s.b, sizeof(s.b));
	for (unsigned r = 0; r < 16; r++)
		fill_data(b->xmm[r].b, 16, i % 3 ? D_NUMBERS : D_RANDOM, i * 16 + r);
}

/* ---- registers ---- */

/* The state in which a stack fault is no masked one. */
#define UNMASKED	9

/* Some registers empty, the others small numbers. */
static void
fill_fpu(struct cpu *c, unsigned i)
{
	x87_init(&c->x87);
	for (unsigned r = 0; r < 8; r++)
		c->x87.reg[r] = (struct f80){ .mant = BIT(63) | (uint64_t)r << 60,
			.se = (uint16_t)(0x3fff + r) };
	c->x87.ftw = i % 2 ? 0xf000 : 0;
	if (i == UNMASKED)
		c->x87.fcw &= (uint16_t)~1u;
	c->mxcsr = 0x1f80;
}

void
pg_state_registers(struct pg_bench *b, unsigned i, unsigned cpl, const struct insn *in)
{
	struct cpu *c = b->c;

	pg_bench_registers(b, cpl);
	for (unsigned r = 0; r < 16; r++)
		c->gpr[r] = mix(i * 16 + r) >> (r % 4 * 16);
	c->gpr[RAX] = value(c, list[i].rax, i, 0);
	c->gpr[RCX] = value(c, list[i].rcx, i, 1);
	c->gpr[RDX] = value(c, list[i].rdx, i, 2);
	if (insn_info(in)->chk & CK_REP)
		c->gpr[RCX] &= 7;	/* a register's number is no count */
	c->gpr[RBX] = DATA_AT;
	c->gpr[RSI] = DATA_AT + 0x200;
	c->gpr[RDI] = DATA_AT + 0x400;
	c->gpr[RSP] = STACK_AT;
	c->gpr[RBP] = STACK_AT + 0x80;
	c->rflags = list[i].flags | 2 | (b->mode == PG_MV86 ? F_VM : 0);
	cc_set_raw(c, list[i].flags & F_OSZAPC);
	fill_fpu(c, i);
	memcpy(c->xmm, b->xmm, sizeof(c->xmm));
}

/* ---- text ---- */

static void
value_text(char *buf, size_t n, uint64_t v)
{
	switch (v) {
	case V_CR0: snprintf(buf, n, "cr0^TS"); break;
	case V_CR3: snprintf(buf, n, "cr3+1000"); break;
	case V_CR4: snprintf(buf, n, "cr4^TSD"); break;
	case V_RANDOM: snprintf(buf, n, "random"); break;
	default: snprintf(buf, n, "%llx", (unsigned long long)v); break;
	}
}

void
pg_state_text(unsigned i, char *buf, size_t n)
{
	char a[24], c[24], d[24];

	value_text(a, sizeof(a), list[i].rax);
	value_text(c, sizeof(c), list[i].rcx);
	value_text(d, sizeof(d), list[i].rdx);
	snprintf(buf, n, "s%u: rax %s, rcx %s, rdx %s, flags %x; data %s; stack %s", i, a, c, d,
	    list[i].flags, data_names[list[i].data], stack_names[list[i].stack]);
}
