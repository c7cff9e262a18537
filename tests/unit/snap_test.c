/*
 * tests/unit/snap_test.c - field tables, hashes and messages
 */
#include "base/snap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/vclock.h"
#include "tests/runner/runner.h"

struct part {
	uint16_t	count;
	bool		on;
	struct vtimer	timer;
};

struct chip {
	uint8_t		derived;	/* not listed */
	bool		flag;
	uint32_t	reg;
	struct part	part[2];
	uint64_t	wide[3];
	uint8_t		buf[20];
};

static const struct snap_field part_fields[] = {
	SNAP_U16(struct part, count),
	SNAP_BOOL(struct part, on),
	SNAP_TIMER(struct part, timer),
	SNAP_END
};

static const struct snap_field chip_fields[] = {
	SNAP_BOOL(struct chip, flag),
	SNAP_U32(struct chip, reg),
	SNAP_STRUCTS(struct chip, part, part_fields),
	SNAP_ARRAY(struct chip, wide),
	SNAP_BYTES(struct chip, buf),
	SNAP_END
};

#define PART_SIZE	(2 + 1 + 16)
#define CHIP_SIZE	(1 + 4 + 2 * PART_SIZE + 24 + 20)

static void
chip_fill(struct chip *c)
{
	unsigned i;

	memset(c, 0, sizeof(*c));
	c->flag = true;
	c->reg = 0x11223344;
	for (i = 0; i < 2; i++) {
		c->part[i].count = (uint16_t)(0x5500 + i);
		c->part[i].on = i;
		c->part[i].timer.when = i ? 77 : VTIMER_IDLE;
		c->part[i].timer.seq = 9;
		c->part[i].timer.heap_pos = 5;
	}
	c->wide[2] = 0x0102030405060708;
	memcpy(c->buf, "twenty bytes in here", 20);
}

START_TEST(encoding_is_in_table_order_little_endian)
{
	uint8_t out[CHIP_SIZE];
	struct chip c;

	chip_fill(&c);
	ck_assert_uint_eq(snap_size(chip_fields), CHIP_SIZE);
	snap_encode(chip_fields, &c, out);
	ck_assert_mem_eq(out, "\1\x44\x33\x22\x11", 5);
	ck_assert_mem_eq(out + 5, "\x00\x55\0", 3);
	ck_assert_mem_eq(out + 8, "\377\377\377\377\377\377\377\377\11", 9);
	ck_assert_uint_eq(out[CHIP_SIZE - 21], 1);
	ck_assert_mem_eq(out + CHIP_SIZE - 20, "twenty", 6);
}
END_TEST

START_TEST(decoding_restores_all_and_leaves_the_rest)
{
	uint8_t out[CHIP_SIZE], again[CHIP_SIZE];
	struct chip c, d;

	chip_fill(&c);
	snap_encode(chip_fields, &c, out);
	memset(&d, 0xee, sizeof(d));
	ck_assert(snap_decode(chip_fields, &d, out, sizeof(out)));
	snap_encode(chip_fields, &d, again);
	ck_assert_mem_eq(out, again, CHIP_SIZE);
	ck_assert_uint_eq(d.derived, 0xee);
	ck_assert_uint_eq(d.part[1].timer.heap_pos, 0xeeeeeeee);
	ck_assert_uint_eq(d.part[1].timer.when, 77);
}
END_TEST

START_TEST(bad_length_or_bool_changes_nothing)
{
	uint8_t out[CHIP_SIZE];
	struct chip c, d, before;

	chip_fill(&c);
	snap_encode(chip_fields, &c, out);
	memset(&d, 0xee, sizeof(d));
	before = d;
	ck_assert(!snap_decode(chip_fields, &d, out, CHIP_SIZE - 1));
	out[5 + PART_SIZE + 2] = 2;	/* part[1].on */
	ck_assert(!snap_decode(chip_fields, &d, out, CHIP_SIZE));
	ck_assert_mem_eq(&d, &before, sizeof(d));
}
END_TEST

START_TEST(difference_is_named_by_path)
{
	uint8_t a[CHIP_SIZE], b[CHIP_SIZE];
	char path[64];
	struct chip c;

	chip_fill(&c);
	snap_encode(chip_fields, &c, a);
	ck_assert(!snap_diff(chip_fields, a, a, path, sizeof(path)));
	c.part[1].timer.when = 78;
	snap_encode(chip_fields, &c, b);
	ck_assert(snap_diff(chip_fields, a, b, path, sizeof(path)));
	ck_assert_str_eq(path, "part[1].timer: 77, 78");
	c.reg = 0;
	snap_encode(chip_fields, &c, b);
	ck_assert(snap_diff(chip_fields, a, b, path, sizeof(path)));
	ck_assert_str_eq(path, "reg: 0x11223344, 0x0");
}
END_TEST

static void
append(void *arg, const char *text)
{
	strcat(arg, text);
	strcat(arg, "\n");
}

START_TEST(printing_shows_one_line_per_element)
{
	char text[2000] = "";
	struct chip c;

	chip_fill(&c);
	snap_print(chip_fields, &c, "x", append, text);
	ck_assert_str_eq(text,
	    "x.flag = 0x1\n"
	    "x.reg = 0x11223344\n"
	    "x.part[0].count = 0x5500\n"
	    "x.part[0].on = 0x0\n"
	    "x.part[0].timer = idle\n"
	    "x.part[1].count = 0x5501\n"
	    "x.part[1].on = 0x1\n"
	    "x.part[1].timer = 77 (seq 9)\n"
	    "x.wide[0] = 0x0\n"
	    "x.wide[1] = 0x0\n"
	    "x.wide[2] = 0x102030405060708\n"
	    "x.buf+0x0 = 74 77 65 6e 74 79 20 62 79 74 65 73 20 69 6e 20\n"
	    "x.buf+0x10 = 68 65 72 65\n");
}
END_TEST

static void
count_timer(void *arg, struct vtimer *t)
{
	ck_assert_uint_eq(t->seq, 9);
	++*(unsigned *)arg;
}

START_TEST(every_timer_is_visited)
{
	unsigned n = 0;
	struct chip c;

	chip_fill(&c);
	snap_each_timer(chip_fields, &c, count_timer, &n);
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(page_hashes_add_up_in_any_order)
{
	static uint8_t page[PAGE_SIZE], zero[PAGE_SIZE];
	struct hash128 sum = { 0, 0 }, h, k;
	char hex[33];

	page[4095] = 1;
	h = hash_page(page, 1);
	k = hash_page(page, 2);
	ck_assert(h.lo != k.lo);
	ck_assert_uint_eq(hash_page(zero, 3).lo, 0);
	hash_sum_add(&sum, h);
	hash_sum_add(&sum, k);
	hash_sum_sub(&sum, h);
	ck_assert(sum.lo == k.lo && sum.hi == k.hi);
	hash_hex((struct hash128){ 0x89abcdef01234567, 1 }, hex);
	ck_assert_str_eq(hex, "000000000000000189abcdef01234567");
}
END_TEST

START_TEST(sums_carry_between_halves)
{
	struct hash128 sum = { ~(uint64_t)0, 0 };

	hash_sum_add(&sum, (struct hash128){ 1, 0 });
	ck_assert(sum.lo == 0 && sum.hi == 1);
	hash_sum_sub(&sum, (struct hash128){ 1, 0 });
	ck_assert(sum.lo == ~(uint64_t)0 && sum.hi == 0);
}
END_TEST

START_TEST(stream_digest_does_not_depend_on_the_pieces)
{
	struct hash_stream *s = hash_stream_new();
	struct hash128 a, b;

	hash_stream_add(s, "abcdef", 6);
	a = hash_stream_digest(s);
	hash_stream_reset(s);
	hash_stream_add(s, "ab", 2);
	hash_stream_add(s, "cdef", 4);
	b = hash_stream_digest(s);
	ck_assert(a.lo == b.lo && a.hi == b.hi);
	hash_stream_free(s);
}
END_TEST

static void
where(void *arg, char *buf, size_t n)
{
	(void)arg;
	snprintf(buf, n, "vcpu0 rip=0x10");
}

START_TEST(guest_messages_come_once_per_key_with_position)
{
	char text[500] = "";
	FILE *f = fmemopen(text, sizeof(text), "w");
	struct log *l = log_new(f, LOG_GUEST);

	log_set_position(l, where, NULL);
	log_guest(l, "k1", "bad %d", 1);
	log_guest(l, "k1", "bad %d", 2);
	log_unimp(l, "k2", "odd");
	log_debug(l, "not shown");
	log_warn(l, "look");
	log_error(NULL, "dropped");
	log_free(l);
	fclose(f);
	ck_assert_str_eq(text,
	    "ringlab: guest: vcpu0 rip=0x10: bad 1\n"
	    "ringlab: not modelled: vcpu0 rip=0x10: odd\n"
	    "ringlab: warning: look\n");
}
END_TEST

Suite *snap_suite(void);

Suite *
snap_suite(void)
{
	Suite *s = suite_create("snap");
	TCase *tc = tcase_create("snap");

	tcase_add_test(tc, encoding_is_in_table_order_little_endian);
	tcase_add_test(tc, decoding_restores_all_and_leaves_the_rest);
	tcase_add_test(tc, bad_length_or_bool_changes_nothing);
	tcase_add_test(tc, difference_is_named_by_path);
	tcase_add_test(tc, printing_shows_one_line_per_element);
	tcase_add_test(tc, every_timer_is_visited);
	tcase_add_test(tc, page_hashes_add_up_in_any_order);
	tcase_add_test(tc, sums_carry_between_halves);
	tcase_add_test(tc, stream_digest_does_not_depend_on_the_pieces);
	tcase_add_test(tc, guest_messages_come_once_per_key_with_position);
	suite_add_tcase(s, tc);
	return s;
}
