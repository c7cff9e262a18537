/*
 * tests/unit/x87_test.c - stack, tags, environment images, pending exceptions
 *
 * What each instruction computes is compared with the host elsewhere; here is
 * what a 64-bit host program cannot ask: real-mode images, FERR#, CR0.NE.
 */
#include "cpu/x87.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/exec.h"
#include "tests/runner/runner.h"

#define CR0_NE	0x20u

static const struct x87_format real16 = { true, false };
static const struct x87_format real32 = { true, true };
static const struct x87_format prot16 = { false, false };
static const struct x87_format prot32 = { false, true };

struct fpu {
	struct cpu	*c;
	bool		ferr;
	unsigned	ferr_calls;
};

static void
note_ferr(void *arg, bool level)
{
	struct fpu *f = arg;

	f->ferr = level;
	f->ferr_calls++;
}

static void
fpu_init(struct fpu *f, uint64_t cr0)
{
	memset(f, 0, sizeof(*f));
	f->c = calloc(1, sizeof(*f->c));
	ck_assert_ptr_nonnull(f->c);
	f->c->cr0 = cr0;
	f->c->env.arg = f;
	f->c->env.ferr = note_ferr;
	x87_init(&f->c->x87);
}

static void
fpu_fini(struct fpu *f)
{
	free(f->c);
}

/* An instruction without operands; its opcode does not matter here. */
static void
run(struct fpu *f, exec_fn fn, uint64_t operand)
{
	union xval v[4];
	struct insn in;

	memset(&in, 0, sizeof(in));
	memset(v, 0, sizeof(v));
	v[0].u = operand;
	ck_assert(fn(f->c, &in, v));
}

START_TEST(full_tags_follow_the_contents)
{
	struct x87 x;

	memset(&x, 0, sizeof(x));
	x87_init(&x);
	ck_assert_uint_eq(x87_full_tags(&x), 0xffff);
	x87_push(&x, f80_from_int(3));
	ck_assert_uint_eq(x87_full_tags(&x), 0x3fff);
	x87_push(&x, f80_from_int(0));
	ck_assert_uint_eq(x87_full_tags(&x), 0x1fff);
	x87_push(&x, f80_indefinite());
	ck_assert_uint_eq(x87_full_tags(&x), 0x1bff);
	/* a denormal and an unnormal are special too */
	x87_push(&x, f80_make(false, 0, 1));
	x87_push(&x, f80_make(false, 5, 1));
	ck_assert_uint_eq(x87_full_tags(&x), 0x1abf);
	x87_pop(&x);
	ck_assert_uint_eq(x87_full_tags(&x), 0x1aff);
}
END_TEST

START_TEST(abridged_tags_go_there_and_back)
{
	struct x87 x;
	unsigned i;

	memset(&x, 0, sizeof(x));
	for (i = 0; i < 256; i++) {
		x87_set_abridged_tags(&x, (uint8_t)i);
		ck_assert_uint_eq(x87_abridged_tags(&x), i);
	}
	/* Valid, zero, special: all are just not empty. */
	x87_set_tags(&x, 0x00e4);
	ck_assert_uint_eq(x87_abridged_tags(&x), 0xf7);
}
END_TEST

static void
sample(struct x87 *x)
{
	memset(x, 0, sizeof(*x));
	x87_init(x);
	x->fop = 0x5a5;
	x->fcs = 0x1234;
	x->fip = 0x5678;
	x->fds = 0xf000;
	x->fdp = 0xfff0;
}

START_TEST(real_mode_images_hold_linear_addresses)
{
	uint8_t p[X87_ENV_MAX];
	struct x87 x;

	sample(&x);
	ck_assert_uint_eq(x87_env_store(&x, real16, p), 14);
	ck_assert_uint_eq(get_le16(p), FCW_INIT);
	ck_assert_uint_eq(get_le16(p + 4), 0xffff);
	ck_assert_uint_eq(get_le16(p + 6), 0x79b8);	/* 12340h + 5678h */
	ck_assert_uint_eq(get_le16(p + 8), 0x15a5);
	ck_assert_uint_eq(get_le16(p + 10), 0xfff0);
	ck_assert_uint_eq(get_le16(p + 12), 0xf000);
	ck_assert_uint_eq(x87_env_store(&x, real32, p), 28);
	ck_assert_uint_eq(get_le16(p + 12), 0x79b8);
	ck_assert_uint_eq(get_le32(p + 16), 0x000015a5);
	ck_assert_uint_eq(get_le16(p + 20), 0xfff0);
	ck_assert_uint_eq(get_le32(p + 24), 0x0000f000);
}
END_TEST

START_TEST(real_mode_images_survive_load_and_store)
{
	const struct x87_format *formats[] = { &real16, &real32 };
	uint8_t p[X87_ENV_MAX], q[X87_ENV_MAX];
	struct x87 x, y;
	unsigned i, n;

	for (i = 0; i < 2; i++) {
		sample(&x);
		n = x87_env_store(&x, *formats[i], p);
		memset(&y, 0, sizeof(y));
		x87_env_load(&y, *formats[i], p);
		ck_assert_uint_eq(y.fip, 0x179b8);
		ck_assert_uint_eq(y.fdp, 0xffff0);
		ck_assert_uint_eq(y.fop, 0x5a5);
		x87_env_store(&y, *formats[i], q);
		ck_assert_mem_eq(p, q, n);
	}
}
END_TEST

START_TEST(protected_mode_images_hold_selectors)
{
	uint8_t p[X87_ENV_MAX];
	struct x87 x, y;

	sample(&x);
	x87_env_store(&x, prot32, p);
	memset(&y, 0, sizeof(y));
	x87_env_load(&y, prot32, p);
	ck_assert_uint_eq(y.fip, x.fip);
	ck_assert_uint_eq(y.fcs, x.fcs);
	ck_assert_uint_eq(y.fdp, x.fdp);
	ck_assert_uint_eq(y.fds, x.fds);
	ck_assert_uint_eq(y.fop, x.fop);
	x87_env_store(&x, prot16, p);
	x87_env_load(&y, prot16, p);
	ck_assert_uint_eq(y.fcs, x.fcs);
	ck_assert_uint_eq(y.fop, 0);
}
END_TEST

START_TEST(control_word_has_fixed_bits)
{
	struct fpu f;

	fpu_init(&f, CR0_NE);
	run(&f, x_fldcw, 0xffff);
	ck_assert_uint_eq(f.c->x87.fcw, 0x1f7f);
	run(&f, x_fldcw, 0x003f);
	ck_assert_uint_eq(f.c->x87.fcw, 0x007f);
	fpu_fini(&f);
}
END_TEST

START_TEST(ninth_push_overflows_the_stack)
{
	struct fpu f;
	unsigned i;

	fpu_init(&f, CR0_NE);
	for (i = 0; i < 8; i++)
		run(&f, x_fld1, 0);
	ck_assert_uint_eq(f.c->x87.fsw, 0);
	run(&f, x_fld1, 0);
	ck_assert_uint_eq(f.c->x87.fsw, (7u << FSW_TOP_SHIFT) | F80_IE |
	    FSW_SF | F80_C1);
	ck_assert_uint_eq(x87_get(&f.c->x87, 0).se, 0xffff);
	/* unmasked: nothing moves */
	run(&f, x_fldcw, 0x037e);
	run(&f, x_fnclex, 0);
	run(&f, x_fldz, 0);
	ck_assert_uint_eq(f.c->x87.fsw, (7u << FSW_TOP_SHIFT) | F80_IE |
	    FSW_SF | F80_C1 | FSW_ES | FSW_B);
	fpu_fini(&f);
}
END_TEST

START_TEST(pending_exception_is_mf_with_ne)
{
	struct fpu f;

	fpu_init(&f, CR0_NE);
	ck_assert(x87_check_pending(f.c));
	run(&f, x_fchs, 0);			/* stack underflow, masked */
	ck_assert(x87_check_pending(f.c));
	run(&f, x_fldcw, 0x037e);
	ck_assert_uint_eq(f.c->x87.fsw & (FSW_ES | FSW_B), FSW_ES | FSW_B);
	ck_assert(!x87_check_pending(f.c));
	ck_assert_uint_eq(f.c->fault.vector, EXC_MF);
	ck_assert_uint_eq(f.ferr_calls, 0);
	run(&f, x_fnclex, 0);
	ck_assert(x87_check_pending(f.c));
	fpu_fini(&f);
}
END_TEST

START_TEST(pending_exception_drives_ferr_without_ne)
{
	struct fpu f;

	fpu_init(&f, 0);
	run(&f, x_fldcw, 0x037e);
	run(&f, x_fchs, 0);
	ck_assert(f.ferr);
	ck_assert(x87_check_pending(f.c));
	ck_assert(f.ferr);
	run(&f, x_fnclex, 0);
	ck_assert(!f.ferr);
	fpu_fini(&f);
}
END_TEST

START_TEST(init_keeps_registers)
{
	struct fpu f;

	fpu_init(&f, CR0_NE);
	run(&f, x_fldpi, 0);
	run(&f, x_fninit, 0);
	ck_assert_uint_eq(f.c->x87.ftw, 0xffff);
	ck_assert_uint_eq(f.c->x87.reg[7].se, 0x4000);
	ck_assert_uint_eq(f.c->x87.reg[7].mant, UINT64_C(0xc90fdaa22168c235));
	fpu_fini(&f);
}
END_TEST

Suite *
x87_suite(void)
{
	Suite *s = suite_create("x87");
	TCase *tc = tcase_create("state");

	tcase_add_test(tc, full_tags_follow_the_contents);
	tcase_add_test(tc, abridged_tags_go_there_and_back);
	tcase_add_test(tc, real_mode_images_hold_linear_addresses);
	tcase_add_test(tc, real_mode_images_survive_load_and_store);
	tcase_add_test(tc, protected_mode_images_hold_selectors);
	tcase_add_test(tc, control_word_has_fixed_bits);
	tcase_add_test(tc, ninth_push_overflows_the_stack);
	tcase_add_test(tc, pending_exception_is_mf_with_ne);
	tcase_add_test(tc, pending_exception_drives_ferr_without_ne);
	tcase_add_test(tc, init_keeps_registers);
	suite_add_tcase(s, tc);
	return s;
}
