/*
 * tests/unit/exec_int_test.c - general-purpose instructions against the host
 *
 * Every row of cpu/insn_int.def that a 64-bit program can run is assembled with
 * random prefixes, operands and addressing forms and run by the host and by the
 * generic executor.  Registers, memory, defined flags, whether a branch was
 * taken and the vector of a fault must be equal.
 *
 * RINGLAB_EXEC_CASES=N sets the number of cases per row.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/exec.h"
#include "tests/runner/runner.h"
#include "tests/unit/native.h"

#define CASES	300

static const struct native_row rows[] = {
#define OPER(op, names, cost)
#define OP NATIVE_ROW
#include "cpu/insn_int.def"
#undef OPER
#undef OP
};

struct test {
	const struct native_row *row;
	uint64_t	seed;
	struct native_insn code;
	struct native_state host, ours;
};

/* ---- which rows ---- */

/* Transfers through random values, flags we cannot load, host selectors,
 * 64-bit absolute addresses. */
static bool
is_excluded(const struct native_row *r)
{
	switch (r->opr) {
	case OPR_popf: case OPR_ret: case OPR_ret_imm: case OPR_jmp_ind: case OPR_call_ind:
		return true;
	}
	return r->chk & CK_NO64 || r->operand[1] == OC_Sw || r->operand[0] == OC_Ob ||
	    r->operand[0] == OC_Ov || r->operand[1] == OC_Ob || r->operand[1] == OC_Ov;
}

/* ---- operands ---- */

static uint64_t
data_address(struct test *t)
{
	return NATIVE_DATA + 0x1000 + (native_random(&t->seed) & 0x1fff);
}

static void
aim_memory(struct test *t, uint64_t *g)
{
	const struct insn *in = &t->code.in;
	uint64_t target = data_address(t);

	if (in->base >= 16)
		return;
	if (t->row->opr == OPR_cmpxchg8b && native_random(&t->seed) & 1)
		target &= ~(uint64_t)15;
	native_aim(&t->code, g, target);
	/* Half the time a comparison succeeds. */
	if ((t->row->opr == OPR_cmpxchg || t->row->opr == OPR_cmpxchg8b) &&
	    native_random(&t->seed) & 1) {
		g[RAX] = in->base == RAX || in->index == RAX ? g[RAX] :
		    get_le64(t->host.data + (target - NATIVE_DATA));
		if (t->row->opr == OPR_cmpxchg8b && in->base != RDX && in->index != RDX)
			g[RDX] = get_le64(t->host.data + (target - NATIVE_DATA) +
			    (in->opsize == 8 ? 8 : 4));
	}
}

static void
set_registers(struct test *t)
{
	uint64_t *g = t->host.gpr, small = native_random(&t->seed);
	unsigned i;

	for (i = 0; i < 16; i++)
		g[i] = native_operand(&t->seed);
	g[RSP] = data_address(t);
	switch (t->row->opr) {
	case OPR_movs: case OPR_cmps: case OPR_stos: case OPR_lods: case OPR_scas:
		g[RSI] = data_address(t);
		g[RDI] = g[RSI] + (native_random(&t->seed) & 0x3f) - 32;
		g[RCX] = small & 63;
		break;
	case OPR_xlat: g[RBX] = data_address(t); break;
	case OPR_enter: case OPR_leave: g[RBP] = data_address(t); break;
	case OPR_div: case OPR_idiv: g[RDX] >>= small & 63; break;
	case OPR_loop: case OPR_loope: case OPR_loopne: case OPR_jcxz: g[RCX] = small & 3; break;
	case OPR_bt: case OPR_bts: case OPR_btr: case OPR_btc:
		if (t->row->chk & CK_RAW && t->code.in.o[1].kind == OK_GPR)
			g[t->code.in.o[1].reg] = (uint64_t)(int64_t)(int16_t)(small & 0x7fff) - 0x4000;
		break;
	case OPR_cmpxchg:
		if (t->code.in.o[0].kind == OK_GPR && small & 1)
			g[RAX] = g[t->code.in.o[0].reg];
		break;
	}
	if (t->code.in.o[0].kind == OK_MEM || t->code.in.o[1].kind == OK_MEM)
		aim_memory(t, g);
}

static bool
is_stack(unsigned opr)
{
	return opr == OPR_push || opr == OPR_push_seg || opr == OPR_pop || opr == OPR_call ||
	    opr == OPR_enter || opr == OPR_leave || opr == OPR_pushf;
}

/* A bit offset register that is also part of the address goes anywhere, and so
 * does a stack pointer that has to serve as base. */
static bool
out_of_reach(const struct test *t)
{
	const struct insn *in = &t->code.in;

	if (is_stack(t->row->opr) && in->o[0].kind == OK_MEM && in->base == RSP)
		return true;
	if (!(t->row->chk & CK_RAW) || in->o[0].kind != OK_MEM || in->o[1].kind != OK_GPR ||
	    t->row->opr == OPR_cmpxchg)
		return false;
	return in->o[1].reg == in->base;
}

/* ---- comparison ---- */

static void
describe(const struct test *t, char *text, size_t n)
{
	unsigned i, k = 0;

	k += (unsigned)snprintf(text, n, "%s:", t->row->name);
	for (i = 0; i < t->code.len && k < n; i++)
		k += (unsigned)snprintf(text + k, n - k, " %02x", t->code.byte[i]);
}

static bool
same(const struct test *t, unsigned host, unsigned ours, char *text, size_t n)
{
	const struct native_state *a = &t->host, *b = &t->ours;
	uint64_t df = (a->rflags ^ b->rflags) & ~(uint64_t)t->row->fu;
	char what[128];
	unsigned i;

	describe(t, what, sizeof(what));
	if (host != ours) {
		snprintf(text, n, "%s: vector+1 %u, host %u", what, ours, host);
		return false;
	}
	if (host)
		return true;
	for (i = 0; i < 16; i++) {
		if (a->gpr[i] != b->gpr[i]) {
			snprintf(text, n, "%s: gpr %u %#" PRIx64 ", host %#" PRIx64, what, i,
			    b->gpr[i], a->gpr[i]);
			return false;
		}
	}
	if (df || a->taken != b->taken || memcmp(a->data, b->data, NATIVE_DATA_SIZE)) {
		snprintf(text, n, "%s: flags %#" PRIx64 ", host %#" PRIx64 ", taken %u %u, memory %s",
		    what, b->rflags, a->rflags, b->taken, a->taken,
		    memcmp(a->data, b->data, NATIVE_DATA_SIZE) ? "differs" : "equal");
		return false;
	}
	return true;
}

static bool
run_case(struct native *n, struct test *t, char *text, size_t size)
{
	unsigned host, ours, i;
	uint8_t *ours_data = t->ours.data;
	uint64_t in_flags;

	/* A part of it each time. */
	for (i = native_random(&t->seed) & 0x78; i < NATIVE_DATA_SIZE; i += 128)
		put_le64(t->host.data + i, native_operand(&t->seed));
	set_registers(t);
	if (out_of_reach(t))
		return true;
	in_flags = native_random(&t->seed) & (F_OSZAPC | F_DF);
	t->host.rflags = in_flags;
	t->host.mxcsr = 0x1f80;
	memset(t->host.xmm, 0, sizeof(t->host.xmm));
	t->ours = t->host;
	t->ours.data = ours_data;
	memcpy(ours_data, t->host.data, NATIVE_DATA_SIZE);
	host = native_run_host(n, &t->host, t->code.byte, t->code.len);
	ours = native_run_ours(n, &t->ours, t->code.byte, t->code.len);
	return same(t, host, ours, text, size);
}

START_TEST(instructions_do_what_the_host_does)
{
	const char *env = getenv("RINGLAB_EXEC_CASES");
	unsigned long cases = env ? strtoul(env, NULL, 0) : CASES, k;
	struct test t = { .row = &rows[_i], .seed = 0x1234567 + (uint64_t)_i };
	struct native *n;
	char text[256];

	if (is_excluded(t.row))
		return;
	n = native_new();
	ck_assert_ptr_nonnull(n);
	t.host.data = calloc(1, NATIVE_DATA_SIZE);
	t.ours.data = malloc(NATIVE_DATA_SIZE);
	for (k = 0; k < cases; k++) {
		if (native_assemble(t.row, &t.seed, &t.code))
			ck_assert_msg(run_case(n, &t, text, sizeof(text)), "%s", text);
	}
	free(t.host.data);
	free(t.ours.data);
	native_free(n);
}
END_TEST

Suite	*exec_int_suite(void);

Suite *
exec_int_suite(void)
{
	Suite *s = suite_create("exec_int");
	TCase *tc = tcase_create("host");

	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, instructions_do_what_the_host_does, 0, ARRAY_SIZE(rows));
	suite_add_tcase(s, tc);
	return s;
}
