/*
 * tests/unit/virtio_blk_test.c - virtio disk: requests, time, errors of the host
 */
#include "hw/virtio_blk.h"

#include <stdlib.h>
#include <string.h>

#include "tests/runner/runner.h"
#include "tests/unit/chip_state.h"
#include "tests/unit/virtio_rig.h"

#define SECTORS		20000u
#define HEADER		RIG_BUFFERS
#define STATUS		(RIG_BUFFERS + 0x20)
#define DATA		(RIG_BUFFERS + 0x1000)
#define UNTOUCHED	0xee

enum { IN, OUT, FLUSH = 4, GET_ID = 8, DISCARD = 11, WRITE_ZEROES = 13 };
enum { OK, IOERR, UNSUPP };

struct rig {
	struct virtio_rig	r;
	struct bench_disk	disk;
	struct virtio_blk	*b;
};

static void
setup(struct rig *g, bool readonly)
{
	rig_init(&g->r);
	ck_assert(bench_disk_init(&g->disk, SECTORS));
	g->disk.dev.readonly = readonly;
	g->b = virtio_blk_new(&g->r.h.clock, &g->r.bus, &g->disk.dev, "SERIAL", NULL);
	rig_attach(&g->r, &virtio_blk_class, g->b);
	rig_start(&g->r, RIG_ALL);
}

static void
teardown(struct rig *g)
{
	rig_fini(&g->r);
	bench_disk_fini(&g->disk);
}

/* Header, n bytes in one direction, status; not waited for. */
static void
offer(struct rig *g, uint32_t type, uint64_t sector, uint32_t n, bool wr)
{
	struct rig_seg s[] = { { HEADER, 16, false }, { DATA, n, wr }, { STATUS, 1, true } };

	put_le32(g->r.ram + HEADER, type);
	put_le64(g->r.ram + HEADER + 8, sector);
	g->r.ram[STATUS] = UNTOUCHED;
	rig_add(&g->r, 0, s, 3);
	rig_kick(&g->r, 0);
}

/* Waited for; the status, and the used length in *len. */
static uint8_t
request(struct rig *g, uint32_t type, uint64_t sector, uint32_t n, bool wr, uint32_t *len)
{
	uint32_t id;

	offer(g, type, sector, n, wr);
	ck_assert(!rig_used(&g->r, 0, &id, len));
	bench_wait(&g->r.h, 20 * BENCH_MS);
	ck_assert(rig_used(&g->r, 0, &id, len));
	return g->r.ram[STATUS];
}

START_TEST(sectors_are_read_and_written)
{
	struct rig g;
	uint32_t len;

	setup(&g, false);
	ck_assert_uint_eq(rig_get(&g.r, RIG_CONFIG, 4), SECTORS);
	ck_assert_uint_eq(request(&g, IN, 300, 40 * 512, true, &len), OK);
	ck_assert_uint_eq(len, 40 * 512 + 1);
	ck_assert_uint_eq(get_le64(g.r.ram + DATA + 39 * 512), 339);
	memset(g.r.ram + DATA, 0xab, 40 * 512);
	ck_assert_uint_eq(request(&g, OUT, 17, 33 * 512, false, &len), OK);
	ck_assert_uint_eq(len, 1);
	ck_assert_uint_eq(g.disk.data[17 * 512], 0xab);
	ck_assert_uint_eq(g.disk.data[50 * 512 - 1], 0xab);
	ck_assert_uint_eq(get_le64(g.disk.data + 50 * 512), 50);
	teardown(&g);
}
END_TEST

START_TEST(completion_takes_virtual_time_and_interrupts)
{
	struct rig g;

	setup(&g, false);
	offer(&g, IN, 0, 8 * 512, true);
	bench_wait(&g.r.h, 28 * BENCH_US - 1);
	ck_assert_uint_eq(g.r.ram[STATUS], UNTOUCHED);
	ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 0);
	bench_wait(&g.r.h, 1);
	ck_assert_uint_eq(g.r.ram[STATUS], OK);
	ck_assert_uint_eq(rig_get(&g.r, RIG_ISR, 1), 1);
	teardown(&g);
}
END_TEST

/* The second's access is over when the first is done. */
START_TEST(requests_in_the_queue_follow_each_other_faster)
{
	struct rig g;
	uint32_t id, len;

	setup(&g, false);
	offer(&g, IN, 0, 512, true);
	offer(&g, IN, 5, 512, true);
	bench_wait(&g.r.h, 21 * BENCH_US);
	ck_assert(rig_used(&g.r, 0, &id, &len));
	ck_assert(!rig_used(&g.r, 0, &id, &len));
	bench_wait(&g.r.h, 3 * BENCH_US);
	ck_assert(rig_used(&g.r, 0, &id, &len));
	ck_assert_uint_eq(get_le64(g.r.ram + DATA), 5);
	teardown(&g);
}
END_TEST

START_TEST(flush_and_serial_number)
{
	struct rig g;
	uint32_t len;

	setup(&g, false);
	ck_assert_uint_eq(request(&g, FLUSH, 0, 0, false, &len), OK);
	ck_assert_uint_eq(g.disk.flushes, 1);
	ck_assert_uint_eq(request(&g, GET_ID, 0, 20, true, &len), OK);
	ck_assert_uint_eq(len, 21);
	ck_assert_mem_eq(g.r.ram + DATA, "SERIAL\0\0", 8);
	ck_assert_uint_eq(request(&g, GET_ID, 0, 4, true, &len), OK);
	ck_assert_uint_eq(len, 5);
	ck_assert_uint_eq(request(&g, 4711, 0, 0, false, &len), UNSUPP);
	ck_assert_uint_eq(request(&g, DISCARD, 0, 16, false, &len), UNSUPP);
	teardown(&g);
}
END_TEST

START_TEST(zeroes_are_written)
{
	struct rig g;
	uint32_t len;

	setup(&g, false);
	put_le64(g.r.ram + DATA, 100);
	put_le32(g.r.ram + DATA + 8, 70);
	put_le32(g.r.ram + DATA + 12, 1);
	ck_assert_uint_eq(request(&g, WRITE_ZEROES, 0, 16, false, &len), OK);
	ck_assert_uint_eq(get_le64(g.disk.data + 99 * 512), 99);
	ck_assert_uint_eq(get_le64(g.disk.data + 100 * 512), 0);
	ck_assert_uint_eq(get_le64(g.disk.data + 169 * 512), 0);
	ck_assert_uint_eq(get_le64(g.disk.data + 170 * 512), 170);
	put_le32(g.r.ram + DATA + 8, 0xffffffff);
	ck_assert_uint_eq(request(&g, WRITE_ZEROES, 0, 16, false, &len), IOERR);
	put_le32(g.r.ram + DATA + 12, 2);
	ck_assert_uint_eq(request(&g, WRITE_ZEROES, 0, 16, false, &len), UNSUPP);
	teardown(&g);
}
END_TEST

START_TEST(what_is_outside_the_disk_or_no_whole_sector_fails)
{
	struct rig g;
	uint32_t len;

	setup(&g, false);
	ck_assert_uint_eq(request(&g, IN, SECTORS - 1, 1024, true, &len), IOERR);
	ck_assert_uint_eq(request(&g, IN, ~(uint64_t)0, 512, true, &len), IOERR);
	ck_assert_uint_eq(request(&g, OUT, SECTORS, 512, false, &len), IOERR);
	ck_assert_uint_eq(request(&g, IN, 0, 513, true, &len), IOERR);
	ck_assert_uint_eq(request(&g, OUT, 0, 511, false, &len), IOERR);
	ck_assert_uint_eq(request(&g, IN, SECTORS - 1, 512, true, &len), OK);
	teardown(&g);
}
END_TEST

START_TEST(errors_of_the_host_reach_the_guest)
{
	struct rig g;
	uint32_t len;

	setup(&g, false);
	g.disk.fail = true;
	ck_assert_uint_eq(request(&g, IN, 0, 512, true, &len), IOERR);
	ck_assert_uint_eq(len, 1);
	ck_assert_uint_eq(request(&g, OUT, 0, 512, false, &len), IOERR);
	ck_assert_uint_eq(request(&g, FLUSH, 0, 0, false, &len), IOERR);
	g.disk.fail = false;
	ck_assert_uint_eq(request(&g, IN, 0, 512, true, &len), OK);
	teardown(&g);
}
END_TEST

START_TEST(a_read_only_disk_says_so_and_refuses)
{
	struct rig g;
	uint32_t len;

	setup(&g, true);
	rig_put(&g.r, 0x00, 0, 4);
	ck_assert_uint_eq(rig_get(&g.r, 0x04, 4) & 1 << 5, 1 << 5);
	ck_assert_uint_eq(rig_get(&g.r, 0x04, 4) & 1 << 14, 0);
	ck_assert_uint_eq(request(&g, OUT, 0, 512, false, &len), IOERR);
	ck_assert_uint_eq(request(&g, FLUSH, 0, 0, false, &len), OK);
	ck_assert_uint_eq(get_le64(g.disk.data + 512), 1);
	teardown(&g);
}
END_TEST

START_TEST(requests_without_header_or_status_break_the_device)
{
	struct rig_seg small[] = { { HEADER, 15, false }, { STATUS, 1, true } };
	struct rig_seg mute[] = { { HEADER, 16, false } };
	struct rig g;

	setup(&g, false);
	rig_add(&g.r, 0, small, 2);
	rig_kick(&g.r, 0);
	ck_assert_uint_eq(rig_status(&g.r), 0x4f);
	rig_start(&g.r, RIG_ALL);
	rig_add(&g.r, 0, mute, 1);
	rig_kick(&g.r, 0);
	ck_assert_uint_eq(rig_status(&g.r), 0x4f);
	teardown(&g);
}
END_TEST

START_TEST(a_reset_forgets_what_was_under_way)
{
	struct rig g;

	setup(&g, false);
	offer(&g, IN, 0, 512, true);
	rig_put(&g.r, 0x14, 0, 1);
	bench_wait(&g.r.h, BENCH_MS);
	ck_assert_uint_eq(g.r.ram[STATUS], UNTOUCHED);
	teardown(&g);
}
END_TEST

START_TEST(state_survives_in_the_middle_of_a_request)
{
	struct virtio_blk *other;
	struct rig g;

	setup(&g, false);
	offer(&g, IN, 3, 512, true);
	other = virtio_blk_new(&g.r.h.clock, &g.r.bus, &g.disk.dev, "SERIAL", NULL);
	ck_assert_ptr_nonnull(other);
	virtio_blk_class.reset(other);
	chip_state_survives(&virtio_blk_class, g.b, other);
	virtio_blk_class.free(other);
	teardown(&g);
}
END_TEST

Suite *
virtio_blk_suite(void)
{
	Suite *s = suite_create("virtio_blk");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, sectors_are_read_and_written);
	tcase_add_test(tc, completion_takes_virtual_time_and_interrupts);
	tcase_add_test(tc, requests_in_the_queue_follow_each_other_faster);
	tcase_add_test(tc, flush_and_serial_number);
	tcase_add_test(tc, zeroes_are_written);
	tcase_add_test(tc, what_is_outside_the_disk_or_no_whole_sector_fails);
	tcase_add_test(tc, errors_of_the_host_reach_the_guest);
	tcase_add_test(tc, a_read_only_disk_says_so_and_refuses);
	tcase_add_test(tc, requests_without_header_or_status_break_the_device);
	tcase_add_test(tc, a_reset_forgets_what_was_under_way);
	tcase_add_test(tc, state_survives_in_the_middle_of_a_request);
	suite_add_tcase(s, tc);
	return s;
}
