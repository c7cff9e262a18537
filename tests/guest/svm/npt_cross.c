/*
 * What happens at an access that crosses pages, one of which is not there?
 *
 * Expected: #VMEXIT(NPF) with the address of the half that faulted: where the
 * access begins, or the second page's first byte; nothing is written; an
 * instruction's bytes, too; with both missing the first is told of first.
 * AMD APM vol 2, "Nested versus Guest Page Faults, Fault Ordering".
 */
#include "nested.h"

GUEST(read4, "mov (%rbx), %eax\n vmmcall");
GUEST(write4, "mov %eax, (%rbx)\n vmmcall");
GUEST(write8, "mov %rax, (%rbx)\n vmmcall");
GUEST(rmw4, "addl $1, (%rbx)\n vmmcall");
GUEST(push8, "lea 8(%rbx), %rsp\n push %rax\n vmmcall");
GUEST(copy, "mov %rbx, %rdi\n lea copy(%rip), %rsi\n mov $4, %ecx\n rep movsb\n vmmcall");
GUEST(jumps, "jmp *%rbx\n vmmcall");

static ulong gpa[2];

static void
set_up(const void *code, uint64_t va)
{
	nested_guest(code, va);
	for (unsigned i = 0; i < 2; i++) {
		pt_set(&guest_pt, TRY_VA + i * PAGE, 1, gpa[i] | FLAGS);
		pt_set(&nested_pt, gpa[i], 1, gpa[i] | FLAGS);
		memset((void *)gpa[i], 0x90, PAGE);
	}
	vmcb->rax = 0x1122334455667788;
}

static void
access(const void *code, unsigned before, uint64_t info, const char *name)
{
	uint64_t va = TRY_VA + PAGE - before;

	set_up(code, va);
	nested_change(gpa[0], 1, 0, PTE_P);
	expect_npf(info, gpa[0] + PAGE - before, "%s, %u bytes before: first half", name, before);
	set_up(code, va);
	nested_change(gpa[1], 1, 0, PTE_P);
	expect_npf(info, gpa[1], "%s, %u bytes before: second half", name, before);
	for (unsigned i = 0; i < before; i++) {
		if (*(uint8_t *)(gpa[0] + PAGE - before + i) != 0x90) {
			claim(false, "%s, %u bytes before: nothing is written", name, before);
			break;
		}
	}
	pt_set(&nested_pt, gpa[1], 1, gpa[1] | FLAGS);
	vmcb->tlb_control = 1;
	expect_npf(0, 0, "%s, %u bytes before: mended", name, before);
	set_up(code, va);
	nested_change(gpa[0], 1, 0, PTE_P);
	nested_change(gpa[1], 1, 0, PTE_P);
	expect_npf(info, gpa[0] + PAGE - before, "%s, %u bytes before: both", name, before);
}

static void
fetch(void)
{
	/* mov $imm32, %ebx; vmmcall */
	static const uint8_t insn[] = { 0xbb, 0x78, 0x56, 0x34, 0x12, 0x0f, 0x01, 0xd9 };

	set_up(jumps, TRY_VA + PAGE - 3);
	memcpy((void *)(gpa[0] + PAGE - 3), insn, 3);
	memcpy((void *)gpa[1], insn + 3, 5);
	nested_change(gpa[1], 1, 0, PTE_P);
	expect_npf(NPF_U | NPF_FETCH | NPF_FINAL, gpa[1], "fetch: second half");
	expect64(vmcb->rip, TRY_VA + PAGE - 3, "fetch: rip");
	nested_change(gpa[1], 1, PTE_P, 0);
	vmcb->tlb_control = 1;
	expect_npf(0, 0, "fetch: mended");
	expect64(gr.bx, 0x12345678, "fetch: the instruction is whole");
	set_up(jumps, TRY_VA + PAGE - 3);
	nested_change(gpa[0], 1, 0, PTE_P);
	expect_npf(NPF_U | NPF_FETCH | NPF_FINAL, gpa[0] + PAGE - 3, "fetch: first half");
	nested_change(gpa[0], 1, PTE_P, 0);
}

int
main(void)
{
	nested_init();
	gpa[0] = (ulong)page_alloc();
	page_alloc();
	gpa[1] = (ulong)page_alloc();
	for (unsigned b = 1; b < 4; b++) {
		access(read4, b, NPF_U | NPF_FINAL, "read");
		access(write4, b, NPF_U | NPF_W | NPF_FINAL, "write");
		access(rmw4, b, NPF_U | NPF_W | NPF_FINAL, "read and write");
	}
	access(write8, 7, NPF_U | NPF_W | NPF_FINAL, "quadword");
	access(push8, 4, NPF_U | NPF_W | NPF_FINAL, "push");
	set_up(copy, TRY_VA + PAGE - 1);
	nested_change(gpa[1], 1, 0, PTE_P);
	expect_npf(NPF_U | NPF_W | NPF_FINAL, gpa[1], "REP MOVSB into the second page");
	expect64(gr.cx, 3, "REP MOVSB: the count says how far it came");
	fetch();
	return 0;
}
