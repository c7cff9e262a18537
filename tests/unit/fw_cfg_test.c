/*
 * tests/unit/fw_cfg_test.c - firmware configuration by ports and by DMA
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "hw/bus.h"
#include "hw/fw_cfg.h"
#include "tests/unit/chip_state.h"

static uint8_t ram[65536];
static struct fw_cfg *fw;
static struct pio *pio;

static bool
dma_read(void *arg, uint64_t at, void *buf, uint32_t n)
{
	(void)arg;
	if (at > sizeof(ram) || n > sizeof(ram) - at)
		return false;
	memcpy(buf, ram + at, n);
	return true;
}

static bool
dma_write(void *arg, uint64_t at, const void *buf, uint32_t n)
{
	(void)arg;
	if (at > sizeof(ram) || n > sizeof(ram) - at)
		return false;
	memcpy(ram + at, buf, n);
	return true;
}

static const struct fw_cfg_dma dma = { dma_read, dma_write, NULL };

static void
setup(void)
{
	memset(ram, 0xee, sizeof(ram));
	pio = pio_new(NULL);
	fw = fw_cfg_new(&dma, NULL);
	ck_assert_ptr_nonnull(fw);
	fw_cfg_class.reset(fw);
	pio_map(pio, 0x510, 2, &fw_cfg_io, fw, "fw_cfg");
	pio_map(pio, 0x514, 8, &fw_cfg_dma_io, fw, "fw_cfg");
}

static void
teardown(void)
{
	fw_cfg_class.free(fw);
	pio_free(pio);
}

/* n bytes of an item through the data port. */
static const char *
item(uint16_t key, unsigned n)
{
	static char buf[256];
	unsigned i;

	pio_write(pio, 0x510, 2, key);
	for (i = 0; i < n; i++)
		buf[i] = (char)pio_read(pio, 0x511, 1);
	buf[n] = 0;
	return buf;
}

/* Runs a descriptor at 1000h; returns its control field afterwards. */
static uint32_t
run_dma(uint32_t control, uint32_t len, uint64_t at)
{
	put_le32(ram + 0x1000, __builtin_bswap32(control));
	put_le32(ram + 0x1004, __builtin_bswap32(len));
	put_le64(ram + 0x1008, __builtin_bswap64(at));
	pio_write(pio, 0x514, 4, 0);
	pio_write(pio, 0x518, 4, __builtin_bswap32(0x1000));
	return __builtin_bswap32(get_le32(ram + 0x1000));
}

START_TEST(signature_and_id)
{
	ck_assert_str_eq(item(FW_CFG_SIGNATURE, 4), "QEMU");
	ck_assert_uint_eq(get_le32(item(FW_CFG_ID, 4)), 3);
	ck_assert_uint_eq(pio_read(pio, 0x514, 4), 0x554d4551);	/* "QEMU" */
	ck_assert_uint_eq(pio_read(pio, 0x518, 4), 0x47464320);	/* " CFG" */
}
END_TEST

START_TEST(reading_past_the_end_gives_zeros)
{
	ck_assert_mem_eq(item(FW_CFG_SIGNATURE, 8), "QEMU\0\0\0\0", 8);
	ck_assert_mem_eq(item(0x4321, 4), "\0\0\0\0", 4);
	ck_assert_mem_eq(item(0xffff, 4), "\0\0\0\0", 4);
}
END_TEST

START_TEST(integers_are_little_endian)
{
	ck_assert(fw_cfg_add_int(fw, FW_CFG_RAM_SIZE, 8, 0x123456789aull));
	ck_assert(fw_cfg_add_int(fw, FW_CFG_NB_CPUS, 2, 4));
	ck_assert_uint_eq(get_le64(item(FW_CFG_RAM_SIZE, 8)), 0x123456789aull);
	ck_assert_mem_eq(item(FW_CFG_NB_CPUS, 4), "\4\0\0\0", 4);
}
END_TEST

START_TEST(selector_takes_words_only)
{
	item(FW_CFG_SIGNATURE, 1);
	pio_write(pio, 0x510, 1, FW_CFG_ID);
	ck_assert_uint_eq(pio_read(pio, 0x511, 1), 'E');
}
END_TEST

START_TEST(files_are_listed_big_endian)
{
	const char *d;

	ck_assert(fw_cfg_add_file(fw, "etc/one", "hello", 5));
	ck_assert(fw_cfg_add_file_int(fw, "etc/two", 8, 0x55));
	d = item(FW_CFG_FILE_DIR, 4 + 128);
	ck_assert_uint_eq(__builtin_bswap32(get_le32(d)), 2);
	ck_assert_uint_eq(__builtin_bswap32(get_le32(d + 4)), 5);
	ck_assert_uint_eq(__builtin_bswap16(get_le16(d + 8)), 0x20);
	ck_assert_str_eq(d + 12, "etc/one");
	ck_assert_uint_eq(__builtin_bswap16(get_le16(d + 72)), 0x21);
	ck_assert_str_eq(d + 76, "etc/two");
	ck_assert_str_eq(item(0x20, 5), "hello");
	ck_assert_uint_eq(get_le64(item(0x21, 8)), 0x55);
}
END_TEST

START_TEST(directory_has_limits)
{
	char name[64];
	unsigned i;

	memset(name, 'x', sizeof(name));
	name[56] = 0;
	ck_assert(!fw_cfg_add_file(fw, name, "", 0));
	name[55] = 0;
	for (i = 0; i < FW_CFG_FILES; i++)
		ck_assert(fw_cfg_add_file(fw, name, "", 0));
	ck_assert(!fw_cfg_add_file(fw, "y", "", 0));
	ck_assert(!fw_cfg_add_int(fw, 0x7000, 2, 0));
}
END_TEST

START_TEST(dma_selects_and_reads)
{
	ck_assert(fw_cfg_add_file(fw, "etc/one", "hello world", 11));
	ck_assert_uint_eq(run_dma(0x0020000a, 5, 0x2000), 0);
	ck_assert_mem_eq(ram + 0x2000, "hello\xee", 6);
	ck_assert_uint_eq(run_dma(0x04, 1, 0), 0);		/* skip */
	ck_assert_uint_eq(run_dma(0x02, 8, 0x2100), 0);		/* read on */
	ck_assert_mem_eq(ram + 0x2100, "world\0\0\0\xee", 9);
	ck_assert_uint_eq(run_dma(0x04, 0xffffffff, 0), 0);
	ck_assert_uint_eq(pio_read(pio, 0x511, 1), 0);
}
END_TEST

START_TEST(dma_errors_are_reported)
{
	ck_assert_uint_eq(run_dma(0x0000000a, 4, sizeof(ram) - 2), 1);
	ck_assert_uint_eq(run_dma(0x0000000a, 0xffffffff, 0x2000), 1);
	ck_assert_uint_eq(run_dma(0x00000018, 4, 0x2000), 1);	/* write */
	ck_assert_uint_eq(run_dma(0x0000000a, 4, ~(uint64_t)0), 1);
	pio_write(pio, 0x514, 4, 0xffffffff);			/* no descriptor */
	pio_write(pio, 0x518, 4, 0xffffffff);
}
END_TEST

static void
pattern(void *arg, uint32_t off, void *buf, uint32_t n)
{
	uint8_t *p = buf;

	(void)arg;
	ck_assert_uint_le(off + n, 20000);
	while (n-- > 0)
		*p++ = (uint8_t)(off++ * 7);
}

START_TEST(items_can_be_read_on_demand)
{
	unsigned i;

	ck_assert(fw_cfg_add_reader(fw, FW_CFG_INITRD_DATA, 20000, pattern, NULL));
	ck_assert_uint_eq(run_dma(0x0012000a, 20010, 0x2000), 0);
	for (i = 0; i < 20000; i++)
		ck_assert_uint_eq(ram[0x2000 + i], (uint8_t)(i * 7));
	ck_assert_uint_eq(ram[0x2000 + 20000], 0);
	ck_assert_uint_eq(ram[0x2000 + 20010], 0xee);
	ck_assert_uint_eq((uint8_t)item(FW_CFG_INITRD_DATA, 3)[2], 14);
}
END_TEST

START_TEST(fw_cfg_state_survives)
{
	struct fw_cfg *other = fw_cfg_new(&dma, NULL);

	item(FW_CFG_SIGNATURE, 3);
	pio_write(pio, 0x514, 4, 0x12345678);
	chip_state_survives(&fw_cfg_class, fw, other);
	ck_assert_uint_eq(fw_cfg_io.read(other, 1, 1), 'U');
	fw_cfg_class.free(other);
}
END_TEST

Suite *fw_cfg_suite(void);

Suite *
fw_cfg_suite(void)
{
	Suite *s = suite_create("fw_cfg");
	TCase *tc = tcase_create("fw_cfg");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, signature_and_id);
	tcase_add_test(tc, reading_past_the_end_gives_zeros);
	tcase_add_test(tc, integers_are_little_endian);
	tcase_add_test(tc, selector_takes_words_only);
	tcase_add_test(tc, files_are_listed_big_endian);
	tcase_add_test(tc, directory_has_limits);
	tcase_add_test(tc, dma_selects_and_reads);
	tcase_add_test(tc, dma_errors_are_reported);
	tcase_add_test(tc, items_can_be_read_on_demand);
	tcase_add_test(tc, fw_cfg_state_survives);
	suite_add_tcase(s, tc);
	return s;
}
