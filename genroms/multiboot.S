/*
 * genroms/multiboot.S - option ROM that starts a multiboot 1 kernel from fw_cfg
 *
 * hw/loader_multiboot.c has prepared the image and the information structure
 * with everything in it but memory sizes and map, which are the firmware's to
 * tell.  The kernel is entered as Multiboot Specification 0.6.96, 3.2 "Machine
 * state" asks: 32-bit protected mode, flat segments, paging and interrupts off,
 * EAX = 2BADB002h, EBX = information structure.
 *
 * genroms/pvh.S makes the ROM for PVH kernels of it.  These want nearly the same
 * state, with a TSS in TR, and the address of the ACPI tables besides the map.
 */
#ifndef PVH
#define PRODUCT "multiboot"
#endif
#include "genroms/optrom.h"

#ifdef PVH
#define START_RSDP	32
#define MMAP_ADDR	40
#define MMAP_LEN	48	/* in entries */
#define MMAP_COUNT	1
#define MMAP_LEAD	0	/* base, length, type, reserved */
#else
#define MBI_MEM_LOWER	4
#define MBI_MEM_UPPER	8
#define MMAP_LEN	44	/* in bytes */
#define MMAP_ADDR	48
#define MMAP_COUNT	MMAP_ENTRY
#define MMAP_LEAD	4	/* size, base, length, type */
#endif

#define MMAP_ENTRIES	100	/* LOADER_MMAP_ENTRIES */
#define MMAP_ENTRY	24
#define E820_ENTRY	20
#define SMAP		0x534d4150
#define RAM		1

#define CODE_SEG	8
#define DATA_SEG	16
#define TSS_SEG		24

	.p2align 3
gdt:	.quad	0
	.quad	0x00cf9b000000ffff	/* code, accessed: the ROM is read-only */
	.quad	0x00cf93000000ffff
#ifdef PVH
	.quad	0x0000890000000067
#endif
gdt_end:

image:	.short	FW_CFG_KERNEL_ADDR, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA, 0
info:	.short	FW_CFG_INITRD_ADDR, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA, 0

bev:
	call	start
	movw	$image, %si
	call	fw_cfg_load
	movw	$info, %si
	call	fw_cfg_load
	movw	$FW_CFG_INITRD_ADDR, %ax
	call	fw_cfg_int
	movl	%eax, %ebp		/* EBP: information structure */
	shrl	$4, %eax
	movw	%ax, %fs		/* FS:0: the same */
	call	memory_map
#ifdef PVH
	call	find_rsdp
#endif
	movw	$FW_CFG_KERNEL_ENTRY, %ax
	call	fw_cfg_int
	movl	%eax, %esi		/* ESI: entry point */

	xorl	%eax, %eax
	movw	%cs, %ax
	shll	$4, %eax
	leal	gdt(%eax), %ecx
	leal	protected(%eax), %ebx
	pushl	%ecx
	pushw	$gdt_end - gdt - 1
	movw	%sp, %di
	cli
	lgdtl	%ss:(%di)
#ifdef PVH
	xorl	%eax, %eax
	movl	%eax, %cr4
	incw	%ax
#else
	movl	%cr0, %eax
	orb	$1, %al
#endif
	movl	%eax, %cr0
	pushl	$CODE_SEG
	pushl	%ebx
	lretl

/*
 * The firmware's map, one entry after the other, and the sizes below 640 KiB
 * and of the block that starts at 1 MiB.
 */
memory_map:
#ifndef PVH
	int	$0x12
	movzwl	%ax, %eax
	movl	%eax, %fs:MBI_MEM_LOWER
#endif
	movl	%fs:MMAP_ADDR, %eax
	movl	%eax, %edi
	andl	$15, %edi
	shrl	$4, %eax
	movw	%ax, %es
	xorl	%ebx, %ebx
	movl	%ebx, %fs:MMAP_LEN
	movw	$MMAP_ENTRIES, %si
1:	pushw	%si
	pushl	%ebp
	movl	$0xe820, %eax
	movl	$SMAP, %edx
	movl	$E820_ENTRY, %ecx
#if MMAP_LEAD
	movl	%ecx, %es:(%di)
	addw	$MMAP_LEAD, %di
#endif
	int	$0x15
	popl	%ebp
	popw	%si
	jc	3f
	cmpl	$SMAP, %eax
	jne	3f
#ifndef PVH
	call	upper_memory
#endif
	addw	$MMAP_ENTRY - MMAP_LEAD, %di
	addl	$MMAP_COUNT, %fs:MMAP_LEN
	testl	%ebx, %ebx
	jz	3f
	decw	%si
	jnz	1b
3:	ret

#ifdef PVH
/* ACPI, "Finding the RSDP on IA-PC Systems": first the extended BIOS data area. */
find_rsdp:
	movw	$0x40, %ax
	movw	%ax, %es
	movw	%es:0x0e, %ax
	movw	$0x400 / 16, %cx
	call	scan
	jz	1f
	movw	$0xe000, %ax
	movw	$0x20000 / 16, %cx
	call	scan
	jnz	2f
1:	movzwl	%ax, %eax
	shll	$4, %eax
	movl	%eax, %fs:START_RSDP
2:	ret

/* Looks at CX paragraphs from AX on; ZF is set, and AX is its paragraph, if it is there. */
scan:	movw	%ax, %es
	cmpl	$0x20445352, %es:0	/* "RSD PTR " */
	jne	1f
	cmpl	$0x20525450, %es:4
	je	2f
1:	incw	%ax
	loop	scan
	testw	%sp, %sp
2:	ret
#else
/* ES:DI: base, length, type. */
upper_memory:
	cmpl	$RAM, %es:16(%di)
	jne	1f
	cmpl	$0x100000, %es:(%di)
	jne	1f
	cmpl	$0, %es:4(%di)
	jne	1f
	movl	%es:8(%di), %eax
	movl	%es:12(%di), %edx
	shrdl	$10, %edx, %eax
	movl	%eax, %fs:MBI_MEM_UPPER
1:	ret
#endif

	.code32
protected:
	movl	$DATA_SEG, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	$STACK_TOP, %esp
#ifdef PVH
	movl	$TSS_SEG, %eax
	ltr	%ax
#endif
	movl	$0x2badb002, %eax
	movl	%ebp, %ebx
	jmp	*%esi
