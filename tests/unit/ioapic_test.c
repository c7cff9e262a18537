/*
 * tests/unit/ioapic_test.c - I/O APIC: edges, levels, masks, end of interrupt
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "hw/ioapic.h"
#include "tests/unit/chip_state.h"

static struct ioapic *io;
static struct apic_msg last;
static unsigned sent;

static void
send(void *arg, const struct apic_msg *m)
{
	(void)arg;
	last = *m;
	sent++;
}

static uint32_t
rd(unsigned reg)
{
	ioapic_io.write(io, 0, reg, 4);
	return (uint32_t)ioapic_io.read(io, 0x10, 4);
}

static void
wr(unsigned reg, uint32_t v)
{
	ioapic_io.write(io, 0, reg, 4);
	ioapic_io.write(io, 0x10, v, 4);
}

static struct ioapic *
make(void)
{
	struct ioapic_cb cb = { send, NULL };
	struct ioapic *p = ioapic_new(3, &cb, NULL);

	ck_assert_ptr_nonnull(p);
	ioapic_class.reset(p);
	return p;
}

static void
setup(void)
{
	sent = 0;
	io = make();
}

static void
teardown(void)
{
	ioapic_class.free(io);
}

START_TEST(registers)
{
	ck_assert_uint_eq(rd(0), 0x03000000);
	ck_assert_uint_eq(rd(1), 0x00170011);
	ck_assert_uint_eq(rd(0x10), 0x10000);
	ck_assert_uint_eq(rd(0x3f), 0);
	ck_assert_uint_eq(rd(0x40), 0xffffffff);
	wr(0, 0xff000000);
	ck_assert_uint_eq(rd(0), 0x0f000000);
	wr(0x12, 0xffffffff);
	wr(0x13, 0xffffffff);
	ck_assert_uint_eq(rd(0x12), 0x0001afff);
	ck_assert_uint_eq(rd(0x13), 0xff000000);
	wr(0x40, 0);
	wr(0xff, 0);
}
END_TEST

START_TEST(edge_sends_the_entry)
{
	wr(0x19, 0x05000000);
	wr(0x18, 0x0931);		/* pin 4: logical, lowest priority */
	ioapic_set_pin(io, 4, true);
	ioapic_set_pin(io, 4, true);
	ck_assert_uint_eq(sent, 1);
	ck_assert_uint_eq(last.vector, 0x31);
	ck_assert_uint_eq(last.dest, 5);
	ck_assert_uint_eq(last.delivery, APIC_LOWEST);
	ck_assert(last.logical && !last.level && last.assert_ && !last.wide);
	ioapic_set_pin(io, 4, false);
	ioapic_set_pin(io, 4, true);
	ck_assert_uint_eq(sent, 2);
}
END_TEST

START_TEST(masked_edge_is_lost)
{
	ioapic_set_pin(io, 4, true);
	wr(0x18, 0x31);
	ck_assert_uint_eq(sent, 0);
}
END_TEST

START_TEST(level_waits_for_eoi)
{
	wr(0x24, 0x8051);
	ioapic_set_pin(io, 10, true);
	ck_assert_uint_eq(sent, 1);
	ck_assert(last.level);
	ck_assert_uint_eq(rd(0x24), 0xc051);
	ioapic_set_pin(io, 10, false);
	ioapic_set_pin(io, 10, true);
	ck_assert_uint_eq(sent, 1);
	ioapic_eoi(io, 0x52);
	ck_assert_uint_eq(sent, 1);
	ioapic_eoi(io, 0x51);		/* still high: again */
	ck_assert_uint_eq(sent, 2);
	ioapic_set_pin(io, 10, false);
	ioapic_eoi(io, 0x51);
	ck_assert_uint_eq(sent, 2);
	ck_assert_uint_eq(rd(0x24), 0x8051);
}
END_TEST

START_TEST(unmasked_level_is_sent)
{
	wr(0x24, 0x18051);
	ioapic_set_pin(io, 10, true);
	ck_assert_uint_eq(sent, 0);
	wr(0x24, 0x8051);
	ck_assert_uint_eq(sent, 1);
	wr(0x24, 0x18051);
	wr(0x24, 0x8051);
	ck_assert_uint_eq(sent, 1);	/* not ended yet */
}
END_TEST

START_TEST(switching_to_edge_ends_an_interrupt)
{
	wr(0x24, 0x8051);
	ioapic_set_pin(io, 10, true);
	wr(0x24, 0x10051);
	ck_assert_uint_eq(rd(0x24), 0x10051);
	wr(0x24, 0x8051);
	ck_assert_uint_eq(sent, 2);
}
END_TEST

START_TEST(pins_out_of_range_are_ignored)
{
	ioapic_set_pin(io, 24, true);
	ioapic_set_pin(io, -1, true);
	ck_assert_uint_eq(sent, 0);
}
END_TEST

START_TEST(ioapic_state_survives)
{
	struct ioapic *other = make();

	wr(0x24, 0x8051);
	ioapic_set_pin(io, 10, true);
	wr(0x2f, 0xabcdef00);
	chip_state_survives(&ioapic_class, io, other);
	ioapic_set_pin(other, 10, true);
	ck_assert_uint_eq(sent, 1);	/* no second edge, not ended */
	ioapic_class.free(other);
}
END_TEST

Suite *ioapic_suite(void);

Suite *
ioapic_suite(void)
{
	Suite *s = suite_create("ioapic");
	TCase *tc = tcase_create("ioapic");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, registers);
	tcase_add_test(tc, edge_sends_the_entry);
	tcase_add_test(tc, masked_edge_is_lost);
	tcase_add_test(tc, level_waits_for_eoi);
	tcase_add_test(tc, unmasked_level_is_sent);
	tcase_add_test(tc, switching_to_edge_ends_an_interrupt);
	tcase_add_test(tc, pins_out_of_range_are_ignored);
	tcase_add_test(tc, ioapic_state_survives);
	suite_add_tcase(s, tc);
	return s;
}
