/*
 * Which pairs of exceptions become a double fault?
 *
 * Set-up: the gate of the first exception is not present (second: #NP), has a
 * null selector (second: #GP), or an IST stack on a page that is not mapped
 * (second: #PF).
 * Expected: #DF with error code 0 for contributory + contributory, page fault +
 * contributory, page fault + page fault; else the second exception, without the
 * EXT bit, which is for sources outside the processor.
 * AMD APM vol 2, "#DF-Double-Fault Exception (Vector 8)"; "Error Codes",
 * "Selector-Error Code".
 */
#include "guest.h"

#define BAD_STACK	(VA_FREE + 0x2000)

static int
raise(int first)
{
	switch (first) {
	case DE:
		return TRYX("xorl %%ecx, %%ecx\n divl %%ecx", , , "ecx", "eax", "edx");
	case DB:
		return TRYX("pushfq\n orl $0x100, (%%rsp)\n popfq\n nop", , );
	case BP:
		return TRY("int3");
	case UD:
		return TRY("ud2");
	case NP:
		return TRY("mov %0, %%ds", "r"(FREESEL));
	case SS:
		return TRY("mov %0, %%ss", "r"(FREESEL));
	case GP:
		return TRY("mov %0, %%ds", "r"(FREESEL + 8));
	default:
		return TRY("movb $0, (%0)", "r"(VA_FREE));
	}
}

static bool
contributory(int v)
{
	return v == DE || (v >= TS && v <= GP);
}

static void
spoil(int first, int second)
{
	ulong to = (ulong)reset_idt;

	if (second == NP)
		set_idt((unsigned)first, (void *)to, KCS64, D_INTGATE & ~D_PRESENT, 0);
	else if (second == GP)
		set_idt((unsigned)first, (void *)to, 0, D_INTGATE, 0);
	else
		set_idt((unsigned)first, (void *)to, KCS64, D_INTGATE, 1);
}

static void
pair(int first, int second)
{
	bool df = (contributory(first) && second != PF) || first == PF || first == second;
	ulong error = second == NP ? (ulong)first * 8 + 2 : second == GP ? 0 : 2;
	int got;

	spoil(first, second);
	got = raise(first);
	reset_idt((unsigned)first);
	expect_trap(got, df ? DF : second, "%s, then %s", vector_name(first),
	    vector_name(second));
	if (got == (df ? DF : second))
		expect(trap.error, df ? 0 : error, "%s, then %s: error code", vector_name(first),
		    vector_name(second));
}

int
main(void)
{
	static const int firsts[] = { DE, DB, BP, UD, NP, SS, GP, PF };
	static const int seconds[] = { NP, GP, PF };

	set_gdt(FREESEL, seg_desc(FLAT, D_DATA & ~D_PRESENT, F_G | F_B));
	set_gdt(FREESEL + 8, 0x12345);		/* a system type: no data segment */
	tss.TSS_IST(1) = BAD_STACK;
	for (unsigned i = 0; i < COUNT(firsts); i++) {
		for (unsigned j = 0; j < COUNT(seconds); j++)
			pair(firsts[i], seconds[j]);
	}
	return 0;
}
