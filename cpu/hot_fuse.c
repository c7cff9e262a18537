/*
 * cpu/hot_fuse.c - hot handlers: a move, a shift and an operation on it in one
 *
 * What hashes, generators and address arithmetic are made of.  Only registers: nothing
 * of it can fault, and the value goes from one to the next without the register file.
 * The shift's flags are dead.  k is 1..bits-1.
 */
#include "cpu/hot.h"

#define FUSE_OPS(X, ...) \
	X(xor, a ^ b, LOGIC, 0, __VA_ARGS__) X(add, a + b, ADD, b, __VA_ARGS__) \
	X(and, a & b, LOGIC, 0, __VA_ARGS__) X(or, a | b, LOGIC, 0, __VA_ARGS__) \
	X(sub, a - b, SUB, b, __VA_ARGS__)
#define KEEP_n(kind, bits, r, src)	((void)(r))
#define KEEP_f(kind, bits, r, src)	CC_STORE(kind, SL##bits, r, (uint##bits##_t)(src))

/* MOV a, b; SHIFT a, imm */
#define MOVSH(sh, op, bits) \
static HANDLER(h_mov##sh##_##bits) \
{ \
	WR(bits, s->a, RD(bits, s->b) op (s->imm & (bits - 1))); \
	NEXT(1); \
}
MOVSH(shl, <<, 32) MOVSH(shl, <<, 64) MOVSH(shr, >>, 32) MOVSH(shr, >>, 64)
const slot_fn hot_fuse_mov[2][2] = { { h_movshl_32, h_movshl_64 }, { h_movshr_32, h_movshr_64 } };

/*
 * MOV a, b; SHIFT a, imm; and behind it
 *	to:	OP a, c
 *	with:	OP c, a
 */
#define FUSE(name, expr, kind, src, sh, op, bits, N) \
static HANDLER(h_##sh##_##name##_to_##bits##_##N) \
{ \
	uint##bits##_t a = RD(bits, s->b) op (s->imm & (bits - 1)), b = RD(bits, s->c); \
	uint##bits##_t r = expr; \
	WR(bits, s->a, r); \
	KEEP_##N(kind, bits, r, src); \
	NEXT(1); \
} \
static HANDLER(h_##sh##_##name##_with_##bits##_##N) \
{ \
	uint##bits##_t b = RD(bits, s->b) op (s->imm & (bits - 1)), a = RD(bits, s->c); \
	uint##bits##_t r = expr; \
	WR(bits, s->a, b); \
	WR(bits, s->c, r); \
	KEEP_##N(kind, bits, r, src); \
	NEXT(1); \
}
#define FUSE_SIZES(name, expr, kind, src, sh, op) \
	FUSE(name, expr, kind, src, sh, op, 32, n) FUSE(name, expr, kind, src, sh, op, 32, f) \
	FUSE(name, expr, kind, src, sh, op, 64, n) FUSE(name, expr, kind, src, sh, op, 64, f)
FUSE_OPS(FUSE_SIZES, shl, <<)
FUSE_OPS(FUSE_SIZES, shr, >>)

#define FL(name)	{ name##_n, name##_f }
#define ROW(name, expr, kind, src, sh, how) { FL(h_##sh##_##name##_##how##_32), \
	FL(h_##sh##_##name##_##how##_64) },
const slot_fn hot_fuse_to[2][FUSED_OPS][2][2] = {
	{ FUSE_OPS(ROW, shl, to) }, { FUSE_OPS(ROW, shr, to) }
};
const slot_fn hot_fuse_with[2][FUSED_OPS][2][2] = {
	{ FUSE_OPS(ROW, shl, with) }, { FUSE_OPS(ROW, shr, with) }
};
