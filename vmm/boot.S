/*
 * vmm/boot.S - the VMM's first instructions
 */
#include "vmm/layout.h"

#define SLOT4	VMM_SLOT
#define SLOT3	0
#define COUNT3	4
#define BASE	VMM_BASE
#define ENTRY	vmm_main

#include "vmm/common/enter64.inc"

	.section .bss.stack, "aw", @nobits
	.balign 16
	.skip VMM_STACK
	.globl stack_top
stack_top:

	.section .note.GNU-stack, "", @progbits
