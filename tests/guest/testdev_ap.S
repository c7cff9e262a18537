/*
 * tests/guest/testdev_ap.S - where a second processor starts, for testdev.c
 *
 * ap_start..ap_end is copied to AP_LOW.
 */
#include "selectors.h"

#define AP_LOW	0x1000

	.text
	.code16
	.globl ap_start, ap_end
ap_start:
	cli
	lgdtl	%cs:ap_gdt - ap_start
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$KCS32, $ap32
ap_gdt:	.short	0x7f
	.long	gdt
ap_end:

	.code32
ap32:	movl	$KDS, %eax
	movl	%eax, %ss
	movl	$UDS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%cr4, %eax
	orl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	$boot_pml4, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x100, %eax		/* LME */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000000, %eax
	movl	%eax, %cr0
	ljmp	$KCS64, $ap64
	.code64
ap64:	movl	$ap_stack_end, %esp
	lidt	idt_pointer
	.weak	ap_main
	call	ap_main
1:	hlt
	jmp	1b

	.bss
	.balign	16
	.skip	16384
ap_stack_end:
	.section .note.GNU-stack, "", @progbits
