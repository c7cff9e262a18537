/*
 * tests/unit/ssei_test.c - XMM integer instructions against the host
 *
 * Every row of cpu/insn_ssei.def is assembled, with a register and with a
 * memory operand where it has both, run by the host processor and by the
 * execute function on the same random operands; registers, memory and the
 * arithmetic flags must be equal.
 *
 * RINGLAB_SSEI_CASES=N sets the number of operand pairs per form; most
 * instructions have two.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cpu/exec.h"
#include "tests/runner/runner.h"

#define CASES	50000

struct form {
	uint8_t		map, opcode, pfx;
	uint16_t	ext;
	uint16_t	opr;
	uint8_t		operand[4];
	uint8_t		feat;
	const char	*name;
};

static const struct form forms[] = {
#define OPER(op, names, cost)
#define OP(map, opcode, pfx, ext, op, o1, o2, o3, o4, acc, chk, feat, icpt, fw, fu) \
	{ map, opcode, pfx, ext, OPR_##op, { OC_##o1, OC_##o2, OC_##o3, OC_##o4 }, feat, #op },
#include "cpu/insn_ssei.def"
#undef OPER
#undef OP
};

/* What the instruction sees: XMM1 and XMM2 are its operands by ModRM, and so
 * are RCX and RDX; RSI points to mem. */
struct state {
	union xval	mem;
	union xval	xmm[3];
	uint64_t	rax, rcx, rdx;
	uint64_t	flags;
};

struct code {
	uint8_t		*p;		/* an executable page */
	unsigned	insn, imm;	/* where the instruction, its immediate are */
	unsigned	len;		/* of the instruction */
};

/* ---- code for the host ---- */

static unsigned
emit(struct code *c, unsigned at, const char *hex)
{
	unsigned byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		c->p[at++] = (uint8_t)byte;
	return at;
}

static unsigned
emit_opcode(struct code *c, unsigned at, const struct form *f, bool rexw)
{
	static const char *const pfx[] = { "", "", "66", "f3", "f2" };
	static const char *const map[] = { "", "0f", "0f38", "0f3a" };

	at = emit(c, at, pfx[f->pfx]);
	if (rexw)
		c->p[at++] = 0x48;
	at = emit(c, at, map[f->map]);
	c->p[at++] = f->opcode;
	return at;
}

/* reg is 1, rm is 2 or [rsi]; groups have their own reg. */
static uint8_t
modrm_of(const struct form *f, bool memory)
{
	unsigned reg = (f->ext & 0xf00) == XR(0) ? f->ext & 7 : 1;

	return (uint8_t)(reg << 3 | (memory ? RSI : 0xc2));
}

static bool
has_imm(const struct form *f)
{
	return f->operand[1] == OC_Ib || f->operand[2] == OC_Ib;
}

/* void code(struct state *rdi) */
static void
assemble(struct code *c, const struct form *f, bool memory, bool rexw)
{
	/* mov rsi,rdi; movdqu xmm0..2,[rdi+16..48]; mov rax,rcx,rdx,[rdi+64..] */
	unsigned at = emit(c, 0, "4889fe" "f30f6f4710" "f30f6f4f20" "f30f6f5730"
	    "488b4740" "488b4f48" "488b5750");

	c->insn = at;
	at = emit_opcode(c, at, f, rexw);
	c->p[at++] = modrm_of(f, memory);
	c->imm = at;
	if (has_imm(f))
		c->p[at++] = 0;
	c->len = at - c->insn;
	/* and back; pushfq; pop [rdi+88]; ret */
	at = emit(c, at, "f30f7f4710" "f30f7f4f20" "f30f7f5730"
	    "48894740" "48894f48" "48895750" "9c8f4758" "c3");
}

static void
run_host(const struct code *c, struct state *s)
{
	void (*fn)(struct state *);
	void *p = c->p;

	memcpy(&fn, &p, sizeof(fn));
	fn(s);
}

/* ---- the same by the execute function ---- */

static uint64_t *
gpr_of(struct state *s, unsigned reg)
{
	return reg == RAX ? &s->rax : reg == RCX ? &s->rcx : &s->rdx;
}

static void
load(const struct insn *in, unsigned i, struct state *s, union xval *v)
{
	const struct opnd *o = &in->o[i];

	memset(v, 0, sizeof(*v));
	switch (o->kind) {
	case OK_XMM:	*v = s->xmm[o->reg]; break;
	case OK_MEM:	memcpy(v, &s->mem, o->size); break;
	case OK_IMM:	v->u = in->imm; break;
	default:	v->u = *gpr_of(s, o->reg) & LOW_BITS(o->size * 8); break;
	}
}

static void
store(const struct insn *in, unsigned i, struct state *s, const union xval *v)
{
	const struct opnd *o = &in->o[i];

	if (!(o->acc & AC_W))
		return;
	switch (o->kind) {
	case OK_XMM:	s->xmm[o->reg] = *v; break;
	case OK_MEM:	memcpy(&s->mem, v, o->size); break;
	default:	*gpr_of(s, o->reg) = v->u & LOW_BITS(o->size * 8); break;
	}
}

/* ck_assert() would cost a system call for each case. */
static void
run_ours(struct cpu *c, const struct code *code, struct state *s)
{
	struct insn in;
	union xval v[4];
	unsigned i;

	if (decode(code->p + code->insn, 15, DM_64 | DM_PE, NULL, &in) != DEC_OK ||
	    in.len != code->len)
		ck_abort_msg("the instruction is not decoded");
	memcpy(c->xmm, s->xmm, sizeof(s->xmm));
	c->gpr[RAX] = s->rax;
	c->gpr[RCX] = s->rcx;
	c->gpr[RDX] = s->rdx;
	cc_set_raw(c, (uint32_t)s->flags);
	for (i = 0; i < in.nopnd; i++)
		load(&in, i, s, &v[i]);
	if (!oper_table[in.opr].exec(c, &in, v))
		ck_abort_msg("the instruction faults");
	memcpy(s->xmm, c->xmm, sizeof(s->xmm));
	s->rax = c->gpr[RAX];
	s->rcx = c->gpr[RCX];
	s->rdx = c->gpr[RDX];
	s->flags = c->cc_res;
	for (i = 0; i < in.nopnd; i++)
		store(&in, i, s, &v[i]);
}

/* ---- operands ---- */

static uint64_t
rnd(uint64_t *s)
{
	uint64_t z = (*s += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Random bits, boundary values, or letters of a small alphabet with nulls. */
static void
rnd_xmm(uint64_t *seed, union xval *v)
{
	static const uint8_t edge[8] = { 0, 0xff, 0x80, 0x7f, 1, 0xfe, 0x81, 0 };
	uint64_t r = rnd(seed);
	unsigned i;

	v->q[0] = rnd(seed);
	v->q[1] = rnd(seed);
	switch (r & 7) {
	case 0:
		v->q[0] &= 127;			/* shift counts */
		v->q[1] = 0;
		break;
	case 1: case 2:
		for (i = 0; i < 16; i++)
			v->b[i] = edge[v->b[i] & 7];
		break;
	case 3: case 4:
		for (i = 0; i < 16; i++)
			v->b[i] = (v->b[i] & 0xf0) == 0 ? 0 : v->b[i] & 3;
		break;
	case 5:
		for (i = 0; i < 8; i++)
			v->w[i] = (v->w[i] & 0xe000) == 0 ? 0 : v->w[i] & 3;
		break;
	default:
		break;
	}
}

static void
rnd_state(uint64_t *seed, struct state *s)
{
	uint64_t r = rnd(seed);

	memset(s, 0, sizeof(*s));
	rnd_xmm(seed, &s->mem);
	rnd_xmm(seed, &s->xmm[0]);
	rnd_xmm(seed, &s->xmm[1]);
	rnd_xmm(seed, &s->xmm[2]);
	if (r & 1)
		s->xmm[2] = s->xmm[1];
	/* lengths of strings, of either sign */
	s->rax = r & 2 ? rnd(seed) : (uint64_t)((int64_t)rnd(seed) >> 59);
	s->rdx = r & 4 ? rnd(seed) : (uint64_t)((int64_t)rnd(seed) >> 59);
	s->rcx = rnd(seed);
}

/* ---- comparison ---- */

static bool
writes_flags(const struct form *f)
{
	return f->opr == OPR_ptest || f->opr == OPR_pcmpestri || f->opr == OPR_pcmpestrm ||
	    f->opr == OPR_pcmpistri || f->opr == OPR_pcmpistrm;
}

static void
print_state(const char *who, const struct state *s)
{
	unsigned i;

	fprintf(stderr, "  %-6s mem %016" PRIx64 "%016" PRIx64, who, s->mem.q[1], s->mem.q[0]);
	for (i = 0; i < 3; i++)
		fprintf(stderr, " xmm%u %016" PRIx64 "%016" PRIx64, i, s->xmm[i].q[1],
		    s->xmm[i].q[0]);
	fprintf(stderr, " rax %" PRIx64 " rcx %" PRIx64 " rdx %" PRIx64 " flags %" PRIx64 "\n",
	    s->rax, s->rcx, s->rdx, s->flags);
}

static bool
agree(struct cpu *cpu, const struct code *c, const struct form *f, const struct state *start)
{
	struct state host = *start;
	struct state ours = *start;

	run_host(c, &host);
	run_ours(cpu, c, &ours);
	host.flags &= writes_flags(f) ? F_OSZAPC : 0;
	ours.flags &= writes_flags(f) ? F_OSZAPC : 0;
	if (memcmp(&host, &ours, sizeof(host)) == 0)
		return true;
	fprintf(stderr, "%s imm %02x\n", f->name, c->p[c->imm]);
	print_state("start", start);
	print_state("host", &host);
	print_state("ours", &ours);
	return false;
}

static void
compare_form(struct cpu *cpu, struct code *c, const struct form *f, unsigned long cases)
{
	uint64_t seed = f->opcode * 16u + f->map;
	struct state s;
	unsigned long i;

	for (i = 0; i < cases; i++) {
		/* Changing code is slow for the host. */
		if (has_imm(f) && i % 32 == 0)
			c->p[c->imm] = (uint8_t)(i / 32 % 2 ? rnd(&seed) & 31 : rnd(&seed));
		rnd_state(&seed, &s);
		if (!agree(cpu, c, f, &s))
			ck_abort_msg("%s differs from the host", f->name);
	}
}

static bool
uses_rm(unsigned code, bool *reg, bool *mem)
{
	switch (code) {
	case OC_Wdq: case OC_Wq: case OC_Wd: case OC_Ww: case OC_Ey:
	case OC_RdMb: case OC_RdMw:
		return *reg = *mem = true;
	case OC_Mdq:
		return *mem = true;
	case OC_Udq: case OC_Uq:
		return *reg = true;
	default:
		return false;
	}
}

/* MASKMOVDQU and moves to and from MMX have more state than this. */
static bool
testable(const struct form *f, unsigned feat)
{
	return f->feat == feat && f->opr != OPR_maskmovdqu && f->opr != OPR_movq2dq &&
	    f->opr != OPR_movdq2q;
}

static void
run_form(struct cpu *cpu, struct code *c, const struct form *f)
{
	const char *env = getenv("RINGLAB_SSEI_CASES");
	unsigned long cases = env ? strtoul(env, NULL, 0) : CASES;
	bool form[2] = { false, false };
	unsigned m, w;

	if (!uses_rm(f->operand[0], &form[0], &form[1]))
		uses_rm(f->operand[1], &form[0], &form[1]);
	for (m = 0; m < 2; m++)
		for (w = 0; form[m] && w < 2; w++) {
			assemble(c, f, m, w);
			compare_form(cpu, c, f, w ? cases / 8 : cases);
		}
}

static const struct {
	unsigned	feat;
	const char	*name;
} features[] = {
	{ FEAT_SSE2, "SSE2" }, { FEAT_SSE3, "SSE3" }, { FEAT_SSSE3, "SSSE3" },
	{ FEAT_SSE41, "SSE4.1" }, { FEAT_SSE42, "SSE4.2" }, { FEAT_AES, "AES" },
	{ FEAT_PCLMULQDQ, "PCLMULQDQ" },
};

static bool
host_has(unsigned feat)
{
	switch (feat) {
	case FEAT_SSE2:		return __builtin_cpu_supports("sse2");
	case FEAT_SSE3:		return __builtin_cpu_supports("sse3");
	case FEAT_SSSE3:	return __builtin_cpu_supports("ssse3");
	case FEAT_SSE41:	return __builtin_cpu_supports("sse4.1");
	case FEAT_SSE42:	return __builtin_cpu_supports("sse4.2");
	case FEAT_AES:		return __builtin_cpu_supports("aes");
	default:		return __builtin_cpu_supports("pclmul");
	}
}

START_TEST(rows_agree_with_the_host)
{
	struct cpu *cpu;
	struct code c;
	unsigned i;

	if (!host_has(features[_i].feat))
		SKIP("ssei", features[_i].name);
	cpu = calloc(1, sizeof(*cpu));
	c.p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert(cpu && c.p != MAP_FAILED);
	for (i = 0; i < ARRAY_SIZE(forms); i++)
		if (testable(&forms[i], features[_i].feat))
			run_form(cpu, &c, &forms[i]);
	munmap(c.p, 4096);
	free(cpu);
}
END_TEST

Suite	*ssei_suite(void);

Suite *
ssei_suite(void)
{
	Suite *s = suite_create("ssei");
	TCase *tc = tcase_create("host");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, rows_agree_with_the_host, 0, ARRAY_SIZE(features));
	suite_add_tcase(s, tc);
	return s;
}
