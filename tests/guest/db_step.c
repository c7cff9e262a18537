/*
 * When does the single-step trap come?
 *
 * Set-up: TF set by POPF or IRET before various instructions.
 * Expected: after the instruction that follows the one that set TF, DR6.BS set;
 * not after MOV SS or POP SS but after the next; INT n clears TF in the handler
 * and the trap comes only after the return; a REP instruction traps after each
 * iteration.
 * AMD APM vol 2, "Single Stepping"; "Debug-Status Register (DR6)".
 */
#include "guest.h"

static ulong steps[64];
static unsigned nsteps, traps_with_bs;
static int other_vector;

static bool
record(struct trap *t)
{
	if (t->vector != DB) {
		other_vector = t->vector;
		return t->vector == 0x44;
	}
	if (nsteps < COUNT(steps))
		steps[nsteps++] = t->ip;
	traps_with_bs += t->dr6 >> 14 & 1;
	write_dr6(0);
	return true;
}

#ifdef __x86_64__
#define SET_TF "pushfq\n orl $0x100, (%%rsp)\n popfq\n"
#define CLEAR_TF "pushfq\n andl $~0x100, (%%rsp)\n popfq\n"
#else
#define SET_TF "pushfl\n orl $0x100, (%%esp)\n popfl\n"
#define CLEAR_TF "pushfl\n andl $~0x100, (%%esp)\n popfl\n"
#endif

#define STEP(text, ...) ({ \
		ulong base_; \
		nsteps = traps_with_bs = 0; \
		other_vector = NONE; \
		TRYX("mov $95f, %0\n" SET_TF "95: " text "\n" CLEAR_TF, OPERANDS("=&r"(base_)), \
		    OPERANDS(__VA_ARGS__), "eax", "ecx", "edi"); \
		base_; })

static uint8_t buf[16];

#define REP_STEP() ({ \
		ulong base_; \
		void *to_ = buf; \
		ulong n_ = 3; \
		nsteps = 0; \
		TRYX("mov $95f, %0\n" SET_TF "95: rep stosb\n nop\n" CLEAR_TF, \
		    OPERANDS("=&r"(base_), "+D"(to_), "+c"(n_)), , "eax"); \
		base_; })

static void
at(ulong base, unsigned i, ulong offset, const char *name)
{
	claim(nsteps > i, "%s: trap %u comes", name, i);
	expect(steps[i] - base, offset, "%s: where trap %u is", name, i);
}

int
main(void)
{
	ulong b;

	trap_hook = record;
	reset_idt(0x44);
	b = STEP("nop\n nop\n");
	at(b, 0, 1, "NOP");
	at(b, 1, 2, "NOP");
	expect(traps_with_bs, nsteps, "DR6.BS");
	b = STEP("mov %%ss, %%eax\n mov %%eax, %%ss\n nop\n nop");
	at(b, 0, 2, "MOV SS");
	at(b, 1, 5, "MOV SS");
#ifndef __x86_64__
	b = STEP("pushl %%ss\n popl %%ss\n nop\n nop");
	at(b, 0, 1, "POP SS");
	at(b, 1, 3, "POP SS");
#endif
	b = STEP("int $0x44\n nop\n nop");
	expect((ulong)other_vector, 0x44, "INT n under TF");
	at(b, 0, 3, "INT n: after the instruction it returns to");
	b = STEP("jmp 1f\n nop\n 1: nop\n nop");
	at(b, 0, 3, "JMP");
	b = REP_STEP();
	at(b, 0, 0, "REP: after the first iteration");
	at(b, 1, 0, "REP: after the second iteration");
	at(b, 2, 2, "REP: after the last iteration");
	b = STEP("sti\n cli\n nop");
	at(b, 0, 1, "STI does not hold back the trap");
	return 0;
}
