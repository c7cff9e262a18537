/*
 * tests/unit/e1000_test.c - the 82540EM: rings, filters, offload, EEPROM, interrupts
 */
#include "hw/e1000.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "hw/inet.h"
#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

#define RAM	0x200000u
#define RX_RING	0x1000u
#define TX_RING	0x2000u
#define RX_BUF	0x10000u
#define TX_BUF	0x100000u
#define DESCS	8u
#define KEPT	64u

struct rig {
	struct evheap	h;
	struct e1000	*e;
	uint8_t		*ram;
	unsigned	sent;
	uint8_t		frame[KEPT][2048];
	size_t		len[KEPT];
};

static const uint8_t mac[6] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };

static void
on_send(void *arg, const uint8_t *frame, size_t n)
{
	struct rig *r = arg;

	if (r->sent < KEPT && n <= 2048) {
		memcpy(r->frame[r->sent], frame, n);
		r->len[r->sent] = n;
	}
	r->sent++;
}

static void
dma_read(void *arg, hpa_t at, void *buf, uint32_t n)
{
	struct rig *r = arg;

	memset(buf, 0xff, n);
	if (at < RAM && n <= RAM - at)
		memcpy(buf, r->ram + at, n);
}

static void
dma_write(void *arg, hpa_t at, const void *buf, uint32_t n)
{
	struct rig *r = arg;

	if (at < RAM && n <= RAM - at)
		memcpy(r->ram + at, buf, n);
}

static void
wr(struct rig *r, uint32_t off, uint32_t v)
{
	e1000_mem_io.write(r->e, off, v, 4);
}

static uint32_t
rd(struct rig *r, uint32_t off)
{
	return (uint32_t)e1000_mem_io.read(r->e, off, 4);
}

static void
setup(struct rig *r)
{
	struct nic_cable cable = { on_send, dma_read, dma_write, r };
	unsigned i;

	memset(r, 0, sizeof(*r));
	r->ram = calloc(1, RAM);
	ck_assert_ptr_nonnull(r->ram);
	ck_assert_int_eq(evheap_init(&r->h), 0);
	r->e = e1000_new(&r->h.clock, &cable, mac, NULL);
	ck_assert_ptr_nonnull(r->e);
	e1000_class.reset(r->e);
	pci_cfg_write(e1000_pci(r->e), PCI_COMMAND, 2, PCI_CMD_MASTER | PCI_CMD_MEM);
	for (i = 0; i < DESCS; i++)
		put_le64(r->ram + RX_RING + 16 * i, RX_BUF + 2048 * i);
	wr(r, 0x2800, RX_RING);
	wr(r, 0x2808, DESCS * 16);
	wr(r, 0x2818, DESCS - 1);
	wr(r, 0x3800, TX_RING);
	wr(r, 0x3808, DESCS * 16);
	wr(r, 0x400, 2);
	wr(r, 0x100, 0x04008002);	/* EN, BAM, SECRC */
}

static void
teardown(struct rig *r)
{
	e1000_class.free(r->e);
	evheap_fini(&r->h);
	free(r->ram);
}

static void
receive(struct rig *r, const uint8_t to[6], size_t n)
{
	uint8_t frame[NIC_FRAME_MAX] = { 0 };

	memcpy(frame, to, 6);
	ck_assert(e1000_nic.can_receive(r->e, n));
	e1000_nic.receive(r->e, frame, n);
}

/* One descriptor: address, length, upper words. */
static void
tx(struct rig *r, unsigned i, uint64_t at, uint32_t low, uint32_t high)
{
	uint8_t *d = r->ram + TX_RING + 16 * i;

	put_le64(d, at);
	put_le32(d + 8, low);
	put_le32(d + 12, high);
}

START_TEST(eeprom_has_address_and_checksum_both_ways)
{
	struct rig r;
	uint16_t sum = 0, word;
	unsigned i, bit;

	setup(&r);
	for (i = 0; i < 64; i++) {
		wr(&r, 0x14, i << 8 | 1);
		ck_assert_uint_ne(rd(&r, 0x14) & 0x10, 0);
		sum = (uint16_t)(sum + (rd(&r, 0x14) >> 16));
	}
	ck_assert_uint_eq(sum, 0xbaba);
	wr(&r, 0x10, 0x40);
	ck_assert_uint_ne(rd(&r, 0x10) & 0x80, 0);
	wr(&r, 0x10, 0x42);
	for (i = 0; i < 9; i++) {	/* 110, address 2 */
		uint32_t di = (6 << 6 | 2) >> (8 - i) & 1 ? 4 : 0;

		wr(&r, 0x10, 0x42 | di);
		wr(&r, 0x10, 0x43 | di);
		wr(&r, 0x10, 0x42 | di);
	}
	for (bit = 0, word = 0; bit < 16; bit++) {
		wr(&r, 0x10, 0x43);
		word = (uint16_t)(word << 1 | (rd(&r, 0x10) >> 3 & 1));
		wr(&r, 0x10, 0x42);
	}
	ck_assert_uint_eq(word, 0x5634);
	ck_assert_uint_eq(rd(&r, 0x5400), 0x12005452);
	ck_assert_uint_eq(rd(&r, 0x5404), 0x80005634);
	teardown(&r);
}
END_TEST

START_TEST(phy_answers_at_address_one_only)
{
	struct rig r;

	setup(&r);
	wr(&r, 0x20, 0x08000000 | 1 << 21 | 2 << 16);
	ck_assert_uint_eq(rd(&r, 0x20) & 0x5000ffff, 0x10000141);
	wr(&r, 0x20, 0x08000000 | 2 << 21 | 2 << 16);
	ck_assert_uint_ne(rd(&r, 0x20) & 0x40000000, 0);
	teardown(&r);
}
END_TEST

START_TEST(frames_for_others_are_not_stored)
{
	static const uint8_t other[6] = { 0x52, 0x54, 0, 9, 9, 9 };
	static const uint8_t group[6] = { 0x01, 0, 0x5e, 0, 0, 1 };
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };
	struct rig r;

	setup(&r);
	receive(&r, other, 100);
	receive(&r, group, 100);
	ck_assert_uint_eq(rd(&r, 0x2810), 0);
	receive(&r, mac, 100);
	receive(&r, all, 100);
	ck_assert_uint_eq(rd(&r, 0x2810), 2);
	wr(&r, 0x5200 + 4 * (0x010 >> 5), BIT(0x010 & 31));	/* 0100h >> 4 */
	receive(&r, group, 100);
	ck_assert_uint_eq(rd(&r, 0x2810), 3);
	wr(&r, 0x100, rd(&r, 0x100) | 8);
	receive(&r, other, 20);
	ck_assert_uint_eq(rd(&r, 0x2810), 4);
	ck_assert_uint_eq(get_le16(r.ram + RX_RING + 16 * 3 + 8), 60);
	ck_assert_uint_eq(r.ram[RX_RING + 16 * 3 + 12] & 3, 3);
	ck_assert_uint_eq(rd(&r, 0x4074), 4);
	ck_assert_uint_eq(rd(&r, 0x4074), 0);
	teardown(&r);
}
END_TEST

START_TEST(full_ring_refuses_and_changes_nothing)
{
	struct rig r;
	unsigned i;

	setup(&r);
	for (i = 0; i < DESCS - 1; i++)
		receive(&r, mac, 1500);
	ck_assert(!e1000_nic.can_receive(r.e, 60));
	wr(&r, 0x2818, 0);
	ck_assert(e1000_nic.can_receive(r.e, 1500));
	ck_assert(!e1000_nic.can_receive(r.e, 3000));
	wr(&r, 0x2818, 0xffff);
	ck_assert(!e1000_nic.can_receive(r.e, 60));
	teardown(&r);
}
END_TEST

START_TEST(long_frame_spans_descriptors)
{
	struct rig r;

	setup(&r);
	wr(&r, 0x100, 0x04008022);	/* LPE */
	receive(&r, mac, 5000);
	ck_assert_uint_eq(rd(&r, 0x2810), 3);
	ck_assert_uint_eq(r.ram[RX_RING + 12] & 3, 1);
	ck_assert_uint_eq(r.ram[RX_RING + 44] & 3, 3);
	ck_assert_uint_eq(get_le16(r.ram + RX_RING + 40), 5000 - 4096);
	teardown(&r);
}
END_TEST

START_TEST(interrupt_waits_for_the_throttle)
{
	struct rig r;

	setup(&r);
	wr(&r, 0xd0, 0x80);
	wr(&r, 0xc4, 1000);		/* 256 us */
	receive(&r, mac, 100);
	ck_assert(e1000_pci(r.e)->intx);
	ck_assert_uint_ne(rd(&r, 0xc0) & 0x80, 0);
	ck_assert(!e1000_pci(r.e)->intx);
	receive(&r, mac, 100);
	ck_assert(!e1000_pci(r.e)->intx);
	bench_wait(&r.h, 256000);
	ck_assert(e1000_pci(r.e)->intx);
	teardown(&r);
}
END_TEST

START_TEST(legacy_frame_of_two_parts_is_sent_padded)
{
	struct rig r;

	setup(&r);
	memset(r.ram + TX_BUF, 0x5a, 30);
	tx(&r, 0, TX_BUF, 10, 0);
	tx(&r, 1, TX_BUF + 10, 20 | 0x09000000, 0);	/* EOP, RS */
	wr(&r, 0x3818, 2);
	ck_assert_uint_eq(r.sent, 1);
	ck_assert_uint_eq(r.len[0], 60);
	ck_assert_uint_eq(r.frame[0][29], 0x5a);
	ck_assert_uint_eq(r.frame[0][30], 0);
	ck_assert_uint_eq(rd(&r, 0x3810), 2);
	ck_assert_uint_eq(r.ram[TX_RING + 28] & 1, 1);
	ck_assert_uint_eq(rd(&r, 0xc0) & 3, 3);
	teardown(&r);
}
END_TEST

/* Ethernet, IPv4 and TCP headers with the sums a driver leaves for the card. */
static void
tso_header(uint8_t *p)
{
	static const uint8_t ip[20] = { 0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0,
		10, 0, 2, 15, 10, 0, 2, 2 };
	uint8_t *tcp = p + 34;

	memset(p, 0x22, 12);
	inet_put16(p + 12, 0x0800);
	memcpy(p + 14, ip, 20);
	memset(tcp, 0, 20);
	inet_put32(tcp + 4, 1000);
	tcp[12] = 0x50;
	tcp[13] = 0x19;			/* ACK, PSH, FIN */
	inet_put16(tcp + 16, inet_fold(inet_sum(6, ip + 12, 8)));
}

START_TEST(segments_have_right_headers_and_sums)
{
	struct rig r;
	uint8_t *ctx;
	unsigned i;

	setup(&r);
	tso_header(r.ram + TX_BUF);
	memset(r.ram + TX_BUF + 54, 0x77, 2500);
	ctx = r.ram + TX_RING;
	put_le32(ctx, 14 | 24 << 8 | 33 << 16);
	put_le32(ctx + 4, 34 | 50 << 8);
	put_le32(ctx + 8, 2500 | 0x27000000);		/* DEXT, TSE, IP, TCP */
	put_le32(ctx + 12, 54 << 8 | 1000 << 16);
	tx(&r, 1, TX_BUF, 54 | 0x00100000 | 0x24000000, 0x300);
	tx(&r, 2, TX_BUF + 54, 2500 | 0x00100000 | 0x2d000000, 0x300);
	wr(&r, 0x3818, 3);
	ck_assert_uint_eq(r.sent, 3);
	for (i = 0; i < 3; i++) {
		const uint8_t *f = r.frame[i];

		ck_assert_uint_eq(r.len[i], i == 2 ? 554 : 1054);
		ck_assert_uint_eq(inet_check(f, r.len[i]), INET_IP | INET_L4);
		ck_assert_uint_eq(inet_get16(f + 18), 0x1234 + i);
		ck_assert_uint_eq(inet_get32(f + 38), 1000 + 1000 * i);
		ck_assert_uint_eq(f[47], i == 2 ? 0x19 : 0x10);
	}
	teardown(&r);
}
END_TEST

/* 1 MiB per descriptor in the smallest segments, 65 536 of them: a portion, then time
 * passes. */
START_TEST(one_register_write_does_bounded_work)
{
	struct rig r;
	unsigned i, first;

	setup(&r);
	wr(&r, 0x3808, 0x10000);
	for (i = 0; i < 4096; i++)
		tx(&r, i, 0x20000, 0xfffff | 0x2f100000, 0x300);
	wr(&r, 0x3818, 4095);
	first = r.sent;
	ck_assert_uint_eq(first, 256);
	ck_assert_uint_eq(rd(&r, 0x3810), 0);
	bench_wait(&r.h, 1000);
	ck_assert_uint_eq(r.sent, first);
	bench_wait(&r.h, 10000000);
	ck_assert_uint_gt(r.sent, 65536);
	ck_assert_uint_lt(r.sent, 2 * 65536);
	ck_assert_uint_eq(rd(&r, 0x3810), 1);
	teardown(&r);
}
END_TEST

START_TEST(cable_pulled_is_an_interrupt_and_no_link)
{
	struct rig r;

	setup(&r);
	wr(&r, 0xd0, 4);
	ck_assert_uint_ne(rd(&r, 8) & 2, 0);
	e1000_nic.set_link(r.e, false);
	ck_assert(e1000_pci(r.e)->intx);
	ck_assert_uint_eq(rd(&r, 8) & 2, 0);
	tx(&r, 0, TX_BUF, 60 | 0x09000000, 0);
	wr(&r, 0x3818, 1);
	ck_assert_uint_eq(r.sent, 0);
	teardown(&r);
}
END_TEST

Suite *
e1000_suite(void)
{
	Suite *s = suite_create("e1000");
	TCase *tc = tcase_create("e1000");

	tcase_add_test(tc, eeprom_has_address_and_checksum_both_ways);
	tcase_add_test(tc, phy_answers_at_address_one_only);
	tcase_add_test(tc, frames_for_others_are_not_stored);
	tcase_add_test(tc, full_ring_refuses_and_changes_nothing);
	tcase_add_test(tc, long_frame_spans_descriptors);
	tcase_add_test(tc, interrupt_waits_for_the_throttle);
	tcase_add_test(tc, legacy_frame_of_two_parts_is_sent_padded);
	tcase_add_test(tc, segments_have_right_headers_and_sums);
	tcase_add_test(tc, one_register_write_does_bounded_work);
	tcase_add_test(tc, cable_pulled_is_an_interrupt_and_no_link);
	suite_add_tcase(s, tc);
	return s;
}
