/*
 * What of the VMCB does a guest start with, and what is written back?
 *
 * Expected: all registers of the save area that VMRUN names; bases sign-extended;
 * CPL from the VMCB, but 0 in real and 3 in virtual-8086 mode; rip beyond the
 * limit is #GP in the guest; TF traps behind the first instruction, RF lets it
 * pass a breakpoint.
 * AMD APM vol 2, "Basic Operation" (Loading Guest State), "Segment State in the
 * VMCB", "VMRUN and TF/RF Bits in EFLAGS".
 */
#include "svm.h"

GUEST(looks, "mov %cr2, %rbx\n mov %dr6, %rcx\n mov %dr7, %rdx\n mov %cr3, %rsi\n mov %cr4, %rdi\n"
    "mov %cr0, %rbp\n mov %rax, %r8\n mov %rsp, %r9\n pushfq\n pop %r10\n mov %ds, %r11\n"
    "mov %es, %r12\n mov %ss, %r13\n mov %cs, %r14\n vmmcall");
GUEST(tables, "sub $32, %rsp\n sgdt (%rsp)\n sidt 16(%rsp)\n mov 2(%rsp), %rbx\n mov 18(%rsp), %rcx\n"
    "movzwl (%rsp), %edx\n movzwl 16(%rsp), %esi\n vmmcall");
GUEST(steps, "nop\n nop\n nop\n vmmcall");
GUEST16(real, "mov %cs, %bx\n vmmcall");
GUEST32(v86, "vmmcall");

static void
registers(void)
{
	guest64(looks);
	vmcb->cr2 = 0x1111222233334444;
	vmcb->dr6 = 0xffff0ff2;
	vmcb->dr7 = 0x500;
	vmcb->cr4 |= CR4_PGE | CR4_TSD;
	vmcb->cr0 |= CR0_WP | CR0_TS;
	vmcb->rax = 0x8877665544332211;
	vmcb->rflags = 0xad7 & ~(uint64_t)FL_IF;
	vmcb->ds.sel = 0x1238;
	vmcb->es.sel = 0x2238;
	vmcb->ss.sel = 0x3238;
	expect_exit(run(), EXIT_VMMCALL, "registers");
	expect64(gr.bx, 0x1111222233334444, "CR2");
	expect64(gr.cx, 0xffff0ff2, "DR6");
	expect64(gr.dx, 0x500, "DR7");
	expect64(gr.si, vmcb->cr3, "CR3");
	expect64(gr.di, CR4_PAE | CR4_PGE | CR4_TSD, "CR4");
	expect64(gr.bp, 0x80000031 | CR0_WP | CR0_TS, "CR0");
	expect64(gr.r8, 0x8877665544332211, "rAX");
	expect64(gr.r9, (ulong)guest_stack + sizeof(guest_stack), "rSP");
	expect64(gr.r10, 0x8d7, "RFLAGS");
	expect64(gr.r11, 0x1238, "DS");
	expect64(gr.r12, 0x2238, "ES");
	expect64(gr.r13, 0x3238, "SS");
	expect64(gr.r14, KCS64, "CS");
	expect64(vmcb->rax, 0x8877665544332211, "rAX is written back");
	expect64(vmcb->rflags, 0x8d7, "RFLAGS is written back");
	expect64(vmcb->cr0, 0x80000031 | CR0_WP | CR0_TS, "CR0 is written back");
	expect(vmcb->cs.attr, ATTR(D_CODE | D_ACCESSED, F_G | F_L), "CS attributes are written back");
	expect(vmcb->cs.limit, 0xffffffff, "CS limit is written back");
	expect(vmcb->cpl, 0, "CPL is written back");
}

static void
bases(void)
{
	guest64(tables);
	vmcb->gdtr.base = 0x0000800000001000;
	vmcb->gdtr.limit = 0x1ff;
	vmcb->idtr.base = 0x5a5a000000002000;
	vmcb->idtr.limit = 0xfff;
	expect_exit(run(), EXIT_VMMCALL, "table registers");
	expect64(gr.bx, 0xffff800000001000, "GDTR.base is sign-extended");
	expect64(gr.cx, 0x2000, "IDTR.base is sign-extended");
	expect64(gr.dx, 0x1ff, "GDTR.limit");
	expect64(gr.si, 0xfff, "IDTR.limit");
}

static void
levels(void)
{
	guest64(steps);
	guest_user();
	expect_exit(run(), EXIT_VMMCALL, "CPL 3");
	expect(vmcb->cpl, 3, "CPL 3 is written back");
	guest16(real);
	vmcb->cpl = 3;
	expect_exit(run(), EXIT_VMMCALL, "real mode");
	expect(vmcb->cpl, 0, "CPL in real mode");
	expect(gr.bx, 0x500, "real mode: CS");
	guest32(v86);
	vmcb->rflags |= FL_VM;
	set_seg(&vmcb->cs, 0, (uint32_t)(ulong)v86, 0xffff, ATTR(D_CODE | D_ACCESSED | D_DPL3, 0));
	set_seg(&vmcb->ss, 0, 0, 0xffff, ATTR(D_DATA | D_ACCESSED | D_DPL3, 0));
	vmcb->rip = 0;
	expect_exit(run(), EXIT_VMMCALL, "virtual-8086 mode");
	expect(vmcb->cpl, 3, "CPL in virtual-8086 mode");
}

static void
bad_rip(void)
{
	guest32(steps);
	vmcb->cs.limit = 0xfff;
	vmcb->cs.attr = ATTR(D_CODE | D_ACCESSED, F_B);
	vmcb->icpt[ICPT_EXC] = BIT(GP);
	expect_exit(run(), EXIT_EXC + GP, "rip beyond the limit");
	guest64((void *)0x800000000000);
	vmcb->icpt[ICPT_EXC] = BIT(GP);
	expect_exit(run(), EXIT_EXC + GP, "rip not canonical");
}

static void
steps_and_breakpoints(void)
{
	guest64(steps);
	vmcb->rflags |= FL_TF;
	vmcb->icpt[ICPT_EXC] = BIT(DB);
	expect_exit(run(), EXIT_EXC + DB, "TF");
	expect64(vmcb->rip, (ulong)steps + 1, "TF: behind the first instruction");
	expect64(vmcb->dr6 & 0x4000, 0x4000, "TF: DR6.BS");
	write_dr0((ulong)steps);
	guest64(steps);
	vmcb->dr7 = 0x402;
	vmcb->icpt[ICPT_EXC] = BIT(DB);
	expect_exit(run(), EXIT_EXC + DB, "breakpoint");
	expect64(vmcb->rip, (ulong)steps, "breakpoint: rip");
	guest64(steps);
	vmcb->dr7 = 0x402;
	vmcb->rflags |= FL_RF;
	vmcb->icpt[ICPT_EXC] = BIT(DB);
	expect_exit(run(), EXIT_VMMCALL, "breakpoint with RF");
	expect64(vmcb->rflags & FL_RF, 0, "RF lasts one instruction");
	expect_trap(TRY("push %0\n popf\n vmrun\n nop", "r"(0x102ul), "a"(vmcb)), DB,
	    "TF of the host");
	asm volatile("stgi");
}

int
main(void)
{
	svm_init();
	registers();
	bases();
	levels();
	bad_rip();
	steps_and_breakpoints();
	return 0;
}
