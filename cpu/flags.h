/*
 * cpu/flags.h - lazy arithmetic flags
 *
 * The last flag-setting operation leaves its result, one operand and its kind;
 * flags are computed when somebody reads them.  Size s is 0..3 for 8..64 bits;
 * cc_op = kind * 4 + s.  res and src are taken modulo the size.
 *
 *	kind	res	src		meaning
 *	CC_RAW	flags	-		the six flags in their RFLAGS places
 *	CC_ADD	a+b	b
 *	CC_ADC	a+b+1	b		the carry in was 1 (was 0: CC_ADD)
 *	CC_SUB	a-b	b		also CMP and NEG (a = 0)
 *	CC_SBB	a-b-1	b		the borrow in was 1 (was 0: CC_SUB)
 *	CC_LOGIC a&b	-		OF = CF = AF = 0
 *	CC_INC	a+1	old CF
 *	CC_DEC	a-1	old CF
 *	CC_SHL	result	a << (n-1)	CF its top bit, OF = CF ^ top(res), AF = 0
 *	CC_SHR	result	a >> (n-1)	CF bit 0, OF = the top two bits of res differ, AF = 0
 *	CC_SAR	result	a >> (n-1)	CF bit 0, OF = 0, AF = 0
 *	CC_MUL	low	high differs	CF = OF = src != 0; SF ZF PF by res, AF = 0
 *
 * Flags the manual leaves undefined are what the table above computes; both
 * engines use it, so they agree.
 */
#ifndef CPU_FLAGS_H
#define CPU_FLAGS_H

#include "cpu/cpu.h"

enum cc_kind {
	CC_K_RAW, CC_K_ADD, CC_K_ADC, CC_K_SUB, CC_K_SBB, CC_K_LOGIC, CC_K_INC,
	CC_K_DEC, CC_K_SHL, CC_K_SHR, CC_K_SAR, CC_K_MUL, CC_K_COUNT
};
#define CC_OP(kind, s)	((uint32_t)(CC_K_##kind * 4 + (s)))
#define CC_RAW		0u

/* 1, 2, 4, 8 -> 0, 1, 2, 3 */
static inline unsigned
size_log2(unsigned size)
{
	return (unsigned)__builtin_ctz(size);
}

static inline void
cc_set(struct cpu *c, uint32_t op, uint64_t res, uint64_t src)
{
	c->cc_res = res;
	c->cc_src = src;
	c->cc_op = op;
}

/* The six arithmetic flags in their RFLAGS places. */
uint32_t cc_flags(const struct cpu *c);
/* The carry flag alone, 0 or 1. */
unsigned cc_carry(const struct cpu *c);
/* Condition 0..15 as encoded in Jcc, SETcc, CMOVcc. */
bool	cc_test(const struct cpu *c, unsigned cond);

static inline void
cc_set_raw(struct cpu *c, uint32_t flags)
{
	cc_set(c, CC_RAW, flags & F_OSZAPC, 0);
}

/* Complete architectural RFLAGS. */
static inline uint64_t
rflags_get(const struct cpu *c)
{
	return (c->rflags & ~(uint64_t)F_OSZAPC) | cc_flags(c) | 2;
}

/* Sets all of RFLAGS (callers have masked what they may change) and updates
 * what depends on it (IF, TF, AC, VM, IOPL -> cpu_mode_update()). */
void	rflags_set(struct cpu *c, uint64_t v);

#endif
