/*
 * In which state is a REP instruction that a fault or an interrupt cuts?
 *
 * Set-up: REP STOS, MOVS, CMPS, SCAS, OUTS, INS running into a page that is not
 * mapped, forward and backward; an interrupt of the local APIC in the middle of
 * a long one.
 * Expected: rip at the instruction, rcx, rsi, rdi of the iterations not done;
 * the return goes on and all is done once.
 * AMD APM vol 3, "Repeat Prefixes"; vol 2 "Instruction
 * Boundaries" under "Exceptions and Interrupts".
 */
#include "irq.h"

#define V	0x63
#define VA	VA_FREE

static ulong seen_cx, seen_ip, seen;

static bool
note(struct trap *t)
{
	if (t->vector != V)
		return false;
	if (seen++ == 0) {
		seen_cx = t->regs.cx;
		seen_ip = t->ip;
	}
	lapic_write(LAPIC_EOI, 0);
	return true;
}

static void
faults(void)
{
	expect_trap(TRYX("cld\n rep stosb", , OPERANDS("D"(VA + PAGE - 10), "c"(100), "a"(0x55))),
	    PF,
	    "REP STOSB");
	expect(trap.regs.cx, 90, "REP STOSB: rcx");
	expect(trap.regs.di, VA + PAGE, "REP STOSB: rdi");
	expect(trap.cr2, VA + PAGE, "REP STOSB: CR2");
	expect(*(uint8_t *)(VA + PAGE - 1), 0x55, "REP STOSB: what was done");
	expect_trap(TRYX("cld\n rep stosl", , OPERANDS("D"(VA + PAGE - 10), "c"(100), "a"(0x66))),
	    PF,
	    "REP STOSD");
	expect(trap.regs.cx, 98, "REP STOSD: rcx");
	expect(trap.regs.di, VA + PAGE - 2, "REP STOSD: rdi");
	expect_trap(TRYX("std\n rep stosq", , OPERANDS("D"(VA + 20), "c"(100), "a"(0x77))), PF,
	    "REP STOSQ backward");
	expect(trap.regs.cx, 97, "REP STOSQ backward: rcx");
	expect(trap.regs.di, VA - 4, "REP STOSQ backward: rdi");
	expect_trap(TRYX("cld\n rep movsb", , OPERANDS("S"(VA + PAGE - 3), "D"(VA), "c"(8))), PF,
	    "REP MOVSB source");
	expect(trap.regs.cx, 5, "REP MOVSB source: rcx");
	expect(trap.regs.si, VA + PAGE, "REP MOVSB source: rsi");
	expect(trap.regs.di, VA + 3, "REP MOVSB source: rdi");
	memset((void *)VA, 0, PAGE);
	expect_trap(TRYX("cld\n repe scasb", , OPERANDS("D"(VA + PAGE - 5), "c"(100),
	    "a"(0))), PF, "REPE SCASB");
	expect(trap.regs.cx, 95, "REPE SCASB: rcx");
	expect_trap(TRYX("cld\n repe cmpsb", , OPERANDS("S"(VA), "D"(VA + PAGE - 5), "c"(100))), PF,
	    "REPE CMPSB");
	expect(trap.regs.cx, 95, "REPE CMPSB: rcx");
	expect_trap(TRYX("cld\n rep outsb", , OPERANDS("S"(VA + PAGE - 5), "c"(100), "d"(0x80))),
	    PF,
	    "REP OUTSB");
	expect(trap.regs.cx, 95, "REP OUTSB: rcx");
	expect_trap(TRYX("cld\n rep insb", , OPERANDS("D"(VA + PAGE - 5), "c"(100), "d"(0x80))), PF,
	    "REP INSB");
	expect(trap.regs.cx, 95, "REP INSB: rcx");
	expect_trap(TRYX("cld\n rep stosb", , OPERANDS("D"(VA + PAGE), "c"(0), "a"(0))), NONE,
	    "REP STOSB of nothing");
}

static void
interrupted(void)
{
	static uint8_t buf[1 << 20];
	ulong ip = 0, n = sizeof(buf);
	void *to = buf;
	bool ok = true;

	trap_hook = note;
	lapic_init();
	lapic_write(LAPIC_TDCR, 0xb);
	lapic_write(LAPIC_LVTT, V | 0x20000);
	lapic_write(LAPIC_TICR, 5000);
	for (unsigned i = 0; i < 200 && seen == 0; i++) {
		n = sizeof(buf);
		to = buf;
		asm volatile("lea 95f(%%rip), %0\n sti\n nop\n 95: rep stosb\n cli" : "=&r"(ip),
		    "+D"(to), "+c"(n) : "a"(0xa5) : "memory");
		if (seen != 0 && (seen_ip != ip || seen_cx == sizeof(buf)))
			seen = 0;
	}
	lapic_write(LAPIC_LVTT, V | 0x10000);
	claim(seen != 0, "an interrupt hits the REP");
	expect(seen_ip, ip, "interrupted: rip");
	claim(seen_cx > 0 && seen_cx < sizeof(buf), "interrupted: rcx in between");
	expect(n, 0, "interrupted: it goes on to the end");
	for (unsigned i = 0; i < sizeof(buf); i++)
		ok &= buf[i] == 0xa5;
	claim(ok, "interrupted: all is written");
}

int
main(void)
{
	map(VA, (ulong)page_alloc(), PTE_P | PTE_W | PTE_U);
	*pte_at(VA - PAGE, 1) = 0;
	*pte_at(VA + PAGE, 1) = 0;
	faults();
	interrupted();
	return 0;
}
