/*
 * What do the virtual-8086 mode extensions change?
 *
 * Set-up: CR4.VME, IOPL 0 and 3, interrupt redirection map all clear or set;
 * CR4.PVI at CPL 3.
 * Expected: at IOPL 0 CLI, STI, PUSHF, POPF work on VIF; STI with VIP set is
 * #GP; INT n with a clear map bit goes through the interrupt vector table, with
 * a set one it is #GP at IOPL 0 and uses the IDT at IOPL 3.
 * AMD APM vol 2, "Virtual Interrupts".
 */
#include "guest.h"

#define IN	0x46

REAL_CODE("t_cli: cli\n hlt\n t_sti: sti\n hlt\n"
    "t_pushf: pushfw\n popw %ax\n hlt\n"
    "t_popf: pushw $0x0202\n popfw\n hlt\n"
    "t_popf_tf: pushw $0x0102\n popfw\n hlt\n"
    "t_int: int $0x46\n t_after: hlt\n"
    "t_handler: movw %sp, %bp\n movw (%bp), %ax\n movw 4(%bp), %cx\n hlt\n"
    "t_pushfd: pushfl\n hlt\n"
    "t_iret: pushw $0x0202\n pushw $0\n pushw $t_after\n iretw\n");
extern char t_cli[], t_sti[], t_pushf[], t_popf[], t_popf_tf[], t_int[], t_after[], t_handler[],
    t_pushfd[], t_iret[];

static int
enter(char *code, ulong flags)
{
	int v = TRYX("pushl $0\n pushl $0\n pushl $0\n pushl $0\n pushl $0\n pushl $0x7000\n"
	    "pushl %0\n pushl $0\n pushl %1\n iretl", ,
	    OPERANDS("r"(2 | FL_VM | flags), "r"(code)), "eax", "ecx", "edx");

	return v == GP && trap.error == 0 && *(uint8_t *)trap.ip == 0xf4 ? NONE : v;
}

static void
pvi(void)
{
	write_cr4(read_cr4() | CR4_PVI);
	user_flags = 2 | FL_VIF;
	expect_trap(USER("cli"), NONE, "PVI: CLI");
	expect(trap.flags & FL_VIF, 0, "PVI: CLI clears VIF");
	user_flags = 2;
	expect_trap(USER("sti"), NONE, "PVI: STI");
	expect(trap.flags & FL_VIF, FL_VIF, "PVI: STI sets VIF");
	user_flags = 2 | FL_VIP;
	expect_trap(USER("sti"), GP, "PVI: STI with VIP");
	user_flags = 2;
}

int
main(void)
{
	volatile uint32_t *ivt;
	ulong zero = 0;

	if (!has(HAS_VME))
		skip("no VME");
	real_init();
	asm("" : "+r"(zero));
	ivt = (volatile uint32_t *)zero;
	ivt[IN] = (uint32_t)(ulong)t_handler;
	write_cr4(read_cr4() | CR4_VME);
	set_idt(IN, trap_stub(IN), KCS32, D_INTGATE | D_DPL3, 0);
	tss.iomap = offsetof(struct tss, io);

	expect_trap(enter(t_cli, FL_VIF), NONE, "CLI");
	expect(trap.flags & FL_VIF, 0, "CLI clears VIF");
	expect_trap(enter(t_sti, FL_IF), NONE, "STI");
	expect(trap.flags & (FL_VIF | FL_IF), FL_VIF | FL_IF, "STI sets VIF");
	expect_trap(enter(t_sti, FL_VIP), GP, "STI with VIP");
	expect_trap(enter(t_pushf, FL_VIF), NONE, "PUSHF");
	expect(trap.regs.ax & (FL_IF | FL_IOPL), FL_IF | FL_IOPL, "PUSHF shows VIF and IOPL 3");
	expect_trap(enter(t_pushf, FL_IF), NONE, "PUSHF without VIF");
	expect(trap.regs.ax & FL_IF, 0, "PUSHF without VIF shows IF clear");
	expect_trap(enter(t_popf, 0), NONE, "POPF");
	expect(trap.flags & (FL_VIF | FL_IF), FL_VIF, "POPF changes VIF");
	expect_trap(enter(t_popf, FL_VIP), GP, "POPF of IF with VIP");
	expect_trap(enter(t_popf_tf, 0), GP, "POPF of TF");
	expect_trap(enter(t_pushfd, 0), GP, "PUSHFD");
	expect_trap(enter(t_iret, 0), NONE, "IRET");
	expect(trap.flags & (FL_VIF | FL_IF), FL_VIF, "IRET changes VIF");

	memset(tss.redirect, 0, sizeof(tss.redirect));
	expect_trap(enter(t_int, FL_VIF), NONE, "INT n redirected");
	expect(trap.regs.ax & 0xffff, (ulong)t_after & 0xffff, "INT n redirected: pushed IP");
	expect(trap.regs.cx & (FL_IF | FL_IOPL), FL_IF | FL_IOPL,
	    "INT n redirected: VIF and IOPL 3 in the image");
	expect(trap.flags & FL_VIF, 0, "INT n redirected clears VIF");
	expect_trap(enter(t_int, FL_IOPL | FL_IF), NONE, "INT n redirected at IOPL 3");
	expect(trap.flags & FL_IF, 0, "INT n redirected at IOPL 3 clears IF");
	memset(tss.redirect, 0xff, sizeof(tss.redirect));
	expect_trap(enter(t_int, 0), GP, "INT n not redirected at IOPL 0");
	expect_trap(enter(t_int, FL_IOPL), IN, "INT n not redirected at IOPL 3");
	pvi();
	return 0;
}
