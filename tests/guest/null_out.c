/*
 * What becomes of null selectors with an RPL when a return goes to an outer level?
 *
 * Set-up: DS, ES, FS and GS are 0 to 3, IRET and RETF go to CPL 3; in 64-bit mode
 * FS and GS have bases of their own.
 * Expected: a register that the outer level may not use is loaded with the null
 * selector, which is 0; the bases stay.
 * AMD APM vol 3, "IRET", "RET (Far)": "can't use lower dpl data segment at higher
 * cpl"; Linux's selftest sigreturn_32 wants 0, too.
 */
#include "guest.h"


#ifdef __x86_64__
#define SUF	"q"
#else
#define SUF	"l"
#endif
#define SEGS	"mov %%eax, %%ds\n mov %%eax, %%es\n mov %%eax, %%fs\n mov %%eax, %%gs\n"
#define READ	"96: mov %%ds, %%eax\n mov %%es, %%ecx\n mov %%fs, %%edx\n mov %%gs, %%ebx\n"
#define STACK	"push" SUF " $" XSTR(UDS) "\n push" SUF " try_sp\n"
#define CODE	"push" SUF " $" XSTR(UCS) "\n push" SUF " $96f\n"

static uint32_t ds, es, fs, gs;

static void
all(int got, unsigned sel, const char *way)
{
	expect_trap(got, NONE, "%s with selectors %u", way, sel);
	expect(ds & 0xffff, 0, "%s: DS, was %u", way, sel);
	expect(es & 0xffff, 0, "%s: ES, was %u", way, sel);
	expect(fs & 0xffff, 0, "%s: FS, was %u", way, sel);
	expect(gs & 0xffff, 0, "%s: GS, was %u", way, sel);
}

#define OUT	OPERANDS("=a"(ds), "=c"(es), "=d"(fs), "=b"(gs))

int
main(void)
{
	for (unsigned sel = 0; sel < 4; sel++) {
		all(TRYX(STACK "push" SUF " user_flags\n" CODE SEGS "iret" SUF "\n" READ ASM_RETURN,
		    OUT, "a"(sel)), sel, "IRET");
		all(TRYX(STACK CODE SEGS "lret" SUF "\n" READ ASM_RETURN, OUT, "a"(sel)),
		    sel, "RETF");
	}
#ifdef __x86_64__
	asm volatile("mov %0, %%fs\n mov %0, %%gs" : : "r"(3));
	wrmsr(MSR_FS_BASE, 0x123456789a);
	wrmsr(MSR_GS_BASE, 0x3456789abc);
	expect_trap(USER("nop"), NONE, "null FS and GS with bases");
	expect(rdmsr(MSR_FS_BASE), 0x123456789a, "FS base");
	expect(rdmsr(MSR_GS_BASE), 0x3456789abc, "GS base");
	wrmsr(MSR_FS_BASE, 0);
	wrmsr(MSR_GS_BASE, 0);
#endif
	return 0;
}
