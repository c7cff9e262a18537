/*
 * Do segment limits and attributes survive the way back to real mode?
 *
 * Set-up: a 4 GiB data segment loaded in protected mode, then CR0.PE cleared.
 * Expected: the limit stays until and after loads of the register in real mode,
 * which change the base only; CS keeps its attributes too.
 * AMD APM vol 2, "Leaving Protected Mode" ; "Segmented Real Mode".
 */
#include "guest.h"

#define CODE(name, text) \
	REAL_CODE(".globl " #name "\n " #name ": " text "\n ret\n"); \
	extern void name(void)

#define BIG(text) \
	"movl %cr0, %eax\n orb $1, %al\n movl %eax, %cr0\n movw $" XSTR(UDS) ", %bx\n" \
	"movw %bx, %fs\n andb $0xfe, %al\n movl %eax, %cr0\n jmp 1f\n 1:" text
#define SMALL(text) \
	"movl %cr0, %eax\n orb $1, %al\n movl %eax, %cr0\n movw $" XSTR(DS16) ", %bx\n" \
	"movw %bx, %fs\n andb $0xfe, %al\n movl %eax, %cr0\n jmp 1f\n 1:" text

CODE(u_keep, BIG("movl $mark, %ebx\n movl %fs:(%ebx), %eax"));
CODE(u_load, BIG("xorw %bx, %bx\n movw %bx, %fs\n movl $mark, %ebx\n movl %fs:(%ebx), %eax"));
CODE(u_base, BIG("movw $0x100, %bx\n movw %bx, %fs\n movl $mark - 0x1000, %ebx\n"
    "movl %fs:(%ebx), %eax"));
CODE(u_small, SMALL("xorw %bx, %bx\n movw %bx, %fs\n movl $mark, %ebx\n movl %fs:(%ebx), %eax"));
CODE(u_small2, SMALL("movl $0xfffe, %ebx\n movw %fs:(%ebx), %ax"));
uint32_t mark = 0x600df00d;

static void
good(void (*fn)(void), const char *name)
{
	REAL->ax = 0;
	expect_trap(real_call(fn), NONE, "%s", name);
	expect(REAL->ax, 0x600df00d, "%s: data", name);
}

int
main(void)
{
	real_init();
	good(u_keep, "4 GiB limit without a load");
	good(u_load, "4 GiB limit after a load");
	good(u_base, "a load changes the base only");
	expect_trap(real_call(u_small), GP, "64 KiB limit");
	expect_trap(real_call(u_small2), NONE, "end of a 64 KiB limit");
	return 0;
}
