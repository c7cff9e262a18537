/*
 * tests/unit/ide_test.c - IDE channels, ATA disk, ATAPI CD, bus master
 */
#include "hw/ide.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

#define SECTORS		4096u
#define RAM		0x40000u

struct rig {
	struct evheap		h;
	struct bench_line	irq[2];
	struct bench_disk	disk, cd;
	struct ide		*i;
	struct ide_channel	*ch;		/* used by the helpers below */
	uint8_t			ram[RAM];
};

static void
dma_read(void *arg, hpa_t at, void *buf, uint32_t n)
{
	struct rig *r = arg;

	ck_assert_uint_le(at + n, RAM);
	memcpy(buf, r->ram + at, n);
}

static void
dma_write(void *arg, hpa_t at, const void *buf, uint32_t n)
{
	struct rig *r = arg;

	ck_assert_uint_le(at + n, RAM);
	memcpy(r->ram + at, buf, n);
}

/* A disk as primary master, a CD as secondary master; the CD's unit attention
 * is still there. */
static struct rig *
setup(void)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct ide_wiring w = { .dma_read = dma_read, .dma_write = dma_write };

	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(evheap_init(&r->h), 0);
	ck_assert(bench_disk_init(&r->disk, SECTORS));
	ck_assert(bench_disk_init(&r->cd, 1024));
	w.irq[0] = bench_wire(&r->irq[0]);
	w.irq[1] = bench_wire(&r->irq[1]);
	w.arg = r;
	r->i = ide_new(&r->h.clock, &w, NULL);
	ck_assert_ptr_nonnull(r->i);
	ide_attach_disk(r->i, 0, &r->disk.dev);
	ide_attach_cd(r->i, 2, &r->cd.dev);
	ide_class.reset(r->i);
	r->ch = ide_get_channel(r->i, 0);
	return r;
}

static void
teardown(struct rig *r)
{
	ide_class.free(r->i);
	evheap_fini(&r->h);
	bench_disk_fini(&r->disk);
	bench_disk_fini(&r->cd);
	free(r);
}

static void
put(struct rig *r, unsigned reg, uint8_t val)
{
	out8(&ide_command_io, r->ch, reg, val);
}

static uint8_t
get(struct rig *r, unsigned reg)
{
	return in8(&ide_command_io, r->ch, reg);
}

static uint8_t
alt(struct rig *r)
{
	return in8(&ide_control_io, r->ch, 0);
}

static void
settle(struct rig *r)
{
	unsigned i;

	for (i = 0; i < 1000 && (alt(r) & 0x80); i++)
		bench_run(&r->h, evheap_next(&r->h));
	ck_assert(!(alt(r) & 0x80));
}

static void
command28(struct rig *r, uint8_t command, uint32_t lba, uint8_t n)
{
	put(r, 2, n);
	put(r, 3, (uint8_t)lba);
	put(r, 4, (uint8_t)(lba >> 8));
	put(r, 5, (uint8_t)(lba >> 16));
	put(r, 6, (uint8_t)(0xe0 | lba >> 24));
	put(r, 7, command);
}

static void
command48(struct rig *r, uint8_t command, uint64_t lba, uint16_t n)
{
	put(r, 2, (uint8_t)(n >> 8));
	put(r, 3, (uint8_t)(lba >> 24));
	put(r, 4, (uint8_t)(lba >> 32));
	put(r, 5, (uint8_t)(lba >> 40));
	command28(r, command, (uint32_t)lba & 0xffffff, (uint8_t)n);
}

static void
read_data(struct rig *r, uint8_t *buf, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i += 2)
		put_le16(buf + i, (uint16_t)ide_command_io.read(r->ch, 0, 2));
}

static void
write_data(struct rig *r, const uint8_t *buf, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i += 2)
		ide_command_io.write(r->ch, 0, get_le16(buf + i), 2);
}

/* One descriptor table at 0 for n bytes at 1000h, and the bus master on. */
static void
start_dma(struct rig *r, unsigned channel, uint32_t n, bool to_memory)
{
	unsigned base = 8 * channel;

	put_le32(r->ram, 0x1000);
	put_le32(r->ram + 4, (n & 0xffff) | 0x80000000u);
	ide_bm_io.write(r->i, base + 4, 0, 4);
	ide_bm_io.write(r->i, base + 2, 0x06, 1);
	ide_bm_io.write(r->i, base, to_memory ? 0x08 : 0, 1);
	ide_bm_io.write(r->i, base, to_memory ? 0x09 : 1, 1);
}

START_TEST(signature_after_reset_tells_disk_from_cd)
{
	struct rig *r = setup();

	ck_assert_uint_eq(get(r, 2), 1);
	ck_assert_uint_eq(get(r, 3), 1);
	ck_assert_uint_eq(get(r, 4), 0);
	ck_assert_uint_eq(get(r, 5), 0);
	ck_assert_uint_eq(get(r, 7), 0x50);
	r->ch = ide_get_channel(r->i, 1);
	ck_assert_uint_eq(get(r, 4), 0x14);
	ck_assert_uint_eq(get(r, 5), 0xeb);
	ck_assert_uint_eq(get(r, 7), 0x00);
	teardown(r);
}
END_TEST

START_TEST(missing_slave_reads_as_zero_and_takes_no_command)
{
	struct rig *r = setup();

	put(r, 6, 0xb0);
	ck_assert_uint_eq(get(r, 7), 0);
	put(r, 7, 0xec);
	ck_assert_uint_eq(alt(r), 0);
	ck_assert(!r->irq[0].level);
	teardown(r);
}
END_TEST

START_TEST(software_reset_takes_time_and_gives_the_signature)
{
	struct rig *r = setup();

	put(r, 4, 0x77);
	out8(&ide_control_io, r->ch, 0, 0x04);
	ck_assert_uint_eq(alt(r), 0x80);
	out8(&ide_control_io, r->ch, 0, 0x00);
	ck_assert_uint_eq(alt(r), 0x80);
	settle(r);
	ck_assert_uint_eq(get(r, 1), 1);
	ck_assert_uint_eq(get(r, 4), 0);
	ck_assert_uint_eq(r->irq[0].rises, 0);
	teardown(r);
}
END_TEST

START_TEST(identify_gives_capacity_and_interrupts_once)
{
	struct rig *r = setup();
	uint8_t id[512];

	put(r, 6, 0xa0);
	put(r, 7, 0xec);
	settle(r);
	ck_assert(r->irq[0].level);
	ck_assert_uint_eq(get(r, 7), 0x58);
	ck_assert(!r->irq[0].level);
	read_data(r, id, 512);
	ck_assert_uint_eq(get(r, 7), 0x50);
	ck_assert_uint_eq(get_le32(id + 120), SECTORS);
	ck_assert_uint_eq(get_le64(id + 200), SECTORS);
	ck_assert_uint_eq(id[54 + 1], 'R');
	ck_assert_uint_eq(r->irq[0].rises, 1);
	teardown(r);
}
END_TEST

START_TEST(read_sectors_interrupts_for_each_sector)
{
	struct rig *r = setup();
	uint8_t buf[512];
	unsigned i;

	command28(r, 0x20, 100, 3);
	ck_assert_uint_eq(alt(r), 0x80);
	for (i = 0; i < 3; i++) {
		settle(r);
		ck_assert(r->irq[0].level);
		ck_assert_uint_eq(get(r, 7), 0x58);
		read_data(r, buf, 512);
		ck_assert_mem_eq(buf, r->disk.data + (100 + i) * 512, 512);
	}
	ck_assert_uint_eq(get(r, 7), 0x50);
	ck_assert_uint_eq(r->irq[0].rises, 3);
	teardown(r);
}
END_TEST

START_TEST(write_multiple_ext_writes_and_interrupts_per_block)
{
	struct rig *r = setup();
	uint8_t buf[20 * 512];
	unsigned i;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(i * 13 + i / 512);
	command48(r, 0x39, 4000, 20);
	ck_assert_uint_eq(alt(r), 0x58);
	ck_assert(!r->irq[0].level);
	write_data(r, buf, 16 * 512);
	settle(r);
	ck_assert(r->irq[0].level);
	ck_assert_uint_eq(get(r, 7), 0x58);
	write_data(r, buf + 16 * 512, 4 * 512);
	settle(r);
	ck_assert_uint_eq(get(r, 7), 0x50);
	ck_assert_uint_eq(r->irq[0].rises, 2);
	ck_assert_mem_eq(r->disk.data + 4000 * 512, buf, sizeof(buf));
	teardown(r);
}
END_TEST

START_TEST(chs_addresses_use_the_programmed_geometry)
{
	struct rig *r = setup();
	uint8_t buf[512];

	put(r, 2, 10);			/* 10 sectors, 4 heads */
	put(r, 6, 0xa3);
	put(r, 7, 0x91);
	settle(r);
	put(r, 2, 1);
	put(r, 3, 5);
	put(r, 4, 7);
	put(r, 5, 0);
	put(r, 6, 0xa2);
	put(r, 7, 0x20);
	settle(r);
	read_data(r, buf, 512);
	ck_assert_mem_eq(buf, r->disk.data + ((7 * 4 + 2) * 10 + 4) * 512, 512);
	teardown(r);
}
END_TEST

START_TEST(out_of_range_and_unknown_commands_fail)
{
	struct rig *r = setup();

	command28(r, 0x20, SECTORS - 1, 2);
	ck_assert_uint_eq(get(r, 7), 0x51);
	ck_assert_uint_eq(get(r, 1), 0x10);
	put(r, 7, 0xb0);
	ck_assert_uint_eq(get(r, 7), 0x51);
	ck_assert_uint_eq(get(r, 1), 0x04);
	teardown(r);
}
END_TEST

START_TEST(host_errors_become_medium_errors_with_the_address)
{
	struct rig *r = setup();

	r->disk.fail = true;
	command28(r, 0x20, 0x123, 1);
	settle(r);
	ck_assert_uint_eq(get(r, 7), 0x51);
	ck_assert_uint_eq(get(r, 1), 0x40);
	ck_assert_uint_eq(get(r, 3), 0x23);
	ck_assert_uint_eq(get(r, 4), 0x01);
	teardown(r);
}
END_TEST

START_TEST(dma_read_fills_memory_and_ends_the_bus_master)
{
	struct rig *r = setup();

	command28(r, 0xc8, 50, 100);
	bench_wait(&r->h, 10 * BENCH_MS);
	ck_assert(!r->irq[0].level);		/* waits for the bus master */
	start_dma(r, 0, 100 * 512, true);
	ck_assert_uint_eq(in8(&ide_bm_io, r->i, 2), 0x01);
	settle(r);
	ck_assert(r->irq[0].level);
	ck_assert_uint_eq(in8(&ide_bm_io, r->i, 2), 0x04);
	ck_assert_uint_eq(get(r, 7), 0x50);
	ck_assert_mem_eq(r->ram + 0x1000, r->disk.data + 50 * 512, 100 * 512);
	ck_assert_uint_eq(in8(&ide_bm_io, r->i, 2), 0x04);
	out8(&ide_bm_io, r->i, 2, 0x04);
	ck_assert_uint_eq(in8(&ide_bm_io, r->i, 2), 0x00);
	teardown(r);
}
END_TEST

START_TEST(dma_write_gathers_from_several_descriptors)
{
	struct rig *r = setup();
	unsigned i;

	for (i = 0x1000; i < RAM; i++)
		r->ram[i] = (uint8_t)(i * 31 >> 3);
	put_le32(r->ram + 0x800, 0x1002);
	put_le32(r->ram + 0x804, 1000);
	put_le32(r->ram + 0x808, 0x20000);
	put_le32(r->ram + 0x80c, 24);
	put_le32(r->ram + 0x810, 0x30000);
	put_le32(r->ram + 0x814, 0x80000000u | 2048);
	ide_bm_io.write(r->i, 4, 0x800, 4);
	ide_bm_io.write(r->i, 0, 0x01, 1);
	command48(r, 0x35, 1000, 6);
	settle(r);
	ck_assert_uint_eq(get(r, 7), 0x50);
	ck_assert_mem_eq(r->disk.data + 512000, r->ram + 0x1002, 1000);
	ck_assert_mem_eq(r->disk.data + 512000 + 1000, r->ram + 0x20000, 24);
	ck_assert_mem_eq(r->disk.data + 512000 + 1024, r->ram + 0x30000, 2048);
	teardown(r);
}
END_TEST

START_TEST(short_descriptor_table_leaves_the_drive_waiting)
{
	struct rig *r = setup();

	command28(r, 0xc8, 0, 4);
	start_dma(r, 0, 1024, true);
	bench_wait(&r->h, 100 * BENCH_MS);
	ck_assert(!r->irq[0].level);
	ck_assert_uint_eq(alt(r) & 0x88, 0x08);
	ck_assert_uint_eq(in8(&ide_bm_io, r->i, 2), 0x00);
	teardown(r);
}
END_TEST

START_TEST(longer_descriptor_table_keeps_the_bus_master_active)
{
	struct rig *r = setup();

	command28(r, 0xc8, 0, 1);
	start_dma(r, 0, 1024, true);
	settle(r);
	ck_assert(r->irq[0].level);
	ck_assert_uint_eq(in8(&ide_bm_io, r->i, 2), 0x05);
	teardown(r);
}
END_TEST

START_TEST(no_dma_without_bus_mastering)
{
	struct rig *r = setup();

	ide_set_master(r->i, false);
	command28(r, 0xc8, 0, 1);
	start_dma(r, 0, 512, true);
	bench_wait(&r->h, 100 * BENCH_MS);
	ck_assert(!r->irq[0].level);
	ide_set_master(r->i, true);
	settle(r);
	ck_assert(r->irq[0].level);
	teardown(r);
}
END_TEST

START_TEST(nien_holds_the_interrupt_back)
{
	struct rig *r = setup();

	out8(&ide_control_io, r->ch, 0, 0x02);
	put(r, 7, 0xe7);
	settle(r);
	ck_assert(!r->irq[0].level);
	out8(&ide_control_io, r->ch, 0, 0x00);
	ck_assert(r->irq[0].level);
	ck_assert_uint_eq(r->disk.flushes, 1);
	teardown(r);
}
END_TEST

START_TEST(feature_and_power_commands)
{
	struct rig *r = setup();
	uint8_t id[512];

	put(r, 1, 0x03);
	put(r, 2, 0x42);
	put(r, 7, 0xef);
	settle(r);
	ck_assert_uint_eq(get(r, 7), 0x50);
	put(r, 7, 0xe0);
	settle(r);
	put(r, 7, 0xe5);
	settle(r);
	ck_assert_uint_eq(get(r, 2), 0);
	put(r, 2, 0);
	put(r, 7, 0xc6);
	settle(r);
	command28(r, 0xc4, 0, 1);		/* multiple mode is off */
	ck_assert_uint_eq(get(r, 7), 0x51);
	put(r, 7, 0xec);
	read_data(r, id, 512);
	ck_assert_uint_eq(get_le16(id + 176), 0x043f);
	ck_assert_uint_eq(get_le16(id + 118), 0x0100);
	teardown(r);
}
END_TEST

START_TEST(read_only_disk_refuses_writes)
{
	struct rig *r = setup();

	r->disk.dev.readonly = true;
	ide_attach_disk(r->i, 0, &r->disk.dev);
	command28(r, 0x30, 0, 1);
	ck_assert_uint_eq(get(r, 7), 0x51);
	ck_assert_uint_eq(get(r, 1), 0x04);
	teardown(r);
}
END_TEST

/* Packet commands */

static void
packet(struct rig *r, const uint8_t cdb[12], uint16_t limit, bool dma)
{
	r->ch = ide_get_channel(r->i, 1);
	put(r, 1, dma);
	put(r, 4, (uint8_t)limit);
	put(r, 5, (uint8_t)(limit >> 8));
	put(r, 6, 0xa0);
	put(r, 7, 0xa0);
	settle(r);
	ck_assert_uint_eq(alt(r) & 0x08, 0x08);
	ck_assert_uint_eq(get(r, 2), 1);
	write_data(r, cdb, 12);
	if (!dma)
		settle(r);
}

/* All data of a packet command; returns the length. */
static unsigned
packet_in(struct rig *r, uint8_t *buf, unsigned room)
{
	unsigned n, len = 0;

	while (alt(r) & 0x08) {
		ck_assert_uint_eq(get(r, 2), 2);
		n = get(r, 4) | (unsigned)get(r, 5) << 8;
		ck_assert_uint_le(len + n, room);
		get(r, 7);
		read_data(r, buf + len, n);
		len += n;
		settle(r);
	}
	ck_assert_uint_eq(get(r, 2), 3);
	return len;
}

static unsigned
sense(struct rig *r)
{
	static const uint8_t cdb[12] = { 0x03, 0, 0, 0, 18 };
	uint8_t buf[18];

	packet(r, cdb, 18, false);
	ck_assert_uint_eq(packet_in(r, buf, 18), 18);
	return (unsigned)(buf[2] & 15) << 16 | (unsigned)buf[12] << 8 | buf[13];
}

static void
clear_attention(struct rig *r)
{
	static const uint8_t ready[12] = { 0x00 };

	packet(r, ready, 0, false);
	ck_assert_uint_eq(get(r, 7) & 1, 1);
	ck_assert_uint_eq(sense(r), 0x062900);
}

START_TEST(unit_attention_is_reported_once_and_inquiry_passes_it)
{
	static const uint8_t inquiry[12] = { 0x12, 0, 0, 0, 36 };
	static const uint8_t ready[12] = { 0x00 };
	struct rig *r = setup();
	uint8_t buf[36];

	packet(r, inquiry, 36, false);
	ck_assert_uint_eq(packet_in(r, buf, 36), 36);
	ck_assert_uint_eq(buf[0], 5);
	clear_attention(r);
	packet(r, ready, 0, false);
	ck_assert_uint_eq(get(r, 7), 0x50);
	teardown(r);
}
END_TEST

START_TEST(read_10_by_pio_respects_the_byte_limit)
{
	static const uint8_t cdb[12] = { 0x28, 0, 0, 0, 0, 7, 0, 0, 6 };
	struct rig *r = setup();
	uint8_t buf[6 * 2048];

	clear_attention(r);
	packet(r, cdb, 3000, false);
	ck_assert_uint_eq(packet_in(r, buf, sizeof(buf)), sizeof(buf));
	ck_assert_mem_eq(buf, r->cd.data + 7 * 2048, sizeof(buf));
	ck_assert_uint_eq(r->irq[1].level, true);
	teardown(r);
}
END_TEST

START_TEST(read_12_by_dma)
{
	static const uint8_t cdb[12] = { 0xa8, 0, 0, 0, 0, 3, 0, 0, 0, 20 };
	struct rig *r = setup();

	clear_attention(r);
	packet(r, cdb, 0, true);
	settle(r);
	start_dma(r, 1, 20 * 2048, true);
	settle(r);
	ck_assert_uint_eq(get(r, 7), 0x50);
	ck_assert_uint_eq(get(r, 2), 3);
	ck_assert_mem_eq(r->ram + 0x1000, r->cd.data + 3 * 2048, 20 * 2048);
	ck_assert_uint_eq(in8(&ide_bm_io, r->i, 10), 0x04);
	teardown(r);
}
END_TEST

START_TEST(capacity_and_toc_describe_one_data_track)
{
	static const uint8_t capacity[12] = { 0x25 };
	static const uint8_t toc[12] = { 0x43, 2, 0, 0, 0, 0, 0, 0, 100 };
	struct rig *r = setup();
	uint8_t buf[100];

	clear_attention(r);
	packet(r, capacity, 8, false);
	ck_assert_uint_eq(packet_in(r, buf, 8), 8);
	ck_assert_uint_eq(buf[3], 255);		/* last sector */
	ck_assert_uint_eq(buf[6], 8);		/* 0800h bytes */
	packet(r, toc, 100, false);
	ck_assert_uint_eq(packet_in(r, buf, 100), 20);
	ck_assert_uint_eq(buf[1], 18);
	ck_assert_uint_eq(buf[6], 1);
	ck_assert_uint_eq(buf[10], 2);		/* 00:02:00 */
	ck_assert_uint_eq(buf[14], 0xaa);
	teardown(r);
}
END_TEST

START_TEST(absent_commands_and_addresses_are_illegal_requests)
{
	static const uint8_t unknown[12] = { 0xd9 };
	static const uint8_t beyond[12] = { 0x28, 0, 0, 0, 1, 0, 0, 0, 1 };
	struct rig *r = setup();

	clear_attention(r);
	packet(r, unknown, 0, false);
	ck_assert_uint_eq(get(r, 7), 0x51);
	ck_assert_uint_eq(get(r, 1), 0x54);
	ck_assert_uint_eq(sense(r), 0x052000);
	packet(r, beyond, 2048, false);
	ck_assert_uint_eq(sense(r), 0x052100);
	teardown(r);
}
END_TEST

START_TEST(ejecting_obeys_the_lock_and_a_new_medium_is_announced)
{
	static const uint8_t lock[12] = { 0x1e, 0, 0, 0, 1 };
	static const uint8_t unlock[12] = { 0x1e };
	static const uint8_t eject[12] = { 0x1b, 0, 0, 0, 2 };
	static const uint8_t ready[12] = { 0x00 };
	struct rig *r = setup();

	clear_attention(r);
	packet(r, lock, 0, false);
	packet(r, eject, 0, false);
	ck_assert_uint_eq(sense(r), 0x055302);
	ck_assert(!ide_change_medium(r->i, 2, NULL));
	packet(r, unlock, 0, false);
	packet(r, eject, 0, false);
	packet(r, ready, 0, false);
	ck_assert_uint_eq(sense(r), 0x023a02);
	ck_assert(ide_change_medium(r->i, 2, &r->cd.dev));
	packet(r, ready, 0, false);
	ck_assert_uint_eq(sense(r), 0x062800);
	packet(r, ready, 0, false);
	ck_assert_uint_eq(get(r, 7), 0x50);
	teardown(r);
}
END_TEST

START_TEST(ata_identify_on_a_cd_gives_its_signature)
{
	struct rig *r = setup();
	uint8_t id[512];

	r->ch = ide_get_channel(r->i, 1);
	put(r, 4, 0);
	put(r, 7, 0xec);
	ck_assert_uint_eq(get(r, 7), 0x51);
	ck_assert_uint_eq(get(r, 4), 0x14);
	ck_assert_uint_eq(get(r, 5), 0xeb);
	put(r, 7, 0xa1);
	settle(r);
	read_data(r, id, 512);
	ck_assert_uint_eq(get(r, 7), 0x50);
	ck_assert_uint_eq(get_le16(id), 0x85c0);
	teardown(r);
}
END_TEST

Suite *
ide_suite(void)
{
	Suite *s = suite_create("ide");
	TCase *tc = tcase_create("disk");

	tcase_add_test(tc, signature_after_reset_tells_disk_from_cd);
	tcase_add_test(tc, missing_slave_reads_as_zero_and_takes_no_command);
	tcase_add_test(tc, software_reset_takes_time_and_gives_the_signature);
	tcase_add_test(tc, identify_gives_capacity_and_interrupts_once);
	tcase_add_test(tc, read_sectors_interrupts_for_each_sector);
	tcase_add_test(tc, write_multiple_ext_writes_and_interrupts_per_block);
	tcase_add_test(tc, chs_addresses_use_the_programmed_geometry);
	tcase_add_test(tc, out_of_range_and_unknown_commands_fail);
	tcase_add_test(tc, host_errors_become_medium_errors_with_the_address);
	tcase_add_test(tc, dma_read_fills_memory_and_ends_the_bus_master);
	tcase_add_test(tc, dma_write_gathers_from_several_descriptors);
	tcase_add_test(tc, short_descriptor_table_leaves_the_drive_waiting);
	tcase_add_test(tc, longer_descriptor_table_keeps_the_bus_master_active);
	tcase_add_test(tc, no_dma_without_bus_mastering);
	tcase_add_test(tc, nien_holds_the_interrupt_back);
	tcase_add_test(tc, feature_and_power_commands);
	tcase_add_test(tc, read_only_disk_refuses_writes);
	suite_add_tcase(s, tc);
	tc = tcase_create("cd");
	tcase_add_test(tc, unit_attention_is_reported_once_and_inquiry_passes_it);
	tcase_add_test(tc, read_10_by_pio_respects_the_byte_limit);
	tcase_add_test(tc, read_12_by_dma);
	tcase_add_test(tc, capacity_and_toc_describe_one_data_track);
	tcase_add_test(tc, absent_commands_and_addresses_are_illegal_requests);
	tcase_add_test(tc, ejecting_obeys_the_lock_and_a_new_medium_is_announced);
	tcase_add_test(tc, ata_identify_on_a_cd_gives_its_signature);
	suite_add_tcase(s, tc);
	return s;
}
