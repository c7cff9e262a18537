/*
 * tests/unit/vga_test.c - VGA registers, memory window, Bochs VBE
 */
#include "hw/vga.h"

#include <stdlib.h>
#include <string.h>

#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

#define MEM	0x100000u

struct rig {
	struct evheap	h;
	struct vga	*v;
	uint8_t		*mem;
	char		text[25][100];
	unsigned	rows;
	uint32_t	dirty;
};

static void
on_dirty(void *arg, uint32_t off, uint32_t len)
{
	struct rig *r = arg;

	ck_assert_uint_le(off + len, MEM);
	r->dirty += len;
}

static void
setup(struct rig *r)
{
	struct vga_memory m = { .size = MEM, .dirty = on_dirty, .arg = r };

	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(evheap_init(&r->h), 0);
	r->mem = m.mem = calloc(1, MEM);
	ck_assert_ptr_nonnull(r->mem);
	r->v = vga_new(&r->h.clock, m, NULL);
	ck_assert_ptr_nonnull(r->v);
}

static void
teardown(struct rig *r)
{
	vga_class.free(r->v);
	evheap_fini(&r->h);
	free(r->mem);
}

static void
put(struct rig *r, unsigned port, uint8_t val)
{
	out8(&vga_io, r->v, port - 0x3b0, val);
}

static uint8_t
get(struct rig *r, unsigned port)
{
	return in8(&vga_io, r->v, port - 0x3b0);
}

static void
indexed(struct rig *r, unsigned port, uint8_t index, uint8_t val)
{
	put(r, port, index);
	put(r, port + 1, val);
}

static void
poke(struct rig *r, uint32_t addr, uint64_t val, unsigned size)
{
	vga_window_io.write(r->v, addr - 0xa0000, val, size);
}

static uint64_t
peek(struct rig *r, uint32_t addr, unsigned size)
{
	return vga_window_io.read(r->v, addr - 0xa0000, size);
}

static void
dispi(struct rig *r, unsigned index, unsigned val)
{
	vga_dispi_io.write(r->v, 0, index, 2);
	vga_dispi_io.write(r->v, 2, val, 2);
}

static unsigned
dispi_get(struct rig *r, unsigned index)
{
	vga_dispi_io.write(r->v, 0, index, 2);
	return (unsigned)vga_dispi_io.read(r->v, 2, 2);
}

/* Mode 3 in what matters here: 80 x 25 cells of 16 lines at B8000h. */
static void
text_mode(struct rig *r)
{
	put(r, 0x3c2, 0x67);
	indexed(r, 0x3c4, 2, 0x03);
	indexed(r, 0x3c4, 4, 0x02);
	indexed(r, 0x3ce, 4, 0x00);
	indexed(r, 0x3ce, 5, 0x10);
	indexed(r, 0x3ce, 6, 0x0e);
	indexed(r, 0x3ce, 8, 0xff);
	indexed(r, 0x3d4, 0x11, 0x0e);
	indexed(r, 0x3d4, 0x01, 79);
	indexed(r, 0x3d4, 0x07, 0x1f);
	indexed(r, 0x3d4, 0x09, 0x4f);
	indexed(r, 0x3d4, 0x12, 0x8f);
	indexed(r, 0x3d4, 0x13, 0x28);
	get(r, 0x3da);
	put(r, 0x3c0, 0x20);
}

static void
on_row(void *arg, unsigned y, const uint8_t *cells, unsigned cols,
    const char *ascii)
{
	struct rig *r = arg;

	ck_assert_uint_lt(y, 25);
	ck_assert_uint_eq(cols, 80);
	(void)cells;
	strcpy(r->text[y], ascii);
	r->rows++;
}

START_TEST(text_written_at_b8000_is_on_the_screen)
{
	const char *hello = "Hello\x01";
	struct vga_screen s;
	struct rig r;
	unsigned i;

	setup(&r);
	ck_assert(!vga_text(r.v, on_row, &r));
	text_mode(&r);
	for (i = 0; i < 6; i++)
		poke(&r, 0xb8000 + 2 * (3 * 80 + 70 + i),
		    0x0700 | (uint8_t)hello[i], 2);
	ck_assert_uint_eq(peek(&r, 0xb8000 + 2 * (3 * 80 + 70), 4), 0x07650748);
	ck_assert(vga_text(r.v, on_row, &r));
	ck_assert_uint_eq(r.rows, 25);
	ck_assert_str_eq(r.text[3] + 70, "Hello.");
	ck_assert_str_eq(r.text[4], "");
	indexed(&r, 0x3d4, 0x0d, 80);		/* scrolled by a row */
	indexed(&r, 0x3d4, 0x0f, 83);
	vga_text(r.v, on_row, &r);
	ck_assert_str_eq(r.text[2] + 70, "Hello.");
	vga_screen(r.v, &s);
	ck_assert_uint_eq(s.cursor, 3);
	ck_assert_uint_eq(peek(&r, 0xa0000, 1), 0xff);	/* not mapped there */
	teardown(&r);
}
END_TEST

/* Planar access to all planes at A0000h. */
static void
planar_mode(struct rig *r)
{
	put(r, 0x3c2, 0xe3);
	indexed(r, 0x3c4, 2, 0x0f);
	indexed(r, 0x3c4, 4, 0x06);
	indexed(r, 0x3ce, 0, 0);
	indexed(r, 0x3ce, 1, 0);
	indexed(r, 0x3ce, 3, 0);
	indexed(r, 0x3ce, 5, 0);
	indexed(r, 0x3ce, 6, 0x05);
	indexed(r, 0x3ce, 7, 0x0f);
	indexed(r, 0x3ce, 8, 0xff);
}

START_TEST(write_mode_0_rotates_sets_and_masks)
{
	struct rig r;

	setup(&r);
	planar_mode(&r);
	poke(&r, 0xa0010, 0x81, 1);
	ck_assert_mem_eq(r.mem + 0x40, "\x81\x81\x81\x81", 4);
	indexed(&r, 0x3c4, 2, 0x05);
	indexed(&r, 0x3ce, 3, 0x01);		/* rotate right by one */
	poke(&r, 0xa0010, 0x01, 1);
	ck_assert_mem_eq(r.mem + 0x40, "\x80\x81\x80\x81", 4);
	indexed(&r, 0x3c4, 2, 0x0f);
	indexed(&r, 0x3ce, 3, 0x00);
	indexed(&r, 0x3ce, 0, 0x02);
	indexed(&r, 0x3ce, 1, 0x03);
	poke(&r, 0xa0010, 0x55, 1);
	ck_assert_mem_eq(r.mem + 0x40, "\x00\xff\x55\x55", 4);
	indexed(&r, 0x3ce, 1, 0x00);
	peek(&r, 0xa0010, 1);			/* latches */
	indexed(&r, 0x3ce, 8, 0x0f);
	indexed(&r, 0x3ce, 3, 0x18);		/* XOR */
	poke(&r, 0xa0011, 0xff, 1);
	ck_assert_mem_eq(r.mem + 0x44, "\x0f\xf0\x5a\x5a", 4);
	ck_assert_uint_eq(r.dirty, 4 * 4);
	teardown(&r);
}
END_TEST

START_TEST(write_modes_1_2_3_and_read_mode_1)
{
	struct rig r;

	setup(&r);
	planar_mode(&r);
	memcpy(r.mem + 0x100, "\x12\x34\x56\x78", 4);
	peek(&r, 0xa0040, 1);
	indexed(&r, 0x3ce, 5, 1);
	poke(&r, 0xa0041, 0, 1);
	ck_assert_mem_eq(r.mem + 0x104, "\x12\x34\x56\x78", 4);
	indexed(&r, 0x3ce, 5, 2);
	poke(&r, 0xa0042, 0x09, 1);
	ck_assert_mem_eq(r.mem + 0x108, "\xff\x00\x00\xff", 4);
	indexed(&r, 0x3ce, 5, 3);
	indexed(&r, 0x3ce, 0, 0x04);
	peek(&r, 0xa0042, 1);
	poke(&r, 0xa0042, 0xf0, 1);
	ck_assert_mem_eq(r.mem + 0x108, "\x0f\x00\xf0\x0f", 4);
	indexed(&r, 0x3ce, 5, 0x08);
	indexed(&r, 0x3ce, 2, 0x04);
	ck_assert_uint_eq(peek(&r, 0xa0042, 1), 0xf0);
	indexed(&r, 0x3ce, 2, 0x09);
	ck_assert_uint_eq(peek(&r, 0xa0042, 1), 0x0f);
	teardown(&r);
}
END_TEST

START_TEST(chain_4_spreads_bytes_over_the_planes)
{
	struct rig r;

	setup(&r);
	planar_mode(&r);
	indexed(&r, 0x3c4, 4, 0x0e);
	poke(&r, 0xa0004, 0x44332211, 4);
	ck_assert_mem_eq(r.mem + 0x10, "\x11\x22\x33\x44", 4);
	ck_assert_uint_eq(peek(&r, 0xa0004, 4), 0x44332211);
	teardown(&r);
}
END_TEST

START_TEST(attribute_flip_flop_and_palette_lock)
{
	struct rig r;

	setup(&r);
	get(&r, 0x3da);
	put(&r, 0x3c0, 0x05);
	put(&r, 0x3c0, 0x3f);
	put(&r, 0x3c0, 0x25);			/* index, display on */
	put(&r, 0x3c0, 0x11);			/* refused */
	ck_assert_uint_eq(get(&r, 0x3c1), 0x3f);
	put(&r, 0x3c0, 0x13);
	get(&r, 0x3da);				/* index comes next again */
	put(&r, 0x3c0, 0x14);
	put(&r, 0x3c0, 0x08);
	ck_assert_uint_eq(get(&r, 0x3c1), 0x08);
	ck_assert_uint_eq(get(&r, 0x3c0), 0x14);
	teardown(&r);
}
END_TEST

START_TEST(dac_takes_and_gives_three_bytes_per_colour)
{
	struct rig r;

	setup(&r);
	put(&r, 0x3c8, 200);
	put(&r, 0x3c9, 63);
	put(&r, 0x3c9, 0);
	put(&r, 0x3c9, 1);
	ck_assert_uint_eq(get(&r, 0x3c8), 201);
	ck_assert_uint_eq(get(&r, 0x3c7), 0);
	put(&r, 0x3c7, 200);
	ck_assert_uint_eq(get(&r, 0x3c7), 3);
	ck_assert_uint_eq(get(&r, 0x3c9), 63);
	ck_assert_uint_eq(get(&r, 0x3c9), 0);
	ck_assert_uint_eq(get(&r, 0x3c9), 1);
	ck_assert_uint_eq(vga_colour(r.v, 200), 0xfc0004);
	teardown(&r);
}
END_TEST

START_TEST(crtc_answers_at_the_place_misc_says_and_can_be_protected)
{
	struct rig r;

	setup(&r);
	indexed(&r, 0x3d4, 0x01, 0x4f);
	put(&r, 0x3d4, 0x01);
	ck_assert_uint_eq(get(&r, 0x3d5), 0x4f);
	ck_assert_uint_eq(get(&r, 0x3b5), 0xff);
	indexed(&r, 0x3d4, 0x11, 0x80);
	indexed(&r, 0x3d4, 0x01, 0x27);
	put(&r, 0x3d4, 0x01);
	ck_assert_uint_eq(get(&r, 0x3d5), 0x4f);
	put(&r, 0x3c2, 0x00);
	ck_assert_uint_eq(get(&r, 0x3d5), 0xff);
	ck_assert_uint_eq(get(&r, 0x3b4), 0x01);
	teardown(&r);
}
END_TEST

START_TEST(retrace_comes_seventy_times_a_second)
{
	unsigned rises = 0;
	struct rig r;
	uint64_t t;
	bool was = false, now;

	setup(&r);
	put(&r, 0x3c2, 0x67);
	for (t = 0; t < VCLOCK_HZ; t += 10 * BENCH_US) {
		bench_run(&r.h, t);
		now = get(&r, 0x3da) & 8;
		rises += now && !was;
		was = now;
	}
	ck_assert_uint_eq(rises, 70);
	teardown(&r);
}
END_TEST

START_TEST(dispi_mode_set_clears_and_shows_a_linear_frame_buffer)
{
	struct vga_screen s;
	struct rig r;

	setup(&r);
	dispi(&r, 0, 0xb0c0);
	ck_assert_uint_eq(dispi_get(&r, 0), 0xb0c0);
	dispi(&r, 0, 0xb0c5);
	ck_assert_uint_eq(dispi_get(&r, 10), MEM >> 16);
	r.mem[5] = 0x77;
	dispi(&r, 1, 640);
	dispi(&r, 2, 400);
	dispi(&r, 3, 16);
	dispi(&r, 4, 0x41);
	ck_assert_uint_eq(r.mem[5], 0);
	ck_assert_uint_eq(dispi_get(&r, 6), 640);
	ck_assert_uint_eq(dispi_get(&r, 7), MEM / 1280);
	dispi(&r, 9, 100);
	vga_screen(r.v, &s);
	ck_assert_uint_eq(s.mode, VGA_LINEAR);
	ck_assert_uint_eq(s.pitch, 1280);
	ck_assert_uint_eq(s.start, 128000);
	dispi(&r, 5, 3);
	poke(&r, 0xa0010, 0xab, 1);
	ck_assert_uint_eq(r.mem[0x30010], 0xab);
	dispi(&r, 1, 800);			/* not while it is on */
	ck_assert_uint_eq(dispi_get(&r, 1), 640);
	dispi(&r, 4, 0);
	dispi(&r, 1, 1600);
	dispi(&r, 2, 1200);
	dispi(&r, 4, 0x41);			/* does not fit into 1 MiB */
	ck_assert_uint_eq(dispi_get(&r, 4), 0);
	teardown(&r);
}
END_TEST

START_TEST(dispi_data_can_be_split_into_bytes)
{
	struct rig r;

	setup(&r);
	vga_dispi_io.write(r.v, 0, 1, 2);
	vga_dispi_io.write(r.v, 1, 0x20, 1);
	vga_dispi_io.write(r.v, 2, 0x03, 1);
	ck_assert_uint_eq(vga_dispi_io.read(r.v, 1, 1), 0x20);
	ck_assert_uint_eq(vga_dispi_io.read(r.v, 2, 1), 0x03);
	teardown(&r);
}
END_TEST

Suite *
vga_suite(void)
{
	Suite *s = suite_create("vga");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, text_written_at_b8000_is_on_the_screen);
	tcase_add_test(tc, write_mode_0_rotates_sets_and_masks);
	tcase_add_test(tc, write_modes_1_2_3_and_read_mode_1);
	tcase_add_test(tc, chain_4_spreads_bytes_over_the_planes);
	tcase_add_test(tc, attribute_flip_flop_and_palette_lock);
	tcase_add_test(tc, dac_takes_and_gives_three_bytes_per_colour);
	tcase_add_test(tc, crtc_answers_at_the_place_misc_says_and_can_be_protected);
	tcase_add_test(tc, retrace_comes_seventy_times_a_second);
	tcase_add_test(tc,
	    dispi_mode_set_clears_and_shows_a_linear_frame_buffer);
	tcase_add_test(tc, dispi_data_can_be_split_into_bytes);
	suite_add_tcase(s, tc);
	return s;
}
