/*
 * vmm/decode.h - the instructions a VMM has to know
 *
 * Those that can be intercepted, and the usual ones that write to memory: what
 * others do to a page table is seen by other means.  AMD APM vol 3 chapter 1
 * "Instruction Encoding".
 */
#ifndef VMM_DECODE_H
#define VMM_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/types.h"

struct vm;

/* Opcodes of two bytes are 0F00h + the second. */
struct insn {
	unsigned	len;
	unsigned	opcode;
	unsigned	size;		/* of the operand: 1, 2, 4, 8 */
	unsigned	addr_size;
	bool		rex, rep, repne, lock;
	bool		modrm, mem;	/* has a ModRM byte; with memory */
	unsigned	reg, rm;	/* numbers of registers */
	gva_t		ea;		/* linear */
	uint64_t	imm;		/* sign-extended */
	uint16_t	far_selector;	/* of a far jump */
	unsigned	seg;		/* prefix: VMCB's order; 6: none */
};

/* The instruction the guest is at.  false: none of those, or not readable. */
bool	decode(struct vm *vm, struct insn *i);

/* Guest registers of 1, 2, 4 or 8 bytes, as instructions see them. */
uint64_t reg_read(const struct vm *vm, const struct insn *i, unsigned reg,
	    unsigned size);
void	reg_write(struct vm *vm, const struct insn *i, unsigned reg,
	    unsigned size, uint64_t v);

/* The guest runs 64-bit code. */
bool	guest_is_64(const struct vm *vm);
/* Bytes that it takes for a control register and pushes: 8, or 4. */
unsigned guest_word(const struct vm *vm);

#endif
