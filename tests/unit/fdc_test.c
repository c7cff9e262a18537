/*
 * tests/unit/fdc_test.c - floppy disk controller
 */
#include <check.h>
#include <string.h>

#include "hw/fdc.h"
#include "tests/unit/chip_rig.h"

static struct evheap heap;
static struct fdc *fdc;
static struct bench_line irq;
static struct bench_disk disk;
static struct {
	uint8_t		mem[16384];
	uint32_t	pos, count;	/* count bytes, then TC */
	bool		to_memory, ready;
} dma;

static uint32_t
move(void *arg, void *buf, uint32_t n, bool *tc)
{
	(void)arg;
	*tc = false;
	if (!dma.ready)
		return 0;
	if (n > dma.count - dma.pos)
		n = dma.count - dma.pos;
	if (dma.to_memory)
		memcpy(dma.mem + dma.pos, buf, n);
	else
		memcpy(buf, dma.mem + dma.pos, n);
	dma.pos += n;
	*tc = dma.pos == dma.count;
	return n;
}

static void
dma_set(uint32_t count, bool to_memory)
{
	dma.pos = 0;
	dma.count = count;
	dma.to_memory = to_memory;
	dma.ready = true;
}

static uint8_t
msr(void)
{
	return in8(&fdc_io, fdc, 4);
}

static void
send(unsigned n, const uint8_t *bytes)
{
	for (unsigned i = 0; i < n; i++) {
		ck_assert_uint_eq(msr() & 0xc0, 0x80);
		out8(&fdc_io, fdc, 5, bytes[i]);
	}
}
#define SEND(...) \
	send(sizeof((uint8_t[]){ __VA_ARGS__ }), (const uint8_t[]){ __VA_ARGS__ })

/* All of the result phase. */
static unsigned
get(uint8_t out[16])
{
	unsigned n = 0;

	while (n < 16 && (msr() & 0xd0) == 0xd0)
		out[n++] = in8(&fdc_io, fdc, 5);
	return n;
}

static void
wait_irq(void)
{
	for (unsigned i = 0; i < 400 && !irq.level; i++)
		bench_wait(&heap, BENCH_MS);
	ck_assert(irq.level);
}

static void
expect_result(uint8_t st0, uint8_t st1, uint8_t st2)
{
	uint8_t r[16];

	wait_irq();
	ck_assert_uint_eq(get(r), 7);
	ck_assert(!irq.level);
	ck_assert_uint_eq(r[0], st0);
	ck_assert_uint_eq(r[1], st1);
	ck_assert_uint_eq(r[2], st2);
}

static void
seek(uint8_t unit, uint8_t track)
{
	uint8_t r[16];

	SEND(0x0f, unit, track);
	ck_assert(msr() & 1u << unit);
	wait_irq();
	SEND(0x08);
	ck_assert_uint_eq(get(r), 2);
	ck_assert_uint_eq(r[0], 0x20 | unit);
	ck_assert_uint_eq(r[1], track);
}

static void
setup(void)
{
	struct fdc_wiring w = { bench_wire(&irq), move, NULL };
	uint8_t r[16];

	ck_assert_int_eq(evheap_init(&heap), 0);
	memset(&irq, 0, sizeof(irq));
	memset(&dma, 0, sizeof(dma));
	ck_assert(bench_disk_init(&disk, 2880));
	fdc = fdc_new(&heap.clock, &w, NULL);
	ck_assert(fdc_attach(fdc, 0, &disk.dev));
	fdc_class.reset(fdc);
	out8(&fdc_io, fdc, 2, 0x1c);
	ck_assert(irq.level);
	for (unsigned i = 0; i < 4; i++) {
		SEND(0x08);
		ck_assert_uint_eq(get(r), 2);
		ck_assert_uint_eq(r[0], 0xc0 | i);
	}
	ck_assert(!irq.level);
	out8(&fdc_dir_io, fdc, 0, 0);
	SEND(0x03, 0xdf, 0x02);
}

static void
teardown(void)
{
	fdc_class.free(fdc);
	bench_disk_fini(&disk);
	evheap_fini(&heap);
}

START_TEST(commands_without_a_disk_answer)
{
	uint8_t r[16];

	SEND(0x10);
	ck_assert_uint_eq(get(r), 1);
	ck_assert_uint_eq(r[0], 0x90);
	SEND(0x08);
	ck_assert_uint_eq(get(r), 1);
	ck_assert_uint_eq(r[0], 0x80);
	SEND(0x1f);
	ck_assert_uint_eq(get(r), 1);
	ck_assert_uint_eq(r[0], 0x80);
	SEND(0x13, 0, 0x57, 0);
	SEND(0x94);
	ck_assert_uint_eq(get(r), 1);
	ck_assert_uint_eq(r[0], 0x10);
	SEND(0x12, 0x81);
	SEND(0x0e);
	ck_assert_uint_eq(get(r), 10);
	ck_assert_uint_eq(r[4], 0xdf);
	ck_assert_uint_eq(r[7], 0x81);
	ck_assert_uint_eq(r[8], 0x57);
	SEND(0x04, 0);
	ck_assert_uint_eq(get(r), 1);
	ck_assert_uint_eq(r[0], 0x38);
}
END_TEST

START_TEST(change_line_falls_when_the_head_moves)
{
	ck_assert_uint_eq(in8(&fdc_dir_io, fdc, 0), 0x80);
	seek(0, 1);
	ck_assert_uint_eq(in8(&fdc_dir_io, fdc, 0), 0);
}
END_TEST

START_TEST(recalibrating_a_missing_drive_fails)
{
	uint8_t r[16];

	SEND(0x07, 1);
	wait_irq();
	SEND(0x08);
	ck_assert_uint_eq(get(r), 2);
	ck_assert_uint_eq(r[0], 0x71);
}
END_TEST

START_TEST(reading_stops_at_terminal_count)
{
	seek(0, 3);
	dma_set(3 * 512, true);
	SEND(0x46, 0x04, 3, 1, 17, 2, 18, 27, 0xff);
	wait_irq();
	/* Two sectors of the track were left: no multi-track, so it ends there. */
	expect_result(0x44, 0x80, 0);
	dma_set(3 * 512, true);
	SEND(0xc6, 0x00, 3, 0, 17, 2, 18, 27, 0xff);
	expect_result(0x04, 0, 0);	/* ended on head 1 */
	ck_assert_uint_eq(dma.pos, 3 * 512);
	for (unsigned i = 0; i < 3; i++)
		ck_assert(!memcmp(dma.mem + 512 * i, disk.data + 512 * (3 * 36 + 16 + i), 512));
}
END_TEST

START_TEST(writing_reaches_the_disk_or_is_refused)
{
	memset(dma.mem, 0x5a, sizeof(dma.mem));
	dma_set(600, false);
	SEND(0x45, 0x00, 0, 0, 5, 2, 18, 27, 0xff);
	expect_result(0, 0, 0);
	ck_assert_uint_eq(disk.data[4 * 512], 0x5a);
	ck_assert_uint_eq(disk.data[5 * 512 + 87], 0x5a);
	ck_assert_uint_eq(disk.data[5 * 512 + 88], 0);
	disk.dev.readonly = true;
	dma_set(512, false);
	SEND(0x45, 0x00, 0, 0, 5, 2, 18, 27, 0xff);
	expect_result(0x40, 0x02, 0);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
	dma_set(512, true);
	SEND(0x46, 0x00, 0, 0, 19, 2, 36, 27, 0xff);
	expect_result(0x40, 0x04, 0);
	SEND(0x46, 0x00, 9, 0, 1, 2, 18, 27, 0xff);
	expect_result(0x40, 0x04, 0x10);
	SEND(0x46, 0x00, 0, 0, 1, 3, 18, 27, 0xff);
	expect_result(0x40, 0x04, 0);
	out8(&fdc_dir_io, fdc, 0, 2);		/* 250 kbit/s: not this medium */
	SEND(0x46, 0x00, 0, 0, 1, 2, 18, 27, 0xff);
	expect_result(0x40, 0x01, 0);
	SEND(0x46, 0x01, 0, 0, 1, 2, 18, 27, 0xff);
	expect_result(0x41, 0x01, 0);
	out8(&fdc_dir_io, fdc, 0, 0);
	disk.fail = true;
	SEND(0x46, 0x00, 0, 0, 1, 2, 18, 27, 0xff);
	expect_result(0x40, 0x20, 0x20);
}
END_TEST

START_TEST(formatting_fills_the_sectors_named)
{
	for (unsigned i = 0; i < 18; i++)
		memcpy(dma.mem + 4 * i, (const uint8_t[]){ 2, 1, (uint8_t)(i + 1), 2 }, 4);
	seek(0, 2);
	dma_set(18 * 4, false);
	SEND(0x4d, 0x04, 2, 18, 0x54, 0xf6);
	expect_result(0x04, 0, 0);
	ck_assert_uint_eq(disk.data[(2 * 36 + 18) * 512], 0xf6);
	ck_assert_uint_eq(disk.data[(2 * 36 + 36) * 512 - 1], 0xf6);
	ck_assert_uint_ne(disk.data[(2 * 36 + 17) * 512 + 9], 0xf6);
}
END_TEST

START_TEST(the_processor_can_move_the_bytes)
{
	SEND(0x03, 0xdf, 0x03);
	SEND(0x46, 0x00, 0, 0, 1, 2, 2, 27, 0xff);
	for (unsigned s = 0; s < 2; s++) {
		wait_irq();
		for (unsigned i = 0; i < 512; i++) {
			ck_assert_uint_eq(msr() & 0xf0, 0xf0);
			ck_assert_uint_eq(in8(&fdc_io, fdc, 5), disk.data[512 * s + i]);
		}
	}
	expect_result(0x40, 0x80, 0);
}
END_TEST

START_TEST(a_channel_that_is_not_ready_is_waited_for)
{
	dma_set(512, true);
	dma.ready = false;
	SEND(0x46, 0x00, 0, 0, 1, 2, 18, 27, 0xff);
	bench_wait(&heap, 50 * BENCH_MS);
	ck_assert(!irq.level);
	ck_assert_uint_eq(msr(), 0x10);
	dma.ready = true;
	expect_result(0, 0, 0);
}
END_TEST

START_TEST(formats_follow_the_size)
{
	static const struct { unsigned sectors; uint8_t type; } of[] = {
		{ 720, 1 }, { 1440, 3 }, { 2400, 2 }, { 2880, 4 }, { 2532, 4 }, { 100, 4 },
		{ 5760, 5 }, { 5000, 5 }
	};
	struct blockdev bd = disk.dev;

	for (unsigned i = 0; i < ARRAY_SIZE(of); i++) {
		bd.sectors = of[i].sectors;
		ck_assert(fdc_attach(fdc, 1, &bd));
		ck_assert_uint_eq(fdc_cmos_type(fdc, 1), of[i].type);
	}
	bd.sectors = 5761;
	ck_assert(!fdc_attach(fdc, 1, &bd));
}
END_TEST

Suite *fdc_suite(void);

Suite *
fdc_suite(void)
{
	Suite *s = suite_create("fdc");
	TCase *tc = tcase_create("fdc");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, commands_without_a_disk_answer);
	tcase_add_test(tc, change_line_falls_when_the_head_moves);
	tcase_add_test(tc, recalibrating_a_missing_drive_fails);
	tcase_add_test(tc, reading_stops_at_terminal_count);
	tcase_add_test(tc, writing_reaches_the_disk_or_is_refused);
	tcase_add_test(tc, what_is_not_there_is_not_found);
	tcase_add_test(tc, formatting_fills_the_sectors_named);
	tcase_add_test(tc, the_processor_can_move_the_bytes);
	tcase_add_test(tc, a_channel_that_is_not_ready_is_waited_for);
	tcase_add_test(tc, formats_follow_the_size);
	suite_add_tcase(s, tc);
	return s;
}
