/*
 * What do SYSCALL and SYSRET do in 64-bit, compatibility and legacy mode?
 *
 * Set-up: SYSCALL at CPL 3, SYSRET back by every operand size.
 * Expected: rcx and r11 get rip and rflags; SFMASK clears flags; RF of the image
 * clear; selectors from STAR with flat attributes, not from descriptors; SYSRET
 * with 64-bit operands makes CS STAR+16 | 3, SS STAR+8 | 3; to 32 bits STAR | 3;
 * CPL not 0 or no protected mode is #GP(0); EFER.SCE clear is #UD.  SYSRET does
 * not change SS attributes on AMD processors and does not check rcx before CPL
 * changes, so a non-canonical rcx faults at CPL 3.
 * AMD APM vol 2, "SYSCALL and SYSRET"; vol 3 "SYSCALL", "SYSRET".
 */
#include "guest.h"

ulong k_rcx, k_r11, k_cs, k_ss, k_flags, k_sp;

#ifdef __x86_64__
asm(".pushsection .text\n"
    "enter_: mov %rcx, k_rcx\n mov %r11, k_r11\n mov %cs, k_cs\n mov %ss, k_ss\n"
    "mov %rsp, k_sp\n pushfq\n popq k_flags\n sysretq\n"
    "enter32_: mov %rcx, k_rcx\n mov %r11, k_r11\n mov %cs, k_cs\n mov %ss, k_ss\n"
    "pushfq\n popq k_flags\n sysretl\n"
    "enter_bad: mov $0x800000000000, %rcx\n sysretq\n"
    ".code32\n user32: int $0x80\n .code64\n"
    "back32: mov $user32, %ecx\n sysretl\n"
    ".popsection");
extern char enter_[], enter32_[], enter_bad[], back32[];

static void
run(void)
{
	ulong cs = 0, ss = 0, ip = 0;

	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~(uint64_t)EFER_SCE);
	expect_trap(USERX("syscall", , , "rcx", "r11"), UD, "SYSCALL with EFER.SCE clear");
	expect_trap(TRYX("sysretq", , , "rcx", "r11"), UD, "SYSRET with EFER.SCE clear");
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	wrmsr(MSR_STAR, (uint64_t)UCS32 << 48 | (uint64_t)KCS64 << 32);
	wrmsr(MSR_LSTAR, (ulong)enter_);
	wrmsr(MSR_CSTAR, (ulong)enter32_);
	wrmsr(MSR_SFMASK, FL_IF | FL_DF | FL_CF | FL_NT);
	user_flags = 2 | FL_IF | FL_CF | FL_DF | FL_NT;
	expect_trap(USERX("cld\n std\n syscall\n 95: mov %%cs, %0\n mov %%ss, %1\n"
	    "lea 95b(%%rip), %2",
	    OPERANDS("=r"(cs), "=r"(ss), "=r"(ip)), , "rcx", "r11"), NONE, "64-bit SYSCALL");
	expect(k_rcx, ip, "64-bit SYSCALL: rcx");
	expect(k_r11 & (FL_IF | FL_CF | FL_DF | FL_NT | FL_RF), FL_IF | FL_CF | FL_DF | FL_NT,
	    "64-bit SYSCALL: r11");
	expect(k_flags & (FL_IF | FL_CF | FL_DF | FL_NT), 0, "64-bit SYSCALL: SFMASK");
	expect(k_cs & 0xffff, KCS64, "64-bit SYSCALL: CS");
	expect(k_ss & 0xffff, KDS2, "64-bit SYSCALL: SS");
	expect(k_sp, try_sp, "64-bit SYSCALL leaves rsp");
	expect(cs & 0xffff, UCS64, "64-bit SYSRET: CS");
	expect(ss & 0xffff, UDS, "64-bit SYSRET: SS");
	expect(trap.flags & (FL_IF | FL_CF | FL_DF | FL_NT), FL_IF | FL_CF | FL_DF | FL_NT,
	    "64-bit SYSRET: flags from r11");
	user_flags = 2;
	expect_trap(USER32X("syscall", , , "rcx", "r11"), NONE, "SYSCALL in compatibility mode");
	expect(trap.cs, UCS32, "SYSRET to 32 bits: CS");
	expect(k_cs & 0xffff, KCS64, "SYSCALL in compatibility mode: CS");
	claim(k_rcx < 0x100000000 && k_rcx > 0x100000, "SYSCALL in compatibility mode: rcx");
	wrmsr(MSR_LSTAR, (ulong)back32);
	expect_trap(USERX("syscall", , , "rcx", "r11"), NONE, "SYSRET to 32 bits after a 64-bit "
	    "SYSCALL");
	expect(trap.cs, UCS32, "SYSRET to 32 bits after a 64-bit SYSCALL: CS");
	wrmsr(MSR_LSTAR, (ulong)enter_bad);
	expect_trap(USERX("syscall", , , "rcx", "r11"), GP, "SYSRET with a non-canonical rcx");
	expect(trap.cs & 3, 3, "SYSRET with a non-canonical rcx faults at CPL 3");
	expect_trap(USERX("sysretq", , , "rcx", "r11"), GP, "SYSRET at CPL 3");
	expect_trap(try_wrmsr(MSR_LSTAR, 0x800000000000), GP, "LSTAR that is not canonical");
	expect_trap(try_wrmsr(MSR_CSTAR, 0x800000000000), GP, "CSTAR that is not canonical");
	wrmsr(MSR_SFMASK, 0xffffffff);
	expect(rdmsr(MSR_SFMASK), 0xffffffff, "SFMASK reads back");
}
#else
asm(".pushsection .text\n"
    "enter_: movl %ecx, k_rcx\n movw %cs, k_cs\n movw %ss, k_ss\n movl %esp, k_sp\n"
    "pushfl\n popl k_flags\n sysretl\n.popsection");
extern char enter_[];
REAL_CODE("r_sysret: sysretl\n ret\n");
void	r_sysret(void);

static void
run(void)
{
	ulong ip = 0, cs = 0;

	if (!is_amd())
		skip("SYSCALL outside long mode is AMD's");
	wrmsr(MSR_EFER, EFER_SCE);
	wrmsr(MSR_STAR, (uint64_t)UCS32 << 48 | (uint64_t)KCS32 << 32 | (ulong)enter_);
	user_flags = 2 | FL_IF | FL_CF;
	expect_trap(USERX("syscall\n 95: movl %%cs, %1\n movl $95b, %0",
	    OPERANDS("=r"(ip), "=r"(cs)), , "ecx"), NONE, "SYSCALL and SYSRET");
	expect(k_rcx, ip, "SYSCALL: ecx");
	expect(k_cs & 0xffff, KCS32, "SYSCALL: CS");
	expect(k_ss & 0xffff, KDS, "SYSCALL: SS");
	expect(k_sp, try_sp, "SYSCALL leaves ESP");
	expect(k_flags & (FL_IF | FL_CF), FL_CF, "SYSCALL clears IF");
	expect(cs & 0xffff, UCS32, "SYSRET: CS");
	expect(trap.flags & FL_IF, FL_IF, "SYSRET sets IF");
	expect_trap(USER("sysretl"), GP, "SYSRET at CPL 3");
	real_init();
	expect_trap(real_call(r_sysret), GP, "SYSRET in real mode");
}
#endif

int
main(void)
{
	if (!has(HAS_SYSCALL))
		skip("no SYSCALL");
	run();
	return 0;
}
