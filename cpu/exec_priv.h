/*
 * cpu/exec_priv.h - shared by the files of the generic executor
 *
 * A span is one translated memory operand: both pages of a crossing access are
 * translated before a byte is read or written, so a read-modify-write cannot
 * fault half way.
 */
#ifndef CPU_EXEC_PRIV_H
#define CPU_EXEC_PRIV_H

#include "cpu/exec.h"
#include "cpu/trace.h"

struct span {
	gva_t		va;
	unsigned	size;
	unsigned	first;		/* bytes in the first page */
	uint8_t		*fast;		/* fast TLB hit: the bytes themselves */
	struct mmu_ref	ref[2];
};

/* Linear; acc is a complete set of ACC_*. */
bool	span_open_lin(struct cpu *c, struct span *s, gva_t va, unsigned size,
	    unsigned acc) MUST_CHECK;
/* seg:ea with all checks; acc is ACC_R or ACC_W (which allows reading too). */
bool	span_open(struct cpu *c, struct span *s, unsigned seg, uint64_t ea,
	    unsigned size, unsigned acc) MUST_CHECK;
void	span_read(struct cpu *c, const struct span *s, void *buf);
void	span_write(struct cpu *c, const struct span *s, const void *buf);

/* Limit, type and canonical check of [ea, ea + size) without alignment. */
bool	seg_check(struct cpu *c, unsigned seg, uint64_t ea, uint64_t size,
	    unsigned acc) MUST_CHECK;
/* Linear address of seg:ea, unchecked. */
gva_t	seg_linear(const struct cpu *c, unsigned seg, uint64_t ea);

/* rSP = sp in the width of the stack; mask is stack_mask(). */
void	stack_pointer_set(struct cpu *c, uint64_t mask, uint64_t sp);

/*
 * Repeats iterate as in's prefix says: until rCX is 0, iterate faults, an event
 * is due (rep_active: the instruction has not retired), or, when compares, ZF
 * says so.  bulk may do more than one iteration at once; it returns their
 * number, at most max, and must leave what as many calls of iterate leave.
 */
struct string_op {
	bool		(*iterate)(struct cpu *c, const struct insn *in);
	uint64_t	(*bulk)(struct cpu *c, const struct insn *in, uint64_t max);
	bool		compares;
	bool		stores;		/* or may change in another way what is at rip */
};
bool	string_repeat(struct cpu *c, const struct insn *in,
	    const struct string_op *op) MUST_CHECK;

static inline bool
lin_canonical(gva_t va)
{
	return (uint64_t)sign_extend(va, 48) == va;
}

/* Somebody wants to hear of data accesses. */
static inline bool
data_watched(const struct cpu *c)
{
	return unlikely(c->dr[7] & 0xff || (c->debugger && c->debugger->data));
}

/* Even where the fast TLB has a page. */
static inline bool
all_data_watched(const struct cpu *c)
{
	return data_watched(c) && (c->dr[7] & 0xff || !c->debugger->nwatched);
}

static inline uint64_t
size_mask(unsigned size)
{
	return LOW_BITS(size * 8);
}

static inline uint64_t
size_top(unsigned size)
{
	return BIT(size * 8 - 1);
}

/* What an instruction charged counts now. */
static inline void
cpu_fold(struct cpu *c)
{
	c->cycles += c->charge + c->mmu.charge;
	c->charge = 0;
	c->mmu.charge = 0;
}

#endif
