/*
 * What does DebugCtl.LBR record?
 *
 * Set-up: branches of each kind between two writes of DebugCtl.
 * Expected: source and target of the last branch that was taken; an exception
 * moves them to the exception's records and is a control transfer itself; #DB
 * clears DebugCtl.LBR and leaves the records alone.
 * AMD APM vol 2, "Control-Transfer Breakpoint Features".
 */
#include "svm.h"

enum { MSR_DEBUGCTL = 0x1d9, MSR_BR_FROM = 0x1db, MSR_BR_TO, MSR_INT_FROM, MSR_INT_TO };

ulong from, to;		/* of the branch in text, at its labels 1 and 2 */

#define ON	"mov $0x1d9, %%ecx\n mov $1, %%eax\n xor %%edx, %%edx\n wrmsr\n"
#define OFF	"mov $0x1d9, %%ecx\n xor %%eax, %%eax\n xor %%edx, %%edx\n wrmsr\n"
#define RECORD(text) \
	asm volatile("movq $1f, %0\n movq $2f, %1\n" ON text OFF : "=m"(from), "=m"(to) \
	    :: "rax", "rcx", "rdx", "rbx", "memory", "cc")

static void
recorded(const char *name)
{
	expect64(rdmsr(MSR_BR_FROM), from, "%s: from", name);
	expect64(rdmsr(MSR_BR_TO), to, "%s: to", name);
}

static void
branches(void)
{
	RECORD("1: jmp 2f\n ud2\n 2:");
	recorded("JMP");
	RECORD("1: jmp 2f\n 2:");
	recorded("JMP to the next instruction");
	RECORD("cmp %%eax, %%eax\n 1: jz 2f\n ud2\n 2:");
	recorded("Jcc");
	RECORD("1: jmp 2f\n ud2\n 2: cmp %%eax, %%eax\n jnz 3f\n 3:");
	recorded("Jcc that is not taken");
	RECORD("mov $2, %%ecx\n 2: nop\n 1: loop 2b\n");
	recorded("LOOP");
	RECORD("1: call 2f\n ud2\n 2: add $8, %%rsp\n");
	recorded("CALL");
	RECORD("push $2f\n 1: ret\n ud2\n 2:");
	recorded("RET");
	RECORD("mov $2f, %%rbx\n 1: jmp *%%rbx\n ud2\n 2:");
	recorded("JMP by register");
	RECORD("mov %%ss, %%ebx\n mov %%rsp, %%rax\n push %%rbx\n push %%rax\n pushf\n"
	    "mov %%cs, %%ebx\n push %%rbx\n push $2f\n 1: iretq\n ud2\n 2:");
	recorded("IRET");
}

static void
exceptions(void)
{
	wrmsr(MSR_DEBUGCTL, 0);
	from = to = 0;
	expect_trap(TRYX("movq $1f, from\n movq $2f, to\n" ON "1: jmp 2f\n nop\n 2: ud2", , ,
	    "rax", "rcx", "rdx"), UD, "UD2");
	wrmsr(MSR_DEBUGCTL, 0);
	expect64(rdmsr(MSR_INT_FROM), from, "exception: the branch before it, from");
	expect64(rdmsr(MSR_INT_TO), to, "exception: the branch before it, to");
	expect_trap(TRYX("movq $1f, from\n movq $2f, to\n" ON
	    "pushf\n orl $0x100, (%%rsp)\n popf\n 1: jmp 2f\n 2: nop", , , "rax", "rcx", "rdx"), DB,
	    "single step");
	expect64(rdmsr(MSR_DEBUGCTL), 0, "#DB clears LBR");
	recorded("the branch before #DB");
}

int
main(void)
{
	svm_init();
	RECORD("1: jmp 2f\n 2:");
	if (!rdmsr(MSR_BR_FROM))
		skip("no branch records");
	branches();
	exceptions();
	return 0;
}
