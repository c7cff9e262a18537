/*
 * tests/unit/engine_test.c - both engines are the same machine
 *
 * Random programs of valid instructions run in 64-bit and flat 32-bit code on
 * the reference engine and on the threaded engine under every engine setting,
 * cut into the same random slices.  After each slice registers, flags, time,
 * instruction count, memory and what the MMU counted must be equal.  Exceptions
 * end in a handler that halts, so faults are compared too.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cpu/cpu.h"
#include "cpu/cpuid.h"
#include "cpu/decode.h"
#include "cpu/engine.h"
#include "cpu/flags.h"
#include "cpu/system.h"

Suite	*engine_suite(void);

#define RAM_BYTES	(4u << 20)
#define CODE		0x100000u	/* two pages of program */
#define DATA		0x200000u
#define TABLES		0x10000u
#define HANDLER_AT	0x20000u
#define IDT_AT		0x21000u
#define GDT_AT		0x22000u

struct rig {
	struct physmem	*pm;
	struct codecache *codes;
	struct cpu	*cpu;
};

/* 32-bit code in flat segments; 64-bit; 32-bit in segments with bases. */
enum code_mode { FLAT32, CODE64, BASED32 };
#define CS_BASE		0x40000u
static const uint32_t data_base[SEG_COUNT] = {
	[SEG_ES] = 0x3f010, [SEG_SS] = 0x41000, [SEG_DS] = 0x42000
};

struct setting {
	const char		*name;
	bool			threaded;
	unsigned		fast_tlb;
	struct engine_config	cfg;
};

#define CFG(...) { .block_max = 48, .links = true, .super = true, \
	.cache_bytes = 8 << 20, ##__VA_ARGS__ }
#pragma GCC diagnostic ignored "-Woverride-init"
static const struct setting settings[] = {
	{ "reference", false, 1024, CFG() },
	{ "threaded", true, 1024, CFG() },
	{ "fast-tlb=64", true, 64, CFG() },
	{ "fast-tlb=off", true, 0, CFG() },
	{ "links=off", true, 1024, CFG(.links = false) },
	{ "super=off", true, 1024, CFG(.super = false) },
	{ "block-max=1", true, 1024, CFG(.block_max = 1) },
	{ "block-max=random", true, 1024, CFG(.random_seed = 99) },
};

static uint64_t
rnd(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static uint64_t no_in(void *a, uint16_t p, unsigned s) { (void)a; (void)p; (void)s; return 0; }
static void no_out(void *a, uint16_t p, unsigned s, uint64_t v) { (void)a; (void)p; (void)s; (void)v; }
static int no_ack(void *a) { (void)a; return -1; }
static uint8_t no_tpr(void *a) { (void)a; return 0; }
static void no_tpr_set(void *a, uint8_t v) { (void)a; (void)v; }
static bool no_rdmsr(void *a, uint32_t m, uint64_t *v) { (void)a; (void)m; *v = 0; return false; }
static bool no_wrmsr(void *a, uint32_t m, uint64_t v) { (void)a; (void)m; (void)v; return false; }
static void no_level(void *a, bool l) { (void)a; (void)l; }
static void no_shutdown(void *a) { (void)a; }
static uint64_t no_random(void *a) { (void)a; return 4; }

static void
put64(struct rig *r, hpa_t at, uint64_t v)
{
	phys_st64(r->pm, at, v);
}

/* Identity map of the first 4 MiB in 4 KiB pages; some pages of data are
 * read-only or absent. */
static void
make_tables(struct rig *r, bool wide)
{
	unsigned i;

	put64(r, TABLES, (TABLES + 0x1000) | 7);
	put64(r, TABLES + 0x1000, (TABLES + 0x2000) | (wide ? 7 : 1));
	put64(r, TABLES + 0x2000, (TABLES + 0x3000) | 7);
	put64(r, TABLES + 0x2008, (TABLES + 0x4000) | 7);
	for (i = 0; i < 1024; i++)
		put64(r, TABLES + 0x3000 + i * 8, (uint64_t)i * PAGE_SIZE |
		    (i > 0x208 && i % 13 == 5 ? 0 : i > 0x208 && i % 13 == 7 ? 5 : 7));
}

static void
make_idt(struct rig *r, bool wide, uint32_t base)
{
	uint32_t at = HANDLER_AT - base;
	unsigned i;

	for (i = 0; i < 256; i++) {
		put64(r, IDT_AT + i * (wide ? 16 : 8), (uint64_t)(at & 0xffff) |
		    8u << 16 | 0x8e0000000000 | (uint64_t)(at >> 16) << 48);
		if (wide)
			put64(r, IDT_AT + i * 16 + 8, 0);
	}
	phys_st8(r->pm, HANDLER_AT, 0xf4);	/* hlt */
}

static void
set_flat(struct seg *s, uint16_t sel, uint16_t attr)
{
	*s = (struct seg){ .sel = sel, .attr = attr, .limit = 0xffffffff, .base = 0 };
}

static void
rig_init(struct rig *r, const struct setting *set, enum code_mode mode)
{
	bool wide = mode == CODE64;
	uint32_t base = mode == BASED32 ? CS_BASE : 0;
	struct cpu_config cfg = {
		.model = "max",
		.fast_tlb = set->fast_tlb,
		.threaded = set->threaded,
		.env = { NULL, no_in, no_out, no_ack, no_tpr, no_tpr_set, no_rdmsr, no_wrmsr,
		    no_level, no_shutdown, no_random, NULL },
	};
	struct cpu *c;
	unsigned i;

	r->pm = physmem_new(RAM_BYTES, 0, NULL);
	ck_assert_ptr_nonnull(r->pm);
	ck_assert_int_gt(physmem_map_ram(r->pm, 0, RAM_BYTES, 0, 0), 0);
	r->codes = set->threaded ? codecache_new(r->pm, &set->cfg, NULL) : NULL;
	cfg.pm = r->pm;
	cfg.codes = r->codes;
	r->cpu = c = cpu_new(&cfg);
	ck_assert_ptr_nonnull(c);
	cpu_reset(c, false);
	make_tables(r, wide);
	make_idt(r, wide, base);
	put64(r, GDT_AT + 8, (wide ? 0x00af9b000000ffff : 0x00cf9b000000ffff) |
	    (uint64_t)base << 16);
	put64(r, GDT_AT + 16, 0x00cf93000000ffff);
	c->gdtr = (struct dtable){ GDT_AT, 0xff };
	c->idtr = (struct dtable){ IDT_AT, 0xfff };
	c->cr0 = 0x80010033;
	c->cr3 = wide ? TABLES : TABLES + 0x1000;
	c->cr4 = 0x620;				/* PAE, OSFXSR, OSXMMEXCPT */
	c->efer = wide ? 0xd00 : 0x800;
	c->mmu.pg.cr0 = c->cr0;
	c->mmu.pg.cr3 = c->cr3;
	c->mmu.pg.cr4 = c->cr4;
	c->mmu.pg.efer = c->efer;
	set_flat(&c->seg[SEG_CS], 8, wide ? 0xa9b : 0xc9b);
	for (i = 0; i < SEG_COUNT; i++)
		if (i != SEG_CS)
			set_flat(&c->seg[i], 16, 0xc93);
	c->seg[SEG_CS].base = base;
	for (i = 0; mode == BASED32 && i < SEG_COUNT; i++)
		c->seg[i].base += data_base[i];
	c->seg[SEG_GS].base = wide ? DATA + 0x800 : 0;
	c->cpl = 0;
	c->mxcsr = 0x1f80;
	c->x87.fcw = 0x37f;
	c->x87.ftw = 0xffff;
	cpu_mode_update(c);
	mmu_update(&c->mmu);
	mmu_flush_all(&c->mmu);
}

static void
rig_fini(struct rig *r)
{
	cpu_free(r->cpu);
	codecache_free(r->codes);
	physmem_free(r->pm);
}

/* Instructions that would make a short test boring or leave the model. */
static bool
acceptable(const struct insn *in)
{
	const struct insn_info *info = insn_info(in);

	if (info->chk & (CK_CPL0 | CK_ENDS | CK_X87 | CK_X87NW | CK_FWAIT | CK_MMX | CK_XSAVE))
		return false;
	switch (in->opr) {
	case OPR_enter: case OPR_bound: case OPR_push_seg: case OPR_ret: case OPR_ret_imm:
	case OPR_call_ind: case OPR_jmp_ind: case OPR_popa: case OPR_pusha: case OPR_leave:
		return false;
	default:
		break;
	}
	if (in->o[0].kind == OK_REL)
		return (int64_t)in->imm > -256 && (int64_t)in->imm < 256;
	return true;
}

/* What random bytes hardly ever are and compilers often write: MOV a, b; SHL or SHR a by
 * a constant; OP a, c or OP c, a. */
static unsigned
put_chain(uint8_t *p, bool wide, uint64_t *seed)
{
	static const uint8_t op[] = { 0x31, 0x01, 0x21, 0x09, 0x29, 0x39, 0x11 };
	uint64_t v = rnd(seed);
	uint8_t rex = wide && v & 1 ? 0x48 : wide ? 0x40 : 0;
	uint8_t a = v >> 1 & 3, b = v >> 3 & 3, c = v >> 5 & 3;
	unsigned n = 0;

	if (v >> 7 & 3) {
		if (rex)
			p[n++] = rex;
		p[n++] = 0x89;
		p[n++] = (uint8_t)(0xc0 | b << 3 | a);
	}
	if (rex)
		p[n++] = rex;
	p[n++] = 0xc1;
	p[n++] = (uint8_t)((v >> 9 & 1 ? 0xe0 : 0xe8) | a);
	p[n++] = v >> 10 & 127;
	if (rex)
		p[n++] = rex;
	p[n++] = op[(v >> 17) % sizeof(op)];
	p[n++] = (uint8_t)(0xc0 | (v >> 25 & 1 ? a << 3 | c : c << 3 | a));
	return n;
}

/* Random decodable instructions up to the end of two pages. */
static void
make_program(uint8_t *code, unsigned size, unsigned dm, const struct feat_set *f, uint64_t *seed)
{
	unsigned off = 0, i;
	struct insn in;
	uint8_t b[INSN_MAX];

	while (off < size - INSN_MAX) {
		if (rnd(seed) % 8 == 0) {
			off += put_chain(code + off, dm & DM_64, seed);
			continue;
		}
		for (i = 0; i < INSN_MAX; i++)
			b[i] = (uint8_t)rnd(seed);
		if (rnd(seed) % 4 == 0 && (dm & DM_64))
			b[0] = 0x48 | (b[0] & 7);
		if (rnd(seed) % 8 == 0)
			b[0] = 0x70 | (b[0] & 15), b[1] = (uint8_t)((b[1] & 63) - 24);
		if (rnd(seed) % 8 == 0)		/* small displacements */
			b[2] &= 0x7f;
		if (decode(b, INSN_MAX, dm, f, &in) != DEC_OK || !acceptable(&in))
			continue;
		memcpy(code + off, b, in.len);
		off += in.len;
	}
	memset(code + off, 0xf4, size - off);
}

static void
load(struct rig *r, const uint8_t *code, unsigned size, uint64_t seed, enum code_mode mode)
{
	struct cpu *c = r->cpu;
	unsigned i;

	phys_write(r->pm, CODE, code, size);
	for (i = 0; i < 16; i++) {
		uint64_t v = rnd(&seed);

		c->gpr[i] = v % 3 ? DATA + (v >> 8) % 0x8000 : v % 3 == 1 ? v % 64 : v;
		if (mode == BASED32 && v % 16 == 5)	/* where segments end */
			c->gpr[i] = 0xffffffe0 + (v >> 8) % 32;
		if (mode != CODE64)
			c->gpr[i] = i < 8 ? (uint32_t)c->gpr[i] : 0;
		c->xmm[i].q[0] = rnd(&seed);
		c->xmm[i].q[1] = rnd(&seed);
	}
	c->gpr[RSP] = DATA + 0x4000;
	c->rip = CODE - c->seg[SEG_CS].base;
	c->next_rip = c->rip;
	c->rflags = 2;
	cc_set_raw(c, (uint32_t)rnd(&seed));
	c->activity = ACT_RUN;
}

static void
describe(const struct cpu *c, char *buf, size_t n)
{
	unsigned i;
	size_t at = (size_t)snprintf(buf, n, "rip %lx flags %lx cycles %lu insns %lu act %u cr2 %lx "
	    "refs %lu miss %lu/%lu/%lu", c->rip, rflags_get(c), c->cycles, c->insns, c->activity,
	    c->cr2, c->mmu.stats.refs_charged, c->mmu.stats.tlb_miss[0],
	    c->mmu.stats.tlb_miss[1], c->mmu.stats.tlb_miss[2]);

	for (i = 0; i < 16; i++)
		at += (size_t)snprintf(buf + at, n - at, " r%u %lx", i, c->gpr[i]);
	for (i = 0; i < 16; i++)
		at += (size_t)snprintf(buf + at, n - at, " x%u %lx:%lx", i, c->xmm[i].q[1],
		    c->xmm[i].q[0]);
}

static void
say_where(struct rig *r, uint64_t rip, bool wide, char *out, size_t n)
{
	uint8_t b[INSN_MAX] = { 0 };
	struct insn in;
	size_t got = mmu_peek_bytes(&r->cpu->mmu, r->cpu->seg[SEG_CS].base + rip, b, sizeof(b));

	snprintf(out, n, "?");
	if (decode(b, (unsigned)got, (wide ? DM_64 : DM_32) | DM_PE, NULL, &in) == DEC_OK)
		disasm(&in, wide ? DM_64 | DM_PE : DM_32 | DM_PE, rip, out, n);
}

/* Runs one program on the reference and one setting, comparing per slice. */
static void
compare(uint64_t seed, enum code_mode mode, const struct setting *set)
{
	bool wide = mode == CODE64;
	struct rig a, b;
	uint8_t code[2 * PAGE_SIZE];
	char sa[4096], sb[4096], at[128];
	uint64_t s = seed * 0x9e3779b97f4a7c15u + 1, slice, last = CODE;
	unsigned i;

	rig_init(&a, &settings[0], mode);
	rig_init(&b, set, mode);
	make_program(code, sizeof(code), (wide ? DM_64 : DM_32) | DM_PE, &a.cpu->features, &s);
	load(&a, code, sizeof(code), s, mode);
	load(&b, code, sizeof(code), s, mode);
	for (i = 0; i < 60; i++) {
		slice = rnd(&s) % 4 ? 1 + rnd(&s) % 30 : 200 + rnd(&s) % 2000;
		a.cpu->deadline = b.cpu->deadline = a.cpu->cycles + slice;
		enum cpu_stop ra = cpu_run(a.cpu), rb = cpu_run(b.cpu);

		describe(a.cpu, sa, sizeof(sa));
		describe(b.cpu, sb, sizeof(sb));
		if (ra != rb || strcmp(sa, sb)) {
			say_where(&a, last, wide, at, sizeof(at));
			ck_abort_msg("seed %lu %s %s, slice %u from %lx (%s):\n%s\n%s", seed,
			    wide ? "64" : "32", set->name, i, last, at, sa, sb);
		}
		last = a.cpu->rip;
		if (ra == STOP_HALT) {
			/* A fault: go on somewhere else. */
			a.cpu->rip = b.cpu->rip = CODE - a.cpu->seg[SEG_CS].base +
			    (rnd(&s) % 0x1800 & ~0xfu);
			a.cpu->gpr[RSP] = b.cpu->gpr[RSP] = DATA + 0x4000;
			a.cpu->activity = b.cpu->activity = ACT_RUN;
			a.cpu->gpr[rnd(&s) % 4] = b.cpu->gpr[0] = DATA;
			memcpy(b.cpu->gpr, a.cpu->gpr, sizeof(a.cpu->gpr));
		} else if (ra != STOP_DEADLINE) {
			break;
		}
	}
	ck_assert_msg(!memcmp(physmem_host(a.pm, 0), physmem_host(b.pm, 0), RAM_BYTES),
	    "seed %lu %s: memory differs", seed, set->name);
	rig_fini(&a);
	rig_fini(&b);
}

static unsigned
rounds(void)
{
	const char *e = getenv("RINGLAB_ENGINE_ROUNDS");

	return e ? (unsigned)atoi(e) : 40;
}

START_TEST(random_programs_are_equal_on_both_engines_in_64_bit_mode)
{
	unsigned i;

	for (i = 0; i < rounds(); i++)
		compare(i + 1, CODE64, &settings[_i]);
}
END_TEST

START_TEST(random_programs_are_equal_on_both_engines_in_32_bit_mode)
{
	unsigned i;

	for (i = 0; i < rounds(); i++)
		compare(i + 1000001, FLAT32, &settings[_i]);
}
END_TEST

START_TEST(random_programs_are_equal_on_both_engines_in_segments_with_bases)
{
	unsigned i;

	for (i = 0; i < rounds(); i++)
		compare(i + 2000001, BASED32, &settings[_i]);
}
END_TEST

/*
 * The page of the running code leads to another one, which differs in what is
 * put into EBX, by a change of its entry without an invalidation.  Then the walk
 * of a data access makes the old translation go: stored is the page's D bit, for
 * which the translation is made anew; loaded are more pages than its set holds.
 */
#define OTHER_CODE	0x180000u
#define EBX_AT		40u

static const uint8_t stores_and_goes_on[EBX_AT] = {
	0x90,						/* nop */
	0x88, 0x04, 0x25, 0x00, 0x08, 0x10, 0x00,	/* mov [CODE + 800h], al */
	0xeb, 0x1e,					/* jmp to EBX_AT */
};

static const uint8_t loads_and_goes_on[EBX_AT] = {
	0x90,						/* nop */
	0xbe, 0x00, 0x00, 0x40, 0x00,			/* mov esi, 400000h */
	0xb9, 0x10, 0x00, 0x00, 0x00,			/* mov ecx, 16 */
	0x8a, 0x06,					/* mov al, [rsi] */
	0x81, 0xc6, 0x00, 0x00, 0x08, 0x00,		/* add esi, 80000h */
	0xff, 0xc9,					/* dec ecx */
	0x75, 0xf4,					/* jnz */
	0xeb, 0x0f,					/* jmp to EBX_AT */
};

/* As stores_and_goes_on, by an instruction that the generic executor runs. */
static const uint8_t adds_and_goes_on[EBX_AT] = {
	0x90,						/* nop */
	0xf0, 0x00, 0x04, 0x25, 0x00, 0x08, 0x10, 0x00,	/* lock add [CODE + 800h], al */
	0xeb, 0x1d,					/* jmp to EBX_AT */
};

static const uint8_t *const movers[] = {
	stores_and_goes_on, loads_and_goes_on, adds_and_goes_on,
};

static void
moved_run(const struct setting *set, const uint8_t *mover, char *out, size_t n)
{
	uint8_t code[EBX_AT + 6] = { [EBX_AT] = 0xbb, [EBX_AT + 1] = 1, [EBX_AT + 5] = 0xf4 };
	struct rig r;
	unsigned i;

	rig_init(&r, set, CODE64);
	for (i = 2; i < 8; i++)		/* 400000h and on are 200000h again */
		put64(&r, TABLES + 0x2000 + 8 * i, (TABLES + 0x4000) | 7);
	memcpy(code, mover, EBX_AT);
	load(&r, code, sizeof(code), 1, CODE64);
	code[EBX_AT + 1] = 2;
	phys_write(r.pm, OTHER_CODE, code, sizeof(code));
	r.cpu->deadline = r.cpu->cycles + 1;
	ck_assert_int_eq(cpu_run(r.cpu), STOP_DEADLINE);
	ck_assert_uint_eq(r.cpu->rip, CODE + 1);
	put64(&r, TABLES + 0x3000 + 8 * (CODE / PAGE_SIZE), OTHER_CODE | 7);
	r.cpu->deadline = r.cpu->cycles + 100000;
	ck_assert_int_eq(cpu_run(r.cpu), STOP_HALT);
	ck_assert_msg(r.cpu->gpr[RBX] == 2, "%s: the old page runs on", set->name);
	describe(r.cpu, out, n);
	rig_fini(&r);
}

START_TEST(code_that_a_data_access_moves_goes_on_in_the_new_page)
{
	char want[4096], got[4096];
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(movers); i++) {
		moved_run(&settings[0], movers[i], want, sizeof(want));
		moved_run(&settings[_i], movers[i], got, sizeof(got));
		ck_assert_str_eq(got, want);
	}
}
END_TEST

Suite *
engine_suite(void)
{
	Suite *s = suite_create("engine");
	TCase *t = tcase_create("engines");

	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, random_programs_are_equal_on_both_engines_in_64_bit_mode, 1,
	    (int)ARRAY_SIZE(settings));
	tcase_add_loop_test(t, random_programs_are_equal_on_both_engines_in_32_bit_mode, 1,
	    (int)ARRAY_SIZE(settings));
	tcase_add_loop_test(t, random_programs_are_equal_on_both_engines_in_segments_with_bases,
	    1, (int)ARRAY_SIZE(settings));
	tcase_add_loop_test(t, code_that_a_data_access_moves_goes_on_in_the_new_page, 0,
	    (int)ARRAY_SIZE(settings));
	suite_add_tcase(s, t);
	return s;
}
