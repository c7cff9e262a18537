/*
 * tests/insn/case.h - one instruction, what it starts from and what it leaves
 *
 * The layout of the memory that tests/insn/diff shares with its workers, which
 * are separate programs, one of them 32-bit: only fixed-width types, the same
 * offsets everywhere.
 *
 * Linear addresses are the same on the host and in the emulated processor:
 *
 *	CODE_AT		CODE_PAGES pages, read and execute
 *	DATA_AT		two pages read and write, one read-only
 *	far window	two pages read and write, one read-only
 *
 * and nothing is mapped below and above.  The writable pages together are the
 * arena: data window first.  Before each case it holds the template, then the
 * case's patch; what differs from the template afterwards is the memory result.
 */
#ifndef TESTS_INSN_CASE_H
#define TESTS_INSN_CASE_H

#include <stddef.h>
#include <stdint.h>

#define CASE_PAGE	4096u
#define CODE_AT		0x10000000u
#define CODE_PAGES	2u
#define CODE_BYTES	(CODE_PAGES * CASE_PAGE)
#define CODE_FILL	0xccu		/* INT3: where a jump or a repetition ends */
#define DATA_AT		0x20000000u
#define FAR64_AT	0x6a5500000000u
#define FAR32_AT	0xe0000000u
#define WINDOW_PAGES	2u		/* writable ones */
#define WINDOW_BYTES	(WINDOW_PAGES * CASE_PAGE)
#define ARENA_BYTES	(2 * WINDOW_BYTES)

/* Segments with a base: 64-bit FS and GS bases; 32-bit descriptors whose limits
 * end inside or at the end of a window. */
#define FS_BASE		(DATA_AT + 0x100u)
#define FS_LIMIT32	0xffffu
#define GS_BASE64	(FAR64_AT + 0x40u)
#define GS_BASE32	FAR32_AT
#define GS_LIMIT32	0x1fffu

#define PATCH_MAX	640u
#define BATCH		256u

/* Vectors that are no exceptions. */
#define VECTOR_NONE	0xffu

struct case_regs {
	uint64_t	gpr[16];
	uint64_t	rip;
	uint64_t	rflags;
	uint64_t	fs_base, gs_base;
	uint8_t		fx[512];	/* FXSAVE64 image, without pointers */
};

/* Register state and memory after the instruction. */
struct outcome {
	struct case_regs regs;
	uint32_t	vector;		/* exception, 1 for the single-step trap */
	uint32_t	error;
	uint64_t	cr2;
	uint32_t	lo, hi;		/* changed bytes of the arena: [lo, hi) */
	uint8_t		change[ARENA_BYTES];	/* their contents */
};

struct insn_case {
	struct case_regs regs;
	uint32_t	code_off;	/* in the code window */
	uint32_t	code_len;	/* bytes before CODE_FILL or the window's end */
	uint8_t		code[16];
	uint32_t	patch_at, patch_len;
	uint8_t		patch[PATCH_MAX];
	struct outcome	host;
};

struct shared {
	/* Filled in by the worker before it says it is ready. */
	uint32_t	cs, ss, ds, es, fs, gs;
	uint32_t	has_fsgsbase;	/* told by the parent */
	uint32_t	current;	/* case being run, for post-mortems */
	uint8_t		fill[CASE_PAGE - 32];
	uint8_t		arena[ARENA_BYTES];	/* template */
	uint8_t		readonly[CASE_PAGE];	/* third page of both windows */
	struct insn_case cases[2][BATCH];
};

/* The file behind it: struct shared, then code window, then arena. */
#define SHARED_BYTES \
	((uint32_t)((sizeof(struct shared) + CASE_PAGE - 1) & ~(CASE_PAGE - 1)))
#define FILE_CODE	SHARED_BYTES
#define FILE_ARENA	(FILE_CODE + CODE_BYTES)
#define FILE_BYTES	(FILE_ARENA + ARENA_BYTES)

/* Pipes: the parent sends a batch, the worker answers with the same batch. */
#define WORKER_FILE_FD	3
struct batch_msg {
	uint32_t	buffer, count;
};

#endif
