/*
 * What does the host get back at #VMEXIT?
 *
 * Set-up: a guest that changes all it can.
 * Expected: CS, SS, DS, ES, rSP, rAX, RFLAGS, CR0, CR3, CR4, EFER, IDTR and GDTR
 * are the host's; FS, GS, TR, LDTR, CR2 and the debug address registers are not
 * touched by the switch; DR7 of the host has no breakpoint enabled.
 * AMD APM vol 2, "Basic Operation" (Saving Host State), "#VMEXIT".
 */
#include "svm.h"

GUEST(changes,
    "mov %cr0, %rax\n or $0x10000, %rax\n mov %rax, %cr0\n"
    "mov %cr4, %rax\n or $0x604, %rax\n mov %rax, %cr4\n"
    "mov $0xc0000080, %ecx\n rdmsr\n or $1, %eax\n wrmsr\n"
    "mov $0x38, %eax\n mov %eax, %fs\n push $0\n push $0\n lidt (%rsp)\n lgdt (%rsp)\n"
    "mov $0x1234, %eax\n mov %rax, %cr2\n mov %rax, %dr1\n"
    "mov $0x402, %eax\n mov %rax, %dr7\n"
    "std\n stc\n mov $0x55, %eax\n vmmcall");

struct descriptor_table { uint16_t limit; uint64_t base; } __attribute__((packed));

static void
registers(void)
{
	struct descriptor_table gdtr[2], idtr[2];
	ulong cr0 = read_cr0(), cr3 = read_cr3(), cr4 = read_cr4(), rax = (ulong)vmcb, flags;
	uint64_t efer = rdmsr(MSR_EFER);
	uint16_t cs, ss, ds, es;

	asm volatile("sgdt %0\n sidt %1" : "=m"(gdtr[0]), "=m"(idtr[0]));
	guest64(changes);
	asm volatile("push $0x246\n popf\n call svm_enter\n pushf\n pop %1" : "+a"(rax), "=c"(flags)
	    :: "rbx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
	    "r15", "memory", "cc");
	asm volatile("stgi");
	write_flags(2);
	asm volatile("sgdt %0\n sidt %1" : "=m"(gdtr[1]), "=m"(idtr[1]));
	asm volatile("mov %%cs, %0\n mov %%ss, %1\n mov %%ds, %2\n mov %%es, %3"
	    : "=r"(cs), "=r"(ss), "=r"(ds), "=r"(es));
	expect_exit(vmcb->exitcode, EXIT_VMMCALL, "the guest ran");
	expect64(vmcb->rax, 0x55, "to its end");
	expect(rax, (ulong)vmcb, "rAX");
	expect(flags & (FL_DF | FL_CF | FL_PF | FL_ZF), FL_PF | FL_ZF, "RFLAGS");
	expect(read_cr0(), cr0, "CR0");
	expect(read_cr3(), cr3, "CR3");
	expect(read_cr4(), cr4, "CR4");
	expect64(rdmsr(MSR_EFER), efer, "EFER");
	claim(memcmp(&gdtr[0], &gdtr[1], sizeof(gdtr[0])) == 0, "GDTR");
	claim(memcmp(&idtr[0], &idtr[1], sizeof(idtr[0])) == 0, "IDTR");
	expect(cs, KCS64, "CS");
	expect(ss, KDS, "SS");
	expect(ds, UDS, "DS");
	expect(es, UDS, "ES");
}

static void
left_alone(void)
{
	uint16_t fs, tr;

	asm volatile("mov %%fs, %0\n str %1" : "=r"(fs), "=r"(tr));
	expect(fs, 0x38, "FS is the guest's");
	expect(tr, TSSSEL, "TR was not touched");
	expect(read_cr2(), 0x1234, "CR2 is the guest's");
	expect(read_dr1(), 0x1234, "DR1 is the guest's");
	expect(read_dr7(), 0x400, "DR7 has no breakpoints");
	expect64(vmcb->dr7, 0x402, "DR7 of the guest is saved");
	expect64(vmcb->cr2, 0x1234, "CR2 of the guest is saved");
}

int
main(void)
{
	svm_init();
	registers();
	left_alone();
	return 0;
}
