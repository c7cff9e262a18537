/*
 * tests/unit/i8237_test.c - the DMA controllers
 */
#include "hw/i8237.h"

#include <string.h>

#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

#define RAM	0x40000u

struct rig {
	struct i8237	*d;
	uint8_t		ram[RAM];
};

static void
bus_read(void *arg, hpa_t at, void *buf, uint32_t n)
{
	struct rig *r = arg;

	ck_assert_uint_le(at + n, RAM);
	memcpy(buf, r->ram + at, n);
}

static void
bus_write(void *arg, hpa_t at, const void *buf, uint32_t n)
{
	struct rig *r = arg;

	ck_assert_uint_le(at + n, RAM);
	memcpy(r->ram + at, buf, n);
}

static void
setup(struct rig *r)
{
	memset(r->ram, 0, sizeof(r->ram));
	r->d = i8237_new((struct i8237_bus){ bus_read, bus_write, r }, NULL);
	ck_assert_ptr_nonnull(r->d);
}

static void
teardown(struct rig *r)
{
	i8237_class.free(r->d);
}

static void
dma1(struct rig *r, unsigned reg, uint8_t val)
{
	out8(&i8237_dma1_io, r->d, reg, val);
}

static void
dma2(struct rig *r, unsigned reg, uint8_t val)
{
	out8(&i8237_dma2_io, r->d, 2 * reg, val);
}

/* Channel 2, as a floppy driver does it. */
static void
program2(struct rig *r, uint8_t mode, uint8_t page, uint16_t addr, uint16_t count)
{
	dma2(r, 0xb, 0xc0);			/* cascade */
	dma2(r, 0xa, 0x00);
	dma1(r, 0xa, 0x06);
	dma1(r, 0xc, 0);
	dma1(r, 0xb, mode | 2);
	dma1(r, 4, (uint8_t)addr);
	dma1(r, 4, (uint8_t)(addr >> 8));
	dma1(r, 5, (uint8_t)count);
	dma1(r, 5, (uint8_t)(count >> 8));
	out8(&i8237_page_io, r->d, 1, page);
	dma1(r, 0xa, 0x02);
}

START_TEST(device_writes_memory_until_terminal_count)
{
	uint8_t buf[600];
	struct rig r;
	unsigned i;
	bool tc;

	setup(&r);
	for (i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(i * 3 + 1);
	program2(&r, 0x44, 0x01, 0x2345, 511);
	ck_assert(i8237_ready(r.d, 2));
	ck_assert_uint_eq(i8237_transfer(r.d, 2, buf, 100, &tc), 100);
	ck_assert(!tc);
	ck_assert_uint_eq(i8237_transfer(r.d, 2, buf + 100, 500, &tc), 412);
	ck_assert(tc);
	ck_assert_mem_eq(r.ram + 0x12345, buf, 512);
	ck_assert_uint_eq(r.ram[0x12345 + 512], 0);
	ck_assert(!i8237_ready(r.d, 2));	/* masked again */
	ck_assert_uint_eq(in8(&i8237_dma1_io, r.d, 8), 0x04);
	ck_assert_uint_eq(in8(&i8237_dma1_io, r.d, 8), 0x00);
	teardown(&r);
}
END_TEST

START_TEST(autoinit_starts_over_and_address_wraps_in_the_page)
{
	uint8_t buf[32];
	struct rig r;
	bool tc;

	setup(&r);
	memset(buf, 0x5a, sizeof(buf));
	program2(&r, 0x54, 0x02, 0xfff8, 15);
	ck_assert_uint_eq(i8237_transfer(r.d, 2, buf, 32, &tc), 16);
	ck_assert(tc && i8237_ready(r.d, 2));
	ck_assert_uint_eq(r.ram[0x2ffff], 0x5a);
	ck_assert_uint_eq(r.ram[0x20007], 0x5a);
	ck_assert_uint_eq(r.ram[0x30000], 0);
	dma1(&r, 0xc, 0);
	ck_assert_uint_eq(in8(&i8237_dma1_io, r.d, 4), 0xf8);
	ck_assert_uint_eq(in8(&i8237_dma1_io, r.d, 4), 0xff);
	teardown(&r);
}
END_TEST

START_TEST(memory_is_read_downwards_with_the_decrement_bit)
{
	uint8_t buf[4];
	struct rig r;
	bool tc;

	setup(&r);
	memcpy(r.ram + 0x100, "abcd", 4);
	program2(&r, 0x68, 0x00, 0x103, 3);
	ck_assert_uint_eq(i8237_transfer(r.d, 2, buf, 4, &tc), 4);
	ck_assert_mem_eq(buf, "dcba", 4);
	teardown(&r);
}
END_TEST

START_TEST(channel_5_moves_words_and_ignores_page_bit_0)
{
	uint8_t buf[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct rig r;
	bool tc;

	setup(&r);
	dma2(&r, 0xb, 0x45);
	dma2(&r, 2, 0x80);
	dma2(&r, 2, 0x00);
	dma2(&r, 3, 0x03);
	dma2(&r, 3, 0x00);
	out8(&i8237_page_io, r.d, 0xb, 0x03);
	dma2(&r, 0xa, 0x01);
	ck_assert_uint_eq(i8237_transfer(r.d, 5, buf, 8, &tc), 8);
	ck_assert(tc);
	ck_assert_mem_eq(r.ram + 0x20100, buf, 8);
	teardown(&r);
}
END_TEST

START_TEST(masked_cascade_and_disabled_chip_stop_channels)
{
	struct rig r;

	setup(&r);
	program2(&r, 0x44, 0, 0, 15);
	dma2(&r, 0xa, 0x04);
	ck_assert(!i8237_ready(r.d, 2));
	dma2(&r, 0xa, 0x00);
	ck_assert(i8237_ready(r.d, 2));
	dma1(&r, 8, 0x04);
	ck_assert(!i8237_ready(r.d, 2));
	dma1(&r, 0xd, 0);		/* master clear masks all */
	ck_assert(!i8237_ready(r.d, 2));
	dma1(&r, 0xe, 0);
	ck_assert(i8237_ready(r.d, 2));
	i8237_dreq(r.d, 2, true);
	ck_assert_uint_eq(in8(&i8237_dma1_io, r.d, 8), 0x40);
	teardown(&r);
}
END_TEST

Suite *
i8237_suite(void)
{
	Suite *s = suite_create("i8237");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, device_writes_memory_until_terminal_count);
	tcase_add_test(tc, autoinit_starts_over_and_address_wraps_in_the_page);
	tcase_add_test(tc, memory_is_read_downwards_with_the_decrement_bit);
	tcase_add_test(tc, channel_5_moves_words_and_ignores_page_bit_0);
	tcase_add_test(tc, masked_cascade_and_disabled_chip_stop_channels);
	suite_add_tcase(s, tc);
	return s;
}
