/*
 * tests/unit/vga_draw_test.c - the picture in pixels
 */
#include "hw/vga.h"

#include <stdlib.h>
#include <string.h>

#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

#define MEM	0x100000u

struct rig {
	struct evheap		h;
	struct vga		*v;
	uint8_t			*mem;
	struct vga_picture	p;
	uint32_t		row[2400];
};

static void
put(struct rig *r, unsigned port, uint8_t val)
{
	out8(&vga_io, r->v, port - 0x3b0, val);
}

static void
indexed(struct rig *r, unsigned port, uint8_t index, uint8_t val)
{
	put(r, port, index);
	put(r, port + 1, val);
}

static void
attr(struct rig *r, uint8_t index, uint8_t val)
{
	(void)in8(&vga_io, r->v, 0x3da - 0x3b0);
	put(r, 0x3c0, index);
	put(r, 0x3c0, val);
}

static void
dispi(struct rig *r, unsigned index, unsigned val)
{
	vga_dispi_io.write(r->v, 0, index, 2);
	vga_dispi_io.write(r->v, 2, val, 2);
}

/* Colour n of the DAC is n * 4 red; the palette is the identity. */
static void
setup(struct rig *r)
{
	struct vga_memory m = { .size = MEM };
	unsigned n;

	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(evheap_init(&r->h), 0);
	r->mem = m.mem = calloc(1, MEM);
	ck_assert_ptr_nonnull(r->mem);
	r->v = vga_new(&r->h.clock, m, NULL);
	ck_assert_ptr_nonnull(r->v);
	put(r, 0x3c2, 0x67);
	put(r, 0x3c8, 0);
	for (n = 0; n < 256; n++) {
		put(r, 0x3c9, (uint8_t)(n & 63));
		put(r, 0x3c9, 0);
		put(r, 0x3c9, 0);
	}
	for (n = 0; n < 16; n++)
		attr(r, (uint8_t)n, (uint8_t)n);
	attr(r, 0x12, 0x0f);
	indexed(r, 0x3d4, 0x18, 0xff);		/* no split */
	indexed(r, 0x3d4, 0x07, 0x1f);
	indexed(r, 0x3d4, 0x09, 0x40);
	indexed(r, 0x3d4, 0x12, 0x8f);		/* 400 lines */
	indexed(r, 0x3d4, 0x13, 40);
	indexed(r, 0x3d4, 0x17, 0xe3);
	indexed(r, 0x3ce, 6, 0x05);
	put(r, 0x3c0, 0x20);
}

static void
teardown(struct rig *r)
{
	vga_class.free(r->v);
	evheap_fini(&r->h);
	free(r->mem);
}

static void
draw(struct rig *r, unsigned y)
{
	(void)in8(&vga_io, r->v, 0x3da - 0x3b0);
	put(r, 0x3c0, 0x20);			/* display on */
	vga_picture(r->v, &r->p);
	vga_draw_row(r->v, &r->p, y, r->row);
}

/* The red of colour n */
static uint32_t
red(unsigned n)
{
	n &= 63;
	return (n << 2 | n >> 4) << 16;
}

START_TEST(planes_are_bits_of_a_colour)
{
	struct rig r;

	setup(&r);
	indexed(&r, 0x3d4, 0x01, 79);
	memcpy(r.mem + 4 * 80, "\x80\x40\xc0\x01", 4);
	draw(&r, 1);
	ck_assert_uint_eq(r.p.width, 640);
	ck_assert_uint_eq(r.p.height, 400);
	ck_assert_uint_eq(r.row[0], red(5));
	ck_assert_uint_eq(r.row[1], red(6));
	ck_assert_uint_eq(r.row[2], 0);
	ck_assert_uint_eq(r.row[7], red(8));
	attr(&r, 0x12, 0x03);			/* two planes */
	attr(&r, 0x13, 1);			/* panned by one */
	draw(&r, 1);
	ck_assert_uint_eq(r.row[0], red(2));
	ck_assert_uint_eq(r.row[6], 0);
	teardown(&r);
}
END_TEST

START_TEST(cga_pairs_come_from_interleaved_rows)
{
	struct rig r;

	setup(&r);
	indexed(&r, 0x3d4, 0x01, 39);
	indexed(&r, 0x3d4, 0x09, 0xc1);
	indexed(&r, 0x3d4, 0x13, 20);
	indexed(&r, 0x3d4, 0x17, 0xa2);
	indexed(&r, 0x3ce, 5, 0x30);
	memcpy(r.mem + 4 * 0x2000, "\x1b\xe4\0", 4);
	draw(&r, 1);
	ck_assert_uint_eq(r.p.width, 320);
	ck_assert_uint_eq(r.p.height, 200);
	ck_assert_uint_eq(r.row[0], red(0));
	ck_assert_uint_eq(r.row[3], red(3));
	ck_assert_uint_eq(r.row[4], red(3));
	ck_assert_uint_eq(r.row[7], red(0));
	teardown(&r);
}
END_TEST

START_TEST(mode_13h_has_a_byte_for_each_pixel)
{
	struct rig r;

	setup(&r);
	indexed(&r, 0x3d4, 0x01, 79);
	indexed(&r, 0x3d4, 0x09, 0x41);
	indexed(&r, 0x3d4, 0x14, 0x40);
	indexed(&r, 0x3d4, 0x17, 0xa3);
	indexed(&r, 0x3ce, 5, 0x40);
	memcpy(r.mem + 4 * (4 * 80), "\x01\x02\x03\x04", 4);
	draw(&r, 1);
	ck_assert_uint_eq(r.p.width, 320);
	ck_assert_uint_eq(r.p.height, 200);
	ck_assert_uint_eq(r.row[0], red(1));
	ck_assert_uint_eq(r.row[3], red(4));
	ck_assert_uint_eq(r.row[4], 0);
	teardown(&r);
}
END_TEST

START_TEST(text_has_font_ninth_dot_and_a_blinking_cursor)
{
	struct rig r;

	setup(&r);
	indexed(&r, 0x3ce, 6, 0x0e);
	indexed(&r, 0x3d4, 0x01, 79);
	indexed(&r, 0x3d4, 0x09, 0x4f);
	indexed(&r, 0x3d4, 0x17, 0xa3);
	indexed(&r, 0x3d4, 0x0a, 14);
	indexed(&r, 0x3d4, 0x0b, 15);
	indexed(&r, 0x3d4, 0x0f, 80);		/* second row */
	attr(&r, 0x10, 0x04);
	attr(&r, 0x13, 8);			/* not panned, with nine dots */
	memcpy(r.mem, "\xc4\x17", 2);
	r.mem[4 * (0xc4 * 32 + 2) + 2] = 0x81;
	draw(&r, 2);
	ck_assert_uint_eq(r.p.width, 720);
	ck_assert_uint_eq(r.row[0], red(7));
	ck_assert_uint_eq(r.row[1], red(1));
	ck_assert_uint_eq(r.row[7], red(7));
	ck_assert_uint_eq(r.row[8], red(7));	/* line graphics */
	memcpy(r.mem + 4 * 2 * 80, "\x20\x07", 2);
	draw(&r, 16 + 14);
	ck_assert_uint_eq(r.row[0], red(7));
	bench_run(&r.h, VCLOCK_HZ / 70 * 9);
	draw(&r, 16 + 14);
	ck_assert_uint_eq(r.row[0], 0);
	teardown(&r);
}
END_TEST

START_TEST(linear_modes_of_every_depth)
{
	static const unsigned depth[] = { 8, 15, 16, 24, 32 };
	static const uint32_t want[] = { 0, 0x00ff00, 0x00ff00, 0x30e003, 0x30e003 };
	struct rig r;
	unsigned i;

	setup(&r);
	for (i = 0; i < ARRAY_SIZE(depth); i++) {
		dispi(&r, 4, 0);
		dispi(&r, 1, 64);
		dispi(&r, 2, 48);
		dispi(&r, 3, depth[i]);
		dispi(&r, 4, 0x41);
		dispi(&r, 6, 128);
		dispi(&r, 9, 1);
		memcpy(r.mem + 3 * 128 * ((depth[i] + 7) / 8),
		    depth[i] == 16 ? "\xe0\x07" : "\x03\xe0\x30", 3);
		if (depth[i] == 15)
			memcpy(r.mem + 3 * 256, "\xe0\x03", 2);
		draw(&r, 2);
		ck_assert_uint_eq(r.p.width, 64);
		ck_assert_uint_eq(r.p.height, 48);
		ck_assert_uint_eq(r.row[0], i ? want[i] : red(3));
	}
	teardown(&r);
}
END_TEST

START_TEST(no_register_value_makes_it_read_elsewhere)
{
	struct rig r;
	unsigned n, k;
	uint32_t seed = 1, y;

	setup(&r);
	for (n = 0; n < 2000; n++) {
		for (k = 0; k < 25; k++)
			indexed(&r, 0x3d4, (uint8_t)k,
			    (uint8_t)((seed = seed * 1103515245 + 12345) >> 16));
		for (k = 0; k < 16; k++)
			indexed(&r, 0x3ce, (uint8_t)k,
			    (uint8_t)((seed = seed * 1103515245 + 12345) >> 16));
		indexed(&r, 0x3c4, 1, (uint8_t)(seed >> 20 & 0x0d));
		indexed(&r, 0x3c4, 3, (uint8_t)(seed >> 12));
		attr(&r, 0x13, (uint8_t)(seed >> 8));
		draw(&r, 0);
		ck_assert_uint_le(r.p.width, ARRAY_SIZE(r.row));
		for (y = 0; y < r.p.height; y += 37)
			vga_draw_row(r.v, &r.p, y, r.row);
	}
	teardown(&r);
}
END_TEST

Suite *
vga_draw_suite(void)
{
	Suite *s = suite_create("vga_draw");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, planes_are_bits_of_a_colour);
	tcase_add_test(tc, cga_pairs_come_from_interleaved_rows);
	tcase_add_test(tc, mode_13h_has_a_byte_for_each_pixel);
	tcase_add_test(tc, text_has_font_ninth_dot_and_a_blinking_cursor);
	tcase_add_test(tc, linear_modes_of_every_depth);
	tcase_add_test(tc, no_register_value_makes_it_read_elsewhere);
	suite_add_tcase(s, tc);
	return s;
}
