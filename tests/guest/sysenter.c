/*
 * What do SYSENTER and SYSEXIT do?
 *
 * Set-up: 32-bit protected mode; real mode; long mode and compatibility mode.
 * Expected: flat segments from SYSENTER_CS, IF and VM clear; #GP(0) when
 * SYSENTER_CS is null, for SYSEXIT above CPL 0, and in real mode; #UD in long
 * mode, which is AMD's rule.
 * AMD APM vol 3, "SYSENTER", "SYSEXIT".
 */
#include "guest.h"

#ifndef __x86_64__
REAL_CODE("real_enter_: sysenter\n ret\n real_exit_: sysexit\n ret\n");
void	real_enter_(void), real_exit_(void);

uint32_t seen_cs, seen_ss, seen_sp, seen_flags;
asm(".pushsection .text\nentry: movw %cs, seen_cs\n movw %ss, seen_ss\n movl %esp, seen_sp\n"
    "pushfl\n popl seen_flags\n sysexit\nreached: int $0x80\n.popsection");
extern char entry[], reached[];

static void
run(void)
{
	uint32_t cs = 0;

	wrmsr(MSR_SYSENTER_CS, KCS32);
	wrmsr(MSR_SYSENTER_ESP, (ulong)other_stack + 8192);
	wrmsr(MSR_SYSENTER_EIP, (ulong)entry);
	user_flags = 2 | FL_IF | FL_CF;
	expect_trap(USERX("movl $95f, %%edx\n movl %%esp, %%ecx\n sysenter\n 95: movl %%cs, %0",
	    OPERANDS("=r"(cs)), , "ecx", "edx"), NONE, "SYSENTER and SYSEXIT");
	expect(seen_cs & 0xffff, KCS32, "SYSENTER: CS");
	expect(seen_ss & 0xffff, KDS, "SYSENTER: SS");
	expect(seen_sp, (ulong)other_stack + 8192, "SYSENTER: ESP");
	expect(seen_flags & (FL_IF | FL_CF), FL_CF, "SYSENTER clears IF only");
	expect(cs & 0xffff, UCS32, "SYSEXIT: CS");
	expect(trap.ss & 0xffff, UDS, "SYSEXIT: SS");
	user_flags = 2;
	expect_trap(USER("sysexit"), GP, "SYSEXIT at CPL 3");
	real_init();
	expect_trap(real_call(real_enter_), GP, "SYSENTER in real mode");
	expect_trap(real_call(real_exit_), GP, "SYSEXIT in real mode");
	/* A machine that does not fault comes to "reached" either way. */
	wrmsr(MSR_SYSENTER_CS, 3);
	wrmsr(MSR_SYSENTER_EIP, (ulong)reached);
	expect_trap(TRYX("movl $reached, %%edx\n movl %%esp, %%ecx\n sysexit", , , "ecx", "edx"),
	    GP, "SYSEXIT with a null CS");
	expect_trap(TRY("sysenter"), GP, "SYSENTER with a null CS");
}
#else
asm(".pushsection .text\nentered: int $0x80\n.popsection");
extern char entered[];

static void
run(void)
{
	wrmsr(MSR_SYSENTER_CS, KCS32);
	wrmsr(MSR_SYSENTER_ESP, (ulong)other_stack + 8192);
	expect(rdmsr(MSR_SYSENTER_ESP), (ulong)other_stack + 8192, "SYSENTER_ESP reads back");
	wrmsr(MSR_SYSENTER_EIP, (ulong)run);
	expect_trap(TRY("sysexitl"), UD, "SYSEXIT in long mode");
	expect_trap(USER32("sysexit"), UD, "SYSEXIT in compatibility mode");
	wrmsr(MSR_SYSENTER_EIP, (ulong)entered);
	expect_trap(USER("sysenter"), UD, "SYSENTER in long mode");
	expect_trap(USER32("sysenter"), UD, "SYSENTER in compatibility mode");
}
#endif

int
main(void)
{
	if (!has(HAS_SEP))
		skip("no SYSENTER");
	run();
	return 0;
}
