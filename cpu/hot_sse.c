/*
 * cpu/hot_sse.c - hot handlers: XMM moves and integer arithmetic
 *
 * a and b are XMM register numbers (b, c, scale and imm an address in memory
 * forms).  None of these touches MXCSR.
 */
#include "cpu/hot.h"

typedef uint8_t v_qi __attribute__((vector_size(16)));
typedef int8_t v_sqi __attribute__((vector_size(16)));
typedef uint16_t v_hi __attribute__((vector_size(16)));
typedef int16_t v_shi __attribute__((vector_size(16)));
typedef uint32_t v_si __attribute__((vector_size(16)));
typedef int32_t v_ssi __attribute__((vector_size(16)));
typedef uint64_t v_di __attribute__((vector_size(16)));
typedef long long v_ll __attribute__((vector_size(16)));
typedef long long v_any __attribute__((vector_size(16), aligned(1), may_alias));

/* Alignment is checked after the address: an unaligned one is slow (#GP). */
#define ALIGNED_PTR(PTR, p, at_) do { \
	if (unlikely((at_) & 15)) \
		return slow(c, s, n); \
	PTR(p, at_, 16); \
} while (0)

#define VOP(name, type, expr) \
static HANDLER(h_##name##_rr) \
{ \
	v_##type x = (v_##type)c->xmm[s->a].v, y = (v_##type)c->xmm[s->b].v; \
	c->xmm[s->a].v = (v_ll)(expr); \
	NEXT(1); \
} \
static HANDLER(h_##name##_rm) \
{ \
	gva_t va = EA(); \
	const v_any *p; \
	ALIGNED_PTR(LOAD_PTR, p, va); \
	v_##type x = (v_##type)c->xmm[s->a].v, y = (v_##type)*p; \
	c->xmm[s->a].v = (v_ll)(expr); \
	NEXT(1); \
}
HOT_VOPS(VOP)
#define RR(name, type, expr)	h_##name##_rr,
#define RM(name, type, expr)	h_##name##_rm,
const slot_fn hot_vop_rr[VOPS] = { HOT_VOPS(RR) };
const slot_fn hot_vop_rm[VOPS] = { HOT_VOPS(RM) };

static HANDLER(h_vmov_rr)
{
	c->xmm[s->a].v = c->xmm[s->b].v;
	NEXT(1);
}

static HANDLER(h_vload_u)
{
	gva_t va = EA();
	const v_any *p;

	LOAD_PTR(p, va, 16);
	c->xmm[s->a].v = *p;
	NEXT(1);
}

static HANDLER(h_vload_a)
{
	gva_t va = EA();
	const v_any *p;

	ALIGNED_PTR(LOAD_PTR, p, va);
	c->xmm[s->a].v = *p;
	NEXT(1);
}

static HANDLER(h_vstore_u)
{
	gva_t va = EA();
	v_any *p;

	STORE_PTR(p, va, 16);
	*p = c->xmm[s->a].v;
	NEXT(1);
}

static HANDLER(h_vstore_a)
{
	gva_t va = EA();
	v_any *p;

	ALIGNED_PTR(STORE_PTR, p, va);
	*p = c->xmm[s->a].v;
	NEXT(1);
}
const slot_fn hot_vmov_rr = h_vmov_rr;
const slot_fn hot_vload[2] = { h_vload_u, h_vload_a };
const slot_fn hot_vstore[2] = { h_vstore_u, h_vstore_a };

/* Narrow loads clear the rest of the register. */
#define NARROW(bits) \
static HANDLER(h_vload_##bits) \
{ \
	gva_t va = EA(); \
	const any##bits *p; \
	LOAD_PTR(p, va, bits / 8); \
	c->xmm[s->a].v = (v_ll){ (long long)(uint64_t)*p, 0 }; \
	NEXT(1); \
} \
static HANDLER(h_vstore_##bits) \
{ \
	gva_t va = EA(); \
	any##bits *p; \
	STORE_PTR(p, va, bits / 8); \
	*p = (uint##bits##_t)c->xmm[s->a].q[0]; \
	NEXT(1); \
} \
static HANDLER(h_vmov_vr_##bits) \
{ \
	c->xmm[s->a].v = (v_ll){ (long long)(uint64_t)RD(bits, s->b), 0 }; \
	NEXT(1); \
} \
static HANDLER(h_vmov_rv_##bits) \
{ \
	WR(bits, s->a, c->xmm[s->b].q[0]); \
	NEXT(1); \
}
NARROW(32) NARROW(64)
const slot_fn hot_vload32 = h_vload_32, hot_vload64 = h_vload_64;
const slot_fn hot_vstore32 = h_vstore_32, hot_vstore64 = h_vstore_64;
const slot_fn hot_vmov_vr[2] = { h_vmov_vr_32, h_vmov_vr_64 };
const slot_fn hot_vmov_rv[2] = { h_vmov_rv_32, h_vmov_rv_64 };

#define HALF(name, i) \
static HANDLER(h_vload_##name) \
{ \
	gva_t va = EA(); \
	const any64 *p; \
	LOAD_PTR(p, va, 8); \
	c->xmm[s->a].q[i] = *p; \
	NEXT(1); \
}
HALF(lo, 0) HALF(hi, 1)
static HANDLER(h_vstore_hi)
{
	gva_t va = EA();
	any64 *p;

	STORE_PTR(p, va, 8);
	*p = c->xmm[s->a].q[1];
	NEXT(1);
}
const slot_fn hot_vload_lo = h_vload_lo, hot_vload_hi = h_vload_hi;
const slot_fn hot_vstore_hi = h_vstore_hi;

static HANDLER(h_vmovq_rr)
{
	c->xmm[s->a].v = (v_ll){ (long long)c->xmm[s->b].q[0], 0 };
	NEXT(1);
}
const slot_fn hot_vmovq_rr = h_vmovq_rr;

static HANDLER(h_pmovmskb)
{
	R64(s->a) = (uint32_t)__builtin_ia32_pmovmskb128(
	    (char __attribute__((vector_size(16))))c->xmm[s->b].v);
	NEXT(1);
}
const slot_fn hot_pmovmskb = h_pmovmskb;

static HANDLER(h_pshufd)
{
	unsigned i = (unsigned)s->imm;
	const union xval *from = &c->xmm[s->b];
	uint64_t lo = from->d[i & 3] | (uint64_t)from->d[i >> 2 & 3] << 32, hi;

	__asm__("" : "+r"(lo));		/* one half at a time: fewer registers */
	hi = from->d[i >> 4 & 3] | (uint64_t)from->d[i >> 6 & 3] << 32;
	c->xmm[s->a].q[0] = lo;
	c->xmm[s->a].q[1] = hi;
	NEXT(1);
}
const slot_fn hot_pshufd = h_pshufd;
