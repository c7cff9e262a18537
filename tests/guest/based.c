/*
 * Do segments of 4 GiB that do not begin at 0 work, up to their last byte?
 *
 * Set-up: code, data and stack with different bases; calls, returns, jumps and
 * stack instructions of all forms, over two pages; an offset below the base.
 * Expected: addresses wrap at 4 GiB after the base is added.
 * AMD APM vol 2, "Segment Registers".
 */
#include "guest.h"

#define CODE_BASE	0x10000u
#define DATA_BASE	0x23450u
#define STACK_BASE	0x30000u
#define ROUNDS		5000

static uint8_t stack[8192] __attribute__((aligned(16)));
static uint32_t data[16] __attribute__((aligned(64)));
enum { CODE_SEL = FREESEL, DATA_SEL = FREESEL + 8, STACK_SEL = FREESEL + 16 };

static void
set_segment(unsigned sel, uint32_t base, unsigned type)
{
	set_gdt(sel, 0x00cf00000000ffff | (uint64_t)type << 40 |
	    (uint64_t)(base & 0xffffff) << 16 | (uint64_t)(base >> 24) << 56);
}

/* Adds 1 for each thing that went right, ROUNDS times, to EAX. */
asm(".pushsection .text\n"
    "based_run:\n"			/* EBX data - DATA_BASE, ESI functions */
    "	xorl %eax, %eax\n"
    "	movl $5000, %edi\n"
    "1:	pushl $7\n	popl %ecx\n	addl %ecx, %eax\n"
    "	movl $11, (%ebx)\n	pushl (%ebx)\n	popl %ecx\n	addl %ecx, %eax\n"
    "	call based_far\n"
    "	leal based_far - 0x10000, %ecx\n	call *%ecx\n"
    "	movl %ecx, 4(%ebx)\n	call *4(%ebx)\n"
    "	pushl $1\n	pushl $2\n	call based_args\n"
    "	pushl %ebp\n	movl %esp, %ebp\n	subl $64, %esp\n	leave\n"
    "	movl $based_jump - 0x10000, 8(%ebx)\n	jmp *8(%ebx)\n"
    "	hlt\n"
    "based_back:\n"
    "	leal based_there - 0x10000, %ecx\n	jmp *%ecx\n"
    "	hlt\n"
    "based_there:\n"
    "	cmpl $0, (%ebx)\n	je 2f\n"
    "	decl %edi\n	jnz 1b\n"
    "2:	ret\n"
    "	.balign 4096\n	.skip 256\n"
    "based_far: addl $1, %eax\n	cmpl $9999, %eax\n	jne 3f\n	nop\n3: ret\n"
    "based_args: addl 4(%esp), %eax\n	addl 8(%esp), %eax\n	ret $8\n"
    "based_jump: incl %eax\n	cmpl %eax, %eax\n	jne based_run\n	je based_back\n"
    ".popsection\n");
extern char based_run[];

static uint32_t
run_based(void)
{
	uint32_t sum, off = (uint32_t)(ulong)data - DATA_BASE;
	static struct { uint32_t off; uint16_t sel; } __attribute__((packed)) there;

	there.off = (uint32_t)(ulong)based_run - CODE_BASE;
	there.sel = CODE_SEL;

	asm volatile(
	    "movl %%esp, %%edx\n"
	    "movl %[ds], %%ecx\n movl %%ecx, %%ds\n movl %%ecx, %%es\n"
	    "movl %[ss], %%ecx\n movl %%ecx, %%ss\n movl %[sp], %%esp\n"
	    "pushl $9f - 0x10000\n"
	    "ljmp *%%cs:%[there]\n"
	    "9: movl %[kds], %%ecx\n movl %%ecx, %%ss\n movl %%edx, %%esp\n"
	    "movl %[uds], %%ecx\n movl %%ecx, %%ds\n movl %%ecx, %%es\n"
	    "ljmp %[kcs], $8f\n 8:\n"
	    : "=&a"(sum), "+b"(off)
	    : [ds]"i"(DATA_SEL), [ss]"i"(STACK_SEL), [kds]"i"(KDS), [uds]"i"(UDS),
	      [kcs]"i"(KCS32), [sp]"i"((uint32_t)sizeof(stack) + 0x100000), [there]"m"(there)
	    : "ecx", "edx", "esi", "edi", "memory", "cc");
	return sum;
}

int
main(void)
{
	uint32_t v = 0;

	set_segment(CODE_SEL, CODE_BASE, 0x9b);
	set_segment(DATA_SEL, DATA_BASE, 0x93);
	/* ESP is above 1 MiB so that stack and base meet in the array. */
	set_segment(STACK_SEL, (uint32_t)(ulong)stack - 0x100000, 0x93);
	expect(run_based(), ROUNDS * (7 + 11 + 3 + 3 + 1), "calls, jumps, stack");

	asm volatile("movl %0, %%gs" :: "r"(DATA_SEL));
	data[0] = 0x12345678;
	v = 0;
	expect_trap(TRYX("movl %%gs:(%1), %0", "=r"(v), "r"((uint32_t)(ulong)data - DATA_BASE)),
	    NONE, "offset that wraps with the base");
	expect(v, 0x12345678, "offset that wraps with the base: what is there");
	expect_trap(TRYX("movl %%gs:0xfffffffc, %0", "=r"(v), ), NONE, "last dword");
	return 0;
}
