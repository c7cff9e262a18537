/* cpu/translate_priv.h - shared by the translation files */
#ifndef CPU_TRANSLATE_PRIV_H
#define CPU_TRANSLATE_PRIV_H

#include "cpu/slot.h"

/* One slot with in's memory operand and a in its a field; false: cannot be hot. */
bool	tr_mem_op(struct tr *t, const struct insn *in, slot_fn h, uint8_t a);
/* One slot with fields a, b, imm; false when h is h_generic. */
bool	tr_reg_op(struct tr *t, slot_fn h, uint8_t a, uint8_t b, int32_t imm);
/* XMM instructions. */
bool	tr_sse(struct tr *t, const struct insn *in);

#endif
