/*
 * tests/unit/mmu_walk_test.c - page walks against the model in paging_model.c
 *
 * For each page size of each table format: every combination of rights bits at
 * every level, an absent entry at each level, accessed and dirty bits, control
 * bits and kinds of access; then every single bit of every entry; then random
 * tables in two dimensions.  Compared are the result or the fault with its
 * error code, the references made, and all bytes of the tables.
 */
#include "mmu/walk.h"

#include <stdlib.h>
#include <string.h>

#include "mmu/walk_priv.h"
#include "tests/runner/runner.h"
#include "tests/unit/paging_model.h"

#define MEM_PAGES	64u
#define MEM_SIZE	(MEM_PAGES * PAGE_SIZE)
#define P	1u
#define W	2u
#define U	4u
#define A	0x20u
#define D	0x40u
#define PS	0x80u
#define G	0x100u
#define NX	BIT(63)

/* One path through tables: entry[level] lies at at[level]. */
struct path {
	const char	*name;
	uint64_t	cr4, efer;
	unsigned	levels, leaf, bytes;
	uint64_t	va, target;
};

static const struct path paths[] = {
	{ "4-level 4K", CR4_PAE, EFER_LMA, 4, 1, 8, 0xffff812345678abc, 0x20000 },
	{ "4-level 2M", CR4_PAE, EFER_LMA, 4, 2, 8, 0x00007fff12345678, 0x200000 },
	{ "4-level 1G", CR4_PAE, EFER_LMA, 4, 3, 8, 0x0000123456789abc, 0x40000000 },
	{ "PAE 4K", CR4_PAE, 0, 3, 1, 8, 0xfedcba98, 0x20000 },
	{ "PAE 2M", CR4_PAE, 0, 3, 2, 8, 0x12345678, 0x200000 },
	{ "2-level 4K", CR4_PSE, 0, 2, 1, 4, 0x87654321, 0x20000 },
	{ "2-level 4M", CR4_PSE, 0, 2, 2, 4, 0xc0ffee00, 0x400000 },
};

struct rig {
	struct physmem	*pm;
	uint8_t		*ram;
	uint8_t		model_mem[MEM_SIZE];
	struct pmodel	model;
	const struct path *path;
	hpa_t		at[5];
};

static struct rig *
rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));

	ck_assert_ptr_nonnull(r);
	r->pm = physmem_new(MEM_SIZE, 0, NULL);
	ck_assert_ptr_nonnull(r->pm);
	ck_assert_int_gt(physmem_map_ram(r->pm, 0, MEM_SIZE, 0, 0), 0);
	r->ram = physmem_host(r->pm, 0);
	pmodel_init(&r->model, r->model_mem, MEM_SIZE);
	return r;
}

static void
rig_free(struct rig *r)
{
	physmem_free(r->pm);
	free(r);
}

static unsigned
path_bits(const struct path *p)
{
	return p->bytes == 8 ? 9 : 10;
}

/* Tables of level n are at n * 4096 * 2: the path of a rig. */
static void
rig_set_path(struct rig *r, const struct path *p)
{
	unsigned level;

	r->path = p;
	memset(r->ram, 0, MEM_SIZE);
	r->model.pg = (struct paging){
		.cr0 = CR0_PG | 1, .cr3 = p->levels * 0x2000, .cr4 = p->cr4,
		.efer = p->efer, .phys_bits = 40, .gb_pages = true, .nx = true,
	};
	for (level = 1; level <= p->levels; level++)
		r->at[level] = level * 0x2000 + p->bytes *
		    (p->va >> (12 + path_bits(p) * (level - 1)) &
		    LOW_BITS(path_bits(p)));
}

static void
rig_put(struct rig *r, unsigned level, uint64_t e)
{
	put_le(r->ram + r->at[level], r->path->bytes, e);
	put_le(r->model_mem + r->at[level], r->path->bytes, e);
}

static uint64_t
rig_get(const struct rig *r, unsigned level, bool model)
{
	return get_le((model ? r->model_mem : r->ram) + r->at[level], r->path->bytes);
}

/* The entry that continues or ends the path, with flags. */
static uint64_t
rig_entry(const struct rig *r, unsigned level, uint64_t flags)
{
	const struct path *p = r->path;

	if (level > p->leaf)
		return (level - 1) * 0x2000 | flags;
	return p->target | flags | (level > 1 ? PS : 0);
}

static bool
is_pae_top(const struct path *p, unsigned level)
{
	return p->levels == 3 && level == 3;
}

/* Control bits as the combinations' index: WP, NXE, SMEP, SMAP, PGE. */
#define CONTROLS	32u

static void
set_controls(struct paging *pg, const struct path *p, unsigned c)
{
	pg->cr0 = CR0_PG | 1 | (c & 1 ? CR0_WP : 0);
	pg->efer = p->efer | (c & 2 ? EFER_NXE : 0);
	pg->cr4 = p->cr4 | (c & 4 ? CR4_SMEP : 0) | (c & 8 ? CR4_SMAP : 0) |
	    (c & 16 ? CR4_PGE : 0);
}

static const unsigned accesses[] = {
	ACC_R, ACC_W, ACC_X,
	ACC_R | ACC_AC, ACC_W | ACC_AC, ACC_X | ACC_AC,
	ACC_R | ACC_USER, ACC_W | ACC_USER, ACC_X | ACC_USER,
	ACC_W | ACC_USER | ACC_AC,
	ACC_R | ACC_USER | ACC_IMPLICIT, ACC_W | ACC_IMPLICIT | ACC_AC,
};

static void
differ(const struct rig *r, unsigned acc, const char *what, uint64_t got,
    uint64_t want)
{
	const struct paging *pg = &r->model.pg;

	ck_abort_msg("%s: %s is 0x%llx, not 0x%llx; access 0x%x cr0 0x%llx "
	    "cr4 0x%llx efer 0x%llx entries %llx %llx %llx %llx", r->path->name,
	    what, (unsigned long long)got, (unsigned long long)want, acc,
	    (unsigned long long)pg->cr0, (unsigned long long)pg->cr4,
	    (unsigned long long)pg->efer,
	    (unsigned long long)rig_get(r, 4, false),
	    (unsigned long long)rig_get(r, 3, false),
	    (unsigned long long)rig_get(r, 2, false),
	    (unsigned long long)rig_get(r, 1, false));
}

#define SAME(what, got, want) \
	do { \
		if ((got) != (want)) \
			differ(r, acc, what, got, want); \
	} while (0)

static void
compare_results(const struct rig *r, unsigned acc, const struct walk_res *res,
    const struct pmodel_out *want)
{
	SAME("address", res->hpa, want->hpa);
	SAME("page size", res->page_shift, want->page_shift);
	SAME("user", res->user, want->user);
	SAME("write", res->write, want->write);
	SAME("nested write", res->nwrite, want->nwrite);
	SAME("exec", res->exec, want->exec);
	SAME("dirty", res->dirty, want->dirty);
	SAME("global", res->global, want->global);
}

static void
compare_faults(const struct rig *r, unsigned acc, const struct walk_fault *f,
    const struct walk_fault *want)
{
	SAME("stage", f->stage, want->stage);
	SAME("error code", f->error_code, want->error_code);
	SAME("fault address", f->addr, want->addr);
}

/* Walks both; compares all but the tables. */
static void
walk_both(struct rig *r, gva_t va, unsigned acc)
{
	const struct walk_req req = { va, acc };
	struct walk_refs refs = { 0 };
	struct walk_fault fault;
	struct pmodel_out want;
	struct walk_res res;
	unsigned i;
	bool ok;

	pmodel_access(&r->model, va, acc, &want);
	ok = mmu_walk(&r->model.pg, r->model.nested, r->pm, &req, &res, &fault,
	    &refs);
	SAME("success", ok, want.ok);
	if (ok)
		compare_results(r, acc, &res, &want);
	else
		compare_faults(r, acc, &fault, &want.fault);
	for (i = 1; i <= 4; i++) {
		SAME("guest references", refs.n[0][i], want.refs.n[0][i]);
		SAME("nested references", refs.n[1][i], want.refs.n[1][i]);
	}
}

static void
walk_path(struct rig *r, unsigned acc)
{
	unsigned level;

	walk_both(r, r->path->va, acc);
	for (level = 1; level <= r->path->levels; level++)
		SAME("entry", rig_get(r, level, false), rig_get(r, level, true));
}

/* Flags of each level from a number: two bits, or three with no-execute. */
static uint64_t
flags_from(const struct path *p, unsigned level, unsigned *n)
{
	uint64_t e = P;

	if (is_pae_top(p, level))
		return e;
	e |= (*n & 1 ? W : 0) | (*n & 2 ? U : 0);
	*n >>= 2;
	if (p->bytes == 8) {
		e |= *n & 1 ? NX : 0;
		*n >>= 1;
	}
	return e;
}

static unsigned
rights_count(const struct path *p)
{
	unsigned levels = p->levels - p->leaf + 1 - (p->levels == 3);

	return 1u << (levels * (p->bytes == 8 ? 3 : 2));
}

/* All entries of the path; absent names a level that is not present, or 0. */
static void
put_path(struct rig *r, unsigned rights, unsigned absent, unsigned ad)
{
	const struct path *p = r->path;
	unsigned level;
	uint64_t e;

	for (level = p->leaf; level <= p->levels; level++) {
		e = flags_from(p, level, &rights);
		if ((ad & 1) && !is_pae_top(p, level))
			e |= A;
		if (level == p->leaf)
			e |= (ad & 2 ? D : 0) | (ad & 1 ? G : 0);
		if (level == absent)
			e &= ~(uint64_t)P;
		rig_put(r, level, rig_entry(r, level, e));
	}
}

static void
every_access(struct rig *r, unsigned rights, unsigned absent, unsigned controls)
{
	unsigned a, ad;

	set_controls(&r->model.pg, r->path, controls);
	for (a = 0; a < ARRAY_SIZE(accesses); a++) {
		for (ad = 0; ad < 4; ad++) {
			put_path(r, rights, absent, ad);
			walk_path(r, accesses[a]);
		}
	}
}

START_TEST(rights_at_every_level)
{
	const struct path *p = &paths[_i];
	struct rig *r = rig_new();
	unsigned rights, absent, c, step = getenv("RINGLAB_SHORT") &&
	    *getenv("RINGLAB_SHORT") ? 5 : 1;

	rig_set_path(r, p);
	for (rights = 0; rights < rights_count(p); rights += step) {
		for (c = 0; c < CONTROLS; c++)
			every_access(r, rights, 0, c);
		/* An absent entry decides whatever the controls are. */
		for (absent = p->leaf; absent <= p->levels; absent++)
			every_access(r, rights, absent, rights * 7 % CONTROLS);
	}
	rig_free(r);
}
END_TEST

START_TEST(each_bit_of_each_entry)
{
	const struct path *p = &paths[_i];
	struct rig *r = rig_new();
	unsigned level, bit, c, a, wide;
	uint64_t e;

	rig_set_path(r, p);
	for (level = p->leaf; level <= p->levels; level++) {
		for (bit = 0; bit < p->bytes * 8 * CONTROLS * 4; bit++) {
			c = bit / (p->bytes * 8) % CONTROLS;
			wide = bit / (p->bytes * 8) / CONTROLS;
			set_controls(&r->model.pg, p, c);
			r->model.pg.phys_bits = wide & 1 ? 36 : 40;
			r->model.pg.gb_pages = !(wide & 2);
			r->model.pg.nx = wide != 3;
			for (a = 0; a < ARRAY_SIZE(accesses); a++) {
				put_path(r, 0, 0, 0);
				e = rig_get(r, level, false);
				rig_put(r, level, e ^ BIT(bit % (p->bytes * 8)));
				walk_path(r, accesses[a]);
			}
		}
	}
	rig_free(r);
}
END_TEST

START_TEST(page_size_needs_pse_only_in_2_level_tables)
{
	struct rig *r = rig_new();
	const struct path *p = &paths[6];

	rig_set_path(r, p);
	r->model.pg.cr4 = 0;
	rig_put(r, 1, 0x5000 | P | W | U);
	rig_put(r, 2, rig_entry(r, 2, P | W | U));
	r->model_mem[0x400] = r->ram[0x400] = 0;
	walk_path(r, ACC_R);
	rig_free(r);
}
END_TEST

START_TEST(peek_changes_nothing)
{
	const struct path *p = &paths[_i];
	struct rig *r = rig_new();
	const struct walk_req req = { p->va, ACC_W };
	struct walk_fault f;
	struct walk_res res;
	uint8_t *before = malloc(MEM_SIZE);

	rig_set_path(r, p);
	put_path(r, rights_count(p) - 1, 0, 0);
	if (p->bytes == 8)
		put_path(r, 3 | 3 << 3 | 3 << 6 | 3 << 9, 0, 0);
	memcpy(before, r->ram, MEM_SIZE);
	ck_assert(mmu_walk_peek(&r->model.pg, NULL, r->pm, &req, &res, &f));
	ck_assert(!res.dirty);
	ck_assert_uint_eq(res.hpa, (p->target | (p->va & LOW_BITS(res.page_shift))));
	ck_assert_mem_eq(before, r->ram, MEM_SIZE);
	free(before);
	rig_free(r);
}
END_TEST

/* Two dimensions. */

static uint64_t
rnd(uint64_t *s)
{
	*s = *s * 6364136223846793005u + 1442695040888963407u;
	return *s >> 24;
}

/* A page that is mostly low memory and sometimes none. */
static uint64_t
random_frame(uint64_t *s)
{
	uint64_t v = rnd(s);

	if (v % 64 == 0)
		return rnd(s) << 12 & LOW_BITS(44);
	return v / 64 % MEM_PAGES * PAGE_SIZE;
}

/*
 * Fills memory with entries that mostly lead somewhere: every page may serve
 * as a table of any level in either dimension.
 */
static void
random_tables(struct rig *r, uint64_t *s)
{
	uint64_t e, v;
	unsigned i;

	for (i = 0; i < MEM_SIZE / 8; i++) {
		v = rnd(s);
		e = random_frame(s) | (v & (W | U | A | D)) | P;
		e |= v % 4 ? W | U : 0;
		e |= v >> 8 & 31 ? 0 : PS;
		e |= v >> 13 & 31 ? 0 : NX;
		e |= v >> 18 & 31 ? 0 : G;
		e &= ~(uint64_t)(v >> 23 & 63 ? 0 : P);
		put_le64(r->ram + 8 * i, e);
	}
	memcpy(r->model_mem, r->ram, MEM_SIZE);
}

/* Copies rows of some pages so that upper levels have usable identity parts. */
static void
random_paging(struct paging *pg, uint64_t *s)
{
	static const struct { uint64_t cr4, efer; } mode[] = {
		{ CR4_PAE, EFER_LMA }, { CR4_PAE, EFER_LMA },
		{ CR4_PAE, 0 }, { CR4_PSE, 0 }, { 0, 0 },
	};
	uint64_t v = rnd(s);
	unsigned k = v % ARRAY_SIZE(mode);

	*pg = (struct paging){
		.cr0 = CR0_PG | 1 | (v >> 3 & 1 ? CR0_WP : 0),
		.cr3 = rnd(s) % MEM_PAGES * PAGE_SIZE,
		.cr4 = mode[k].cr4 | (v >> 4 & 1 ? CR4_SMEP : 0) |
		    (v >> 5 & 1 ? CR4_SMAP : 0) | (v >> 6 & 1 ? CR4_PGE : 0),
		.efer = mode[k].efer | (v >> 7 & 3 ? EFER_NXE : 0),
		.phys_bits = v >> 9 & 1 ? 36 : 46, .gb_pages = v >> 10 & 1,
		.nx = v >> 11 & 7,
	};
}

static void
random_walk(struct rig *r, uint64_t *s, struct paging *npg)
{
	unsigned acc = accesses[rnd(s) % ARRAY_SIZE(accesses)];
	bool nested = rnd(s) % 4;

	random_paging(&r->model.pg, s);
	random_paging(npg, s);
	r->model.nested = nested ? npg : NULL;
	if (nested && rnd(s) % 8 == 0)
		r->model.pg.cr0 = 1;
	walk_both(r, rnd(s) & LOW_BITS(r->model.pg.efer & EFER_LMA ? 47 : 32), acc);
}

START_TEST(random_tables_in_two_dimensions)
{
	static const struct path random_path = { .name = "random", .bytes = 8 };
	struct rig *r = rig_new();
	struct paging npg;
	uint64_t s = (uint64_t)_i + 1;
	unsigned i, n;

	r->path = &random_path;
	for (n = 0; n < 60; n++) {
		random_tables(r, &s);
		for (i = 0; i < 2000; i++)
			random_walk(r, &s, &npg);
		ck_assert_mem_eq(r->ram, r->model_mem, MEM_SIZE);
	}
	rig_free(r);
}
END_TEST

/* A nested identity map of low memory in 4-Kbyte pages, tables from 0x30000;
 * and a guest map of one page. */
static void
make_nested(struct rig *r, struct paging *npg, uint64_t flags)
{
	unsigned i;

	*npg = (struct paging){
		.cr0 = CR0_PG | 1, .cr3 = 0x30000, .cr4 = CR4_PAE,
		.efer = EFER_LMA | EFER_NXE, .phys_bits = 40, .gb_pages = true,
		.nx = true,
	};
	put_le64(r->ram + 0x30000, 0x31000 | flags);
	put_le64(r->ram + 0x31000, 0x32000 | flags);
	put_le64(r->ram + 0x32000, 0x33000 | flags);
	for (i = 0; i < MEM_PAGES; i++)
		put_le64(r->ram + 0x33000 + 8 * i, i * PAGE_SIZE | flags);
}

START_TEST(four_by_four_levels_make_24_references)
{
	struct rig *r = rig_new();
	const struct walk_req req = { paths[0].va, ACC_R };
	struct walk_refs refs = { 0 };
	struct walk_fault f;
	struct walk_res res;
	struct paging npg;
	unsigned level;

	rig_set_path(r, &paths[0]);
	put_path(r, 3 | 3 << 3 | 3 << 6 | 3 << 9, 0, 0);
	make_nested(r, &npg, P | W | U);
	ck_assert(mmu_walk(&r->model.pg, &npg, r->pm, &req, &res, &f, &refs));
	for (level = 1; level <= 4; level++) {
		ck_assert_uint_eq(refs.n[0][level], 1);
		ck_assert_uint_eq(refs.n[1][level], 5);
	}
	/* The data page was read, the tables were written. */
	ck_assert(!(get_le64(r->ram + 0x33000 + 8 * 0x20) & D));
	ck_assert(get_le64(r->ram + 0x33000 + 8 * 0x2) & D);
	ck_assert(!res.dirty);
	rig_free(r);
}
END_TEST

START_TEST(nested_fault_names_table_or_final_address)
{
	struct rig *r = rig_new();
	const struct walk_req req = { paths[0].va, ACC_X | ACC_USER };
	struct walk_refs refs = { 0 };
	struct walk_fault f;
	struct walk_res res;
	struct paging npg;

	rig_set_path(r, &paths[0]);
	put_path(r, 3 | 3 << 3 | 3 << 6 | 3 << 9, 0, 0);
	make_nested(r, &npg, P | W | U);
	r->ram[0x33000 + 8 * 0x20] &= (uint8_t)~P;
	ck_assert(!mmu_walk(&r->model.pg, &npg, r->pm, &req, &res, &f, &refs));
	ck_assert_int_eq(f.stage, PF_NPT_FINAL);
	ck_assert_uint_eq(f.error_code, PF_U | PF_I);
	ck_assert_uint_eq(f.addr, 0x20abc);
	/* Read-only guest tables: the walk's references are writes. */
	r->ram[0x33000 + 8 * 4] &= (uint8_t)~W;
	ck_assert(!mmu_walk(&r->model.pg, &npg, r->pm, &req, &res, &f, &refs));
	ck_assert_int_eq(f.stage, PF_NPT_TABLE);
	ck_assert_uint_eq(f.error_code, PF_P | PF_W | PF_U);
	ck_assert_uint_eq(f.addr, r->at[2]);
	rig_free(r);
}
END_TEST

START_TEST(tables_in_a_hole_have_reserved_bits)
{
	struct rig *r = rig_new();
	const struct walk_req req = { 0x1000, ACC_R };
	struct walk_refs refs = { 0 };
	struct walk_fault f;
	struct walk_res res;

	rig_set_path(r, &paths[0]);
	r->model.pg.cr3 = 0x100000000;
	ck_assert(!mmu_walk(&r->model.pg, NULL, r->pm, &req, &res, &f, &refs));
	ck_assert_uint_eq(f.error_code, PF_P | PF_RSV);
	rig_free(r);
}
END_TEST

static uint64_t
count_reads(void *dev, uint32_t off, unsigned size)
{
	(void)off;
	(void)size;
	++*(unsigned *)dev;
	return 0;
}

static void
no_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	(void)dev;
	(void)off;
	(void)val;
	(void)size;
}

START_TEST(only_a_real_walk_asks_a_device_for_its_table)
{
	static const struct io_ops ops = { count_reads, no_write, 0xf };
	struct rig *r = rig_new();
	const struct walk_req req = { 0x1000, ACC_R };
	struct walk_refs refs = { 0 };
	struct walk_fault f;
	struct walk_res res;
	unsigned reads = 0;

	rig_set_path(r, &paths[0]);
	ck_assert_int_gt(physmem_map_io(r->pm, 0x100000000, PAGE_SIZE, &ops, &reads, "table"), 0);
	r->model.pg.cr3 = 0x100000000;
	ck_assert(!mmu_walk_peek(&r->model.pg, NULL, r->pm, &req, &res, &f));
	ck_assert_uint_eq(reads, 0);
	ck_assert(!mmu_walk(&r->model.pg, NULL, r->pm, &req, &res, &f, &refs));
	ck_assert_uint_gt(reads, 0);
	rig_free(r);
}
END_TEST

START_TEST(explain_lists_the_references_in_order)
{
	struct rig *r = rig_new();
	struct walk_step step[32];
	struct walk_fault f;
	struct walk_res res;
	struct paging npg;
	unsigned n;
	bool ok;

	rig_set_path(r, &paths[0]);
	put_path(r, 3 | 3 << 3 | 3 << 6 | 3 << 9, 0, 0);
	make_nested(r, &npg, P | W | U);
	n = mmu_walk_explain(&r->model.pg, &npg, r->pm, paths[0].va, step, 32,
	    &res, &f, &ok);
	ck_assert(ok);
	ck_assert_uint_eq(n, 24);
	ck_assert_uint_eq(step[0].dim, 1);
	ck_assert_uint_eq(step[4].dim, 0);
	ck_assert_uint_eq(step[4].level, 4);
	ck_assert_uint_eq(step[4].entry_hpa, r->at[4]);
	ck_assert_uint_eq(step[23].entry_hpa, 0x33000 + 8 * 0x20);
	rig_free(r);
}
END_TEST

Suite *mmu_walk_suite(void);

Suite *
mmu_walk_suite(void)
{
	Suite *s = suite_create("mmu_walk");
	TCase *tc = tcase_create("walk");

	tcase_set_timeout(tc, 240);
	tcase_add_loop_test(tc, rights_at_every_level, 0, ARRAY_SIZE(paths));
	tcase_add_loop_test(tc, each_bit_of_each_entry, 0, ARRAY_SIZE(paths));
	tcase_add_loop_test(tc, peek_changes_nothing, 0, ARRAY_SIZE(paths));
	tcase_add_loop_test(tc, random_tables_in_two_dimensions, 0, 8);
	tcase_add_test(tc, page_size_needs_pse_only_in_2_level_tables);
	tcase_add_test(tc, four_by_four_levels_make_24_references);
	tcase_add_test(tc, nested_fault_names_table_or_final_address);
	tcase_add_test(tc, tables_in_a_hole_have_reserved_bits);
	tcase_add_test(tc, only_a_real_walk_asks_a_device_for_its_table);
	tcase_add_test(tc, explain_lists_the_references_in_order);
	suite_add_tcase(s, tc);
	return s;
}
