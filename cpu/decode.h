/*
 * cpu/decode.h - bytes to instruction
 *
 * decode() is a pure function of bytes and mode.  It knows nothing of paging:
 * the caller gathers up to 15 bytes and decodes again with more when told.
 */
#ifndef CPU_DECODE_H
#define CPU_DECODE_H

#include "cpu/insn.h"

/* Decode mode: default sizes and what exists. */
#define DM_64		0x01	/* 64-bit code */
#define DM_32		0x02	/* 32-bit default operand and address size */
#define DM_PE		0x04	/* protected mode, not virtual-8086 */

#define INSN_MAX	15

enum decode_result {
	DEC_OK,
	DEC_MORE,		/* the n bytes are a proper prefix of an instruction */
	DEC_UD,			/* #UD; in->len is the number of bytes consumed */
	DEC_TOO_LONG		/* more than 15 bytes: #GP(0) */
};

struct feat_set {
	uint64_t	w[2];
};
static_assert(FEAT_COUNT <= 128, "a feat_set has room");

static inline bool
feat_has(const struct feat_set *f, unsigned feat)
{
	return f->w[feat / 64] >> (feat % 64) & 1;
}

/* features NULL: all.  On DEC_OK every field of *in is set.  LOCK misuse,
 * CK_NO64, CK_ONLY64, CK_PE and missing features are DEC_UD here; the checks
 * that depend on CPL and control registers are the executor's. */
enum decode_result decode(const uint8_t *bytes, unsigned n, unsigned mode,
	    const struct feat_set *features, struct insn *in);

/* Intel-syntax text of a decoded instruction at rip into buf (NUL-terminated). */
void	disasm(const struct insn *in, unsigned mode, uint64_t rip, char *buf, size_t n);
/* The mnemonic alone, as disasm() prints it. */
void	insn_mnemonic(const struct insn *in, unsigned mode, char *buf, size_t n);

#endif
