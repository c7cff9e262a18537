/*
 * tests/unit/mmu_rig.h - an MMU with memory and simple tables, for tests
 */
#ifndef TESTS_MMU_RIG_H
#define TESTS_MMU_RIG_H

#include <stdlib.h>

#include "mmu/mmu.h"
#include "mmu/walk_priv.h"
#include "tests/runner/runner.h"

#define P	1u
#define W	2u
#define U	4u
#define A	0x20u
#define D	0x40u
#define PS	0x80u
#define G	0x100u
#define NX	BIT(63)

#define MIB		((uint64_t)1 << 20)
#define RAM		(16 * MIB)
#define MISS_COST	1000u

struct rig {
	struct physmem	*pm;
	uint8_t		*ram;
	struct mmu	m;
};

static inline bool
short_run(void)
{
	const char *s = getenv("RINGLAB_SHORT");

	return s && *s;
}

static inline struct rig *
rig_new(unsigned fast)
{
	struct rig *r = calloc(1, sizeof(*r));

	ck_assert_ptr_nonnull(r);
	r->pm = physmem_new(RAM, 0, NULL);
	ck_assert_int_gt(physmem_map_ram(r->pm, 0, RAM, 0, 0), 0);
	r->ram = physmem_host(r->pm, 0);
	ck_assert_int_eq(mmu_init(&r->m, r->pm, fast), 0);
	r->m.costs.miss = MISS_COST;
	r->m.costs.ref = 1;
	return r;
}

static inline void
rig_free(struct rig *r)
{
	mmu_fini(&r->m);
	physmem_free(r->pm);
	free(r);
}

/* 4-level tables in 0x1000..0x4fff for addresses below 2 MiB: page n to n. */
#define PT		0x4000u

static inline void
long_mode(struct paging *pg)
{
	*pg = (struct paging){
		.cr0 = CR0_PG | CR0_WP | 1, .cr3 = 0x1000,
		.cr4 = CR4_PAE | CR4_PGE, .efer = EFER_LMA | EFER_NXE,
		.phys_bits = 40, .gb_pages = true, .nx = true,
	};
}

static inline struct rig *
long_rig(unsigned fast)
{
	struct rig *r = rig_new(fast);
	unsigned i;

	put_le64(r->ram + 0x1000, 0x2000 | P | W | U);
	put_le64(r->ram + 0x2000, 0x3000 | P | W | U);
	put_le64(r->ram + 0x3000, PT | P | W | U);
	for (i = 0; i < 512; i++)
		put_le64(r->ram + PT + 8 * i, i * PAGE_SIZE | P | W | U);
	long_mode(&r->m.pg);
	mmu_update(&r->m);
	return r;
}

static inline void
put_pte(struct rig *r, unsigned page, uint64_t e)
{
	put_le64(r->ram + PT + 8 * page, e);
}

static inline uint64_t
pte(const struct rig *r, unsigned page)
{
	return get_le64(r->ram + PT + 8 * page);
}

static inline bool
touch(struct rig *r, gva_t va, unsigned acc)
{
	struct walk_fault f;
	struct mmu_ref ref;

	return mmu_lookup(&r->m, va, acc, &ref, &f);
}

/* Charges of an access, which must succeed. */
static inline uint64_t
cost(struct rig *r, gva_t va, unsigned acc)
{
	uint64_t before = r->m.charge;

	ck_assert(touch(r, va, acc));
	return r->m.charge - before;
}

#endif
