/*
 * cpu/exec_string.c - MOVS, CMPS, STOS, LODS, SCAS and repetition
 *
 * One call runs as many iterations as the law of time allows.  Each iteration
 * costs COST_STR; the last one's cost is the instruction's own, added by the
 * run loop when it retires, so a repeated instruction that reaches the deadline
 * with its last iteration is complete, not interrupted.  Between iterations
 * time moves, registers are up to date, and an event that is due leaves the
 * instruction with rep_active set: it has not retired and rip stays.
 */
#include "cpu/exec_priv.h"

#include <string.h>

#include "cpu/svm.h"
#include "cpu/timing.h"

struct repeat {
	uint8_t		code[INSN_MAX];	/* what is executed */
	unsigned	overtime;	/* iterations since it was overwritten */
};

/* ---- repetition ---- */

/*
 * An event wants the next boundary.  PIN_STOP does not count: it may come from
 * the host at any time, and where an instruction is interrupted decides whether
 * its pages are looked up again.
 */
static bool
event_due(const struct cpu *c)
{
	return c->cycles >= c->deadline || c->rflags & F_TF ||
	    cpu_pins_due(c, c->pins & ~(uint32_t)PIN_STOP);
}

/* The instruction is left in the middle.  RF: an instruction breakpoint on it
 * was taken already (AMD APM vol 2 §13.1.3.1 "Breakpoint Exceptions"). */
static bool
interrupt(struct cpu *c)
{
	c->rep_active = true;
	c->next_rip = c->rip;
	c->rflags |= F_RF;
	return true;
}

/* Where the byte of code at rip + done is; NULL: not in memory. */
static const uint8_t *
code_host(struct cpu *c, unsigned done)
{
	return mmu_code_free(&c->mmu, seg_linear(c, SEG_CS, c->rip + done));
}

/* Bytes of in, from done on, that are in one page. */
static unsigned
code_part(const struct cpu *c, const struct insn *in, unsigned done)
{
	unsigned room = PAGE_SIZE - (seg_linear(c, SEG_CS, c->rip + done) & ~PAGE_MASK);

	return in->len - done < room ? in->len - done : room;
}

static void
read_code(struct cpu *c, const struct insn *in, uint8_t code[INSN_MAX])
{
	unsigned done, n;

	for (done = 0; done < in->len; done += n) {
		const uint8_t *host = code_host(c, done);

		n = code_part(c, in, done);
		if (host)
			memcpy(code + done, host, n);
		else
			memset(code + done, 0, n);
	}
}

/*
 * The instruction has overwritten itself.  It goes on, as it is under way, but
 * nothing may come between its iterations any more: it would be fetched again, and
 * the host may want to look after any iteration, which must not make a difference.
 * So that it ends, what is there now is executed after OVERTIME iterations.
 */
#define OVERTIME	4096u

static bool
overwritten(struct cpu *c, const struct insn *in, const struct string_op *op,
    const uint8_t was[INSN_MAX])
{
	uint8_t is[INSN_MAX];

	if (!op->stores)
		return false;
	read_code(c, in, is);
	return memcmp(is, was, in->len);
}

/* Storing n bytes at to would change the instruction. */
static bool
hits_code(struct cpu *c, const struct insn *in, const uint8_t *to, uint64_t n)
{
	unsigned done, part;

	for (done = 0; done < in->len; done += part) {
		const uint8_t *host = code_host(c, done);

		part = code_part(c, in, done);
		if (host && (uintptr_t)to < (uintptr_t)host + part &&
		    (uintptr_t)host < (uintptr_t)to + n)
			return true;
	}
	return false;
}

/* Iterations, the last excepted, that begin before the deadline. */
static uint64_t
iterations_left(const struct cpu *c, uint64_t count)
{
	uint64_t cost = c->cost[COST_STR];
	uint64_t time = c->deadline - c->cycles;
	uint64_t n = time / cost + !!(time % cost);

	return n < count ? n : count;
}

static bool
comparison_ends(const struct cpu *c, const struct insn *in)
{
	bool zf = cc_flags(c) & F_ZF;

	return in->prefix & PFX_F2 ? zf : !zf;
}

static void
bulk(struct cpu *c, const struct insn *in, const struct string_op *op, uint64_t *count)
{
	uint64_t n;

	if (!op->bulk || *count < 2 || all_data_watched(c))
		return;
	n = op->bulk(c, in, iterations_left(c, *count - 1));
	*count -= n;
	gpr_write(c, RCX, in->addrsize, *count);
	c->cycles += n * c->cost[COST_STR];
}

/* After an iteration that is not the last: is the instruction left here? */
static bool
leaves(struct cpu *c, const struct insn *in, const struct string_op *op, struct repeat *r)
{
	if (!r->overtime && !overwritten(c, in, op, r->code))
		return event_due(c);
	return ++r->overtime > OVERTIME;
}

bool
string_repeat(struct cpu *c, const struct insn *in, const struct string_op *op)
{
	uint64_t count = gpr_read(c, RCX, in->addrsize);
	struct repeat r = { .overtime = 0 };

	if (!(in->prefix & (PFX_F3 | PFX_F2)))
		return op->iterate(c, in);
	if (op->stores)
		read_code(c, in, r.code);
	while (count) {
		if (!op->iterate(c, in))
			return false;
		gpr_write(c, RCX, in->addrsize, --count);
		if (!count || (op->compares && comparison_ends(c, in)))
			break;
		c->cycles += c->cost[COST_STR];
		cpu_fold(c);
		if (leaves(c, in, op, &r))
			return interrupt(c);
		if (r.overtime)
			continue;
		bulk(c, in, op, &count);
		if (event_due(c))
			return interrupt(c);
	}
	return true;
}

/* ---- elements ---- */

static uint64_t
index_of(const struct cpu *c, const struct insn *in, unsigned reg)
{
	return c->gpr[reg] & size_mask(in->addrsize);
}

static void
index_step(struct cpu *c, const struct insn *in, unsigned reg)
{
	uint64_t step = c->rflags & F_DF ? -(uint64_t)in->opsize : in->opsize;

	gpr_write(c, reg, in->addrsize, c->gpr[reg] + step);
}

static bool
load_source(struct cpu *c, const struct insn *in, uint64_t *v)
{
	return seg_ld_u(c, in->seg, index_of(c, in, RSI), in->opsize, v);
}

static bool
movs_one(struct cpu *c, const struct insn *in)
{
	uint64_t v;

	if (!load_source(c, in, &v) ||
	    !seg_st_u(c, SEG_ES, index_of(c, in, RDI), in->opsize, v))
		return false;
	index_step(c, in, RSI);
	index_step(c, in, RDI);
	return true;
}

static bool
stos_one(struct cpu *c, const struct insn *in)
{
	if (!seg_st_u(c, SEG_ES, index_of(c, in, RDI), in->opsize, c->gpr[RAX]))
		return false;
	index_step(c, in, RDI);
	return true;
}

static bool
lods_one(struct cpu *c, const struct insn *in)
{
	uint64_t v;

	if (!load_source(c, in, &v))
		return false;
	gpr_write(c, RAX, in->opsize, v);
	index_step(c, in, RSI);
	return true;
}

/* ES:rDI first (observed, family 19h). */
static bool
cmps_one(struct cpu *c, const struct insn *in)
{
	uint64_t a, b;

	if (!seg_ld_u(c, SEG_ES, index_of(c, in, RDI), in->opsize, &b) ||
	    !load_source(c, in, &a))
		return false;
	index_step(c, in, RSI);
	index_step(c, in, RDI);
	cc_set(c, CC_OP(SUB, size_log2(in->opsize)), a - b, b);
	return true;
}

static bool
scas_one(struct cpu *c, const struct insn *in)
{
	uint64_t b;

	if (!seg_ld_u(c, SEG_ES, index_of(c, in, RDI), in->opsize, &b))
		return false;
	index_step(c, in, RDI);
	cc_set(c, CC_OP(SUB, size_log2(in->opsize)), gpr_read(c, RAX, in->opsize) - b, b);
	return true;
}

/* ---- many elements at once ---- */

/*
 * The elements from seg:index on, in the direction of DF, that need no further
 * check and no charge: inside the page, behind a live fast entry, inside segment
 * and address size.  Returns the host address of the lowest one and lowers *n,
 * or NULL.  Whatever fails here is left to the single iteration, which finds out
 * in the proper order.
 */
static uint8_t *
run_of(struct cpu *c, const struct insn *in, unsigned seg, unsigned reg,
    struct ftlb_entry *table, unsigned acc, uint64_t *n)
{
	uint64_t ea = index_of(c, in, reg), back = 0, room;
	gva_t va = seg_linear(c, seg, ea), offset = va & ~PAGE_MASK;
	struct ftlb_entry *e = ftlb_at(table, va, c->mmu.mask);
	struct cpu_fault saved = c->fault;
	bool ok;

	if (va - e->va >= PAGE_SIZE || (c->mode & MK_AC && va & (in->opsize - 1)))
		return NULL;
	room = (PAGE_SIZE - offset) / in->opsize;
	if (room && c->rflags & F_DF)
		room = offset / in->opsize + 1;
	if (*n > room)
		*n = room;
	if (*n && c->rflags & F_DF)
		back = (*n - 1) * in->opsize;
	if (!*n || back > ea || ea - back + *n * in->opsize - 1 > size_mask(in->addrsize) ||
	    ea - back + *n * in->opsize - 1 < ea - back)
		return NULL;
	ok = seg_check(c, seg, ea - back, *n * in->opsize, acc);
	c->fault = saved;
	return ok ? (uint8_t *)(uintptr_t)(va - back + e->addend) : NULL;
}

static void
index_advance(struct cpu *c, const struct insn *in, unsigned reg, uint64_t n)
{
	uint64_t by = c->rflags & F_DF ? -(n * in->opsize) : n * in->opsize;

	gpr_write(c, reg, in->addrsize, c->gpr[reg] + by);
}

/* Element by element, as a copy must be that reads what it has written. */
static void
copy_elements(uint8_t *to, const uint8_t *from, unsigned size, uint64_t n, bool down)
{
	for (uint64_t i = 0; i < n; i++) {
		uint64_t at = (down ? n - 1 - i : i) * size;

		put_le(to + at, size, get_le(from + at, size));
	}
}

static uint64_t
movs_bulk(struct cpu *c, const struct insn *in, uint64_t max)
{
	bool down = c->rflags & F_DF;
	uint64_t n = max, size, behind;
	const uint8_t *from;
	uint8_t *to;

	from = run_of(c, in, in->seg, RSI, c->mmu.rd, ACC_R, &n);
	to = from ? run_of(c, in, SEG_ES, RDI, c->mmu.wr, ACC_W, &n) : NULL;
	if (!to)
		return 0;
	/* With fewer elements the lowest one of a downward run is higher. */
	from = run_of(c, in, in->seg, RSI, c->mmu.rd, ACC_R, &n);
	size = n * in->opsize;
	if (hits_code(c, in, to, size))
		return 0;
	behind = down ? (uintptr_t)from - (uintptr_t)to : (uintptr_t)to - (uintptr_t)from;
	if (behind && behind < size)
		copy_elements(to, from, in->opsize, n, down);
	else
		memmove(to, from, size);
	index_advance(c, in, RSI, n);
	index_advance(c, in, RDI, n);
	return n;
}

/* n times the low bytes of v; mostly they are the same, and zero. */
static void
fill_run(uint8_t *to, unsigned size, uint64_t v, uint64_t n)
{
	uint64_t all = (v & 0xff) * 0x0101010101010101, i;

	if (!((v ^ all) & size_mask(size))) {
		memset(to, (int)(v & 0xff), n * size);
		return;
	}
	for (i = 0; i < n; i++)
		put_le(to + i * size, size, v);
}

static uint64_t
stos_bulk(struct cpu *c, const struct insn *in, uint64_t max)
{
	uint64_t n = max;
	uint8_t *to;

	to = run_of(c, in, SEG_ES, RDI, c->mmu.wr, ACC_W, &n);
	if (!to || hits_code(c, in, to, n * in->opsize))
		return 0;
	fill_run(to, in->opsize, c->gpr[RAX], n);
	index_advance(c, in, RDI, n);
	return n;
}

/* ---- instructions ---- */

bool
x_movs(struct cpu *c, const struct insn *in, union xval *v)
{
	static const struct string_op op = { movs_one, movs_bulk, false, true };

	(void)v;
	return string_repeat(c, in, &op);
}

bool
x_stos(struct cpu *c, const struct insn *in, union xval *v)
{
	static const struct string_op op = { stos_one, stos_bulk, false, true };

	(void)v;
	return string_repeat(c, in, &op);
}

bool
x_lods(struct cpu *c, const struct insn *in, union xval *v)
{
	static const struct string_op op = { lods_one, NULL, false, false };

	(void)v;
	return string_repeat(c, in, &op);
}

bool
x_cmps(struct cpu *c, const struct insn *in, union xval *v)
{
	static const struct string_op op = { cmps_one, NULL, true, false };

	(void)v;
	return string_repeat(c, in, &op);
}

bool
x_scas(struct cpu *c, const struct insn *in, union xval *v)
{
	static const struct string_op op = { scas_one, NULL, true, false };

	(void)v;
	return string_repeat(c, in, &op);
}
