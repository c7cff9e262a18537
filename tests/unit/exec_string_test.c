/*
 * tests/unit/exec_string_test.c - repeated string instructions and time
 *
 * The law: every iteration costs COST_STR, an interrupted repetition retires
 * nothing, its completion one instruction, and one that reaches the deadline
 * with its last iteration is complete.  Runs of elements done at once leave the
 * same state and charges as iterating.
 */
#include <stdlib.h>
#include <string.h>

#include "cpu/exec.h"
#include "cpu/run_priv.h"
#include "cpu/trace.h"
#include "tests/runner/runner.h"
#include "tests/unit/cpu_box.h"
#include "tests/unit/native.h"

#define DATA	0x200000u
#define DATA_SIZE 0x8000u

Suite	*exec_string_suite(void);

static void
put_code(struct box *b, const char *hex)
{
	uint64_t at = b->c->rip;
	unsigned v;

	for (; sscanf(hex, "%2x", &v) == 1; hex += 2)
		phys_st8(b->pm, at++, (uint8_t)v);
	phys_st8(b->pm, at, 0xf4);		/* HLT */
}

static struct box *
box_with(const char *hex, uint64_t count)
{
	struct box *b = box_new(NULL);

	box_protected(b);
	put_code(b, hex);
	b->c->gpr[RSI] = DATA;
	b->c->gpr[RDI] = DATA + 0x1000;
	b->c->gpr[RCX] = count;
	return b;
}

/* Runs until cycles more have passed. */
static enum cpu_stop
run_for(struct box *b, uint64_t cycles)
{
	b->c->deadline = b->c->cycles + cycles;
	return cpu_run(b->c);
}

START_TEST(a_repetition_stops_at_the_deadline_without_retiring)
{
	struct box *b = box_with("f3aa", 100);
	uint64_t t = b->c->cycles, n = b->c->insns, cost = b->c->cost[COST_STR];

	ck_assert_int_eq(run_for(b, 5 * cost - 1), STOP_DEADLINE);
	ck_assert_uint_eq(b->c->gpr[RCX], 95);
	ck_assert_uint_eq(b->c->cycles, t + 5 * cost);
	ck_assert_uint_eq(b->c->insns, n);
	ck_assert_uint_eq(b->c->rip, BOX_CODE);
	ck_assert(b->c->rep_active);
	ck_assert_int_eq(run_for(b, 95 * cost), STOP_DEADLINE);
	ck_assert_uint_eq(b->c->gpr[RCX], 0);
	ck_assert_uint_eq(b->c->insns, n + 1);
	ck_assert_uint_eq(b->c->cycles, t + 100 * cost);
	box_free(b);
}
END_TEST

START_TEST(a_last_iteration_at_the_deadline_completes)
{
	struct box *b = box_with("f3a4", 5);
	uint64_t n = b->c->insns, t = b->c->cycles;

	ck_assert_int_eq(run_for(b, 5 * b->c->cost[COST_STR]), STOP_DEADLINE);
	ck_assert_uint_eq(b->c->insns, n + 1);
	ck_assert_uint_eq(b->c->rip, BOX_CODE + 2);
	ck_assert_uint_eq(b->c->cycles, t + 5 * b->c->cost[COST_STR]);
	ck_assert(!b->c->rep_active);
	box_free(b);
}
END_TEST

/* Where the host stops it makes no difference. */
START_TEST(a_repetition_that_overwrites_itself_goes_on)
{
	struct box *b[2];
	unsigned i;

	for (i = 0; i < 2; i++) {
		b[i] = box_with("f3aa", 100);
		b[i]->c->gpr[RAX] = 0x90;
		b[i]->c->gpr[RDI] = BOX_CODE - 98;
	}
	while (run_for(b[0], 3 * b[0]->c->cost[COST_STR]) == STOP_DEADLINE)
		;
	ck_assert_int_eq(run_for(b[1], 1000000), STOP_HALT);
	for (i = 0; i < 2; i++) {
		ck_assert_uint_eq(b[i]->c->gpr[RCX], 0);
		ck_assert_uint_eq(b[i]->c->gpr[RDI], BOX_CODE + 2);
	}
	ck_assert_uint_eq(b[0]->c->cycles, b[1]->c->cycles);
	ck_assert_uint_eq(b[0]->c->insns, b[1]->c->insns);
	box_free(b[0]);
	box_free(b[1]);
}
END_TEST

START_TEST(a_repetition_that_overwrites_itself_is_not_endless)
{
	struct box *b = box_with("f3aa", 1u << 20);
	uint64_t n = b->c->insns;

	b->c->gpr[RAX] = 0x90;
	b->c->gpr[RDI] = BOX_CODE - 9;
	ck_assert_int_eq(run_for(b, 20 * b->c->cost[COST_STR]), STOP_DEADLINE);
	ck_assert_uint_eq(b->c->gpr[RCX], (1u << 20) - 10 - 4096);
	ck_assert_uint_eq(b->c->insns, n);
	ck_assert_uint_eq(b->c->rip, BOX_CODE);
	box_free(b);
}
END_TEST

START_TEST(a_count_of_zero_retires_and_costs)
{
	struct box *b = box_with("f3a5", 0);
	uint64_t t = b->c->cycles;

	ck_assert_int_eq(run_for(b, 1), STOP_DEADLINE);
	ck_assert_uint_eq(b->c->rip, BOX_CODE + 2);
	ck_assert_uint_eq(b->c->cycles, t + b->c->cost[COST_STR]);
	ck_assert_uint_eq(b->c->gpr[RDI], DATA + 0x1000);
	box_free(b);
}
END_TEST

START_TEST(comparisons_end_at_the_first_difference)
{
	struct box *b = box_with("f3a6", 100);

	phys_st8(b->pm, DATA + 7, 1);
	run_for(b, 8 * b->c->cost[COST_STR]);
	ck_assert_uint_eq(b->c->gpr[RCX], 92);
	ck_assert_uint_eq(b->c->gpr[RSI], DATA + 8);
	ck_assert_uint_eq(b->c->rip, BOX_CODE + 2);
	ck_assert(!(cc_flags(b->c) & F_ZF));
	box_free(b);
}
END_TEST

/* 2000h bytes from DATA + 1000h, whose second page is not there. */
START_TEST(a_fault_keeps_the_progress_so_far)
{
	struct box *b = box_new(NULL);

	box_protected(b);
	box_paging(b);
	put_code(b, "f3a4");
	b->c->gpr[RSI] = DATA;
	b->c->gpr[RDI] = DATA + 0x1ff0;
	b->c->gpr[RCX] = 0x100;
	box_pte(b, DATA + 0x2000, 0, 1);
	b->c->deadline = UINT64_MAX;
	cpu_step(b->c);
	ck_assert_uint_eq(b->c->rip, BOX_HANDLER(EXC_PF));
	ck_assert_uint_eq(b->c->cr2, DATA + 0x2000);
	ck_assert_uint_eq(b->c->gpr[RCX], 0xf0);
	ck_assert_uint_eq(b->c->gpr[RDI], DATA + 0x2000);
	ck_assert_uint_eq(b->c->gpr[RSI], DATA + 0x10);
	ck_assert(!b->c->rep_active);
	box_free(b);
}
END_TEST

struct raiser {
	unsigned	left;
};

/* A device would raise INTR from inside an access. */
static void
raise_at(void *arg, struct cpu *c, gva_t va, unsigned size, bool write)
{
	struct raiser *r = arg;

	(void)va;
	(void)size;
	if (write && r->left && !--r->left)
		cpu_set_intr(c, true);
}

START_TEST(an_interrupt_comes_between_iterations)
{
	struct box *b = box_with("f3aa", 100);
	struct raiser r = { 7 };
	struct cpu_debugger d = { .arg = &r, .data = raise_at };

	b->vector = 0x40;
	box_gate(b, 0x40, 14, 0);
	b->c->rflags |= F_IF;
	b->c->debugger = &d;
	b->c->deadline = UINT64_MAX;
	cpu_step(b->c);
	ck_assert_uint_eq(b->c->gpr[RCX], 93);
	ck_assert_uint_eq(b->c->rip, BOX_CODE);
	cpu_step(b->c);
	ck_assert_uint_eq(b->c->rip, BOX_HANDLER(0x40));
	ck_assert_uint_eq(box_stack(b, 0, 4), BOX_CODE);
	ck_assert(box_stack(b, 2, 4) & F_RF);
	ck_assert(!(b->c->rflags & F_RF));
	ck_assert(!b->c->rep_active);
	b->c->debugger = NULL;
	box_free(b);
}
END_TEST

/* ---- runs against iterations ---- */

static void
ignore_access(void *arg, struct cpu *c, gva_t va, unsigned size, bool write)
{
	(void)arg;
	(void)c;
	(void)va;
	(void)size;
	(void)write;
}

static void
set_up(struct box *b, uint64_t seed)
{
	static const char *const code[] = {
		"f3a4", "f3a5", "f366a5", "f3aa", "f3ab", "f366ab", "f2a4", "f3ac",
	};
	struct cpu *c = b->c;
	unsigned i;

	for (i = 0; i < DATA_SIZE; i += 8)
		phys_st64(b->pm, DATA + i, native_random(&seed));
	c->rip = BOX_CODE;
	put_code(b, code[native_random(&seed) & 7]);
	c->gpr[RAX] = native_random(&seed) & 0xffffffff;
	c->gpr[RSI] = DATA + 0x3000 + (native_random(&seed) & 0x1fff);
	c->gpr[RDI] = DATA + 0x3000 + (native_random(&seed) & 0x1fff);
	if (native_random(&seed) & 1)
		c->gpr[RDI] = c->gpr[RSI] + (native_random(&seed) & 15);
	c->gpr[RCX] = native_random(&seed) & 0x7ff;
	c->rflags = (c->rflags & ~(uint64_t)F_DF) | (native_random(&seed) & 3 ? 0 : F_DF);
	c->activity = ACT_RUN;
}

static void
assert_same(struct box *a, struct box *b)
{
	ck_assert_uint_eq(a->c->cycles, b->c->cycles);
	ck_assert_uint_eq(a->c->insns, b->c->insns);
	ck_assert_uint_eq(a->c->rip, b->c->rip);
	ck_assert_uint_eq(a->c->rflags, b->c->rflags);
	ck_assert_mem_eq(a->c->gpr, b->c->gpr, sizeof(a->c->gpr));
	ck_assert_mem_eq(physmem_host(a->pm, DATA / PAGE_SIZE),
	    physmem_host(b->pm, DATA / PAGE_SIZE), DATA_SIZE);
}

START_TEST(runs_leave_what_iterations_leave)
{
	struct cpu_debugger d = { .data = ignore_access };
	struct box *a = box_new(NULL), *b = box_new(NULL);
	uint64_t seed = 4711, slice;
	unsigned k;

	box_protected(a);
	box_paging(a);
	box_protected(b);
	box_paging(b);
	b->c->debugger = &d;
	for (k = 0; k < 300; k++) {
		native_random(&seed);
		set_up(a, seed);
		set_up(b, seed);
		if (k % 16 == 0) {
			mmu_flush_all(&a->c->mmu);
			mmu_flush_all(&b->c->mmu);
		}
		do {
			slice = 1 + (native_random(&seed) & 0x3ff);
			ck_assert_int_eq(run_for(a, slice), run_for(b, slice));
			assert_same(a, b);
		} while (a->c->activity == ACT_RUN);
	}
	b->c->debugger = NULL;
	box_free(a);
	box_free(b);
}
END_TEST

Suite *
exec_string_suite(void)
{
	Suite *s = suite_create("exec_string");
	TCase *tc = tcase_create("time");

	tcase_add_test(tc, a_repetition_stops_at_the_deadline_without_retiring);
	tcase_add_test(tc, a_last_iteration_at_the_deadline_completes);
	tcase_add_test(tc, a_repetition_that_overwrites_itself_goes_on);
	tcase_add_test(tc, a_repetition_that_overwrites_itself_is_not_endless);
	tcase_add_test(tc, a_count_of_zero_retires_and_costs);
	tcase_add_test(tc, comparisons_end_at_the_first_difference);
	tcase_add_test(tc, a_fault_keeps_the_progress_so_far);
	tcase_add_test(tc, an_interrupt_comes_between_iterations);
	tcase_add_test(tc, runs_leave_what_iterations_leave);
	suite_add_tcase(s, tc);
	return s;
}
