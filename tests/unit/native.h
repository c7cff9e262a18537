/*
 * tests/unit/native.h - one instruction on the host processor and on ours
 *
 * Both see the same memory: NATIVE_SIZE bytes at NATIVE_BASE, mapped into this
 * process and RAM of the emulated machine, which runs in 64-bit mode at CPL 0
 * with paging off in the MMU.  The instruction is at the same address in both:
 * run the host first, which decides it.
 */
#ifndef TESTS_NATIVE_H
#define TESTS_NATIVE_H

#include "cpu/exec.h"

#define NATIVE_BASE	0x200000u
#define NATIVE_SIZE	0x8000u
#define NATIVE_DATA	(NATIVE_BASE + 0x2000u)	/* 16 KiB of operands and stack */
#define NATIVE_DATA_SIZE 0x4000u

struct native_state {
	uint64_t	gpr[16];
	uint64_t	rflags;
	union xval	xmm[16];
	uint64_t	mm[8];
	uint32_t	mxcsr;		/* after a fault too */
	uint32_t	taken;		/* a branch by +NATIVE_HOP was taken */
	uint8_t		*data;		/* NATIVE_DATA_SIZE bytes, the caller's */
};

/* Relative offset that a tested branch must have. */
#define NATIVE_HOP	13

struct native;

struct native *native_new(void);
void	native_free(struct native *n);
/* Run the instruction; s is changed by success.  0, or a vector plus 1. */
unsigned native_run_host(struct native *n, struct native_state *s, const uint8_t *insn,
	    unsigned len);
unsigned native_run_ours(struct native *n, struct native_state *s, const uint8_t *insn,
	    unsigned len);
struct cpu *native_cpu(struct native *n);

/* A row of the instruction table, by NATIVE_ROW as OP. */
struct native_row {
	uint8_t		map, opcode, pfx;
	uint16_t	ext;
	uint16_t	opr;
	uint8_t		operand[4];
	uint32_t	chk, fu;
	const char	*name;
};
#define NATIVE_ROW(map, opcode, pfx, ext, op, o1, o2, o3, o4, acc, chk, feat, icpt, fw, fu) \
	{ map, opcode, pfx, ext, OPR_##op, { OC_##o1, OC_##o2, OC_##o3, OC_##o4 }, chk, fu, #op },

struct native_insn {
	uint8_t		byte[24];
	unsigned	len;
	struct insn	in;
};

/* A random encoding of a row; false: this one is none, try again.  Memory
 * operands have a base register, branches go to NATIVE_HOP. */
bool	native_assemble(const struct native_row *row, uint64_t *seed, struct native_insn *t);
/* Lets the memory operand of t lie at target by changing its base register. */
void	native_aim(const struct native_insn *t, uint64_t *gpr, uint64_t target);

/* xorshift64*: the sequence of tests is part of the test. */
uint64_t native_random(uint64_t *seed);
/* Random with a liking for boundary values. */
uint64_t native_operand(uint64_t *seed);

#endif
