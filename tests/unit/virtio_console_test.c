/*
 * tests/unit/virtio_console_test.c - virtio console
 */
#include "hw/virtio_console.h"

#include <string.h>

#include "tests/runner/runner.h"
#include "tests/unit/virtio_rig.h"

#define RX		0u
#define TX		1u
#define RX_AT		RIG_BUFFERS
#define TX_AT		(RIG_BUFFERS + 0x10000)

struct rig {
	struct virtio_rig	r;
	struct virtio_console	*c;
	unsigned		sent;
	uint8_t			out[20000];
};

static void
on_byte(void *arg, uint8_t byte)
{
	struct rig *g = arg;

	if (g->sent < sizeof(g->out))
		g->out[g->sent] = byte;
	g->sent++;
}

static void
setup(struct rig *g)
{
	memset(g, 0, sizeof(*g));
	rig_init(&g->r);
	g->c = virtio_console_new(&g->r.h.clock, &g->r.bus, on_byte, g, NULL);
	rig_attach(&g->r, &virtio_console_class, g->c);
	rig_start(&g->r, RIG_ALL);
}

START_TEST(what_is_sent_leaves_in_order_and_portions)
{
	struct rig g;
	uint32_t id, len;
	unsigned i;

	setup(&g);
	for (i = 0; i < 9000; i++)
		g.r.ram[TX_AT + i] = (uint8_t)(i * 3 + (i >> 8));
	rig_add(&g.r, TX, &(struct rig_seg){ TX_AT, 9000, false }, 1);
	rig_add(&g.r, TX, &(struct rig_seg){ TX_AT, 5, false }, 1);
	rig_kick(&g.r, TX);
	ck_assert_uint_eq(g.sent, 4096);
	ck_assert(!rig_used(&g.r, TX, &id, &len));
	rig_kick(&g.r, TX);
	ck_assert_uint_eq(g.sent, 4096);
	bench_wait(&g.r.h, BENCH_MS);
	ck_assert_uint_eq(g.sent, 9005);
	ck_assert_mem_eq(g.out, g.r.ram + TX_AT, 9000);
	ck_assert_mem_eq(g.out + 9000, g.r.ram + TX_AT, 5);
	ck_assert(rig_used(&g.r, TX, &id, &len));
	ck_assert(rig_used(&g.r, TX, &id, &len));
	rig_fini(&g.r);
}
END_TEST

START_TEST(what_comes_in_waits_for_a_buffer)
{
	struct rig g;
	uint32_t id, len;

	setup(&g);
	ck_assert_uint_eq(virtio_console_receive(g.c, (const uint8_t *)"hello", 5), 0);
	rig_add(&g.r, RX, &(struct rig_seg){ RX_AT, 3, true }, 1);
	ck_assert_uint_eq(virtio_console_receive(g.c, (const uint8_t *)"hello", 5), 3);
	ck_assert(rig_used(&g.r, RX, &id, &len));
	ck_assert_uint_eq(len, 3);
	ck_assert_mem_eq(g.r.ram + RX_AT, "hel", 3);
	ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 1);
	rig_put(&g.r, 0x14, 0, 1);
	ck_assert_uint_eq(virtio_console_receive(g.c, (const uint8_t *)"lo", 2), 0);
	rig_fini(&g.r);
}
END_TEST

START_TEST(an_emergency_needs_no_queue)
{
	struct rig g;

	setup(&g);
	rig_put(&g.r, 0x14, 0, 1);
	rig_put(&g.r, RIG_CONFIG + 8, 'x', 4);
	ck_assert_uint_eq(g.sent, 1);
	ck_assert_uint_eq(g.out[0], 'x');
	rig_fini(&g.r);
}
END_TEST

START_TEST(endless_buffers_end_the_service)
{
	struct rig g;

	setup(&g);
	rig_add(&g.r, TX, &(struct rig_seg){ RIG_RAM - 100, 0xfffffff0, false }, 1);
	rig_kick(&g.r, TX);
	ck_assert_uint_eq(rig_status(&g.r), 0x4f);
	rig_fini(&g.r);
}
END_TEST

Suite *
virtio_console_suite(void)
{
	Suite *s = suite_create("virtio_console");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, what_is_sent_leaves_in_order_and_portions);
	tcase_add_test(tc, what_comes_in_waits_for_a_buffer);
	tcase_add_test(tc, an_emergency_needs_no_queue);
	tcase_add_test(tc, endless_buffers_end_the_service);
	suite_add_tcase(s, tc);
	return s;
}
