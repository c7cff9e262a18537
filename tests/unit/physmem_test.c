/*
 * tests/unit/physmem_test.c - the bus: maps, devices, dirty pages, code, hash
 */
#include "mmu/physmem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mmu/mmu.h"
#include "tests/runner/runner.h"

#define MIB		((uint64_t)1 << 20)
#define ROM_SIZE	(64 * 1024)

/* A device that remembers accesses and answers with its offset in each byte. */
struct dev {
	struct io_ops	ops;
	unsigned	count;
	struct { uint32_t off; unsigned size; uint64_t val; bool write; } did[64];
};

static uint64_t
dev_read(void *arg, uint32_t off, unsigned size)
{
	struct dev *d = arg;
	uint64_t v = 0;
	unsigned i;

	for (i = 0; i < size; i++)
		v |= (uint64_t)(uint8_t)(off + i) << (8 * i);
	d->did[d->count].off = off;
	d->did[d->count].write = false;
	d->did[d->count++].size = size;
	return v;
}

static void
dev_write(void *arg, uint32_t off, uint64_t val, unsigned size)
{
	struct dev *d = arg;

	d->did[d->count].off = off;
	d->did[d->count].size = size;
	d->did[d->count].write = true;
	d->did[d->count++].val = val;
}

static struct dev
dev_with(uint8_t sizes)
{
	return (struct dev){ .ops = { dev_read, dev_write, sizes } };
}

static struct physmem *
small_bus(void)
{
	struct physmem *pm = physmem_new(4 * MIB, MIB, NULL);

	ck_assert_ptr_nonnull(pm);
	ck_assert_int_gt(physmem_map_ram(pm, 0, 4 * MIB, 0, 0), 0);
	return pm;
}

START_TEST(holes_read_ones_and_swallow_writes)
{
	struct physmem *pm = small_bus();
	uint8_t buf[16];

	ck_assert_uint_eq(phys_ld32(pm, 0xfee00000), 0xffffffff);
	ck_assert_uint_eq(phys_ld64(pm, ~(uint64_t)7), ~(uint64_t)0);
	phys_st64(pm, 0x100000000000, 1);
	/* Across the end of memory, and across the end of the address space. */
	phys_st32(pm, 4 * MIB - 2, 0x11223344);
	ck_assert_uint_eq(phys_ld32(pm, 4 * MIB - 2), 0xffff3344);
	phys_st8(pm, 0, 0x77);
	ck_assert_uint_eq(phys_ld16(pm, ~(uint64_t)0), 0x77ff);
	ck_assert_uint_eq(phys_peek(pm, 4 * MIB - 2, buf, 16), 2);
	physmem_free(pm);
}
END_TEST

START_TEST(accesses_may_cross_pages_and_mappings)
{
	struct physmem *pm = physmem_new(4 * MIB, 0, NULL);
	uint8_t in[10000], out[10000];
	unsigned i;

	/* The two halves swapped. */
	physmem_map_ram(pm, 0, 2 * MIB, 512, 512);
	physmem_map_ram(pm, 2 * MIB, 2 * MIB, 0, 0);
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7);
	phys_write(pm, 2 * MIB - 5001, in, sizeof(in));
	phys_read(pm, 2 * MIB - 5001, out, sizeof(out));
	ck_assert_mem_eq(in, out, sizeof(in));
	ck_assert_mem_eq(physmem_host(pm, 0), in + 5001, 4999);
	ck_assert_uint_eq(phys_ld64(pm, 2 * MIB - 3), get_le64(in + 4998));
	physmem_free(pm);
}
END_TEST

START_TEST(rom_is_read_and_not_written)
{
	struct physmem *pm = small_bus();
	uint32_t rom = physmem_alloc_extra(pm, ROM_SIZE, true);

	ck_assert_uint_ne(rom, RAM_PAGE_NONE);
	memset(physmem_host(pm, rom), 0x5a, ROM_SIZE);
	physmem_map_ram(pm, 0xf0000, ROM_SIZE, rom, rom);
	phys_st32(pm, 0xf0000, 0);
	ck_assert_uint_eq(phys_ld8(pm, 0xf0000), 0x5a);
	ck_assert_uint_eq(phys_poke(pm, 0xf0001, "x", 1), 1);
	ck_assert_uint_eq(phys_ld16(pm, 0xf0000), 0x785a);
	ck_assert_uint_eq(physmem_alloc_extra(pm, 2 * MIB, true), RAM_PAGE_NONE);
	physmem_free(pm);
}
END_TEST

/* Shadowing as the 440FX does it: read from ROM while writing to RAM, then
 * read from RAM. */
START_TEST(reads_and_writes_may_go_to_different_pages)
{
	struct physmem *pm = small_bus();
	uint32_t rom = physmem_alloc_extra(pm, ROM_SIZE, true);
	int h = physmem_map_ram(pm, 0xf0000, ROM_SIZE, rom, 0xf0);
	struct phys_page p;

	memset(physmem_host(pm, rom), 0x5a, ROM_SIZE);
	phys_st8(pm, 0xf0010, 0x11);
	ck_assert_uint_eq(phys_ld8(pm, 0xf0010), 0x5a);
	physmem_lookup(pm, 0xf0010, &p);
	ck_assert_ptr_eq(p.rd, physmem_host(pm, rom));
	ck_assert_ptr_eq(p.wr, physmem_host(pm, 0xf0));
	ck_assert_uint_eq(p.wr_id, 0xf0);
	physmem_retarget(pm, h, 0xf0, RAM_PAGE_NONE);
	ck_assert_uint_eq(phys_ld8(pm, 0xf0010), 0x11);
	phys_st8(pm, 0xf0010, 0x22);
	ck_assert_uint_eq(phys_ld8(pm, 0xf0010), 0x11);
	physmem_remap(pm, h, 0xf0000, false);
	phys_st8(pm, 0xf0010, 0x33);
	ck_assert_uint_eq(phys_ld8(pm, 0xf0010), 0x33);
	physmem_free(pm);
}
END_TEST

START_TEST(later_maps_cover_and_unmapping_uncovers)
{
	struct physmem *pm = small_bus();
	struct dev a = dev_with(1), b = dev_with(1);
	int ha = physmem_map_io(pm, 0x10000, 0x3000, &a.ops, &a, "a");
	int hb = physmem_map_io(pm, 0x11000, 0x1000, &b.ops, &b, "b");

	phys_st8(pm, 0x10fff, 1);
	phys_st8(pm, 0x11000, 2);
	phys_st8(pm, 0x12000, 3);
	ck_assert_uint_eq(a.count, 2);
	ck_assert_uint_eq(a.did[1].off, 0x2000);
	ck_assert_uint_eq(b.count, 1);
	ck_assert_uint_eq(b.did[0].off, 0);
	physmem_unmap(pm, hb);
	phys_st8(pm, 0x11000, 4);
	ck_assert_uint_eq(a.did[2].off, 0x1000);
	physmem_remap(pm, ha, 0x20000, true);
	phys_st8(pm, 0x11000, 5);
	ck_assert_uint_eq(physmem_host(pm, 0x11)[0], 5);
	phys_st8(pm, 0x21000, 6);
	ck_assert_uint_eq(a.did[3].off, 0x1000);
	physmem_unmap(pm, hb);		/* a handle that is gone */
	physmem_unmap(pm, 77);
	physmem_free(pm);
}
END_TEST

START_TEST(devices_share_a_page_in_16_byte_steps)
{
	struct physmem *pm = small_bus();
	struct dev a = dev_with(1 | 2 | 4), b = dev_with(1);
	struct phys_page p;

	physmem_map_io(pm, 0x10010, 16, &a.ops, &a, "a");
	physmem_map_io(pm, 0x10020, 32, &b.ops, &b, "b");
	phys_st32(pm, 0x1001e, 0x44332211);
	ck_assert_uint_eq(a.count, 1);
	ck_assert_uint_eq(a.did[0].off, 14);
	ck_assert_uint_eq(a.did[0].val, 0x2211);
	ck_assert_uint_eq(b.count, 2);
	ck_assert_uint_eq(b.did[1].val, 0x44);
	phys_st8(pm, 0x1000f, 9);
	ck_assert_uint_eq(physmem_host(pm, 0x10)[15], 9);
	physmem_lookup(pm, 0x10000, &p);
	ck_assert(!p.rd && !p.wr && !p.ops);
	physmem_lookup(pm, 0x11000, &p);
	ck_assert_ptr_eq(p.rd, physmem_host(pm, 0x11));
	ck_assert_uint_eq(p.rd_id, 0x11);
	physmem_free(pm);
}
END_TEST

START_TEST(wide_and_unaligned_accesses_are_split_low_part_first)
{
	struct physmem *pm = small_bus();
	struct dev d = dev_with(1 | 2 | 4);

	physmem_map_io(pm, 0x10000, 0x1000, &d.ops, &d, "d");
	ck_assert_uint_eq(phys_ld64(pm, 0x10010), 0x1716151413121110);
	ck_assert_uint_eq(d.count, 2);
	ck_assert_uint_eq(d.did[0].off, 0x10);
	ck_assert_uint_eq(d.did[1].off, 0x14);
	d.count = 0;
	ck_assert_uint_eq(phys_ld32(pm, 0x10021), 0x24232221);
	ck_assert_uint_eq(d.count, 3);
	ck_assert_uint_eq(d.did[0].size, 1);
	ck_assert_uint_eq(d.did[1].size, 2);
	ck_assert_uint_eq(d.did[2].size, 1);
	physmem_free(pm);
}
END_TEST

START_TEST(narrow_reads_are_widened_and_narrow_writes_dropped)
{
	struct physmem *pm = small_bus();
	struct dev d = dev_with(4);

	physmem_map_io(pm, 0x10000, 0x1000, &d.ops, &d, "d");
	ck_assert_uint_eq(phys_ld8(pm, 0x10011), 0x11);
	ck_assert_uint_eq(phys_ld16(pm, 0x10013), 0x1413);
	ck_assert_uint_eq(d.count, 3);
	ck_assert_uint_eq(d.did[0].off, 0x10);
	ck_assert_uint_eq(d.did[0].size, 4);
	d.count = 0;
	phys_st16(pm, 0x10012, 0xffff);
	ck_assert_uint_eq(d.count, 0);
	phys_st64(pm, 0x10018, 0x8877665544332211);
	ck_assert_uint_eq(d.count, 2);
	ck_assert_uint_eq(d.did[1].val, 0x88776655);
	physmem_free(pm);
}
END_TEST

START_TEST(a20_closed_folds_odd_megabytes)
{
	struct physmem *pm = small_bus();
	struct phys_page p;

	phys_st8(pm, 0x000123, 1);
	phys_st8(pm, 0x100123, 2);
	physmem_set_a20(pm, false);
	ck_assert(!physmem_a20(pm));
	ck_assert_uint_eq(phys_ld8(pm, 0x100123), 1);
	physmem_lookup(pm, 0x300000, &p);
	ck_assert_uint_eq(p.rd_id, 0x200);
	/* A word across the boundary wraps to the megabyte's start. */
	phys_st8(pm, 0x0fffff, 0xaa);
	phys_st8(pm, 0x000000, 0xbb);
	ck_assert_uint_eq(phys_ld16(pm, 0x0fffff), 0xbbaa);
	physmem_set_a20(pm, true);
	ck_assert_uint_eq(phys_ld8(pm, 0x100123), 2);
	physmem_free(pm);
}
END_TEST

/* Random maps and look-ups against painting every 16-byte granule. */
#define GRANULES	(1024u * 1024 / 16)
#define MAPS		40

struct painted { int handle; hpa_t at; uint64_t len; bool io, on; struct dev dev; };

static void
paint(const struct painted *m, unsigned n, uint8_t *owner)
{
	uint64_t g;
	unsigned i;

	memset(owner, 0xff, GRANULES);
	for (i = 0; i < n; i++) {
		for (g = m[i].at / 16; m[i].on && g < (m[i].at + m[i].len) / 16; g++) {
			if (g < GRANULES)
				owner[g] = (uint8_t)i;
		}
	}
}

static bool
byte_is_right(struct physmem *pm, struct painted *m, const uint8_t *owner, hpa_t at)
{
	uint8_t o = owner[at / 16], got = phys_ld8(pm, at);
	uint64_t off;

	if (o == 0xff)
		return got == 0xff;
	off = at - m[o].at;
	m[o].dev.count = 0;
	return got == (m[o].io ? (uint8_t)off : physmem_host(pm, o)[off]);
}

/* Changes mapping i, or makes it when it is not there yet. */
static void
random_map(struct physmem *pm, struct painted *m, unsigned i, uint64_t s)
{
	bool make = !m->handle;

	m->io = make ? s >> 60 & 1 : m->io;
	m->at = (s >> 20 & 0xff000) | (m->io ? s >> 50 & 0xff0 : 0);
	m->on = make || s >> 61 & 1;
	if (!make) {
		physmem_remap(pm, m->handle, m->at, m->on);
		return;
	}
	m->len = ((s >> 40 & 0x3f) + 1) << 12;
	if (m->io) {
		m->len = m->len >> (s >> 8 & 7) & ~(uint64_t)15;
		m->dev = dev_with(1);
		m->handle = physmem_map_io(pm, m->at, m->len, &m->dev.ops,
		    &m->dev, "d");
	} else {
		m->handle = physmem_map_ram(pm, m->at, m->len, i, i);
	}
}

START_TEST(random_maps_agree_with_painting)
{
	struct physmem *pm = physmem_new(4 * MIB, 0, NULL);
	struct painted *m = calloc(MAPS, sizeof(*m));
	uint8_t *owner = malloc(GRANULES);
	uint64_t s = (uint64_t)_i + 1;
	unsigned i, k, n;

	for (i = 0; i < 4 * MIB; i++)
		physmem_host(pm, 0)[i] = (uint8_t)(i * 31 + (i >> 12) * 7);
	for (n = 0; n < 150; n++) {
		s = s * 6364136223846793005u + 1442695040888963407u;
		i = n < MAPS ? n : (unsigned)(s >> 33) % MAPS;
		random_map(pm, &m[i], i, s);
		ck_assert_int_gt(m[i].handle, 0);
		paint(m, n < MAPS ? n + 1 : MAPS, owner);
		for (k = 0; k < 3000; k++) {
			s = s * 6364136223846793005u + 1442695040888963407u;
			if (!byte_is_right(pm, m, owner, s >> 30 & 0xfffff))
				ck_abort_msg("wrong byte at 0x%llx",
				    (unsigned long long)(s >> 30 & 0xfffff));
		}
	}
	free(owner);
	free(m);
	physmem_free(pm);
}
END_TEST

/* Code. */

struct hook { unsigned count; uint32_t id, off, len; };

static void
on_code(void *arg, uint32_t id, uint32_t off, uint32_t len)
{
	struct hook *h = arg;

	h->count++;
	h->id = id;
	h->off = off;
	h->len = len;
}

START_TEST(stores_to_granules_with_code_call_the_hook)
{
	struct physmem *pm = small_bus();
	struct hook h = { 0 };

	physmem_set_code_hook(pm, on_code, &h);
	physmem_add_code(pm, 2, BIT(1) | BIT(63));
	phys_st8(pm, 0x2000 + 63, 0);
	ck_assert_uint_eq(h.count, 0);
	phys_st16(pm, 0x2000 + 63, 0);
	ck_assert_uint_eq(h.count, 1);
	ck_assert(h.id == 2 && h.off == 63 && h.len == 2);
	phys_st8(pm, 0x2000 + 128, 0);
	ck_assert_uint_eq(h.count, 1);
	phys_st8(pm, 0x2fff, 0);
	ck_assert_uint_eq(h.count, 2);
	phys_write(pm, 0x1000, physmem_host(pm, 9), 0x3000);
	ck_assert_uint_eq(h.count, 3);
	ck_assert_uint_eq(h.len, 0x1000);
	physmem_free(pm);
}
END_TEST

/* Dirty pages and hash. */

static void
collect(void *arg, uint32_t id)
{
	++((uint8_t *)arg)[id];
}

START_TEST(each_consumer_sees_each_written_page_once)
{
	struct physmem *pm = small_bus();
	int a = physmem_dirty_open(pm), b = physmem_dirty_open(pm);
	uint8_t seen_a[2048] = { 0 }, seen_b[2048] = { 0 };

	ck_assert_int_ge(a, 0);
	ck_assert_int_ne(a, b);
	phys_st8(pm, 0x1000, 1);
	phys_st8(pm, 0x1001, 1);
	physmem_dirty_take(pm, a, collect, seen_a);
	phys_st8(pm, 0x1002, 1);
	phys_st32(pm, 0x4ffe, 1);
	physmem_dirty_take(pm, a, collect, seen_a);
	physmem_dirty_take(pm, b, collect, seen_b);
	ck_assert_uint_eq(seen_a[1], 2);
	ck_assert_uint_eq(seen_b[1], 1);
	ck_assert(seen_a[4] == 1 && seen_a[5] == 1 && seen_b[5] == 1);
	memset(seen_a, 0, sizeof(seen_a));
	physmem_dirty_take(pm, a, collect, seen_a);
	ck_assert_uint_eq(seen_a[1], 0);
	phys_st8(pm, 0x1002, 1);
	physmem_dirty_close(pm, a);
	ck_assert_int_eq(physmem_dirty_open(pm), a);
	physmem_dirty_take(pm, a, collect, seen_a);
	ck_assert_uint_eq(seen_a[1], 0);
	physmem_free(pm);
}
END_TEST

START_TEST(new_consumer_sees_pages_written_just_before_it_came)
{
	struct physmem *pm = small_bus();
	uint8_t seen[2048] = { 0 };
	int a;

	phys_st8(pm, 0x1000, 1);
	a = physmem_dirty_open(pm);
	ck_assert_int_ge(a, 0);
	phys_st8(pm, 0x1000, 2);
	physmem_dirty_take(pm, a, collect, seen);
	ck_assert_uint_eq(seen[1], 1);
	physmem_free(pm);
}
END_TEST

static struct hash128
full_hash(struct physmem *pm)
{
	struct hash128 sum = { 0, 0 };
	uint32_t id;

	for (id = 0; id < physmem_pages(pm); id++)
		hash_sum_add(&sum, hash_page(physmem_host(pm, id), id));
	return sum;
}

START_TEST(hash_is_that_of_the_contents)
{
	struct physmem *pm = small_bus();
	uint32_t rom = physmem_alloc_extra(pm, ROM_SIZE, true);
	struct hash128 h, want;
	uint64_t s = 1;
	unsigned i;

	h = physmem_hash(pm);
	ck_assert(h.lo == 0 && h.hi == 0);
	memset(physmem_host(pm, rom), 0x5a, 100);
	phys_touched(pm, rom, 0, 100);
	for (i = 0; i < 3000; i++) {
		s = s * 6364136223846793005u + 1442695040888963407u;
		phys_st32(pm, s >> 32 & (4 * MIB - 1), (uint32_t)s & 0x10101);
		if (i % 100 == 0) {
			h = physmem_hash(pm);
			want = full_hash(pm);
			ck_assert(h.lo == want.lo && h.hi == want.hi);
		}
	}
	physmem_free(pm);
}
END_TEST

/* Resident memory of this process in KiB. */
static long
resident(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kib = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "VmRSS:", 6))
			kib = atol(line + 6);
	}
	if (f)
		fclose(f);
	return kib;
}

START_TEST(a_large_machine_touches_no_memory_at_start)
{
	long before = resident();
	struct physmem *pm = physmem_new((uint64_t)8 << 30, 32 * MIB, NULL);
	struct mmu *m = calloc(1, sizeof(*m));

	ck_assert_ptr_nonnull(pm);
	ck_assert_int_gt(physmem_map_ram(pm, 0, (uint64_t)3 << 30, 0, 0), 0);
	ck_assert_int_eq(mmu_init(m, pm, 4096), 0);
	phys_st8(pm, 0x7c00, 1);
	physmem_hash(pm);
	ck_assert_int_lt(resident() - before, 4 * 1024);
	mmu_fini(m);
	free(m);
	physmem_free(pm);
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
	ck_assert_ptr_null(physmem_new(~(uint64_t)0, 0, NULL));
	ck_assert_ptr_null(physmem_new((uint64_t)1 << 44, 1, NULL));
	ck_assert_ptr_null(physmem_new(0, 0, NULL));
	physmem_free(NULL);
}
END_TEST

Suite *physmem_suite(void);

Suite *
physmem_suite(void)
{
	Suite *s = suite_create("physmem");
	TCase *tc = tcase_create("physmem");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, holes_read_ones_and_swallow_writes);
	tcase_add_test(tc, accesses_may_cross_pages_and_mappings);
	tcase_add_test(tc, rom_is_read_and_not_written);
	tcase_add_test(tc, reads_and_writes_may_go_to_different_pages);
	tcase_add_test(tc, later_maps_cover_and_unmapping_uncovers);
	tcase_add_test(tc, devices_share_a_page_in_16_byte_steps);
	tcase_add_test(tc, wide_and_unaligned_accesses_are_split_low_part_first);
	tcase_add_test(tc, narrow_reads_are_widened_and_narrow_writes_dropped);
	tcase_add_test(tc, a20_closed_folds_odd_megabytes);
	tcase_add_loop_test(tc, random_maps_agree_with_painting, 0, 4);
	tcase_add_test(tc, stores_to_granules_with_code_call_the_hook);
	tcase_add_test(tc, each_consumer_sees_each_written_page_once);
	tcase_add_test(tc, new_consumer_sees_pages_written_just_before_it_came);
	tcase_add_test(tc, hash_is_that_of_the_contents);
	tcase_add_test(tc, a_large_machine_touches_no_memory_at_start);
	tcase_add_test(tc, impossible_sizes_are_refused);
	suite_add_tcase(s, tc);
	return s;
}
