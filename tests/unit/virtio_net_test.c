/*
 * tests/unit/virtio_net_test.c - virtio network card: frames both ways
 */
#include "hw/virtio_net.h"

#include <stdlib.h>
#include <string.h>

#include "hw/inet.h"
#include "tests/runner/runner.h"
#include "tests/unit/virtio_rig.h"

#define RX		0u
#define TX		1u
#define HEADER		12u
#define PLAIN		((uint64_t)1 << 32)	/* VERSION_1 alone */
#define TX_AT		(RIG_BUFFERS + 0x40000)

struct rig {
	struct virtio_rig	r;
	struct virtio_net	*n;
	unsigned		sent;
	size_t			len;
	uint8_t			frame[NIC_FRAME_MAX];
};

static const uint8_t mac[6] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };

static void
on_send(void *arg, const uint8_t *frame, size_t n)
{
	struct rig *g = arg;

	memcpy(g->frame, frame, n);
	g->len = n;
	g->sent++;
}

static void
setup(struct rig *g, uint64_t features)
{
	struct nic_cable cable = { .send = on_send, .arg = g };

	memset(g, 0, sizeof(*g));
	rig_init(&g->r);
	g->n = virtio_net_new(&g->r.h.clock, &g->r.bus, &cable, mac, NULL);
	rig_attach(&g->r, &virtio_net_class, g->n);
	rig_start(&g->r, features);
}

/* n receive buffers of that many bytes. */
static void
post(struct rig *g, unsigned n, uint32_t bytes)
{
	struct rig_seg s = { .len = bytes, .wr = true };
	unsigned i;

	for (i = 0; i < n; i++) {
		s.at = RIG_BUFFERS + g->r.next_desc[RX] * bytes;
		rig_add(&g->r, RX, &s, 1);
	}
	rig_kick(&g->r, RX);
}

static bool
receive(struct rig *g, size_t n)
{
	uint8_t frame[NIC_FRAME_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		frame[i] = (uint8_t)(i * 7 + 1);
	if (!virtio_net_nic.can_receive(g->n, n))
		return false;
	virtio_net_nic.receive(g->n, frame, n);
	return true;
}

static void
transmit(struct rig *g, const uint8_t *header, uint32_t n)
{
	struct rig_seg s[] = { { TX_AT, HEADER, false }, { TX_AT + 0x100, n, false } };

	memcpy(g->r.ram + TX_AT, header, HEADER);
	rig_add(&g->r, TX, s, 2);
}

START_TEST(configuration_has_address_and_link)
{
	struct rig g;

	setup(&g, RIG_ALL);
	ck_assert_uint_eq(rig_get(&g.r, RIG_CONFIG, 4), 0x12005452);
	ck_assert_uint_eq(rig_get(&g.r, RIG_CONFIG + 4, 2), 0x5634);
	ck_assert_uint_eq(rig_get(&g.r, RIG_CONFIG + 6, 2), 1);
	virtio_net_nic.set_link(g.n, false);
	ck_assert_uint_eq(rig_get(&g.r, RIG_CONFIG + 6, 2), 0);
	ck_assert_uint_eq(rig_get(&g.r, 0x15, 1), 1);
	ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 2);
	virtio_net_nic.set_link(g.n, false);
	ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 0);
	rig_fini(&g.r);
}
END_TEST

START_TEST(frames_are_sent_without_the_header)
{
	static const uint8_t plain[HEADER];
	struct rig g;
	uint32_t id, len;

	setup(&g, RIG_ALL);
	memset(g.r.ram + TX_AT + 0x100, 0x33, 100);
	transmit(&g, plain, 100);
	rig_kick(&g.r, TX);
	ck_assert_uint_eq(g.sent, 1);
	ck_assert_uint_eq(g.len, 100);
	ck_assert_uint_eq(g.frame[99], 0x33);
	ck_assert(rig_used(&g.r, TX, &id, &len));
	transmit(&g, plain, 13);		/* no frame */
	transmit(&g, plain, NIC_FRAME_MAX + 1);
	rig_kick(&g.r, TX);
	ck_assert_uint_eq(g.sent, 1);
	ck_assert(rig_used(&g.r, TX, &id, &len));
	ck_assert(rig_used(&g.r, TX, &id, &len));
	rig_fini(&g.r);
}
END_TEST

START_TEST(checksums_are_filled_in)
{
	uint8_t header[HEADER] = { 1 }, *p;
	struct rig g;

	setup(&g, RIG_ALL);
	put_le16(header + 6, 34);
	put_le16(header + 8, 16);
	p = g.r.ram + TX_AT + 0x100;
	memset(p, 0x5c, 77);
	inet_put16(p + 50, 0x1234);		/* the pseudo header's sum */
	transmit(&g, header, 77);
	rig_kick(&g.r, TX);
	ck_assert_uint_eq(g.sent, 1);
	p = g.frame + 50;
	ck_assert_uint_eq(inet_fold(inet_sum(0, g.frame + 34, 77 - 34)),
	    inet_fold((uint32_t)0xffff - 0x1234));
	put_le16(header + 6, 70);		/* nowhere: sent as it is */
	put_le16(header + 8, 0xffff);
	transmit(&g, header, 77);
	rig_kick(&g.r, TX);
	ck_assert_uint_eq(g.sent, 2);
	rig_fini(&g.r);
}
END_TEST

START_TEST(large_amounts_go_in_portions)
{
	static const uint8_t plain[HEADER];
	struct rig g;
	unsigned i;

	setup(&g, RIG_ALL);
	for (i = 0; i < 100; i++)
		transmit(&g, plain, 1000);
	rig_kick(&g.r, TX);
	ck_assert_uint_eq(g.sent, 62);
	rig_kick(&g.r, TX);			/* the line is busy */
	ck_assert_uint_eq(g.sent, 62);
	bench_wait(&g.r.h, 10 * BENCH_MS);
	ck_assert_uint_eq(g.sent, 100);
	rig_fini(&g.r);
}
END_TEST

START_TEST(a_frame_goes_into_one_buffer)
{
	struct rig g;
	uint32_t id, len;

	setup(&g, PLAIN);
	ck_assert(!receive(&g, 60));		/* it is offered again */
	post(&g, 2, 2000);
	ck_assert(receive(&g, 60));
	ck_assert(rig_used(&g.r, RX, &id, &len));
	ck_assert_uint_eq(len, 72);
	ck_assert_uint_eq(get_le16(g.r.ram + RIG_BUFFERS + 10), 1);
	ck_assert_uint_eq(g.r.ram[RIG_BUFFERS + 12 + 59], (uint8_t)(59 * 7 + 1));
	ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 1);
	ck_assert(receive(&g, 1989));		/* too long: gone */
	ck_assert(!rig_used(&g.r, RX, &id, &len));
	ck_assert(receive(&g, 1988));
	ck_assert(rig_used(&g.r, RX, &id, &len));
	ck_assert(!receive(&g, 60));
	rig_fini(&g.r);
}
END_TEST

START_TEST(mergeable_buffers_are_used_together)
{
	struct rig g;
	uint32_t id, len, sum = 0;
	unsigned i;

	setup(&g, RIG_ALL);
	post(&g, 3, 1000);
	ck_assert(!receive(&g, 3000));
	post(&g, 1, 1000);
	ck_assert(receive(&g, 3000));
	ck_assert_uint_eq(get_le16(g.r.ram + RIG_BUFFERS + 10), 4);
	for (i = 0; i < 4; i++) {
		ck_assert(rig_used(&g.r, RX, &id, &len));
		ck_assert_uint_eq(id, i);
		sum += len;
	}
	ck_assert_uint_eq(sum, 3012);
	rig_fini(&g.r);
}
END_TEST

START_TEST(a_full_ring_of_small_buffers_does_not_hold_a_frame_for_ever)
{
	struct rig g;
	uint32_t id, len;

	setup(&g, RIG_ALL);
	post(&g, 256, 16);
	ck_assert(receive(&g, 9000));
	ck_assert(!rig_used(&g.r, RX, &id, &len));
	ck_assert(receive(&g, 60));
	ck_assert(rig_used(&g.r, RX, &id, &len));
	rig_fini(&g.r);
}
END_TEST

START_TEST(without_a_driver_frames_are_gone)
{
	struct rig g;

	setup(&g, RIG_ALL);
	rig_put(&g.r, 0x14, 0, 1);
	ck_assert(receive(&g, 60));
	rig_start(&g.r, RIG_ALL);
	ck_assert(!receive(&g, 60));
	put_le16(g.r.ram + RIG_AVAIL(RX) + 2, 999);
	ck_assert(!receive(&g, 60));		/* impossible: as if there were none */
	rig_fini(&g.r);
}
END_TEST

START_TEST(receive_buffers_nowhere_break_the_device)
{
	struct rig_seg s = { (uint64_t)1 << 40, 2000, true };
	struct rig g;

	setup(&g, RIG_ALL);
	rig_add(&g.r, RX, &s, 1);
	ck_assert(receive(&g, 60));
	ck_assert_uint_eq(rig_status(&g.r), 0x4f);
	ck_assert(receive(&g, 60));
	rig_fini(&g.r);
}
END_TEST

Suite *
virtio_net_suite(void)
{
	Suite *s = suite_create("virtio_net");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, configuration_has_address_and_link);
	tcase_add_test(tc, frames_are_sent_without_the_header);
	tcase_add_test(tc, checksums_are_filled_in);
	tcase_add_test(tc, large_amounts_go_in_portions);
	tcase_add_test(tc, a_frame_goes_into_one_buffer);
	tcase_add_test(tc, mergeable_buffers_are_used_together);
	tcase_add_test(tc, a_full_ring_of_small_buffers_does_not_hold_a_frame_for_ever);
	tcase_add_test(tc, without_a_driver_frames_are_gone);
	tcase_add_test(tc, receive_buffers_nowhere_break_the_device);
	suite_add_tcase(s, tc);
	return s;
}
