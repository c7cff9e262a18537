/*
 * genroms/multiboot.S - option ROM that starts a multiboot 1 kernel from fw_cfg
 *
 * hw/loader_multiboot.c has prepared the image and the information structure
 * with everything in it but memory sizes and map, which are the firmware's to
 * tell.  The kernel is entered as Multiboot Specification 0.6.96, 3.2 "Machine
 * state" asks: 32-bit protected mode, flat segments, paging and interrupts off,
 * EAX = 2BADB002h, EBX = information structure.
 */
#define PRODUCT "multiboot"
#include "genroms/optrom.h"

#define MBI_MEM_LOWER	4
#define MBI_MEM_UPPER	8
#define MBI_MMAP_LEN	44
#define MBI_MMAP_ADDR	48

#define MMAP_ENTRIES	100	/* LOADER_MMAP_ENTRIES */
#define MMAP_ENTRY	24	/* size, base, length, type */
#define SMAP		0x534d4150
#define RAM		1

#define CODE_SEG	8
#define DATA_SEG	16

	.p2align 3
gdt:	.quad	0
	.quad	0x00cf9b000000ffff	/* code, accessed: the ROM is read-only */
	.quad	0x00cf93000000ffff
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
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	pushl	$CODE_SEG
	pushl	%ebx
	lretl

/*
 * The firmware's map, one entry after the other, and the sizes below 640 KiB
 * and of the block that starts at 1 MiB.
 */
memory_map:
	int	$0x12
	movzwl	%ax, %eax
	movl	%eax, %fs:MBI_MEM_LOWER
	movl	%fs:MBI_MMAP_ADDR, %eax
	movl	%eax, %edi
	andl	$15, %edi
	shrl	$4, %eax
	movw	%ax, %es
	xorl	%ebx, %ebx
	movl	%ebx, %fs:MBI_MMAP_LEN
	movw	$MMAP_ENTRIES, %si
1:	pushw	%si
	pushl	%ebp
	movl	$0xe820, %eax
	movl	$SMAP, %edx
	movl	$MMAP_ENTRY - 4, %ecx
	movl	%ecx, %es:(%di)
	addw	$4, %di
	int	$0x15
	popl	%ebp
	popw	%si
	jc	3f
	cmpl	$SMAP, %eax
	jne	3f
	call	upper_memory
	addw	$MMAP_ENTRY - 4, %di
	addl	$MMAP_ENTRY, %fs:MBI_MMAP_LEN
	testl	%ebx, %ebx
	jz	3f
	decw	%si
	jnz	1b
3:	ret

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

	.code32
protected:
	movl	$DATA_SEG, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	$STACK_TOP, %esp
	movl	$0x2badb002, %eax
	movl	%ebp, %ebx
	jmp	*%esi
