/*
 * tests/unit/msr_test.c - model-specific registers and the processor as state
 *
 * AMD APM vol 2 appendix A "MSR Cross-Reference".
 */
#include <stdlib.h>

#include "base/hash.h"
#include "cpu/cpu_state.h"
#include "tests/unit/cpu_box.h"

static struct box *b;
static struct cpu *c;

static void
setup(void)
{
	b = box_new("max");
	c = b->c;
	box_long(b);
}

static void
teardown(void)
{
	box_free(b);
}

static uint64_t
get(uint32_t msr)
{
	uint64_t v = 0;

	ck_assert_msg(msr_read(c, msr, &v), "rdmsr %#x", msr);
	return v;
}

static void
refuses_read(uint32_t msr)
{
	uint64_t v;

	ck_assert_msg(!msr_read(c, msr, &v), "rdmsr %#x", msr);
	ck_assert_uint_eq(c->fault.vector, EXC_GP);
	ck_assert_uint_eq(c->fault.error, 0);
}

static void
refuses_write(uint32_t msr, uint64_t v)
{
	ck_assert_msg(!msr_write(c, msr, v), "wrmsr %#x", msr);
	ck_assert_uint_eq(c->fault.vector, EXC_GP);
}

START_TEST(rdmsr_and_wrmsr_move_edx_eax)
{
	c->gpr[RCX] = 0xc0000102;
	c->gpr[RAX] = 0xffffffff89abcdef;
	c->gpr[RDX] = 0xffffffff00001234;
	EXEC(b, 0x0f, 0x30);
	ck_assert_uint_eq(c->kernel_gs_base, 0x123489abcdef);
	EXEC(b, 0x0f, 0x32);
	ck_assert_uint_eq(c->gpr[RAX], 0x89abcdef);
	ck_assert_uint_eq(c->gpr[RDX], 0x1234);
	box_user(b);
	EXEC(b, 0x0f, 0x32);
	ASSERT_FAULT(b, EXC_GP, 0);
}
END_TEST

START_TEST(stored_registers_read_back)
{
	static const uint32_t list[] = {
		0x174, 0x175, 0x176, 0x17a, 0xc0000081, 0xc0000082, 0xc0000083,
		0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102, 0xc0000103,
		0xc0010000, 0xc0010004, 0xc0010015, 0xc001001f, 0xc0011029
	};

	for (unsigned i = 0; i < ARRAY_SIZE(list); i++) {
		ck_assert_msg(msr_write(c, list[i], 5), "wrmsr %#x", list[i]);
		ck_assert_uint_eq(get(list[i]), 5);
	}
}
END_TEST

START_TEST(addresses_must_be_canonical)
{
	static const uint32_t list[] = {
		0x175, 0xc0000082, 0xc0000083, 0xc0000100, 0xc0000101, 0xc0000102
	};

	for (unsigned i = 0; i < ARRAY_SIZE(list); i++)
		refuses_write(list[i], 0x800000000000);
}
END_TEST

START_TEST(registers_of_other_makers_are_gp)
{
	static const uint32_t list[] = { 0x3a, 0x3b, 0x17, 0xcd, 0x1a0, 0x480, 0xc0010200, 0x48 };

	for (unsigned i = 0; i < ARRAY_SIZE(list); i++) {
		refuses_read(list[i]);
		refuses_write(list[i], 0);
	}
}
END_TEST

START_TEST(memory_types_are_checked)
{
	ck_assert_uint_eq(get(0xfe), 0x508);
	refuses_write(0xfe, 0);
	ck_assert_uint_eq(get(0x277), 0x0007040600070406);
	refuses_write(0x277, 0x0007040600070402);
	ck_assert(msr_write(c, 0x277, 0x0007040600070501));
	refuses_write(0x2ff, 0x1000);
	refuses_write(0x2ff, 0xc02);
	ck_assert(msr_write(c, 0x2ff, 0xc06));
	refuses_write(0x200, BIT(48));
	refuses_write(0x200, 3);
	ck_assert(msr_write(c, 0x200, 0x80000006));
	ck_assert(msr_write(c, 0x201, 0xffff80000800));
	ck_assert_uint_eq(get(0x201), 0xffff80000800);
	refuses_write(0x250, 0x0202020202020202);
	ck_assert(msr_write(c, 0x26f, 0x0505050505050505));
	ck_assert_uint_eq(get(0x26f), 0x0505050505050505);
	refuses_read(0x210);
}
END_TEST

START_TEST(machine_check_status_takes_zero_only)
{
	ck_assert_uint_eq(get(0x179), 0x104);
	ck_assert(msr_write(c, 0x400, ~(uint64_t)0));
	ck_assert(msr_write(c, 0x401, 0));
	refuses_write(0x401, 1);
	ck_assert(msr_write(c, 0xc0010015, BIT(18)));
	ck_assert(msr_write(c, 0x401, 1));
	ck_assert_uint_eq(get(0x401), 1);
	refuses_read(0x414);
}
END_TEST

/* The northbridge's bank and P-states that are not enabled: Xen looks at them. */
START_TEST(bank_4_and_further_p_states_are_zero)
{
	ck_assert(msr_write(c, 0x410, ~(uint64_t)0));
	ck_assert_uint_eq(get(0x410), 0);
	ck_assert_uint_eq(get(0x413), 0);
	ck_assert_uint_eq(get(0xc0010065), 0);
	ck_assert_uint_eq(get(0xc001006b), 0);
	refuses_read(0xc001006c);
}
END_TEST

START_TEST(tsc_counts_cycles_from_what_was_written)
{
	c->cycles = 1000;
	ck_assert(msr_write(c, 0x10, 5));
	c->cycles = 1500;
	ck_assert_uint_eq(get(0x10), 505);
	EXEC(b, 0x0f, 0x01, 0xf9);			/* rdtscp */
	ck_assert_uint_ge(c->gpr[RAX], 505);
}
END_TEST

START_TEST(apic_registers_are_the_machines)
{
	ck_assert_uint_eq(get(0x1b), 0xfee00900);
	ck_assert(msr_write(c, 0x1b, 0xfee00800));
	ck_assert_uint_eq(b->apic_base, 0xfee00800);
	refuses_read(0x802);
}
END_TEST

START_TEST(registers_go_with_their_feature)
{
	struct box *o = box_new("max,-rdtscp,-rdpid,-sep,-mtrr,-pat");
	static const uint32_t list[] = { 0xc0000103, 0x174, 0x2ff, 0xfe, 0x277 };
	uint64_t v;

	for (unsigned i = 0; i < ARRAY_SIZE(list); i++)
		ck_assert_msg(!msr_read(o->c, list[i], &v), "rdmsr %#x", list[i]);
	box_free(o);
}
END_TEST

/* ---- state ---- */

static struct hash128
hash(struct cpu *cpu)
{
	struct hash_stream *s = hash_stream_new();
	struct hash128 h;

	cpu_hash(cpu, s);
	h = hash_stream_digest(s);
	hash_stream_free(s);
	return h;
}

START_TEST(hash_sees_flags_not_how_they_were_made)
{
	struct hash128 a, d;

	cc_set(c, CC_OP(SUB, 3), 0, 5);
	a = hash(c);
	cc_set_raw(c, F_ZF | F_PF);
	d = hash(c);
	ck_assert(a.lo == d.lo && a.hi == d.hi);
	cc_set_raw(c, F_ZF);
	d = hash(c);
	ck_assert(a.lo != d.lo);
	c->pins |= PIN_STOP;
	a = hash(c);
	ck_assert(a.lo == d.lo);
	ck_assert(c->pins & PIN_STOP);
}
END_TEST

START_TEST(state_survives_encoding)
{
	size_t n = snap_size(cpu_fields);
	uint8_t *buf = malloc(n), *again = malloc(n);
	struct box *o = box_new("max");
	char diff[128];

	c->gpr[R9] = 0x1122334455667788;
	c->xmm[3].q[1] = 42;
	c->rflags |= F_IF;
	cpu_state_prepare(c);
	snap_encode(cpu_fields, c, buf);
	ck_assert(snap_decode(cpu_fields, o->c, buf, n));
	ck_assert_int_eq(cpu_state_restored(o->c), 0);
	cpu_state_prepare(o->c);
	snap_encode(cpu_fields, o->c, again);
	ck_assert_msg(!snap_diff(cpu_fields, buf, again, diff, sizeof(diff)), "%s", diff);
	ck_assert_uint_eq(o->c->mode, c->mode);
	o->c->activity = 9;
	ck_assert_int_ne(cpu_state_restored(o->c), 0);
	box_free(o);
	free(buf);
	free(again);
}
END_TEST

Suite	*msr_suite(void);

Suite *
msr_suite(void)
{
	Suite *s = suite_create("msr");
	TCase *t = tcase_create("msr");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, rdmsr_and_wrmsr_move_edx_eax);
	tcase_add_test(t, stored_registers_read_back);
	tcase_add_test(t, addresses_must_be_canonical);
	tcase_add_test(t, registers_of_other_makers_are_gp);
	tcase_add_test(t, memory_types_are_checked);
	tcase_add_test(t, machine_check_status_takes_zero_only);
	tcase_add_test(t, bank_4_and_further_p_states_are_zero);
	tcase_add_test(t, tsc_counts_cycles_from_what_was_written);
	tcase_add_test(t, apic_registers_are_the_machines);
	tcase_add_test(t, registers_go_with_their_feature);
	tcase_add_test(t, hash_sees_flags_not_how_they_were_made);
	tcase_add_test(t, state_survives_encoding);
	suite_add_tcase(s, t);
	return s;
}
