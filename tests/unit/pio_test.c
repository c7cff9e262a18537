/*
 * tests/unit/pio_test.c - the I/O port space
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "hw/bus.h"

/* A device that writes down what it is asked and answers offset bytes. */
struct probe {
	char	text[256];
	uint8_t	base;
};

static uint64_t
probe_read(void *dev, uint32_t off, unsigned size)
{
	struct probe *p = dev;
	uint64_t v = 0;
	unsigned i;
	size_t n = strlen(p->text);

	snprintf(p->text + n, sizeof(p->text) - n, "r%u:%u ", off, size);
	for (i = 0; i < size; i++)
		v |= (uint64_t)(uint8_t)(p->base + off + i) << 8 * i;
	return v;
}

static void
probe_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct probe *p = dev;
	size_t n = strlen(p->text);

	snprintf(p->text + n, sizeof(p->text) - n, "w%u:%u=%llx ", off, size,
	    (unsigned long long)val);
}

static const struct io_ops ops1 = { probe_read, probe_write, 1 };
static const struct io_ops ops2 = { probe_read, probe_write, 2 };
static const struct io_ops ops4 = { probe_read, probe_write, 4 };
static const struct io_ops ops7 = { probe_read, probe_write, 7 };

static struct pio *pio;
static struct probe a, b;

static void
setup(void)
{
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	a.base = 0x10;
	b.base = 0x80;
	pio = pio_new(NULL);
	ck_assert_ptr_nonnull(pio);
}

static void
teardown(void)
{
	pio_free(pio);
}

START_TEST(unmapped_ports_read_ones)
{
	ck_assert_uint_eq(pio_read(pio, 0x100, 1), 0xff);
	ck_assert_uint_eq(pio_read(pio, 0x100, 2), 0xffff);
	ck_assert_uint_eq(pio_read(pio, 0xffff, 4), 0xffffffff);
	pio_write(pio, 0xffff, 4, 0);
}
END_TEST

struct counts {
	struct io_count	a, nobody;
};

static void
take_count(void *arg, const char *name, const struct io_count *c)
{
	struct counts *n = arg;

	if (!strcmp(name, "a"))
		n->a = *c;
	else if (!strcmp(name, "nobody"))
		n->nobody = *c;
}

START_TEST(accesses_are_counted_for_the_device_of_the_first_port)
{
	struct counts n = { .a = { 0, 0 } };

	pio_map(pio, 0x60, 4, &ops1, &a, "a");
	(void)pio_read(pio, 0x60, 4);
	(void)pio_read(pio, 0x63, 2);
	pio_write(pio, 0x61, 1, 7);
	pio_write(pio, 0x5f, 2, 7);
	pio_each_count(pio, take_count, &n);
	ck_assert_uint_eq(n.a.reads, 2);
	ck_assert_uint_eq(n.a.writes, 1);
	ck_assert_uint_eq(n.nobody.reads, 0);
	ck_assert_uint_eq(n.nobody.writes, 1);
}
END_TEST

START_TEST(wide_access_to_byte_device_is_split_low_first)
{
	pio_map(pio, 0x60, 4, &ops1, &a, "a");
	ck_assert_uint_eq(pio_read(pio, 0x60, 4), 0x13121110);
	ck_assert_str_eq(a.text, "r0:1 r1:1 r2:1 r3:1 ");
	a.text[0] = 0;
	pio_write(pio, 0x61, 2, 0xbbaa);
	ck_assert_str_eq(a.text, "w1:1=aa w2:1=bb ");
}
END_TEST

START_TEST(unaligned_access_uses_widest_aligned_parts)
{
	pio_map(pio, 0x100, 8, &ops7, &a, "a");
	ck_assert_uint_eq(pio_read(pio, 0x101, 4), 0x14131211);
	ck_assert_str_eq(a.text, "r1:1 r2:2 r4:1 ");
}
END_TEST

START_TEST(access_across_two_devices_reaches_both)
{
	pio_map(pio, 0x100, 2, &ops7, &a, "a");
	pio_map(pio, 0x102, 1, &ops1, &b, "b");
	ck_assert_uint_eq(pio_read(pio, 0x100, 4), 0xff801110);
	ck_assert_str_eq(a.text, "r0:2 ");
	ck_assert_str_eq(b.text, "r0:1 ");
}
END_TEST

START_TEST(narrow_read_is_widened_narrow_write_dropped)
{
	pio_map(pio, 0x100, 4, &ops4, &a, "a");
	ck_assert_uint_eq(pio_read(pio, 0x102, 1), 0x12);
	ck_assert_uint_eq(pio_read(pio, 0x102, 2), 0x1312);
	a.text[0] = 0;
	pio_write(pio, 0x100, 1, 5);
	ck_assert_str_eq(a.text, "");
	pio_write(pio, 0x100, 4, 5);
	ck_assert_str_eq(a.text, "w0:4=5 ");
}
END_TEST

START_TEST(dword_access_to_word_device_is_two_words)
{
	pio_map(pio, 0x1f0, 4, &ops2, &a, "a");
	ck_assert_uint_eq(pio_read(pio, 0x1f0, 4), 0x13121110);
	ck_assert_str_eq(a.text, "r0:2 r2:2 ");
}
END_TEST

/* 0CF8h and 0CF9h of every PC. */
START_TEST(dword_register_overlapped_by_byte_register)
{
	pio_map(pio, 0xcf8, 4, &ops4, &a, "a");
	pio_map(pio, 0xcf9, 1, &ops1, &b, "b");
	pio_write(pio, 0xcf8, 4, 0x80001234);
	ck_assert_str_eq(a.text, "w0:4=80001234 ");
	pio_write(pio, 0xcf9, 1, 6);
	ck_assert_str_eq(b.text, "w0:1=6 ");
	ck_assert_uint_eq(pio_read(pio, 0xcf9, 1), 0x80);
}
END_TEST

START_TEST(later_map_covers_and_unmap_uncovers)
{
	int h;

	pio_map(pio, 0x200, 8, &ops1, &a, "a");
	h = pio_map(pio, 0x202, 2, &ops1, &b, "b");
	ck_assert_uint_eq(pio_read(pio, 0x202, 1), 0x80);
	ck_assert_uint_eq(pio_read(pio, 0x204, 1), 0x14);
	pio_unmap(pio, h);
	ck_assert_uint_eq(pio_read(pio, 0x202, 1), 0x12);
}
END_TEST

START_TEST(remap_moves_hides_and_keeps_order)
{
	int ha = pio_map(pio, 0x200, 4, &ops1, &a, "a");

	pio_map(pio, 0x300, 2, &ops1, &b, "b");
	pio_remap(pio, ha, 0x300, true);
	ck_assert_uint_eq(pio_read(pio, 0x200, 1), 0xff);
	ck_assert_uint_eq(pio_read(pio, 0x300, 1), 0x80);
	ck_assert_uint_eq(pio_read(pio, 0x302, 1), 0x12);
	pio_remap(pio, ha, 0, false);
	ck_assert_uint_eq(pio_read(pio, 0x302, 1), 0xff);
	pio_remap(pio, ha, 0xfffe, true);
	ck_assert_uint_eq(pio_read(pio, 0xfffe, 1), 0xff);
}
END_TEST

START_TEST(many_mappings_come_and_go)
{
	int h[200];
	unsigned i;

	for (i = 0; i < 200; i++)
		h[i] = pio_map(pio, i * 4, 4, &ops1, i & 1 ? &a : &b, "x");
	for (i = 0; i < 200; i++)
		ck_assert_uint_eq(pio_read(pio, i * 4 + 1, 1), i & 1 ? 0x11 : 0x81);
	for (i = 0; i < 200; i++)
		pio_unmap(pio, h[i]);
	ck_assert_uint_eq(pio_read(pio, 5, 1), 0xff);
	ck_assert_int_eq(pio_map(pio, 1, 1, &ops1, &a, "x"), 1);
}
END_TEST

static void
count_line(void *arg, const char *s)
{
	strcat(arg, s);
	strcat(arg, "|");
}

START_TEST(print_lists_in_port_order)
{
	char text[256] = "";

	pio_map(pio, 0x3f8, 8, &ops1, &a, "uart");
	pio_map(pio, 0x20, 2, &ops1, &a, "pic");
	pio_print(pio, count_line, text);
	ck_assert_str_eq(text, "0020-0021 pic|03f8-03ff uart|");
}
END_TEST

static void
trace(void *arg, bool write, uint32_t port, unsigned size, uint32_t val)
{
	snprintf(arg, 64, "%d %x %u %x", write, port, size, val);
}

START_TEST(trace_sees_each_access_once)
{
	char text[64] = "";
	struct pio_trace t = { trace, text };

	pio_map(pio, 0x60, 4, &ops1, &a, "a");
	pio_set_trace(pio, &t);
	pio_read(pio, 0x60, 2);
	ck_assert_str_eq(text, "0 60 2 1110");
	pio_write(pio, 0x61, 1, 0x1ff);
	ck_assert_str_eq(text, "1 61 1 ff");
	pio_set_trace(pio, NULL);
	pio_read(pio, 0x62, 1);
	ck_assert_str_eq(text, "1 61 1 ff");
}
END_TEST

Suite *pio_suite(void);

Suite *
pio_suite(void)
{
	Suite *s = suite_create("pio");
	TCase *tc = tcase_create("pio");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, unmapped_ports_read_ones);
	tcase_add_test(tc, accesses_are_counted_for_the_device_of_the_first_port);
	tcase_add_test(tc, wide_access_to_byte_device_is_split_low_first);
	tcase_add_test(tc, unaligned_access_uses_widest_aligned_parts);
	tcase_add_test(tc, access_across_two_devices_reaches_both);
	tcase_add_test(tc, narrow_read_is_widened_narrow_write_dropped);
	tcase_add_test(tc, dword_access_to_word_device_is_two_words);
	tcase_add_test(tc, dword_register_overlapped_by_byte_register);
	tcase_add_test(tc, later_map_covers_and_unmap_uncovers);
	tcase_add_test(tc, remap_moves_hides_and_keeps_order);
	tcase_add_test(tc, many_mappings_come_and_go);
	tcase_add_test(tc, print_lists_in_port_order);
	tcase_add_test(tc, trace_sees_each_access_once);
	suite_add_tcase(s, tc);
	return s;
}
