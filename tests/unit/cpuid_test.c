/*
 * tests/unit/cpuid_test.c - CPUID, models, the -cpu argument
 *
 * AMD APM vol 3 appendix E "Obtaining Processor Information Via the CPUID
 * Instruction".
 */
#include <string.h>

#include "tests/unit/cpu_box.h"

enum { EAX, EBX, ECX, EDX };

static struct box *b;
static uint32_t r[4];

static void
setup(void)
{
	b = box_new(NULL);
}

static void
teardown(void)
{
	box_free(b);
}

static void
leaf(uint32_t n, uint32_t sub)
{
	cpuid(b->c, n, sub, r);
}

START_TEST(vendor_and_signature)
{
	leaf(0, 0);
	ck_assert_uint_eq(r[EAX], 0xd);
	ck_assert_uint_eq(r[EBX], 0x68747541);		/* Auth enti cAMD */
	ck_assert_uint_eq(r[EDX], 0x69746e65);
	ck_assert_uint_eq(r[ECX], 0x444d4163);
	leaf(1, 0);
	ck_assert_uint_eq(r[EAX], 0x00830f10);
	ck_assert_uint_eq(r[EBX] >> 8 & 0xff, 8);
	leaf(0x80000000, 0);
	ck_assert_uint_eq(r[EAX], 0x80000021);
	ck_assert_uint_eq(r[EBX], 0x68747541);
}
END_TEST

START_TEST(default_is_x86_64_v2)
{
	leaf(1, 0);
	/* SSE3, SSSE3, CX16, SSE4.1, SSE4.2, POPCNT */
	ck_assert_uint_eq(r[ECX] & 0x00982201, 0x00982201);
	leaf(0x80000001, 0);
	ck_assert_uint_eq(r[ECX] & 1, 1);
	/* SYSCALL, NX, 1 GiB pages, RDTSCP, LM and no SVM */
	ck_assert_uint_eq(r[EDX] & 0x2c100800, 0x2c100800);
	ck_assert_uint_eq(r[ECX] & 4, 0);
	leaf(7, 0);
	ck_assert_uint_eq(r[EBX] & 0x00100081, 0x00100081);
	ck_assert_uint_eq(r[ECX] & 4, 4);
}
END_TEST

START_TEST(extended_edx_repeats_basic_edx)
{
	uint32_t basic;

	leaf(1, 0);
	basic = r[EDX] & 0x0183f3ff;
	leaf(0x80000001, 0);
	ck_assert_uint_eq(r[EDX] & 0x0183f3ff, basic);
	ck_assert(r[EDX] & 1u << 22);
}
END_TEST

START_TEST(osxsave_and_apic_bits_follow_the_machine)
{
	leaf(1, 0);
	ck_assert(!(r[ECX] & 1u << 27));
	ck_assert(r[EDX] & 1u << 9);
	b->c->cr4 |= CR4_OSXSAVE;
	b->apic_base = 0xfee00100;
	leaf(1, 0);
	ck_assert(r[ECX] & 1u << 27);
	ck_assert(!(r[EDX] & 1u << 9));
}
END_TEST

START_TEST(beyond_the_maximum_is_zero)
{
	static const uint32_t list[] = {
		0xe, 0x40000011, 0x80000009, 0x80000022, 0x8fffffff, 0xc0000000
	};

	for (unsigned i = 0; i < ARRAY_SIZE(list); i++) {
		leaf(list[i], 0);
		ck_assert_uint_eq(r[EAX] | r[EBX] | r[ECX] | r[EDX], 0);
	}
}
END_TEST

START_TEST(tsc_frequency_is_in_the_hypervisor_leaf)
{
	leaf(0x40000010, 0);
	ck_assert_uint_eq(r[EAX], 1000000);
	leaf(0x80000007, 0);
	ck_assert(r[EDX] & 1u << 8);
}
END_TEST

START_TEST(address_sizes_and_brand)
{
	char brand[49] = { 0 };

	leaf(0x80000008, 0);
	ck_assert_uint_eq(r[EAX] & 0xffff, 0x3028);
	for (unsigned i = 0; i < 3; i++) {
		leaf(0x80000002 + i, 0);
		memcpy(brand + 16 * i, r, 16);
	}
	ck_assert_str_eq(brand, "ringlab virtual processor");
}
END_TEST

START_TEST(xsave_area_is_x87_and_sse)
{
	leaf(0xd, 0);
	ck_assert_uint_eq(r[EAX], 3);
	ck_assert_uint_eq(r[EBX], 576);
	leaf(0xd, 2);
	ck_assert_uint_eq(r[EAX], 0);
}
END_TEST

START_TEST(instruction_clears_upper_halves)
{
	struct cpu *c = b->c;

	box_long(b);
	c->gpr[RAX] = ~(uint64_t)0 << 32;
	c->gpr[RBX] = c->gpr[RCX] = c->gpr[RDX] = ~(uint64_t)0;
	EXEC(b, 0x0f, 0xa2);
	ck_assert_uint_eq(c->gpr[RAX], 0xd);
	ck_assert_uint_eq(c->gpr[RBX], 0x68747541);
	ck_assert_uint_eq(c->gpr[RDX], 0x69746e65);
}
END_TEST

/* ---- -cpu ---- */

static char msg[200];

static bool
parse(const char *spec, struct feat_set *f)
{
	const struct cpu_model *m;

	msg[0] = 0;
	return cpu_model_parse(spec, &m, f, msg, sizeof(msg));
}

START_TEST(features_go_on_and_off)
{
	struct feat_set f;

	ck_assert(parse("qemu64,-smap,+movbe,umip=off,erms=on", &f));
	ck_assert(!feat_has(&f, FEAT_SMAP));
	ck_assert(feat_has(&f, FEAT_MOVBE));
	ck_assert(!feat_has(&f, FEAT_UMIP));
	ck_assert(feat_has(&f, FEAT_ERMS));
	ck_assert(parse(NULL, &f));
	ck_assert(feat_has(&f, FEAT_SMAP));
}
END_TEST

START_TEST(dependent_features_go_together)
{
	struct feat_set f;

	ck_assert(parse("max,-sse2", &f));
	ck_assert(!feat_has(&f, FEAT_SSE42));
	ck_assert(!feat_has(&f, FEAT_LM));
	ck_assert(!feat_has(&f, FEAT_PCID));
	ck_assert(!feat_has(&f, FEAT_INVPCID));
	ck_assert(feat_has(&f, FEAT_SSE));
}
END_TEST

START_TEST(misspelt_names_get_a_suggestion)
{
	struct feat_set f;

	ck_assert(!parse("ringlab46", &f));
	ck_assert_ptr_nonnull(strstr(msg, "ringlab46"));
	ck_assert_ptr_nonnull(strstr(msg, "'ringlab64'"));
	ck_assert(!parse("max,+smepp", &f));
	ck_assert_ptr_nonnull(strstr(msg, "'smep'"));
	ck_assert(!parse("max,smep", &f));
	ck_assert(!parse("max,", &f));
	ck_assert(!parse("", &f));
	ck_assert(!parse("max,+ffxsr", &f));
	ck_assert_ptr_nonnull(strstr(msg, "not implemented"));
	ck_assert(!parse("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &f));
}
END_TEST

/* Its features count with it only. */
START_TEST(svm_is_of_max_and_of_those_that_ask)
{
	struct feat_set f;

	ck_assert(parse("max", &f) && feat_has(&f, FEAT_SVM) && feat_has(&f, FEAT_NPT));
	ck_assert(parse("max,-npt", &f) && feat_has(&f, FEAT_SVM) && !feat_has(&f, FEAT_NPT));
	ck_assert(parse("qemu64", &f) && !feat_has(&f, FEAT_SVM) && !feat_has(&f, FEAT_NPT));
	ck_assert(parse("qemu64,+svm", &f) && feat_has(&f, FEAT_SVM) && feat_has(&f, FEAT_VGIF));
	ck_assert(parse("pentium,+svm", &f) && !feat_has(&f, FEAT_SVM));
}
END_TEST

START_TEST(all_models_make_a_processor)
{
	for (unsigned i = 0; cpu_models[i]; i++) {
		struct box *o = box_new(cpu_models[i]->name);

		ck_assert_uint_eq(o->c->rip, 0xfff0);
		ck_assert_uint_eq(o->c->seg[SEG_CS].base, 0xffff0000);
		box_free(o);
	}
}
END_TEST

START_TEST(old_models_have_no_new_instructions)
{
	struct box *o = box_new("486");

	box_protected(o);
	EXEC(o, 0x0f, 0x31);				/* rdtsc */
	ASSERT_FAULT(o, EXC_UD, -1);
	o->c->rip = BOX_CODE;
	EXEC(o, 0x0f, 0xa2);
	ck_assert_uint_eq(o->c->gpr[RAX], 1);
	box_free(o);
	o = box_new("pentium");
	box_protected(o);
	EXEC(o, 0x0f, 0x31);
	ASSERT_RETIRED(o, 2);
	box_free(o);
}
END_TEST

START_TEST(svm_instructions_are_ud)
{
	static const uint8_t last[] = { 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf };

	box_long(b);
	for (unsigned i = 0; i < sizeof(last); i++) {
		uint8_t code[] = { 0x0f, 0x01, last[i] };

		b->c->rip = BOX_CODE;
		box_exec(b, code, sizeof(code));
		ASSERT_FAULT(b, EXC_UD, -1);
	}
}
END_TEST

Suite	*cpuid_suite(void);

Suite *
cpuid_suite(void)
{
	Suite *s = suite_create("cpuid");
	TCase *t = tcase_create("cpuid");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, vendor_and_signature);
	tcase_add_test(t, default_is_x86_64_v2);
	tcase_add_test(t, extended_edx_repeats_basic_edx);
	tcase_add_test(t, osxsave_and_apic_bits_follow_the_machine);
	tcase_add_test(t, beyond_the_maximum_is_zero);
	tcase_add_test(t, tsc_frequency_is_in_the_hypervisor_leaf);
	tcase_add_test(t, address_sizes_and_brand);
	tcase_add_test(t, xsave_area_is_x87_and_sse);
	tcase_add_test(t, instruction_clears_upper_halves);
	tcase_add_test(t, features_go_on_and_off);
	tcase_add_test(t, dependent_features_go_together);
	tcase_add_test(t, misspelt_names_get_a_suggestion);
	tcase_add_test(t, svm_is_of_max_and_of_those_that_ask);
	tcase_add_test(t, all_models_make_a_processor);
	tcase_add_test(t, old_models_have_no_new_instructions);
	tcase_add_test(t, svm_instructions_are_ud);
	suite_add_tcase(s, t);
	return s;
}
