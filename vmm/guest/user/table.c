/*
 * vmm/guest/user/table.c - the programs, and how each begins and ends
 *
 * The kernel jumps to start with the stack empty, as a caller has it.
 */
#include "vmm/guest/user/work.h"

uint64_t begin(program *entry, uint64_t a, uint64_t b, uint64_t c);

uint64_t
begin(program *entry, uint64_t a, uint64_t b, uint64_t c)
{
	return entry(a, b, c);
}

/* struct program_table, see programs.h */
#define PROGRAM(name) \
	".ascii \"" #name "\"\n" \
	".skip 16 - (. - 2b) % 24\n" \
	".quad work_" #name "\n"

__asm__(
    ".text\n"
    "start:	call begin\n"
    "	mov %rax, %rdi\n"
    "	mov $1, %eax\n"		/* SYS_EXIT */
    "	syscall\n"
    ".section .table, \"a\"\n"
    "	.quad start, (3f - 2f) / 24\n"
    "2:\n"
    PROGRAM(compute)
    PROGRAM(random)
    PROGRAM(churn)
    PROGRAM(fork)
    PROGRAM(leaf)
    PROGRAM(switch)
    PROGRAM(syscall)
    PROGRAM(nano)
    PROGRAM(faults)
    PROGRAM(swap)
    PROGRAM(clock)
    PROGRAM(quantum)
    PROGRAM(deadline)
    PROGRAM(alarm)
    PROGRAM(image)
    PROGRAM(translate)
    PROGRAM(stale)
    PROGRAM(reach)
    PROGRAM(secret)
    PROGRAM(roots)
    "3:\n");
