#ifndef CPU_X87_H
#define CPU_X87_H

/*
 * cpu/x87.h - the register stack, tags and exceptions of struct x87
 *
 * What x87, MMX and FXSAVE code share.  References: Intel SDM vol 1 section 8.1
 * "x87 FPU Execution Environment", AMD APM vol 1 section 6.2 "Registers".
 *
 * ftw: a register is either empty (3) or not (0).  Processors keep no more than
 * this and derive valid, zero and special from the contents when the tag word
 * is stored; x87_full_tags() does so.  An MMX register is the mant of physical
 * register i; writing one sets se to all ones.
 *
 * ES (and B, its copy) always equals "a flag is set whose mask is clear".
 * Whoever changes fcw or fsw calls x87_update_es().
 */
#include "cpu/cpu.h"

#define FSW_SF		0x0040u		/* stack fault, with IE */
#define FSW_ES		0x0080u
#define FSW_B		0x8000u
#define FSW_CC		(F80_C0 | F80_C1 | F80_C2 | F80_C3)
#define FSW_TOP_SHIFT	11
#define FSW_TOP		(7u << FSW_TOP_SHIFT)

#define FCW_RESERVED1	0x0040u		/* always reads as 1 */
#define FCW_RESERVED0	0xe080u		/* always read as 0 */
#define FCW_INIT	0x037fu
#define TAG_EMPTY	3u

static inline unsigned
x87_top(const struct x87 *x)
{
	return x->fsw >> FSW_TOP_SHIFT & 7;
}

static inline void
x87_set_top(struct x87 *x, unsigned top)
{
	x->fsw = (uint16_t)((x->fsw & ~FSW_TOP) | (top & 7) << FSW_TOP_SHIFT);
}

/* Physical number of ST(i). */
static inline unsigned
x87_phys(const struct x87 *x, unsigned i)
{
	return (x87_top(x) + i) & 7;
}

static inline bool
x87_empty(const struct x87 *x, unsigned i)
{
	return (x->ftw >> 2 * x87_phys(x, i) & 3) == TAG_EMPTY;
}

static inline struct f80
x87_get(const struct x87 *x, unsigned i)
{
	return x->reg[x87_phys(x, i)];
}

/* Write ST(i), which becomes valid. */
static inline void
x87_set(struct x87 *x, unsigned i, struct f80 v)
{
	unsigned p = x87_phys(x, i);

	x->reg[p] = v;
	x->ftw &= (uint16_t)~(3u << 2 * p);
}

static inline void
x87_free(struct x87 *x, unsigned i)
{
	x->ftw |= (uint16_t)(3u << 2 * x87_phys(x, i));
}

static inline void
x87_pop(struct x87 *x)
{
	x87_free(x, 0);
	x87_set_top(x, x87_top(x) + 1);
}

static inline void
x87_push(struct x87 *x, struct f80 v)
{
	x87_set_top(x, x87_top(x) - 1);
	x87_set(x, 0, v);
}

/* FNINIT; registers keep their contents. */
void	x87_init(struct x87 *x);

/* Tag word as FNSTENV stores it. */
uint16_t x87_full_tags(const struct x87 *x);
/* Keeps from a loaded tag word what the processor keeps. */
void	x87_set_tags(struct x87 *x, uint16_t ftw);
/* FXSAVE's tag byte: bit i set if physical register i is not empty. */
uint8_t	x87_abridged_tags(const struct x87 *x);
void	x87_set_abridged_tags(struct x87 *x, uint8_t tags);

/* FLDCW, FRSTOR, FXRSTOR: reserved bits have fixed values. */
static inline uint16_t
x87_fcw_legal(uint16_t fcw)
{
	return (uint16_t)((fcw & ~FCW_RESERVED0) | FCW_RESERVED1);
}

/*
 * The environment image of FNSTENV, FNSAVE, FLDENV, FRSTOR.  Loading leaves ES
 * and B to a following x87_update_es().
 */
#define X87_ENV_MAX	28u

struct x87_format {
	bool		real;		/* real or virtual-8086 mode */
	bool		wide;		/* 32-bit operand size */
};

unsigned x87_env_size(struct x87_format f);
unsigned x87_env_store(const struct x87 *x, struct x87_format f, uint8_t *p);
void	x87_env_load(struct x87 *x, struct x87_format f, const uint8_t *p);

/*
 * Recompute ES and B after flags or masks changed.  With CR0.NE clear FERR#
 * follows ES: the interrupt comes at the boundary after the instruction that
 * raised the exception, when the handler finds FIP and operands untouched.
 */
void	x87_update_es(struct cpu *c);

/*
 * Before a waiting x87 or MMX instruction: false and #MF if an exception is
 * pending and CR0.NE is set.  With CR0.NE clear the external interrupt is in
 * charge and the instruction runs, as with IGNNE# asserted.
 */
bool	x87_check_pending(struct cpu *c) MUST_CHECK;

/* Any MMX instruction: TOP = 0, all registers valid (EMMS then empties them). */
static inline void
x87_mmx_enter(struct x87 *x)
{
	x->fsw &= (uint16_t)~FSW_TOP;
	x->ftw = 0;
}

static inline void
x87_mmx_write(struct x87 *x, unsigned reg, uint64_t v)
{
	x->reg[reg].mant = v;
	x->reg[reg].se = 0xffff;
}

#endif
