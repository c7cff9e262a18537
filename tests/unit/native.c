/*
 * tests/unit/native.c - see native.h
 */
#include "tests/unit/native.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "cpu/decode.h"
#include "cpu/memo.h"
#include "cpu/regs.h"
#include "cpu/timing.h"
#include "cpu/x87.h"

/* REG_TRAPNO of <ucontext.h>, whose REG_RIP is not cpu/insn.h's. */
#define GREG_TRAPNO	20

/* Host-side layout of the region: code, state, data. */
#define CODE		NATIVE_BASE
#define STATE		(NATIVE_BASE + 0x1000u)
#define ST_GPR		(STATE + 0x000u)
#define ST_FLAGS	(STATE + 0x080u)
#define ST_HOST_RSP	(STATE + 0x088u)
#define ST_MXCSR	(STATE + 0x090u)
#define ST_MXCSR_INIT	(STATE + 0x094u)
#define ST_TAKEN	(STATE + 0x098u)
#define ST_MM		(STATE + 0x0c0u)
#define ST_XMM		(STATE + 0x100u)
#define STATUS_FLAGS	(F_OSZAPC | F_DF)

struct native {
	struct cpu	*c;
	struct physmem	*pm;
	uint8_t		*region;	/* at NATIVE_BASE */
	uint8_t		*ram;		/* the same in the emulated machine */
	uint8_t		*altstack;
	uint8_t		*p;		/* assembly goes here */
	uint32_t	insn;		/* address of the instruction in both */
};

/* ---- the host's half ---- */

static sigjmp_buf *escape;		/* where the signal handler returns to, or NULL */

static uint32_t trap_mxcsr;		/* MXCSR when the signal came */

static void
on_signal(int sig, siginfo_t *info, void *ctx)
{
	const ucontext_t *u = ctx;
	int trap = (int)u->uc_mcontext.gregs[GREG_TRAPNO];
	const uint8_t *fx = (const uint8_t *)u->uc_mcontext.fpregs;
	uint32_t mxcsr = 0x1f80;

	(void)info;
	if (!escape) {
		signal(sig, SIG_DFL);
		return;
	}
	trap_mxcsr = get_le32(fx + 24);
	__asm__ volatile("emms; ldmxcsr %0" : : "m"(mxcsr));
	siglongjmp(*escape, trap + 1);
}

static void
catch_signals(struct native *n)
{
	static const int sigs[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
	struct sigaction sa = { .sa_sigaction = on_signal,
	    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	stack_t ss = { .ss_sp = n->altstack, .ss_size = 1 << 16 };
	unsigned i;

	sigaltstack(&ss, NULL);
	for (i = 0; i < ARRAY_SIZE(sigs); i++)
		sigaction(sigs[i], &sa, NULL);
}

static void
byte(struct native *n, unsigned b)
{
	*n->p++ = (uint8_t)b;
}

/* opcode bytes, then ModRM with reg and the absolute address of a 32-bit space */
static void
absolute(struct native *n, const char *opcode, unsigned reg, uint32_t addr)
{
	unsigned b;

	for (; sscanf(opcode, "%2x", &b) == 1; opcode += 2)
		byte(n, b);
	byte(n, (reg & 7) << 3 | 4);
	byte(n, 0x25);
	put_le32(n->p, addr);
	n->p += 4;
}

static void
emit_hex(struct native *n, const char *hex)
{
	unsigned b;

	for (; sscanf(hex, "%2x", &b) == 1; hex += 2)
		byte(n, b);
}

static void
emit_entry(struct native *n)
{
	unsigned i;

	emit_hex(n, "53554154415541564157");	/* push rbx rbp r12..r15 */
	absolute(n, "4889", RSP, ST_HOST_RSP);
	for (i = 0; i < 16; i++)
		absolute(n, i < 8 ? "0f10" : "440f10", i, ST_XMM + 16 * i);
	for (i = 0; i < 8; i++)
		absolute(n, "0f6f", i, ST_MM + 8 * i);
	absolute(n, "0fae", 2, ST_MXCSR);	/* ldmxcsr */
	absolute(n, "ff", 6, ST_FLAGS);		/* push; popf */
	byte(n, 0x9d);
	for (i = 0; i < 16; i++)
		absolute(n, i < 8 ? "488b" : "4c8b", i, ST_GPR + 8 * i);
}

/* mov dword [taken], v: leaves the flags alone */
static void
mark_taken(struct native *n, unsigned v)
{
	absolute(n, "c7", 0, ST_TAKEN);
	put_le32(n->p, v);
	n->p += 4;
}

/* After the instruction; a branch by NATIVE_HOP lands behind the first jump. */
static void
emit_exit(struct native *n)
{
	unsigned i;

	mark_taken(n, 0);
	emit_hex(n, "eb0b");			/* over the next; NATIVE_HOP bytes so far */
	mark_taken(n, 1);
	absolute(n, "4889", RSP, ST_GPR + 8 * RSP);
	absolute(n, "488b", RSP, ST_HOST_RSP);
	byte(n, 0x9c);				/* pushf; pop */
	absolute(n, "8f", 0, ST_FLAGS);
	for (i = 0; i < 16; i++) {
		if (i != RSP)
			absolute(n, i < 8 ? "4889" : "4c89", i, ST_GPR + 8 * i);
	}
	for (i = 0; i < 16; i++)
		absolute(n, i < 8 ? "0f11" : "440f11", i, ST_XMM + 16 * i);
	for (i = 0; i < 8; i++)
		absolute(n, "0f7f", i, ST_MM + 8 * i);
	emit_hex(n, "0f77");			/* emms */
	absolute(n, "0fae", 3, ST_MXCSR);	/* stmxcsr, then the default */
	absolute(n, "0fae", 2, ST_MXCSR_INIT);
	emit_hex(n, "fc415f415e415d415c5d5bc3");
}

static uint8_t *
at(struct native *n, uint32_t addr)
{
	return n->region + (addr - NATIVE_BASE);
}

static void
host_state_put(struct native *n, const struct native_state *s)
{
	memcpy(at(n, ST_GPR), s->gpr, sizeof(s->gpr));
	memcpy(at(n, ST_XMM), s->xmm, sizeof(s->xmm));
	memcpy(at(n, ST_MM), s->mm, sizeof(s->mm));
	memcpy(at(n, NATIVE_DATA), s->data, NATIVE_DATA_SIZE);
	put_le64(at(n, ST_FLAGS), (s->rflags & STATUS_FLAGS) | 0x202);
	put_le32(at(n, ST_MXCSR), s->mxcsr);
	put_le32(at(n, ST_MXCSR_INIT), 0x1f80);
	put_le32(at(n, ST_TAKEN), 0);
}

static void
host_state_get(struct native *n, struct native_state *s)
{
	memcpy(s->gpr, at(n, ST_GPR), sizeof(s->gpr));
	memcpy(s->xmm, at(n, ST_XMM), sizeof(s->xmm));
	memcpy(s->mm, at(n, ST_MM), sizeof(s->mm));
	memcpy(s->data, at(n, NATIVE_DATA), NATIVE_DATA_SIZE);
	s->rflags = get_le64(at(n, ST_FLAGS)) & STATUS_FLAGS;
	s->mxcsr = get_le32(at(n, ST_MXCSR));
	s->taken = get_le32(at(n, ST_TAKEN));
}

static unsigned
run_host_once(struct native *n, struct native_state *s, const uint8_t *insn, unsigned len)
{
	void (*fn)(void);
	void *code = at(n, CODE);
	sigjmp_buf here;
	int trap;

	host_state_put(n, s);
	n->p = at(n, CODE);
	emit_entry(n);
	n->insn = NATIVE_BASE + (uint32_t)(n->p - n->region);
	memcpy(n->p, insn, len);
	n->p += len;
	emit_exit(n);
	memcpy(&fn, &code, sizeof(fn));
	escape = &here;
	trap = sigsetjmp(here, 0);
	if (trap) {
		escape = NULL;
		s->mxcsr = trap_mxcsr;
		return (unsigned)trap;
	}
	fn();
	escape = NULL;
	host_state_get(n, s);
	return 0;
}

#define HOST_UD		(6 + 1)
#define UD_TRIES	3

/*
 * A virtual machine said #UD to a CMPSD with a memory operand once in about a
 * million instructions, probably because its hypervisor had to emulate the
 * access.  What the processor itself says it says again.
 */
unsigned
native_run_host(struct native *n, struct native_state *s, const uint8_t *insn, unsigned len)
{
	uint32_t mxcsr = s->mxcsr;
	unsigned tries = 0, trap;

	do {
		s->mxcsr = mxcsr;
		trap = run_host_once(n, s, insn, len);
	} while (trap == HOST_UD && ++tries < UD_TRIES);
	return trap;
}

/* ---- ours ---- */

static void
our_state_put(struct native *n, const struct native_state *s)
{
	struct cpu *c = n->c;
	unsigned i;

	memcpy(c->gpr, s->gpr, sizeof(c->gpr));
	memcpy(c->xmm, s->xmm, sizeof(c->xmm));
	memcpy(n->ram + (NATIVE_DATA - NATIVE_BASE), s->data, NATIVE_DATA_SIZE);
	for (i = 0; i < 8; i++)
		x87_mmx_write(&c->x87, i, s->mm[i]);
	x87_mmx_enter(&c->x87);
	c->rflags = (s->rflags & STATUS_FLAGS) | 0x202;
	cc_set_raw(c, (uint32_t)s->rflags);
	c->mxcsr = s->mxcsr;
	c->rip = n->insn;
}

unsigned
native_run_ours(struct native *n, struct native_state *s, const uint8_t *insn, unsigned len)
{
	struct cpu *c = n->c;
	struct insn in;
	unsigned i;

	our_state_put(n, s);
	memset(n->ram + (n->insn - NATIVE_BASE), 0x90, 32);
	memcpy(n->ram + (n->insn - NATIVE_BASE), insn, len);
	do {
		if (!fetch_insn(c, &in))
			return c->fault.vector + 1u;
		if (!exec_insn(c, &in)) {
			s->mxcsr = c->mxcsr;
			return c->fault.vector + 1u;
		}
	} while (c->rep_active);
	memcpy(s->gpr, c->gpr, sizeof(c->gpr));
	memcpy(s->xmm, c->xmm, sizeof(c->xmm));
	for (i = 0; i < 8; i++)
		s->mm[i] = c->x87.reg[i].mant;
	memcpy(s->data, n->ram + (NATIVE_DATA - NATIVE_BASE), NATIVE_DATA_SIZE);
	s->rflags = rflags_get(c) & STATUS_FLAGS;
	s->mxcsr = c->mxcsr;
	s->taken = c->next_rip == c->rip + len + NATIVE_HOP;
	return 0;
}

/* A processor in 64-bit mode without the tables that would take. */
static bool
our_cpu(struct native *n)
{
	static struct cpu_costs costs;
	struct cpu *c = n->c;
	unsigned i;

	n->pm = physmem_new(NATIVE_BASE + NATIVE_SIZE, 0, NULL);
	c->memo = calloc(1, sizeof(*c->memo));
	if (!n->pm || !c->memo || mmu_init(&c->mmu, n->pm, 64))
		return false;
	if (!physmem_map_ram(n->pm, 0, NATIVE_BASE + NATIVE_SIZE, 0, 0))
		return false;
	mmu_reset(&c->mmu);
	n->ram = physmem_host(n->pm, NATIVE_BASE / PAGE_SIZE);
	c->pm = n->pm;
	c->mode = MK_64 | MK_SS32 | MK_PE | MK_LMA | MK_OSFXSR | MK_OSXSAVE | MK_IOPL;
	c->cr0 = CR0_PE;
	c->cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT;
	c->xcr0 = 3;
	c->deadline = UINT64_MAX;
	c->costs = &costs;
	c->x87.fcw = 0x37f;
	c->x87.ftw = 0xffff;
	for (i = 0; i < ARRAY_SIZE(c->features.w); i++)
		c->features.w[i] = ~(uint64_t)0;
	for (i = 0; i < ARRAY_SIZE(c->cost); i++)
		c->cost[i] = 1;
	return true;
}

struct native *
native_new(void)
{
	struct native *n = calloc(1, sizeof(*n));
	void *p;

	if (!n)
		return NULL;
	p = mmap((void *)(uintptr_t)NATIVE_BASE, NATIVE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	n->region = p == MAP_FAILED ? NULL : p;
	n->altstack = malloc(1 << 16);
	n->c = aligned_alloc(64, (sizeof(*n->c) + 63) & ~(size_t)63);
	if (n->c)
		memset(n->c, 0, sizeof(*n->c));
	if (!n->region || !n->altstack || !n->c || !our_cpu(n)) {
		native_free(n);
		return NULL;
	}
	catch_signals(n);
	return n;
}

void
native_free(struct native *n)
{
	if (!n)
		return;
	if (n->c && n->c->pm)
		mmu_fini(&n->c->mmu);
	if (n->c)
		free(n->c->memo);
	physmem_free(n->pm);
	if (n->region)
		munmap(n->region, NATIVE_SIZE);
	free(n->c);
	free(n->altstack);
	free(n);
}

struct cpu *
native_cpu(struct native *n)
{
	return n->c;
}

/* ---- values ---- */

uint64_t
native_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1d;
}

uint64_t
native_operand(uint64_t *seed)
{
	uint64_t r = native_random(seed), v = native_random(seed);

	switch (r & 7) {
	case 0: return v & 1 ? 0 : ~(uint64_t)0;
	case 1: return BIT(v & 63);
	case 2: return BIT(v & 63) - 1;
	case 3: return ~BIT(v & 63);
	case 4: return v & 0xff;
	case 5: return (uint64_t)(int64_t)(int8_t)v;
	default: return v;
	}
}
