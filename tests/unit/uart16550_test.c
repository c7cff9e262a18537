/*
 * tests/unit/uart16550_test.c - the serial port
 */
#include "hw/uart16550.h"

#include <string.h>

#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

/* 8N1 at 115200 baud: 10 bits, rounded up to a cycle. */
#define CHAR_TIME	86806u

struct rig {
	struct evheap		h;
	struct bench_line	irq;
	struct uart16550	*u;
	uint8_t			sent[64];
	uint64_t		sent_at[64];
	unsigned		count, ready;
};

static void
on_tx(void *arg, uint8_t byte)
{
	struct rig *r = arg;

	ck_assert_uint_lt(r->count, 64);
	r->sent_at[r->count] = r->h.now;
	r->sent[r->count++] = byte;
}

static void
on_ready(void *arg)
{
	((struct rig *)arg)->ready++;
}

static void
put(struct rig *r, unsigned reg, uint8_t val)
{
	out8(&uart16550_io, r->u, reg, val);
}

static uint8_t
get(struct rig *r, unsigned reg)
{
	return in8(&uart16550_io, r->u, reg);
}

/* 115200 baud, 8N1, FIFOs on with trigger 14, OUT2. */
static void
setup(struct rig *r)
{
	struct uart16550_backend b = { on_tx, on_ready, r };

	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(evheap_init(&r->h), 0);
	r->u = uart16550_new(&r->h.clock, bench_wire(&r->irq), b, NULL);
	ck_assert_ptr_nonnull(r->u);
	put(r, 3, 0x83);
	put(r, 0, 1);
	put(r, 1, 0);
	put(r, 3, 0x03);
	put(r, 2, 0xc7);
	put(r, 4, 0x0b);
	r->ready = 0;
}

static void
teardown(struct rig *r)
{
	uart16550_class.free(r->u);
	evheap_fini(&r->h);
}

START_TEST(byte_is_sent_after_its_character_time)
{
	struct rig r;

	setup(&r);
	put(&r, 0, 'A');
	ck_assert_uint_eq(get(&r, 5), 0x20);	/* THRE, not TEMT */
	bench_wait(&r.h, CHAR_TIME - 1);
	ck_assert_uint_eq(r.count, 0);
	bench_wait(&r.h, 1);
	ck_assert_uint_eq(r.count, 1);
	ck_assert_uint_eq(r.sent[0], 'A');
	ck_assert_uint_eq(get(&r, 5), 0x60);
	teardown(&r);
}
END_TEST

START_TEST(sixteen_bytes_follow_back_to_back)
{
	struct rig r;
	unsigned i;

	setup(&r);
	for (i = 0; i < 17; i++)	/* one is in the shift register at once */
		put(&r, 0, (uint8_t)(i + 1));
	ck_assert_uint_eq(get(&r, 5) & 0x60, 0);
	bench_wait(&r.h, 20 * CHAR_TIME);
	ck_assert_uint_eq(r.count, 17);
	for (i = 0; i < 17; i++) {
		ck_assert_uint_eq(r.sent[i], i + 1);
		ck_assert_uint_eq(r.sent_at[i], (i + 1) * (uint64_t)CHAR_TIME);
	}
	teardown(&r);
}
END_TEST

START_TEST(frame_and_divisor_give_the_character_time)
{
	struct rig r;

	setup(&r);
	put(&r, 3, 0x80);		/* 5N1, divisor 12: 9600 baud, 7 bits */
	put(&r, 0, 12);
	put(&r, 3, 0x00);
	put(&r, 0, 0xff);
	bench_wait(&r.h, 10 * BENCH_MS);
	ck_assert_uint_eq(r.sent_at[0], 729167);
	ck_assert_uint_eq(r.sent[0], 0xff);	/* whole for the host */
	put(&r, 3, 0x1f);		/* 8E2: 12 bits */
	put(&r, 0, 0xff);
	bench_wait(&r.h, 10 * BENCH_MS);
	ck_assert_uint_eq(r.sent_at[1], 10 * BENCH_MS + 1250000);
	teardown(&r);
}
END_TEST

START_TEST(flush_sends_all_that_waits)
{
	struct rig r;
	unsigned i;

	setup(&r);
	for (i = 0; i < 5; i++)
		put(&r, 0, (uint8_t)('a' + i));
	ck_assert_uint_eq(r.count, 0);
	uart16550_flush(r.u);
	ck_assert_uint_eq(r.count, 5);
	ck_assert_uint_eq(r.sent[4], 'e');
	ck_assert_uint_eq(get(&r, 5) & 0x60, 0x60);
	bench_wait(&r.h, BENCH_MS);
	ck_assert_uint_eq(r.count, 5);
	teardown(&r);
}
END_TEST

START_TEST(fixed_character_time_overrides_the_divisor)
{
	struct rig r;

	setup(&r);
	uart16550_set_char_cycles(r.u, 100);
	put(&r, 0, 'x');
	bench_wait(&r.h, 100);
	ck_assert_uint_eq(r.count, 1);
	teardown(&r);
}
END_TEST

START_TEST(thre_interrupt_comes_when_the_fifo_empties_and_iir_clears_it)
{
	struct rig r;

	setup(&r);
	put(&r, 1, 0x02);
	ck_assert(r.irq.level);			/* THRE was set already */
	ck_assert_uint_eq(get(&r, 2), 0xc2);
	ck_assert(!r.irq.level);
	put(&r, 0, 'a');			/* goes to the shift register */
	ck_assert(r.irq.level);
	put(&r, 0, 'b');
	ck_assert(!r.irq.level);
	bench_wait(&r.h, CHAR_TIME);
	ck_assert(r.irq.level);
	ck_assert_uint_eq(get(&r, 2), 0xc2);
	ck_assert_uint_eq(get(&r, 2), 0xc1);
	teardown(&r);
}
END_TEST

START_TEST(receive_interrupt_comes_at_the_trigger_level)
{
	struct rig r;
	unsigned i;

	setup(&r);
	put(&r, 1, 0x01);
	for (i = 0; i < 13; i++)
		uart16550_receive(r.u, (uint8_t)i);
	ck_assert(!r.irq.level);
	uart16550_receive(r.u, 13);
	ck_assert(r.irq.level);
	ck_assert_uint_eq(get(&r, 2), 0xc4);
	ck_assert_uint_eq(get(&r, 5) & 1, 1);
	for (i = 0; i < 14; i++)
		ck_assert_uint_eq(get(&r, 0), i);
	ck_assert(!r.irq.level);
	ck_assert_uint_eq(get(&r, 5) & 1, 0);
	teardown(&r);
}
END_TEST

START_TEST(time_out_interrupt_comes_after_four_quiet_characters)
{
	struct rig r;

	setup(&r);
	put(&r, 1, 0x01);
	uart16550_receive(r.u, 'q');
	bench_wait(&r.h, 4 * CHAR_TIME - 1);
	ck_assert(!r.irq.level);
	bench_wait(&r.h, 1);
	ck_assert(r.irq.level);
	ck_assert_uint_eq(get(&r, 2), 0xcc);
	ck_assert_uint_eq(get(&r, 0), 'q');
	ck_assert(!r.irq.level);
	teardown(&r);
}
END_TEST

START_TEST(line_takes_one_character_per_character_time)
{
	struct rig r;

	setup(&r);
	ck_assert(uart16550_can_receive(r.u));
	uart16550_receive(r.u, 'a');
	ck_assert(!uart16550_can_receive(r.u));
	bench_wait(&r.h, CHAR_TIME);
	ck_assert_uint_eq(r.ready, 1);
	ck_assert(uart16550_can_receive(r.u));
	teardown(&r);
}
END_TEST

START_TEST(full_fifo_is_ready_again_when_read)
{
	struct rig r;
	unsigned i;

	setup(&r);
	for (i = 0; i < 16; i++)
		uart16550_receive(r.u, (uint8_t)i);
	bench_wait(&r.h, CHAR_TIME);
	ck_assert_uint_eq(r.ready, 0);
	ck_assert(!uart16550_can_receive(r.u));
	get(&r, 0);
	ck_assert_uint_eq(r.ready, 1);
	teardown(&r);
}
END_TEST

START_TEST(overrun_loses_the_new_byte_and_sets_oe_once)
{
	struct rig r;
	unsigned i;

	setup(&r);
	put(&r, 1, 0x04);
	for (i = 0; i < 17; i++)
		uart16550_receive(r.u, (uint8_t)i);
	ck_assert(r.irq.level);
	ck_assert_uint_eq(get(&r, 2), 0xc6);
	ck_assert_uint_eq(get(&r, 5) & 0x1f, 0x03);
	ck_assert_uint_eq(get(&r, 5) & 0x1f, 0x01);
	for (i = 0; i < 16; i++)
		ck_assert_uint_eq(get(&r, 0), i);
	teardown(&r);
}
END_TEST

START_TEST(break_is_told_with_its_character)
{
	struct rig r;

	setup(&r);
	uart16550_receive(r.u, 'x');
	uart16550_receive_break(r.u);
	ck_assert_uint_eq(get(&r, 5) & 0x91, 0x81);
	ck_assert_uint_eq(get(&r, 0), 'x');
	ck_assert_uint_eq(get(&r, 5) & 0x91, 0x91);
	ck_assert_uint_eq(get(&r, 0), 0);
	ck_assert_uint_eq(get(&r, 5) & 0x91, 0);
	teardown(&r);
}
END_TEST

START_TEST(loopback_returns_data_and_modem_outputs)
{
	struct rig r;

	setup(&r);
	put(&r, 4, 0x1a);		/* as Linux probes */
	ck_assert_uint_eq(get(&r, 6) & 0xf0, 0x90);
	put(&r, 0, 0x5a);
	bench_wait(&r.h, CHAR_TIME);
	ck_assert_uint_eq(r.count, 0);
	ck_assert_uint_eq(get(&r, 0), 0x5a);
	uart16550_receive(r.u, 'z');	/* the pin is disconnected */
	ck_assert_uint_eq(get(&r, 5) & 1, 0);
	teardown(&r);
}
END_TEST

START_TEST(modem_changes_interrupt_and_ri_only_on_its_trailing_edge)
{
	struct rig r;

	setup(&r);
	get(&r, 6);
	put(&r, 1, 0x08);
	uart16550_set_modem(r.u, 0x70);		/* DCD off, RI on */
	ck_assert(r.irq.level);
	ck_assert_uint_eq(get(&r, 2), 0xc0);
	ck_assert_uint_eq(get(&r, 6), 0x78);
	ck_assert(!r.irq.level);
	uart16550_set_modem(r.u, 0x30);
	ck_assert_uint_eq(get(&r, 6), 0x34);
	teardown(&r);
}
END_TEST

START_TEST(out2_gates_the_interrupt)
{
	struct rig r;

	setup(&r);
	put(&r, 4, 0x03);
	put(&r, 1, 0x02);
	ck_assert(!r.irq.level);
	put(&r, 4, 0x0b);
	ck_assert(r.irq.level);
	teardown(&r);
}
END_TEST

START_TEST(without_fifos_it_is_a_16450)
{
	struct rig r;

	setup(&r);
	put(&r, 2, 0x00);
	ck_assert_uint_eq(get(&r, 2), 0x01);
	uart16550_receive(r.u, 'a');
	uart16550_receive(r.u, 'b');
	ck_assert_uint_eq(get(&r, 5) & 3, 3);
	ck_assert_uint_eq(get(&r, 0), 'b');
	put(&r, 7, 0x77);
	ck_assert_uint_eq(get(&r, 7), 0x77);
	teardown(&r);
}
END_TEST

Suite *
uart16550_suite(void)
{
	Suite *s = suite_create("uart16550");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, byte_is_sent_after_its_character_time);
	tcase_add_test(tc, sixteen_bytes_follow_back_to_back);
	tcase_add_test(tc, frame_and_divisor_give_the_character_time);
	tcase_add_test(tc, flush_sends_all_that_waits);
	tcase_add_test(tc, fixed_character_time_overrides_the_divisor);
	tcase_add_test(tc,
	    thre_interrupt_comes_when_the_fifo_empties_and_iir_clears_it);
	tcase_add_test(tc, receive_interrupt_comes_at_the_trigger_level);
	tcase_add_test(tc, time_out_interrupt_comes_after_four_quiet_characters);
	tcase_add_test(tc, line_takes_one_character_per_character_time);
	tcase_add_test(tc, full_fifo_is_ready_again_when_read);
	tcase_add_test(tc, overrun_loses_the_new_byte_and_sets_oe_once);
	tcase_add_test(tc, break_is_told_with_its_character);
	tcase_add_test(tc, loopback_returns_data_and_modem_outputs);
	tcase_add_test(tc,
	    modem_changes_interrupt_and_ri_only_on_its_trailing_edge);
	tcase_add_test(tc, out2_gates_the_interrupt);
	tcase_add_test(tc, without_fifos_it_is_a_16450);
	suite_add_tcase(s, tc);
	return s;
}
