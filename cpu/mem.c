/*
 * cpu/mem.c - memory as instructions see it: seg:ea to bytes
 *
 * Order of checks as observed and as AMD APM vol 2 §8.5 "Priorities" lists
 * them: segment type and limit or canonical form, alignment (#AC, before the
 * page is looked at), then translation.
 */
#include "cpu/exec_priv.h"

#include "cpu/system.h"
#include "cpu/timing.h"
#include "cpu/trace.h"

uint64_t
stack_mask(const struct cpu *c)
{
	if (c->mode & MK_64)
		return ~(uint64_t)0;
	return c->mode & MK_SS32 ? 0xffffffff : 0xffff;
}

uint64_t
insn_ea(const struct cpu *c, const struct insn *in)
{
	uint64_t ea = in->disp;

	if (in->base == REG_RIP)
		ea += c->next_rip;
	else if (in->base != REG_NONE)
		ea += c->gpr[in->base];
	if (in->index != REG_NONE)
		ea += c->gpr[in->index] << in->scale;
	return ea & size_mask(in->addrsize);
}

/* In 64-bit mode only FS and GS have a base: AMD APM vol 2 §4.5.3 "Segment
 * Registers". */
gva_t
seg_linear(const struct cpu *c, unsigned seg, uint64_t ea)
{
	if (in_long64(c))
		return seg >= SEG_FS ? c->seg[seg].base + ea : ea;
	return (uint32_t)(c->seg[seg].base + ea);
}

static bool
seg_fault(struct cpu *c, unsigned seg)
{
	return raise_error(c, seg == SEG_SS ? EXC_SS : EXC_GP, 0);
}

/* AMD APM vol 2 §4.12 "Limit Checks".  An expand-up segment of 4 GiB wraps. */
static bool
seg_limit_ok(const struct seg *s, uint64_t ea, uint64_t size)
{
	uint64_t last = ea + size - 1;

	if ((s->attr & (SA_S | SA_CODE | SA_EXPDOWN)) == (SA_S | SA_EXPDOWN))
		return ea > s->limit && last <= (s->attr & SA_DB ? 0xffffffff : 0xffff);
	return last <= s->limit || s->limit == 0xffffffff;
}

static bool
seg_type_ok(const struct seg *s, unsigned acc)
{
	if (acc & ACC_W)
		return (s->attr & (SA_CODE | SA_RW)) == SA_RW;
	return !(s->attr & SA_CODE) || s->attr & SA_RW;
}

bool
seg_check(struct cpu *c, unsigned seg, uint64_t ea, uint64_t size, unsigned acc)
{
	const struct seg *s = &c->seg[seg];
	gva_t va;

	if (in_long64(c)) {
		va = seg_linear(c, seg, ea);
		if (lin_canonical(va) && lin_canonical(va + size - 1))
			return true;
		return seg_fault(c, seg);
	}
	if (!in_real_or_vm(c) && (SEG_UNUSABLE(s) || !seg_type_ok(s, acc)))
		return seg_fault(c, seg);
	return seg_limit_ok(s, ea, size) || seg_fault(c, seg);
}

/* Bytes a reference of this size must be aligned to.  AMD APM vol 2 §8.2.17
 * "#AC-Alignment-Check Exception (Vector 17)"; 80-bit values count as 8. */
static unsigned
natural_alignment(unsigned size)
{
	if (!(size & (size - 1)))
		return size <= 16 ? size : 1;
	if (size == 10)
		return 8;
	return size & 3 ? 2 : 4;
}

bool
seg_addr(struct cpu *c, unsigned seg, uint64_t ea, unsigned size, unsigned acc,
    gva_t *va)
{
	if (!seg_check(c, seg, ea, size, acc))
		return false;
	*va = seg_linear(c, seg, ea);
	if (c->mode & MK_AC && *va & (natural_alignment(size) - 1))
		return raise_error(c, EXC_AC, 0);
	return true;
}

/* ---- spans ---- */

static void
watch_data(struct cpu *c, gva_t va, unsigned size, bool write)
{
	if (cpu_debug_armed(c))
		cpu_debug_data(c, va, size, write);
	if (c->debugger && c->debugger->data)
		c->debugger->data(c->debugger->arg, c, va, size, write);
}

static bool
lookup(struct cpu *c, gva_t va, unsigned acc, struct mmu_ref *ref)
{
	struct walk_fault f;

	return mmu_lookup(&c->mmu, va, acc, ref, &f) || raise_pf(c, &f);
}

bool
span_open_lin(struct cpu *c, struct span *s, gva_t va, unsigned size, unsigned acc)
{
	unsigned room = PAGE_SIZE - (va & ~PAGE_MASK);
	gva_t next;

	s->va = va;
	s->size = size;
	s->first = size < room ? size : room;
	s->fast = NULL;
	if (!lookup(c, va, acc, &s->ref[0]))
		return false;
	if (s->first == size)
		return true;
	next = va + s->first;
	if (!in_long64(c))
		next = (uint32_t)next;
	return lookup(c, next, acc, &s->ref[1]);
}

/* The fast tables of the current bank serve data accesses at this CPL. */
static bool
span_open_fast(struct cpu *c, struct span *s, gva_t va, unsigned size, unsigned acc)
{
	struct ftlb_entry *e;

	e = ftlb_at(acc & ACC_W ? c->mmu.wr : c->mmu.rd, va, c->mmu.mask);
	if (va - e->va > PAGE_SIZE - size)
		return false;
	s->va = va;
	s->size = size;
	s->fast = (uint8_t *)(uintptr_t)(va + e->addend);
	return true;
}

bool
span_open(struct cpu *c, struct span *s, unsigned seg, uint64_t ea, unsigned size,
    unsigned acc)
{
	gva_t va;

	if (!seg_addr(c, seg, ea, size, acc, &va))
		return false;
	return span_open_fast(c, s, va, size, acc) ||
	    span_open_lin(c, s, va, size, acc | mmu_data_acc(&c->mmu));
}

static unsigned
largest_power(unsigned n)
{
	return n >= 8 ? 8 : n >= 4 ? 4 : n >= 2 ? 2 : 1;
}

static void
device_read(struct cpu *c, hpa_t at, uint8_t *buf, unsigned n)
{
	unsigned k;

	c->charge += c->costs->mmio;
	for (; n; n -= k, at += k, buf += k) {
		k = largest_power(n);
		put_le(buf, k, phys_ld(c->pm, at, k));
	}
}

static void
device_write(struct cpu *c, hpa_t at, const uint8_t *buf, unsigned n)
{
	unsigned k;

	c->charge += c->costs->mmio;
	for (; n; n -= k, at += k, buf += k) {
		k = largest_power(n);
		phys_st(c->pm, at, k, get_le(buf, k));
	}
}

static void
part_read(struct cpu *c, const struct mmu_ref *r, uint8_t *buf, unsigned n)
{
	if (r->host)
		memcpy(buf, r->host, n);
	else
		device_read(c, r->hpa, buf, n);
}

static void
part_write(struct cpu *c, const struct mmu_ref *r, const uint8_t *buf, unsigned n)
{
	if (!r->host) {
		device_write(c, r->hpa, buf, n);
		return;
	}
	phys_touched(c->pm, r->id, (uint32_t)(r->hpa & ~PAGE_MASK), n);
	memcpy(r->host, buf, n);
}

void
span_read(struct cpu *c, const struct span *s, void *buf)
{
	uint8_t *p = buf;

	if (s->fast) {
		memcpy(p, s->fast, s->size);
	} else {
		part_read(c, &s->ref[0], p, s->first);
		if (s->first < s->size)
			part_read(c, &s->ref[1], p + s->first, s->size - s->first);
	}
	if (data_watched(c))
		watch_data(c, s->va, s->size, false);
}

void
span_write(struct cpu *c, const struct span *s, const void *buf)
{
	const uint8_t *p = buf;

	if (s->fast) {
		memcpy(s->fast, p, s->size);
	} else {
		part_write(c, &s->ref[0], p, s->first);
		if (s->first < s->size)
			part_write(c, &s->ref[1], p + s->first, s->size - s->first);
	}
	if (data_watched(c))
		watch_data(c, s->va, s->size, true);
}

/* ---- seg:ea ---- */

bool
seg_ld(struct cpu *c, unsigned seg, uint64_t ea, unsigned size, void *buf)
{
	struct span s;

	if (!span_open(c, &s, seg, ea, size, ACC_R))
		return false;
	span_read(c, &s, buf);
	return true;
}

bool
seg_st(struct cpu *c, unsigned seg, uint64_t ea, unsigned size, const void *buf)
{
	struct span s;

	if (!span_open(c, &s, seg, ea, size, ACC_W))
		return false;
	span_write(c, &s, buf);
	return true;
}

bool
seg_ld_u(struct cpu *c, unsigned seg, uint64_t ea, unsigned size, uint64_t *v)
{
	*v = 0;
	return seg_ld(c, seg, ea, size, v);
}

bool
seg_st_u(struct cpu *c, unsigned seg, uint64_t ea, unsigned size, uint64_t v)
{
	return seg_st(c, seg, ea, size, &v);
}

bool
seg_probe_w(struct cpu *c, unsigned seg, uint64_t ea, unsigned n)
{
	struct span s;

	if (!n)
		return true;
	if (!seg_check(c, seg, ea, n, ACC_W))
		return false;
	return span_open_lin(c, &s, seg_linear(c, seg, ea), n,
	    ACC_W | mmu_data_acc(&c->mmu));
}

/* ---- linear ---- */

bool
lin_ld(struct cpu *c, gva_t va, void *buf, unsigned size)
{
	struct span s;

	if (!span_open_fast(c, &s, va, size, ACC_R) &&
	    !span_open_lin(c, &s, va, size, ACC_R | mmu_data_acc(&c->mmu)))
		return false;
	span_read(c, &s, buf);
	return true;
}

bool
lin_st(struct cpu *c, gva_t va, const void *buf, unsigned size)
{
	struct span s;

	if (!span_open_fast(c, &s, va, size, ACC_W) &&
	    !span_open_lin(c, &s, va, size, ACC_W | mmu_data_acc(&c->mmu)))
		return false;
	span_write(c, &s, buf);
	return true;
}

/* Descriptor tables, TSS and stacks of inner levels are not watched: AMD APM
 * vol 2 §13.1.2 "Setting Breakpoints" is about the program's own references. */
bool
sys_ld_u(struct cpu *c, gva_t va, unsigned size, uint64_t *v)
{
	struct span s;

	*v = 0;
	if (!span_open_lin(c, &s, va, size, ACC_R | ACC_IMPLICIT))
		return false;
	part_read(c, &s.ref[0], (uint8_t *)v, s.first);
	if (s.first < size)
		part_read(c, &s.ref[1], (uint8_t *)v + s.first, size - s.first);
	return true;
}

bool
sys_st_u(struct cpu *c, gva_t va, unsigned size, uint64_t v)
{
	struct span s;

	if (!span_open_lin(c, &s, va, size, ACC_W | ACC_IMPLICIT))
		return false;
	part_write(c, &s.ref[0], (uint8_t *)&v, s.first);
	if (s.first < size)
		part_write(c, &s.ref[1], (uint8_t *)&v + s.first, size - s.first);
	return true;
}

/* ---- stack ---- */

void
stack_pointer_set(struct cpu *c, uint64_t mask, uint64_t sp)
{
	if (mask == 0xffff)
		gpr_write(c, RSP, 2, sp);
	else
		c->gpr[RSP] = sp & mask;
}

bool
cpu_push(struct cpu *c, unsigned size, uint64_t v)
{
	uint64_t mask = stack_mask(c);
	uint64_t sp = (c->gpr[RSP] - size) & mask;

	if (!seg_st_u(c, SEG_SS, sp, size, v))
		return false;
	stack_pointer_set(c, mask, sp);
	return true;
}

bool
cpu_pop(struct cpu *c, unsigned size, uint64_t *v)
{
	uint64_t mask = stack_mask(c);
	uint64_t sp = c->gpr[RSP] & mask;

	if (!seg_ld_u(c, SEG_SS, sp, size, v))
		return false;
	stack_pointer_set(c, mask, sp + size);
	return true;
}
