/*
 * tests/insn/compare.c - do the host and the emulated processor agree?
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "tests/insn/diff.h"

static const char *const reg_names[16] = {
	"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
};

struct report {
	char		*why;
	size_t		n;
};

static bool __attribute__((format(printf, 2, 3)))
say(struct report *rep, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(rep->why, rep->n, fmt, ap);
	va_end(ap);
	return true;
}

/* ---- exceptions and registers ---- */

static bool
event_differs(struct report *rep, const struct outcome *h, const struct outcome *w,
    const struct mask *m)
{
	if (h->vector != w->vector)
		return say(rep, "vector: host %u, ours %u", h->vector, w->vector);
	if (w->vector == EXC_DB || w->vector == EXC_BP)
		return false;
	if ((h->error ^ w->error) & ~m->error)
		return say(rep, "error code: host %x, ours %x", h->error, w->error);
	if (w->vector == EXC_PF && (h->cr2 ^ w->cr2) & ~m->cr2)
		return say(rep, "cr2: host %" PRIx64 ", ours %" PRIx64, h->cr2, w->cr2);
	return false;
}

static bool
integers_differ(struct report *rep, const struct target *t, const struct case_regs *h,
    const struct case_regs *w, const struct mask *m)
{
	unsigned i;

	if (h->rip != w->rip)
		return say(rep, "rip: host %" PRIx64 ", ours %" PRIx64, h->rip, w->rip);
	for (i = 0; i < 16; i++) {
		if (h->gpr[i] != w->gpr[i])
			return say(rep, "%s: host %" PRIx64 ", ours %" PRIx64, reg_names[i],
			    h->gpr[i], w->gpr[i]);
	}
	if ((h->rflags ^ w->rflags) & ~m->rflags)
		return say(rep, "rflags: host %" PRIx64 ", ours %" PRIx64 ", compared %" PRIx64,
		    h->rflags, w->rflags, ~m->rflags & 0x3fffff);
	if (t->bits == 64 && t->shared->has_fsgsbase &&
	    (h->fs_base != w->fs_base || h->gs_base != w->gs_base))
		return say(rep, "segment base: host %" PRIx64 " %" PRIx64 ", ours %" PRIx64 " %"
		    PRIx64, h->fs_base, h->gs_base, w->fs_base, w->gs_base);
	return false;
}

/* ---- x87 ---- */

/* The same sign, and neighbours in the order of magnitudes. */
static bool
within_ulp(const uint8_t *a, const uint8_t *b)
{
	uint64_t ma = get_le64(a), mb = get_le64(b), ones = ~(uint64_t)0;
	unsigned ea = get_le16(a + 8), eb = get_le16(b + 8);

	if (ea == eb)
		return ma - mb + 1 <= 2;
	if (ea == eb + 1)
		return ma == BIT(63) && (mb == ones || (mb == ones >> 1 && !(eb & 0x7fff)));
	return eb == ea + 1 && within_ulp(b, a);
}

static bool
x87_differs(struct report *rep, const uint8_t *h, const uint8_t *w, const struct mask *m)
{
	unsigned i;

	if (get_le16(h) != get_le16(w))
		return say(rep, "fcw: host %04x, ours %04x", get_le16(h), get_le16(w));
	if ((get_le16(h + 2) ^ get_le16(w + 2)) & ~m->fsw)
		return say(rep, "fsw: host %04x, ours %04x", get_le16(h + 2), get_le16(w + 2));
	if (h[4] != w[4])
		return say(rep, "tags: host %02x, ours %02x", h[4], w[4]);
	for (i = 32; i < 160; i += 16) {
		if (!memcmp(h + i, w + i, 10) || (m->x87_ulp && within_ulp(h + i, w + i)))
			continue;
		return say(rep, "st%u: host %04x.%016" PRIx64 ", ours %04x.%016" PRIx64,
		    (i - 32) / 16, get_le16(h + i + 8), get_le64(h + i), get_le16(w + i + 8),
		    get_le64(w + i));
	}
	return false;
}

/* ---- SSE ---- */

static float
lane(const uint8_t *p)
{
	uint32_t bits = get_le32(p);
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

/*
 * Both within 1.5 * 2^-12 of the truth, so within twice that of each other.  What
 * is near the smallest normal number may be tiny and become 0, or not: Intel SDM
 * vol 2 "RCPPS - Compute Reciprocals of Packed Single-Precision Floating-Point
 * Values".
 */
static bool
lane_near(const uint8_t *h, const uint8_t *w)
{
	double a = (double)lane(h), b = (double)lane(w), tiny = (double)FLT_MIN;

	if (get_le32(h) == get_le32(w))
		return true;
	if (fabs(a) <= tiny && fabs(b) <= tiny)
		return !((get_le32(h) ^ get_le32(w)) >> 31);
	return fabs(a) < INFINITY && fabs(a - b) <= 3.0 / 4096 * fabs(a);
}

static bool
lanes_near(const uint8_t *h, const uint8_t *w)
{
	return lane_near(h, w) && lane_near(h + 4, w + 4) && lane_near(h + 8, w + 8) &&
	    lane_near(h + 12, w + 12);
}

static bool
sse_differs(struct report *rep, const uint8_t *h, const uint8_t *w, const struct mask *m)
{
	unsigned i;

	for (i = 160; i < 416; i += 16) {
		if (!memcmp(h + i, w + i, 16) || (m->approximate && lanes_near(h + i, w + i)))
			continue;
		return say(rep, "xmm%u: host %016" PRIx64 ":%016" PRIx64 ", ours %016" PRIx64
		    ":%016" PRIx64, (i - 160) / 16, get_le64(h + i + 8), get_le64(h + i),
		    get_le64(w + i + 8), get_le64(w + i));
	}
	if (get_le32(h + 24) != get_le32(w + 24))
		return say(rep, "mxcsr: host %x, ours %x", get_le32(h + 24), get_le32(w + 24));
	return false;
}

/* ---- memory ---- */

static uint8_t
changed_byte(const struct target *t, const struct outcome *o, uint32_t at)
{
	if (at >= o->lo && at < o->hi)
		return o->change[at - o->lo];
	return t->shared->arena[at];
}

static bool
memory_differs(struct report *rep, const struct target *t, const struct outcome *h,
    const struct outcome *w, const struct mask *m)
{
	uint32_t lo = h->lo < w->lo ? h->lo : w->lo, hi = h->hi > w->hi ? h->hi : w->hi, i;

	if (h->lo == w->lo && h->hi == w->hi && !memcmp(h->change, w->change, h->hi - h->lo))
		return false;
	for (i = lo; i < hi; i++) {
		uint8_t a = changed_byte(t, h, i), b = changed_byte(t, w, i);

		if (a != b && i - m->memory_at >= m->memory_len)
			return say(rep, "memory at %s+%x: host %02x, ours %02x", i < WINDOW_BYTES ?
			    "data" : "far", i % WINDOW_BYTES, a, b);
	}
	return false;
}

bool
differs(const struct target *t, const struct insn_case *c, const struct plan *p, char *why,
    size_t n)
{
	const struct outcome *h = &c->host, *w = &p->want;
	struct mask m = rule_mask(t, c, p);
	struct report rep = { why, n };

	if (m.all)
		return false;
	if (event_differs(&rep, h, w, &m))
		return true;
	if (m.state)
		return false;
	if (integers_differ(&rep, t, &h->regs, &w->regs, &m))
		return true;
	if (x87_differs(&rep, h->regs.fx, w->regs.fx, &m))
		return true;
	if (sse_differs(&rep, h->regs.fx, w->regs.fx, &m))
		return true;
	return memory_differs(&rep, t, h, w, &m);
}

/* ---- printing ---- */

static void
print_integers(const struct case_regs *r)
{
	unsigned i;

	for (i = 0; i < 16; i++)
		printf("%s%s %016" PRIx64, i % 4 ? " " : "\n    ", reg_names[i], r->gpr[i]);
	printf("\n    rip %" PRIx64 " rflags %" PRIx64 " fs %" PRIx64 " gs %" PRIx64 "\n", r->rip,
	    r->rflags, r->fs_base, r->gs_base);
}

static void
print_fx(const uint8_t *fx)
{
	unsigned i;

	printf("    fcw %04x fsw %04x tags %02x mxcsr %04x", get_le16(fx), get_le16(fx + 2), fx[4],
	    get_le32(fx + 24));
	for (i = 0; i < 8; i++)
		printf("%sst%u %04x.%016" PRIx64, i % 4 ? " " : "\n    ", i,
		    get_le16(fx + 40 + 16 * i), get_le64(fx + 32 + 16 * i));
	for (i = 0; i < 16; i++)
		printf("%sxmm%u %016" PRIx64 ":%016" PRIx64, i % 4 ? " " : "\n    ", i,
		    get_le64(fx + 168 + 16 * i), get_le64(fx + 160 + 16 * i));
	printf("\n");
}

static void
print_bytes(const char *what, const uint8_t *p, unsigned n)
{
	unsigned i;

	printf("  %s", what);
	for (i = 0; i < n; i++)
		printf("%s%02x", i % 32 ? "" : "\n    ", p[i]);
	printf("\n");
}

static void
print_outcome(const char *who, const struct outcome *o, bool fpu)
{
	printf("  %s: vector %u error %x cr2 %" PRIx64, who, o->vector, o->error, o->cr2);
	print_integers(&o->regs);
	if (fpu)
		print_fx(o->regs.fx);
	if (o->lo != o->hi) {
		printf("  memory %x..%x", o->lo, o->hi);
		print_bytes("", o->change, o->hi - o->lo < 128 ? o->hi - o->lo : 128);
	}
}

void
print_case(const struct target *t, const struct insn_case *c, const struct plan *p)
{
	bool fpu = insn_table[p->row].chk & (CK_X87 | CK_X87NW | CK_FWAIT | CK_MMX | CK_SSE) ||
	    memcmp(c->host.regs.fx, p->want.regs.fx, 6) ||
	    memcmp(c->host.regs.fx + 24, p->want.regs.fx + 24, 4) ||
	    memcmp(c->host.regs.fx + 160, p->want.regs.fx + 160, 256);

	print_bytes("bytes", c->code, c->code_len);
	if (c->patch_len)
		printf("  memory at arena+%x", c->patch_at);
	print_bytes("", c->patch, c->patch_len < 128 ? c->patch_len : 128);
	printf("  before:");
	print_integers(&c->regs);
	if (fpu)
		print_fx(c->regs.fx);
	print_outcome("host", &c->host, fpu);
	print_outcome("ours", &p->want, fpu);
	(void)t;
}
