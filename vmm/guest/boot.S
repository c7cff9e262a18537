/*
 * vmm/guest/boot.S - from the multiboot loader to kmain()
 *
 * Entered in 32-bit protected mode without paging, at the image's first byte
 * (physical 1 MiB): eax has the loader's magic, ebx its information.  Builds
 * tables that map the first GiB three times, at 0, at DIRECT_BASE and at
 * KERNEL_BASE, with 2 MiB pages.  They last until pmap_init() has better ones.
 */
#include "vmm/guest/layout.h"
#include "vmm/guest/x86.h"

#define MULTIBOOT_MAGIC	0x1badb002
#define MULTIBOOT_FLAGS	0x00000002	/* tell how much memory there is */
#define PHYS(sym)	(sym - KERNEL_BASE)

#define TABLE		0x003		/* present, writable */
#define LARGE		0x083		/* ... 2 MiB */

	.section .boot, "ax"
	.code32
	.globl _start
_start:
	jmp start
	.balign 4
	.long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

start:
	cli
	cld
	movl $PHYS(boot_stack_end), %esp
	movl %eax, %ebp

	movl $PHYS(boot_pd), %edi
	movl $LARGE, %eax
1:	movl %eax, (%edi)
	addl $8, %edi
	addl $0x200000, %eax
	cmpl $0x40000000, %eax
	jb 1b

	movl $PHYS(boot_pd) + TABLE, %eax
	movl %eax, PHYS(boot_pdpt)
	movl %eax, PHYS(boot_pdpt) + 8 * 510
	movl $PHYS(boot_pdpt) + TABLE, %eax
	movl %eax, PHYS(boot_pml4)
	movl %eax, PHYS(boot_pml4) + 8 * DIRECT_SLOT
	movl %eax, PHYS(boot_pml4) + 8 * KERNEL_SLOT

	movl $PHYS(boot_pml4), %eax
	movl %eax, %cr3
	movl $CR4_PAE, %eax
	movl %eax, %cr4
	movl $MSR_EFER, %ecx
	rdmsr
	orl $EFER_LME | EFER_SCE | EFER_NXE, %eax
	wrmsr
	movl $CR0_PG | CR0_WP | CR0_PE, %eax
	movl %eax, %cr0
	lgdt PHYS(boot_gdt_pointer)
	ljmp $SEL_KCS, $PHYS(start64)

	.code64
start64:
	movl $SEL_KDS, %eax
	movl %eax, %ss
	movl %eax, %ds
	movl %eax, %es
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	movq $boot_stack_end, %rsp
	movl %ebp, %edi
	movl %ebx, %esi
	xorl %ebp, %ebp
	movq $kmain, %rax
	call *%rax			/* does not return */
	ud2

	.balign 8
boot_gdt:
	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
boot_gdt_pointer:
	.word . - boot_gdt - 1
	.long PHYS(boot_gdt)

	.section .not_hashed, "aw"
	.balign 4096
boot_pml4:	.skip 4096
boot_pdpt:	.skip 4096
boot_pd:	.skip 4096
boot_stack:	.skip 8192
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
