/*
 * genroms/linuxboot.S - option ROM that starts a Linux kernel from fw_cfg
 *
 * hw/loader_linux.c has prepared everything; this copies it to its place and
 * enters the kernel's real-mode set-up code as Linux, Documentation/arch/x86/
 * boot.rst, "Running the Kernel" asks: interrupts off, DS = ES = SS = segment
 * of the set-up code, CS 20h paragraphs further, IP 0.
 */
#define PRODUCT "linuxboot"
#include "genroms/optrom.h"

/* SS:SP at the end of the segment, above the heap (heap_end_ptr is FE00h). */
#define SETUP_SP	0xfff0

	.p2align 1
items:
	.short	FW_CFG_SETUP_ADDR, FW_CFG_SETUP_SIZE, FW_CFG_SETUP_DATA, 0
	.short	FW_CFG_CMDLINE_ADDR, FW_CFG_CMDLINE_SIZE, FW_CFG_CMDLINE_DATA, 0
	.short	FW_CFG_KERNEL_ADDR, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA, 0
	.short	FW_CFG_INITRD_ADDR, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA, 0
items_end:

bev:
	call	start
	movw	$items, %si
1:	call	fw_cfg_load
	addw	$8, %si
	cmpw	$items_end, %si
	jb	1b

	movw	$FW_CFG_SETUP_ADDR, %ax
	call	fw_cfg_int
	shrl	$4, %eax
	movw	%ax, %ss
	movw	$SETUP_SP, %sp
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	addw	$0x20, %ax
	pushw	%ax
	pushw	$0
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	lret
