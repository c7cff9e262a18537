/*
 * tests/unit/machine_state_test.c - a machine put together from another's state
 *
 * The firmware runs for a while; sections and pages go into a second machine,
 * which must be the same and have the same future.
 */
#include <stdlib.h>
#include <string.h>

#include "hw/machine_state.h"
#include "hw/machine_tape.h"
#include "mmu/physmem.h"
#include "tests/runner/runner.h"

#define RAM	((uint64_t)32 << 20)
#define PAGE	4096u

Suite	*machine_state_suite(void);

struct run {
	struct log	*log;
	struct machine	*m;
	uint64_t	until;
	unsigned	poll_count;
};

static void
stop_there(void *arg, struct machine *m, uint64_t wait)
{
	struct run *r = arg;

	(void)wait;
	r->poll_count++;
	if (machine_cycles(m) >= r->until)
		machine_stop(m);
}

static struct run *
run_new(bool reference)
{
	struct run *r = calloc(1, sizeof(*r));
	struct machine_config cfg;

	ck_assert_ptr_nonnull(r);
	r->log = log_new(stderr, LOG_ERROR);
	machine_config_init(&cfg);
	cfg.ram = RAM;
	cfg.pace = PACE_MAX;
	cfg.reference = reference;
	cfg.log = r->log;
	cfg.debugcon.present = true;
	cfg.serial[0].present = true;
	cfg.host = (struct machine_host){ .poll = stop_there, .arg = r };
	r->m = machine_new(&cfg);
	ck_assert_ptr_nonnull(r->m);
	return r;
}

static void
run_free(struct run *r)
{
	machine_free(r->m);
	log_free(r->log);
	free(r);
}

static void
run_until(struct run *r, uint64_t cycles)
{
	r->until = cycles;
	ck_assert_int_eq(machine_run(r->m), END_STOPPED);
}

static int
copy_sections(struct machine *from, struct machine *to)
{
	unsigned i;
	int err = 0;

	ck_assert_uint_eq(machine_sections(from), machine_sections(to));
	for (i = 0; i < machine_sections(from) && !err; i++) {
		struct machine_section s = machine_section(from, i);
		uint8_t *buf = malloc(s.size + 1);

		ck_assert_ptr_nonnull(buf);
		ck_assert_str_eq(s.name, machine_section(to, i).name);
		machine_section_save(from, i, buf);
		err = machine_section_load(to, i, buf, s.size);
		free(buf);
	}
	return err;
}

static void
copy_pages(struct machine *from, struct machine *to)
{
	struct physmem *a = machine_memory(from), *b = machine_memory(to);
	uint32_t id;

	for (id = 0; id < physmem_pages(a); id++)
		physmem_load_page(b, id, physmem_blank(a, id) ? NULL : physmem_host(a, id));
}

static void
copy_machine(struct machine *from, struct machine *to)
{
	machine_load_begin(to);
	ck_assert_int_eq(copy_sections(from, to), 0);
	copy_pages(from, to);
	ck_assert_int_eq(machine_load_end(to), 0);
}

static void
check_equal(struct machine *a, struct machine *b, const char *when)
{
	char x[MACHINE_HASH_LINE], y[MACHINE_HASH_LINE], where[200] = "memory";
	unsigned i;

	machine_hash_line(a, x);
	machine_hash_line(b, y);
	if (!strcmp(x, y))
		return;
	for (i = 0; i < machine_sections(a); i++) {
		struct machine_section s = machine_section(a, i);
		uint8_t *p = malloc(s.size + 1), *q = malloc(s.size + 1);

		ck_assert(p && q);
		machine_section_save(a, i, p);
		machine_section_save(b, i, q);
		if (machine_section_diff(a, i, p, q, where, sizeof(where)))
			i = machine_sections(a);
		free(p);
		free(q);
	}
	ck_abort_msg("%s: %s, %s: %s", when, x, y, where);
}

/* At these times the firmware is in real mode, in protected mode, waiting. */
static const uint64_t moments[] = { 0, 3000000, 40000000, 150000000, 900000000 };

START_TEST(copy_has_the_same_future)
{
	struct run *a = run_new(false), *b = run_new(_i % 2);

	if (moments[_i])
		run_until(a, moments[_i]);
	copy_machine(a->m, b->m);
	check_equal(a->m, b->m, "after loading");
	run_until(a, moments[_i] + 60000000);
	run_until(b, moments[_i] + 60000000);
	check_equal(a->m, b->m, "60 M cycles later");
	run_free(a);
	run_free(b);
}
END_TEST

START_TEST(machine_goes_back_to_what_it_was)
{
	struct run *a = run_new(false), *b = run_new(false);
	char first[MACHINE_HASH_LINE], again[MACHINE_HASH_LINE];

	run_until(a, 30000000);
	copy_machine(a->m, b->m);
	run_until(a, 200000000);
	machine_hash_line(a->m, first);
	copy_machine(b->m, a->m);
	check_equal(a->m, b->m, "after going back");
	run_until(a, 200000000);
	machine_hash_line(a->m, again);
	ck_assert_str_eq(first, again);
	run_free(a);
	run_free(b);
}
END_TEST

START_TEST(blank_pages_are_zero)
{
	struct run *a = run_new(false);
	struct physmem *pm = machine_memory(a->m);
	static const uint8_t zeros[PAGE];
	uint32_t id;

	run_until(a, 400000000);
	for (id = 0; id < physmem_pages(pm); id++)
		ck_assert_msg(!physmem_blank(pm, id) ||
		    !memcmp(physmem_host(pm, id), zeros, PAGE), "page %u", id);
	run_free(a);
}
END_TEST

Suite *
machine_state_suite(void)
{
	Suite *s = suite_create("machine_state");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, copy_has_the_same_future, 0, ARRAY_SIZE(moments));
	tcase_add_test(tc, machine_goes_back_to_what_it_was);
	tcase_add_test(tc, blank_pages_are_zero);
	suite_add_tcase(s, tc);
	return s;
}
