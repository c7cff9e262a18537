/*
 * cpu/exec_ssei_move.c - moves, shuffles, shifts and conversions of integers
 *			  in XMM registers
 *
 * AMD APM vol 4 "128-Bit Media Instruction Reference" by instruction name.
 */
#include "cpu/exec_priv.h"

#define UNUSED_CPU	((void)c, (void)in)

#define EXEC(op) \
bool \
x_##op(struct cpu *c, const struct insn *in, union xval *v)

/* ---- moves ---- */

#define MOVE_128(op) \
EXEC(op) \
{ \
	UNUSED_CPU; \
	v[0] = v[1]; \
	return true; \
}

MOVE_128(movdqa)
MOVE_128(movdqu)
MOVE_128(movntdq)
MOVE_128(movntdqa)
MOVE_128(lddqu)

/* Also to a general or MMX register or memory, which take what they need. */
#define MOVE_64(op) \
EXEC(op) \
{ \
	UNUSED_CPU; \
	v[0].q[0] = v[1].q[0]; \
	v[0].q[1] = 0; \
	return true; \
}

MOVE_64(movd_x)
MOVE_64(movq_x)
MOVE_64(movq2dq)
MOVE_64(movdq2q)

/* Stores the selected bytes to seg:rDI.  What happens to bytes that are not
 * selected is left to the implementation; a family 19h processor faults as if
 * all sixteen were stored in two halves, even when none is. */
EXEC(maskmovdqu)
{
	uint64_t mask = LOW_BITS(in->addrsize * 8);
	uint64_t ea = c->gpr[RDI] & mask;
	struct span s[2];
	unsigned i;

	if (!span_open(c, &s[0], in->seg, ea, 8, ACC_W) ||
	    !span_open(c, &s[1], in->seg, (ea + 8) & mask, 8, ACC_W))
		return false;
	for (i = 0; i < 16; i++)
		if (v[1].b[i] & 0x80 &&
		    !seg_st_u(c, in->seg, (ea + i) & mask, 1, v[0].b[i]))
			return false;
	return true;
}

/* ---- insertion and extraction: the index is modulo the number of elements ---- */

EXEC(pinsrb)
{
	UNUSED_CPU;
	v[0].b[v[2].u & 15] = (uint8_t)v[1].u;
	return true;
}

EXEC(pinsrw_x)
{
	UNUSED_CPU;
	v[0].w[v[2].u & 7] = (uint16_t)v[1].u;
	return true;
}

EXEC(pinsrd)
{
	(void)c;
	if (in->o[1].size == 8)
		v[0].q[v[2].u & 1] = v[1].u;
	else
		v[0].d[v[2].u & 3] = (uint32_t)v[1].u;
	return true;
}

EXEC(pextrb)
{
	UNUSED_CPU;
	v[0].u = v[1].b[v[2].u & 15];
	return true;
}

EXEC(pextrw_x)
{
	UNUSED_CPU;
	v[0].u = v[1].w[v[2].u & 7];
	return true;
}

EXEC(pextrd)
{
	(void)c;
	v[0].u = in->o[0].size == 8 ? v[1].q[v[2].u & 1] : v[1].d[v[2].u & 3];
	return true;
}

EXEC(pmovmskb_x)
{
	uint64_t r = 0;
	unsigned i;

	UNUSED_CPU;
	for (i = 0; i < 16; i++)
		r |= (uint64_t)(v[1].b[i] >> 7) << i;
	v[0].u = r;
	return true;
}

/* ---- shuffles and blends ---- */

EXEC(pshufd)
{
	unsigned i;

	UNUSED_CPU;
	for (i = 0; i < 4; i++)
		v[0].d[i] = v[1].d[v[2].u >> (2 * i) & 3];
	return true;
}

EXEC(pshuflw)
{
	unsigned i;

	UNUSED_CPU;
	for (i = 0; i < 4; i++)
		v[0].w[i] = v[1].w[v[2].u >> (2 * i) & 3];
	v[0].q[1] = v[1].q[1];
	return true;
}

EXEC(pshufhw)
{
	unsigned i;

	UNUSED_CPU;
	for (i = 0; i < 4; i++)
		v[0].w[4 + i] = v[1].w[4 + (v[2].u >> (2 * i) & 3)];
	v[0].q[0] = v[1].q[0];
	return true;
}

EXEC(pshufb_x)
{
	union xval r;
	unsigned i;

	UNUSED_CPU;
	for (i = 0; i < 16; i++)
		r.b[i] = v[1].b[i] & 0x80 ? 0 : v[0].b[v[1].b[i] & 15];
	v[0] = r;
	return true;
}

/* Sixteen bytes of destination:source from byte imm on, zeros beyond. */
EXEC(palignr_x)
{
	union xval r;
	unsigned i, from;

	UNUSED_CPU;
	for (i = 0; i < 16; i++) {
		from = i + (unsigned)v[2].u;
		r.b[i] = from < 16 ? v[1].b[from] : from < 32 ? v[0].b[from - 16] : 0;
	}
	v[0] = r;
	return true;
}

EXEC(pblendw)
{
	unsigned i;

	UNUSED_CPU;
	for (i = 0; i < 8; i++)
		if (v[2].u >> i & 1)
			v[0].w[i] = v[1].w[i];
	return true;
}

EXEC(pblendvb)
{
	unsigned i;

	UNUSED_CPU;
	for (i = 0; i < 16; i++)
		if (v[2].b[i] & 0x80)
			v[0].b[i] = v[1].b[i];
	return true;
}

/* ---- unpacking: elements of the low or high halves alternate ---- */

#define UNPACK(op, f, n, from) \
EXEC(op) \
{ \
	union xval r; \
	unsigned i; \
	UNUSED_CPU; \
	for (i = 0; i < n / 2; i++) { \
		r.f[2 * i] = v[0].f[from + i]; \
		r.f[2 * i + 1] = v[1].f[from + i]; \
	} \
	v[0] = r; \
	return true; \
}

UNPACK(punpcklbw_x, b, 16, 0)
UNPACK(punpcklwd_x, w, 8, 0)
UNPACK(punpckldq_x, d, 4, 0)
UNPACK(punpcklqdq, q, 2, 0)
UNPACK(punpckhbw_x, b, 16, 8)
UNPACK(punpckhwd_x, w, 8, 4)
UNPACK(punpckhdq_x, d, 4, 2)
UNPACK(punpckhqdq, q, 2, 1)

/* ---- packing with saturation: the destination's elements, then the source's ---- */

#define PACK(op, to, n, t, from, low, high) \
EXEC(op) \
{ \
	union xval r; \
	unsigned i; \
	UNUSED_CPU; \
	for (i = 0; i < n; i++) { \
		t e = (t)v[i >= n / 2].from[i % (n / 2)]; \
		r.to[i] = (__typeof__(r.to[0]))(e < low ? low : e > high ? high : e); \
	} \
	v[0] = r; \
	return true; \
}

PACK(packsswb_x, b, 16, int16_t, w, INT8_MIN, INT8_MAX)
PACK(packuswb_x, b, 16, int16_t, w, 0, UINT8_MAX)
PACK(packssdw_x, w, 8, int32_t, d, INT16_MIN, INT16_MAX)
PACK(packusdw, w, 8, int32_t, d, 0, UINT16_MAX)

/* ---- widening: the lowest elements of the source ---- */

#define WIDEN(op, to, n, t, from) \
EXEC(op) \
{ \
	union xval r; \
	unsigned i; \
	UNUSED_CPU; \
	for (i = 0; i < n; i++) \
		r.to[i] = (__typeof__(r.to[0]))(t)v[1].from[i]; \
	v[0] = r; \
	return true; \
}

WIDEN(pmovsxbw, w, 8, int8_t, b)
WIDEN(pmovsxbd, d, 4, int8_t, b)
WIDEN(pmovsxbq, q, 2, int8_t, b)
WIDEN(pmovsxwd, d, 4, int16_t, w)
WIDEN(pmovsxwq, q, 2, int16_t, w)
WIDEN(pmovsxdq, q, 2, int32_t, d)
WIDEN(pmovzxbw, w, 8, uint8_t, b)
WIDEN(pmovzxbd, d, 4, uint8_t, b)
WIDEN(pmovzxbq, q, 2, uint8_t, b)
WIDEN(pmovzxwd, d, 4, uint16_t, w)
WIDEN(pmovzxwq, q, 2, uint16_t, w)
WIDEN(pmovzxdq, q, 2, uint32_t, d)

/* ---- shifts: the count is the source's low 64 bits, or the immediate ---- */

/* A count beyond the element shifts everything out. */
#define SHIFT_LOGICAL(op, f, n, width, operator) \
EXEC(op) \
{ \
	uint64_t count = v[1].q[0]; \
	unsigned i; \
	UNUSED_CPU; \
	for (i = 0; i < n; i++) \
		v[0].f[i] = (__typeof__(v[0].f[0])) \
		    (count >= width ? 0 : v[0].f[i] operator count); \
	return true; \
}

/* A count beyond the element leaves its sign. */
#define SHIFT_ARITHMETIC(op, t, f, n, width) \
EXEC(op) \
{ \
	unsigned count = v[1].q[0] >= width ? width - 1 : (unsigned)v[1].q[0]; \
	unsigned i; \
	UNUSED_CPU; \
	for (i = 0; i < n; i++) \
		v[0].f[i] = (__typeof__(v[0].f[0]))((t)v[0].f[i] >> count); \
	return true; \
}

SHIFT_LOGICAL(psrlw_x, w, 8, 16, >>)
SHIFT_LOGICAL(psrld_x, d, 4, 32, >>)
SHIFT_LOGICAL(psrlq_x, q, 2, 64, >>)
SHIFT_LOGICAL(psllw_x, w, 8, 16, <<)
SHIFT_LOGICAL(pslld_x, d, 4, 32, <<)
SHIFT_LOGICAL(psllq_x, q, 2, 64, <<)
SHIFT_ARITHMETIC(psraw_x, int16_t, w, 8, 16)
SHIFT_ARITHMETIC(psrad_x, int32_t, d, 4, 32)

#define SHIFT_IMMEDIATE(op) \
EXEC(op##i_x) \
{ \
	return x_##op##_x(c, in, v); \
}

SHIFT_IMMEDIATE(psrlw)
SHIFT_IMMEDIATE(psrld)
SHIFT_IMMEDIATE(psrlq)
SHIFT_IMMEDIATE(psllw)
SHIFT_IMMEDIATE(pslld)
SHIFT_IMMEDIATE(psllq)
SHIFT_IMMEDIATE(psraw)
SHIFT_IMMEDIATE(psrad)

/* By bytes, over the whole register. */
EXEC(psrldq)
{
	union xval r;
	unsigned i;

	UNUSED_CPU;
	for (i = 0; i < 16; i++)
		r.b[i] = v[1].u < 16 - i ? v[0].b[i + v[1].u] : 0;
	v[0] = r;
	return true;
}

EXEC(pslldq)
{
	union xval r;
	unsigned i;

	UNUSED_CPU;
	for (i = 0; i < 16; i++)
		r.b[i] = i >= v[1].u ? v[0].b[i - v[1].u] : 0;
	v[0] = r;
	return true;
}
