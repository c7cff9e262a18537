/*
 * What does TF step with DebugCtl.BTF?
 *
 * Set-up: BTF, then TF by POPF, before branches of several kinds; the handler sets
 * BTF again or not.
 * Expected: a trap after each branch that is taken and after no other instruction;
 * #DB clears BTF, so that TF steps instructions again; the handler of an interrupt is
 * not stepped.
 * AMD APM vol 2, "Control-Transfer Breakpoint Features".
 */
#include "guest.h"

enum { MSR_DEBUGCTL = 0x1d9, BTF = 2 };

static ulong steps[32];
static unsigned nsteps, still_set, with_bs;
static bool again;

static bool
record(struct trap *t)
{
	if (t->vector != DB)
		return t->vector == 0x44;
	if (nsteps < COUNT(steps))
		steps[nsteps++] = t->ip;
	with_bs += t->dr6 >> 14 & 1;
	still_set += rdmsr(MSR_DEBUGCTL) & BTF;
	write_dr6(0);
	if (again)
		wrmsr(MSR_DEBUGCTL, BTF);
	return true;
}

#ifdef __x86_64__
#define SET_TF "pushfq\n orl $0x100, (%%rsp)\n popfq\n"
#define CLEAR_TF "pushfq\n andl $~0x100, (%%rsp)\n popfq\n"
#else
#define SET_TF "pushfl\n orl $0x100, (%%esp)\n popfl\n"
#define CLEAR_TF "pushfl\n andl $~0x100, (%%esp)\n popfl\n"
#endif

#define STEP(text) ({ \
		ulong base_; \
		nsteps = still_set = with_bs = 0; \
		wrmsr(MSR_DEBUGCTL, BTF); \
		TRYX("mov $95f, %0\n" SET_TF "95: " text "\n" CLEAR_TF, OPERANDS("=&r"(base_)), , \
		    "eax", "ecx"); \
		wrmsr(MSR_DEBUGCTL, 0); \
		base_; })

static void
at(ulong base, unsigned i, ulong offset, const char *name)
{
	claim(nsteps > i, "%s: trap %u comes", name, i);
	expect(steps[i] - base, offset, "%s: where trap %u is", name, i);
}

static void
once(void)
{
	ulong b = STEP("nop\n jmp 1f\n nop\n 1: nop\n nop");

	at(b, 0, 4, "once");
	at(b, 1, 5, "instructions again");
	expect(still_set, 0, "#DB clears BTF");
	expect(with_bs, nsteps, "DR6.BS");
}

static void
branches(void)
{
	ulong b;

	b = STEP("jmp 1f\n 1: cmp %%eax, %%eax\n jnz 2f\n nop\n 2: jz 3f\n nop\n 3: nop\n nop");
	at(b, 0, 2, "JMP");
	at(b, 1, 10, "Jcc");
	expect(nsteps, 2, "Jcc: no other");
	b = STEP("call 1f\n jmp 2f\n 1: ret\n 2: nop\n nop");
	at(b, 0, 7, "CALL");
	at(b, 1, 5, "RET");
	at(b, 2, 8, "JMP behind");
	expect(nsteps, 3, "CALL and RET: no other");
	b = STEP("mov $3, %%ecx\n 1: nop\n loop 1b\n nop");
	at(b, 0, 5, "LOOP");
	at(b, 1, 5, "LOOP");
	expect(nsteps, 2, "LOOP: no other");
	b = STEP("int $0x44\n nop\n jmp 1f\n nop\n 1: nop");
	at(b, 0, 6, "INT n, then JMP");
	expect(nsteps, 1, "INT n: no other");
}

int
main(void)
{
	uint64_t v = 0;

	if (try_wrmsr(MSR_DEBUGCTL, BTF) != NONE || try_rdmsr(MSR_DEBUGCTL, &v) != NONE || v != BTF)
		skip("no DebugCtl.BTF");
	wrmsr(MSR_DEBUGCTL, 0);
	trap_hook = record;
	reset_idt(0x44);
	once();
	again = true;
	branches();
	return 0;
}
