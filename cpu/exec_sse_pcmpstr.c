/*
 * cpu/exec_sse_pcmpstr.c - SSE4.2 string comparison
 *
 * AMD APM vol 4 §1.5 "String Compare Instructions" describes the steps and
 * names their results; the control byte selects in each of them.
 */
#include "cpu/exec.h"

/* Control byte. */
#define CTL_WORDS	0x01
#define CTL_SIGNED	0x02
#define CTL_AGG(ctl)	((ctl) >> 2 & 3)
#define CTL_NEGATE	0x10
#define CTL_MASKED	0x20		/* negate valid elements only */
#define CTL_HIGH	0x40		/* index of the highest bit, or a wide mask */

enum { AGG_ANY, AGG_RANGES, AGG_EACH, AGG_ORDERED };

struct compare {
	const union xval *op1, *op2;
	unsigned	ctl;
	unsigned	n;		/* elements: 16 bytes or 8 words */
	unsigned	len1, len2;	/* valid ones */
	uint32_t	result;		/* a bit for each element of op2 */
};

static int
element(const struct compare *s, const union xval *x, unsigned i)
{
	if (s->ctl & CTL_WORDS)
		return s->ctl & CTL_SIGNED ? (int16_t)x->w[i] : x->w[i];
	return s->ctl & CTL_SIGNED ? (int8_t)x->b[i] : x->b[i];
}

/* Element j of op2 equals one of op1's. */
static bool
equal_any(const struct compare *s, unsigned j)
{
	unsigned i;

	for (i = 0; i < s->len1; i++)
		if (element(s, s->op1, i) == element(s, s->op2, j))
			return true;
	return false;
}

/* Element j of op2 lies in one of the ranges that op1 lists as pairs. */
static bool
in_ranges(const struct compare *s, unsigned j)
{
	int e = element(s, s->op2, j);
	unsigned i;

	for (i = 0; i + 1 < s->len1; i += 2)
		if (element(s, s->op1, i) <= e && e <= element(s, s->op1, i + 1))
			return true;
	return false;
}

/* Elements beyond both ends are equal. */
static bool
equal_each(const struct compare *s, unsigned j)
{
	if (j >= s->len1 || j >= s->len2)
		return j >= s->len1 && j >= s->len2;
	return element(s, s->op1, j) == element(s, s->op2, j);
}

/* op1 occurs in op2 at j, as far as the register goes. */
static bool
equal_ordered(const struct compare *s, unsigned j)
{
	unsigned i;

	for (i = 0; i < s->len1 && i + j < s->n; i++)
		if (i + j >= s->len2 ||
		    element(s, s->op1, i) != element(s, s->op2, i + j))
			return false;
	return true;
}

static bool
aggregate(const struct compare *s, unsigned j)
{
	switch (CTL_AGG(s->ctl)) {
	case AGG_ANY:
		return j < s->len2 && equal_any(s, j);
	case AGG_RANGES:
		return j < s->len2 && in_ranges(s, j);
	case AGG_EACH:
		return equal_each(s, j);
	default:
		return equal_ordered(s, j);
	}
}

static void
set_flags(struct cpu *c, const struct compare *s)
{
	cc_set_raw(c, (s->result ? F_CF : 0) | (s->len2 < s->n ? F_ZF : 0) |
	    (s->len1 < s->n ? F_SF : 0) | (s->result & 1 ? F_OF : 0));
}

static void
compare(struct compare *s)
{
	unsigned j;

	s->result = 0;
	for (j = 0; j < s->n; j++)
		s->result |= (uint32_t)aggregate(s, j) << j;
	if (s->ctl & CTL_NEGATE)
		s->result ^= (uint32_t)LOW_BITS(s->ctl & CTL_MASKED ? s->len2 : s->n);
}

/* ---- lengths ---- */

/* Elements before the first null. */
static unsigned
implicit_length(const struct compare *s, const union xval *x)
{
	unsigned i;

	for (i = 0; i < s->n && element(s, x, i) != 0; i++)
		;
	return i;
}

/* The absolute value of a general register, at most n. */
static unsigned
explicit_length(const struct compare *s, const struct insn *in, uint64_t reg)
{
	int64_t len = in->opsize == 8 ? (int64_t)reg : (int32_t)reg;
	uint64_t size = len < 0 ? -(uint64_t)len : (uint64_t)len;

	return size < s->n ? (unsigned)size : s->n;
}

static void
start(struct compare *s, const union xval *v)
{
	s->op1 = &v[0];
	s->op2 = &v[1];
	s->ctl = (unsigned)v[2].u;
	s->n = s->ctl & CTL_WORDS ? 8 : 16;
}

static void
compare_implicit(struct cpu *c, struct compare *s, const union xval *v)
{
	start(s, v);
	s->len1 = implicit_length(s, s->op1);
	s->len2 = implicit_length(s, s->op2);
	compare(s);
	set_flags(c, s);
}

static void
compare_explicit(struct cpu *c, const struct insn *in, struct compare *s,
    const union xval *v)
{
	start(s, v);
	s->len1 = explicit_length(s, in, c->gpr[RAX]);
	s->len2 = explicit_length(s, in, c->gpr[RDX]);
	compare(s);
	set_flags(c, s);
}

/* ---- results ---- */

/* ECX: the lowest or highest element that matches, or their number. */
static void
put_index(struct cpu *c, const struct compare *s)
{
	if (s->result == 0)
		c->gpr[RCX] = s->n;
	else if (s->ctl & CTL_HIGH)
		c->gpr[RCX] = 31 - (unsigned)__builtin_clz(s->result);
	else
		c->gpr[RCX] = (unsigned)__builtin_ctz(s->result);
}

/* XMM0: a bit or a whole element for each. */
static void
put_mask(struct cpu *c, const struct compare *s)
{
	union xval r = { .q = { 0, 0 } };
	unsigned j;

	if (!(s->ctl & CTL_HIGH))
		r.q[0] = s->result;
	for (j = 0; s->ctl & CTL_HIGH && j < s->n; j++) {
		if (!(s->result >> j & 1))
			continue;
		if (s->ctl & CTL_WORDS)
			r.w[j] = 0xffff;
		else
			r.b[j] = 0xff;
	}
	c->xmm[0] = r;
}

bool
x_pcmpestrm(struct cpu *c, const struct insn *in, union xval *v)
{
	struct compare s;

	compare_explicit(c, in, &s, v);
	put_mask(c, &s);
	return true;
}

bool
x_pcmpestri(struct cpu *c, const struct insn *in, union xval *v)
{
	struct compare s;

	compare_explicit(c, in, &s, v);
	put_index(c, &s);
	return true;
}

bool
x_pcmpistrm(struct cpu *c, const struct insn *in, union xval *v)
{
	struct compare s;

	(void)in;
	compare_implicit(c, &s, v);
	put_mask(c, &s);
	return true;
}

bool
x_pcmpistri(struct cpu *c, const struct insn *in, union xval *v)
{
	struct compare s;

	(void)in;
	compare_implicit(c, &s, v);
	put_index(c, &s);
	return true;
}
