/*
 * tests/guest/lib/start.S - from the loader to main()
 *
 * Entered by a multiboot loader or lib/bootsect.S: 32-bit protected mode, flat
 * segments, paging off.  The first instruction is at the load address.  Images
 * for long mode map the first 4 GiB, writable for CPL 3, with 2 MiB pages.
 */
#include "selectors.h"

#define MULTIBOOT_MAGIC	0x1badb002
#define MULTIBOOT_FLAGS	0
#define MULTIBOOT_LOADED 0x2badb002	/* EAX at entry; EBX: information */

	.section .head, "ax"
	.code32
	.globl _start
_start:
	jmp start32
	.balign 4
	.long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.text
	.code32
start32:
	cli
	cld
	movl %eax, %esi
	movl $bss_start, %edi
	movl $bss_end, %ecx
	subl %edi, %ecx
	xorl %eax, %eax
	rep stosb
	cmpl $MULTIBOOT_LOADED, %esi
	jne 1f
	movl %ebx, multiboot_info
1:	movl $boot_stack_end, %esp
	lgdt gdt_pointer
	movl $KDS, %eax
	movl %eax, %ss
	movl $UDS, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
#ifndef __x86_64__
	ljmp $KCS32, $1f
1:	call guest_init
	call main
	call done
#else
	movl $boot_pd, %edi		/* 4 page directories of 2 MiB pages */
	movl $0x87, %eax
1:	movl %eax, (%edi)
	movl $0, 4(%edi)
	addl $8, %edi
	addl $0x200000, %eax
	jnc 1b
	movl $boot_pdpt, %edi
	movl $boot_pd + 7, %eax
	movl $4, %ecx
1:	movl %eax, (%edi)
	addl $8, %edi
	addl $0x1000, %eax
	loop 1b
	movl $boot_pdpt + 7, boot_pml4
	movl $boot_pml4, %eax
	movl %eax, %cr3
	movl %cr4, %eax
	orl $0x20, %eax			/* PAE */
	movl %eax, %cr4
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x100, %eax		/* LME */
	wrmsr
	movl %cr0, %eax
	orl $0x80000000, %eax
	movl %eax, %cr0
	ljmp $KCS64, $1f
	.code64
1:	call guest_init
	call main
	call done
#endif

	.bss
	.balign 8
	.globl multiboot_info
multiboot_info:	.skip 8
	.balign 4096
	.globl boot_pml4, boot_pdpt, boot_pd
boot_pml4:	.skip 4096
boot_pdpt:	.skip 4096
boot_pd:	.skip 4 * 4096
	.skip 32768
boot_stack_end:
