/*
 * tests/unit/ssef_test.c - SSE floating point against the host
 *
 * Every row of cpu/insn_ssef.def runs on the host and on the generic executor
 * with the same registers, memory and MXCSR: random rounding, DAZ, FTZ and
 * exception masks, operands with a liking for zeros, denormals, infinities,
 * NaNs and values near the limits.  XMM, MMX and general registers, memory,
 * MXCSR and the vector must be equal, after faults too.  Reciprocals are held
 * to their bound; FXSAVE and XSAVE have cases of their own.
 *
 * RINGLAB_EXEC_CASES=N sets the number of cases per row.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/exec.h"
#include "cpu/x87.h"
#include "tests/runner/runner.h"
#include "tests/unit/native.h"

#define CASES	600

static const struct native_row rows[] = {
#define OPER(op, names, cost)
#define OP NATIVE_ROW
#include "cpu/insn_ssef.def"
#undef OPER
#undef OP
};

struct test {
	const struct native_row *row;
	uint64_t	seed;
	struct native_insn code;
	struct native_state host, ours;
};

static bool
is_excluded(const struct native_row *r)
{
	switch (r->opr) {
	case OPR_rcpps: case OPR_rcpss: case OPR_rsqrtps: case OPR_rsqrtss:
	case OPR_fxsave: case OPR_fxrstor: case OPR_xsave: case OPR_xsaveopt: case OPR_xrstor:
		return true;
	}
	return false;
}

/* ---- values ---- */

static uint32_t
random_f32(uint64_t *seed)
{
	static const uint32_t special[] = {
		0, 1, 0x007fffff, 0x00800000, 0x3f800000, 0x3fc00000, 0x7f7fffff, 0x7f800000,
		0x7fc00000, 0x7f800001, 0x4effffff, 0x4f000000, 0x5f000000, 0x40490fdb,
		0x3f000000, 0x00400000,
	};
	uint64_t r = native_random(seed);
	uint32_t v = (uint32_t)(r >> 32);

	if (r & 3)
		return r & 4 ? v : 0x3f000000 + (v & 0x80ffffff);
	return special[r >> 4 & 15] | (v & 0x80000000);
}

static uint64_t
random_f64(uint64_t *seed)
{
	static const uint64_t special[] = {
		0, 1, 0x000fffffffffffff, 0x0010000000000000, 0x3ff0000000000000,
		0x3ff8000000000000, 0x7fefffffffffffff, 0x7ff0000000000000,
		0x7ff8000000000000, 0x7ff0000000000001, 0x41dfffffffc00000,
		0x41e0000000000000, 0x43e0000000000000, 0x47efffffe0000000,
		0x3810000000000000, 0x3690000000000000,
	};
	uint64_t r = native_random(seed), v = native_random(seed);

	if (r & 3)
		return r & 4 ? v : 0x3fe0000000000000 + (v & 0x801fffffffffffff);
	return special[r >> 4 & 15] | (v & BIT(63));
}

static uint64_t
random_lane(uint64_t *seed)
{
	if (native_random(seed) & 1)
		return random_f64(seed);
	return random_f32(seed) | (uint64_t)random_f32(seed) << 32;
}

static uint32_t
random_mxcsr(uint64_t *seed)
{
	uint64_t r = native_random(seed);
	uint32_t v = (uint32_t)r & 0xffff;

	/* Mostly all masked and without old flags. */
	return r & 0x30000 ? (v & 0xe040) | 0x1f80 : v;
}

static void
set_state(struct test *t)
{
	struct native_state *s = &t->host;
	unsigned i;

	for (i = 0; i < 16; i++) {
		s->gpr[i] = native_operand(&t->seed);
		s->xmm[i].q[0] = random_lane(&t->seed);
		s->xmm[i].q[1] = random_lane(&t->seed);
	}
	for (i = 0; i < 8; i++)
		s->mm[i] = native_operand(&t->seed);
	s->mxcsr = random_mxcsr(&t->seed);
	s->rflags = native_random(&t->seed) & F_OSZAPC;
}

static void
aim(struct test *t)
{
	uint64_t target = NATIVE_DATA + 0x1000 + (native_random(&t->seed) & 0x1fff);
	uint8_t *p;
	unsigned i;

	if (native_random(&t->seed) & 15)
		target &= ~(uint64_t)15;
	native_aim(&t->code, t->host.gpr, target);
	p = t->host.data + (target - NATIVE_DATA);
	for (i = 0; i < 16; i += 8)
		put_le64(p + i, random_lane(&t->seed));
	/* The host has bit 17 (MM), we do not. */
	if (t->row->opr == OPR_ldmxcsr)
		put_le32(p, get_le32(p) & (native_random(&t->seed) & 1 ? 0xffff : 0xfffdffff));
}

/* ---- comparison ---- */

static void
describe(const struct test *t, char *text, size_t n)
{
	unsigned i, k;

	k = (unsigned)snprintf(text, n, "%s:", t->row->name);
	for (i = 0; i < t->code.len && k < n; i++)
		k += (unsigned)snprintf(text + k, n - k, " %02x", t->code.byte[i]);
}

static bool
registers_same(const struct native_state *a, const struct native_state *b, char *text,
    size_t n)
{
	unsigned i;

	for (i = 0; i < 16; i++) {
		if (a->gpr[i] != b->gpr[i] || a->xmm[i].q[0] != b->xmm[i].q[0] ||
		    a->xmm[i].q[1] != b->xmm[i].q[1]) {
			snprintf(text, n, "register %u: %016" PRIx64 "%016" PRIx64 " %" PRIx64
			    ", host %016" PRIx64 "%016" PRIx64 " %" PRIx64, i, b->xmm[i].q[1],
			    b->xmm[i].q[0], b->gpr[i], a->xmm[i].q[1], a->xmm[i].q[0], a->gpr[i]);
			return false;
		}
	}
	if (memcmp(a->mm, b->mm, sizeof(a->mm)) || a->rflags != b->rflags ||
	    memcmp(a->data, b->data, NATIVE_DATA_SIZE)) {
		snprintf(text, n, "MMX, flags or memory");
		return false;
	}
	return true;
}

static void
run_case(struct native *n, struct test *t)
{
	uint8_t *ours_data = t->ours.data;
	char what[96], text[200] = "";
	unsigned host, ours;
	uint32_t before;

	set_state(t);
	aim(t);
	before = t->host.mxcsr;
	t->ours = t->host;
	t->ours.data = ours_data;
	memcpy(ours_data, t->host.data, NATIVE_DATA_SIZE);
	host = native_run_host(n, &t->host, t->code.byte, t->code.len);
	ours = native_run_ours(n, &t->ours, t->code.byte, t->code.len);
	describe(t, what, sizeof(what));
	ck_assert_msg(host == ours, "%s: vector+1 %u, host %u, mxcsr %x", what, ours, host, before);
	ck_assert_msg(t->host.mxcsr == t->ours.mxcsr, "%s: mxcsr %#x -> %#x, host %#x", what,
	    before, t->ours.mxcsr, t->host.mxcsr);
	ck_assert_msg(host || registers_same(&t->host, &t->ours, text, sizeof(text)),
	    "%s (mxcsr %#x): %s", what, before, text);
}

START_TEST(instructions_do_what_the_host_does)
{
	const char *env = getenv("RINGLAB_EXEC_CASES");
	unsigned long cases = env ? strtoul(env, NULL, 0) : CASES, k;
	struct test t = { .row = &rows[_i], .seed = 0x7654321 + (uint64_t)_i };
	struct native *n;

	if (is_excluded(t.row))
		return;
	n = native_new();
	ck_assert_ptr_nonnull(n);
	t.host.data = calloc(1, NATIVE_DATA_SIZE);
	t.ours.data = malloc(NATIVE_DATA_SIZE);
	for (k = 0; k < cases; k++) {
		if (native_assemble(t.row, &t.seed, &t.code))
			run_case(n, &t);
	}
	free(t.host.data);
	free(t.ours.data);
	native_free(n);
}
END_TEST

/* ---- approximations ---- */

static float
approximate(exec_fn fn, float x)
{
	struct insn in = { .nopnd = 2 };
	union xval v[4] = { { .u = 0 }, { .f = { x } } };

	ck_assert(fn(NULL, &in, v));
	return v[0].f[0];
}

START_TEST(reciprocals_keep_their_bound)
{
	uint64_t seed = 99;
	unsigned long k;

	for (k = 0; k < 500000; k++) {
		uint32_t bits = (uint32_t)native_random(&seed) & 0x7fffffff;
		uint32_t exp = bits >> 23;
		float x;

		memcpy(&x, &bits, sizeof(x));
		if (exp > 0 && exp < 252)
			ck_assert_double_le(fabs(approximate(x_rcpss, x) * (double)x - 1),
			    1.5 / 4096);
		if (exp > 0 && exp < 255)
			ck_assert_double_le(fabs(approximate(x_rsqrtss, x) * sqrt(x) - 1),
			    1.5 / 4096);
	}
}
END_TEST

START_TEST(reciprocals_of_special_values)
{
	static const struct { uint32_t x, rcp, rsqrt; } want[] = {
		{ 0, 0x7f800000, 0x7f800000 },
		{ 0x80000000, 0xff800000, 0xff800000 },
		{ 0x00000001, 0x7f800000, 0x7f800000 },
		{ 0x80400000, 0xff800000, 0xff800000 },
		{ 0x7f800000, 0, 0 },
		{ 0xff800000, 0x80000000, 0xffc00000 },
		{ 0x7f800001, 0x7fc00001, 0x7fc00001 },
		{ 0xbf800000, 0xbf800000, 0xffc00000 },
		{ 0x7f000000, 0, 0x1fb50000 },
		{ 0x3f800000, 0x3f800000, 0x3f800000 },
	};
	struct insn in = { .nopnd = 2 };
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		union xval v[4] = { { .u = 0 }, { .d = { want[i].x } } };

		ck_assert(x_rcpss(NULL, &in, v));
		ck_assert_uint_eq(v[0].d[0], want[i].rcp);
		ck_assert(x_rsqrtss(NULL, &in, v));
		if (want[i].x != 0x7f000000)
			ck_assert_uint_eq(v[0].d[0], want[i].rsqrt);
	}
}
END_TEST

/* ---- state images ---- */

static unsigned
run_on_data(struct native *n, struct native_state *s, const char *hex)
{
	uint8_t code[8];
	unsigned len = 0, b;

	for (; sscanf(hex, "%2x", &b) == 1; hex += 2)
		code[len++] = (uint8_t)b;
	s->gpr[RSI] = NATIVE_DATA;
	return native_run_ours(n, s, code, len);
}

static struct native *
image_setup(struct native_state *s)
{
	struct native *n = native_new();
	unsigned i;

	ck_assert_ptr_nonnull(n);
	memset(s, 0, sizeof(*s));
	s->mxcsr = 0x1f80;
	s->data = calloc(1, NATIVE_DATA_SIZE);
	for (i = 0; i < 16; i++)
		s->xmm[i].q[0] = UINT64_C(0x1111111111111111) * i;
	for (i = 0; i < 8; i++)
		s->mm[i] = UINT64_C(0x0101010101010101) * (i + 1);
	/* A host run places the code. */
	ck_assert_uint_eq(native_run_host(n, s, (const uint8_t *)"\x90", 1), 0);
	return n;
}

START_TEST(fxsave_image_is_the_hosts)
{
	struct native_state a, b;
	struct native *n = image_setup(&a);
	unsigned host;

	a.gpr[RSI] = NATIVE_DATA;
	memset(a.data, 0xcc, NATIVE_DATA_SIZE);
	b = a;
	b.data = malloc(NATIVE_DATA_SIZE);
	memcpy(b.data, a.data, NATIVE_DATA_SIZE);
	host = native_run_host(n, &a, (const uint8_t *)"\x48\x0f\xae\x06", 4);
	ck_assert_uint_eq(host, 0);
	ck_assert_uint_eq(run_on_data(n, &b, "480fae06"), 0);
	/* MXCSR_MASK: the host has misaligned-exception masks; pointers are not
	 * compared. */
	put_le32(a.data + 28, get_le32(b.data + 28));
	memcpy(a.data + 6, b.data + 6, 18);
	ck_assert_mem_eq(a.data, b.data, NATIVE_DATA_SIZE);
	free(a.data);
	free(b.data);
	native_free(n);
}
END_TEST

START_TEST(fxrstor_refuses_reserved_mxcsr_bits)
{
	struct native_state s;
	struct native *n = image_setup(&s);

	put_le32(s.data + 24, 0x10000);
	ck_assert_uint_eq(run_on_data(n, &s, "0fae0e"), EXC_GP + 1);
	put_le32(s.data + 24, 0x1fa0);
	ck_assert_uint_eq(run_on_data(n, &s, "0fae0e"), 0);
	ck_assert_uint_eq(s.mxcsr, 0x1fa0);
	free(s.data);
	native_free(n);
}
END_TEST

START_TEST(fxsave_needs_alignment)
{
	struct native_state s;
	struct native *n = image_setup(&s);

	ck_assert_uint_eq(run_on_data(n, &s, "0fae4608"), EXC_GP + 1);
	free(s.data);
	native_free(n);
}
END_TEST

START_TEST(xsave_and_xrstor_keep_what_is_asked_for)
{
	struct native_state s;
	struct native *n = image_setup(&s);

	s.gpr[RAX] = 2;
	ck_assert_uint_eq(run_on_data(n, &s, "0fae26"), 0);
	ck_assert_uint_eq(get_le64(s.data + 512), 2);
	ck_assert_uint_eq(get_le64(s.data + 160 + 16 * 3), 0x3333333333333333);
	ck_assert_uint_eq(get_le16(s.data), 0);
	/* SSE is in the image, x87 is not: its registers are initialised. */
	memset(s.xmm, 0, sizeof(s.xmm));
	s.gpr[RAX] = 3;
	ck_assert_uint_eq(run_on_data(n, &s, "0fae2e"), 0);
	ck_assert_uint_eq(s.xmm[3].q[0], 0x3333333333333333);
	ck_assert_uint_eq(s.mm[2], 0);
	ck_assert_uint_eq(native_cpu(n)->x87.fcw, FCW_INIT);
	ck_assert_uint_eq(native_cpu(n)->x87.ftw, 0xffff);
	free(s.data);
	native_free(n);
}
END_TEST

START_TEST(xrstor_checks_the_header)
{
	struct native_state s;
	struct native *n = image_setup(&s);

	s.gpr[RAX] = 3;
	put_le32(s.data + 24, 0x1f80);
	put_le64(s.data + 512, 8);
	ck_assert_uint_eq(run_on_data(n, &s, "0fae2e"), EXC_GP + 1);
	put_le64(s.data + 512, 1);
	put_le64(s.data + 520, BIT(63));
	ck_assert_uint_eq(run_on_data(n, &s, "0fae2e"), EXC_GP + 1);
	put_le64(s.data + 520, 0);
	put_le64(s.data + 528, 1);
	ck_assert_uint_eq(run_on_data(n, &s, "0fae2e"), EXC_GP + 1);
	put_le64(s.data + 528, 0);
	ck_assert_uint_eq(run_on_data(n, &s, "0fae2e"), 0);
	free(s.data);
	native_free(n);
}
END_TEST

Suite	*ssef_suite(void);

Suite *
ssef_suite(void)
{
	Suite *s = suite_create("ssef");
	TCase *tc = tcase_create("host");

	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, instructions_do_what_the_host_does, 0, ARRAY_SIZE(rows));
	tcase_add_test(tc, reciprocals_keep_their_bound);
	tcase_add_test(tc, reciprocals_of_special_values);
	tcase_add_test(tc, fxsave_image_is_the_hosts);
	tcase_add_test(tc, fxrstor_refuses_reserved_mxcsr_bits);
	tcase_add_test(tc, fxsave_needs_alignment);
	tcase_add_test(tc, xsave_and_xrstor_keep_what_is_asked_for);
	tcase_add_test(tc, xrstor_checks_the_header);
	suite_add_tcase(s, tc);
	return s;
}
