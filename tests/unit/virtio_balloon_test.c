/*
 * tests/unit/virtio_balloon_test.c - virtio balloon
 */
#include "hw/virtio_balloon.h"

#include <string.h>

#include "tests/runner/runner.h"
#include "tests/unit/virtio_rig.h"

#define INFLATE		0u
#define DEFLATE		1u
#define NAMES		RIG_BUFFERS
#define PAGE_AT		0x80000u

struct rig {
	struct virtio_rig	r;
	struct virtio_balloon	*b;
};

static void
setup(struct rig *g)
{
	rig_init(&g->r);
	g->b = virtio_balloon_new(&g->r.h.clock, &g->r.bus, NULL);
	rig_attach(&g->r, &virtio_balloon_class, g->b);
	rig_start(&g->r, RIG_ALL);
}

START_TEST(what_is_asked_for_interrupts_and_what_is_given_is_told)
{
	struct rig g;

	setup(&g);
	virtio_balloon_ask(g.b, 0x12345);
	ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 2);
	ck_assert_uint_eq(rig_get(&g.r, RIG_CONFIG, 4), 0x12345);
	virtio_balloon_ask(g.b, 0x12345);
	ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 0);
	rig_put(&g.r, RIG_CONFIG + 4, 0x12300, 4);
	rig_put(&g.r, RIG_CONFIG, 7, 4);		/* not the driver's */
	ck_assert_uint_eq(virtio_balloon_actual(g.b), 0x12300);
	ck_assert_uint_eq(rig_get(&g.r, RIG_CONFIG, 4), 0x12345);
	rig_put(&g.r, 0x14, 0, 1);
	ck_assert_uint_eq(virtio_balloon_actual(g.b), 0);
	ck_assert_uint_eq(rig_get(&g.r, RIG_CONFIG, 4), 0x12345);
	rig_fini(&g.r);
}
END_TEST

START_TEST(pages_in_the_balloon_become_zero_after_a_while)
{
	struct rig g;
	uint32_t id, len;

	setup(&g);
	memset(g.r.ram + PAGE_AT, 0xaa, 3 * 4096);
	put_le32(g.r.ram + NAMES, PAGE_AT / 4096);
	put_le32(g.r.ram + NAMES + 4, 0xffffffff);	/* no memory: no harm */
	put_le32(g.r.ram + NAMES + 8, PAGE_AT / 4096 + 2);
	rig_add(&g.r, INFLATE, &(struct rig_seg){ NAMES, 12, false }, 1);
	rig_kick(&g.r, INFLATE);
	ck_assert_uint_eq(g.r.ram[PAGE_AT], 0xaa);
	bench_wait(&g.r.h, BENCH_US);
	ck_assert(rig_used(&g.r, INFLATE, &id, &len));
	ck_assert_uint_eq(g.r.ram[PAGE_AT], 0);
	ck_assert_uint_eq(g.r.ram[PAGE_AT + 4095], 0);
	ck_assert_uint_eq(g.r.ram[PAGE_AT + 4096], 0xaa);
	ck_assert_uint_eq(g.r.ram[PAGE_AT + 3 * 4096 - 1], 0);
	ck_assert_uint_eq(rig_status(&g.r), 15);
	rig_fini(&g.r);
}
END_TEST

START_TEST(pages_that_leave_it_are_given_back_at_once)
{
	struct rig g;
	uint32_t id, len;
	unsigned i;

	setup(&g);
	for (i = 0; i < 3; i++)
		rig_add(&g.r, DEFLATE, &(struct rig_seg){ NAMES, 12, false }, 1);
	rig_kick(&g.r, DEFLATE);
	for (i = 0; i < 3; i++)
		ck_assert(rig_used(&g.r, DEFLATE, &id, &len));
	rig_fini(&g.r);
}
END_TEST

START_TEST(endless_lists_of_pages_end)
{
	struct rig g;
	uint32_t id, len;

	setup(&g);
	memset(g.r.ram + PAGE_AT, 0xff, 0x40000);
	rig_add(&g.r, INFLATE, &(struct rig_seg){ PAGE_AT, 0xfffffff0, false }, 1);
	rig_kick(&g.r, INFLATE);
	bench_wait(&g.r.h, BENCH_MS);
	ck_assert(rig_used(&g.r, INFLATE, &id, &len));
	rig_fini(&g.r);
}
END_TEST

Suite *
virtio_balloon_suite(void)
{
	Suite *s = suite_create("virtio_balloon");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, what_is_asked_for_interrupts_and_what_is_given_is_told);
	tcase_add_test(tc, pages_in_the_balloon_become_zero_after_a_while);
	tcase_add_test(tc, pages_that_leave_it_are_given_back_at_once);
	tcase_add_test(tc, endless_lists_of_pages_end);
	suite_add_tcase(s, tc);
	return s;
}
