/*
 * -cpu pg: is what a trap brings enough to emulate the instruction?
 *
 * Set-up: a handler of #GP that knows three instructions by their bytes, does
 * for the program at CPL 3 what they are to do for it, and goes on behind them.
 * Expected: the program cannot tell; it was stopped once for each.
 * Popek and Goldberg 1974, the interpreter of privileged instructions.
 */
#include "pg.h"

static unsigned traps;
static ulong virtual_flags = 2 | FL_IF;
uint32_t seen_flags, seen_cs, seen_brand;

static bool
emulate(struct trap *t)
{
	const uint8_t *p = (const uint8_t *)t->ip;

	if (t->vector != GP || t->error || (t->cs & 3) != 3)
		return false;
	traps++;
	if (p[0] == 0xfa) {				/* CLI */
		virtual_flags &= ~(ulong)FL_IF;
		t->ip += 1;
	} else if (p[0] == 0x8c && p[1] == 0xc8) {	/* MOV EAX, CS */
		t->regs.ax = KCS;
		t->ip += 2;
	} else if (p[0] == 0x9c) {			/* PUSHF, into EDX */
		t->regs.dx = virtual_flags;
		t->ip += 1;
	} else if (p[0] == 0x0f && p[1] == 0xa2) {	/* CPUID */
		t->regs.bx = 0x756d6d76;
		t->ip += 2;
	} else {
		return false;
	}
	return true;
}

int
main(void)
{
	pg_needed();
	trap_hook = emulate;
	expect_trap(TRYX(AT_LEVEL(UCS, UDS)
	    "cli\n .byte 0x8c, 0xc8\n mov %%eax, seen_cs\n pushf\n mov %%edx, seen_flags\n"
	    "cpuid\n mov %%ebx, seen_brand\n ud2", , , "eax", "ebx", "ecx", "edx"), UD,
	    "the program gets to its end");
	trap_hook = NULL;
	expect(traps, 4, "traps");
	expect(seen_cs, KCS, "it sees the code segment of a kernel");
	expect(seen_flags, 2, "and its own interrupt flag, which it cleared");
	expect(seen_brand, 0x756d6d76, "and another processor");
	expect(read_flags() & FL_IF, 0, "interrupts were never on");
	return 0;
}
