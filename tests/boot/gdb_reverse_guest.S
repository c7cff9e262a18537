/*
 * tests/boot/gdb_reverse_guest.S - what tests/boot/gdb-reverse.sh debugs
 *
 * Multiboot, 32-bit.  TURNS times: sleeps until the timer's interrupt, copies a
 * few thousand bytes with one instruction, takes an exception, and every tenth
 * time writes the word at seldom.  Leaves through port F4h.
 */
#define TURNS	400

	.section .text
	.code32
	.globl	_start
	.balign	4
	.long	0x1badb002, 0, -0x1badb002
_start:
	movl	$stack, %esp
	lgdt	gdtr
	ljmp	$8, $flat
flat:
	movl	$16, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$undefined, %eax
	movw	%ax, idt + 6 * 8
	shrl	$16, %eax
	movw	%ax, idt + 6 * 8 + 6
	movl	$timer, %eax
	movw	%ax, idt + 0x20 * 8
	shrl	$16, %eax
	movw	%ax, idt + 0x20 * 8 + 6
	lidt	idtr

	movb	$0x11, %al		/* 8259: vectors from 20h, IRQ 0 only */
	outb	%al, $0x20
	movb	$0x20, %al
	outb	%al, $0x21
	movb	$0x04, %al
	outb	%al, $0x21
	movb	$0x01, %al
	outb	%al, $0x21
	movb	$0xfe, %al
	outb	%al, $0x21
	movb	$0xff, %al
	outb	%al, $0xa1
	movb	$0x34, %al		/* 8254: every 1193 ticks, about 1 ms */
	outb	%al, $0x43
	movb	$0xa9, %al
	outb	%al, $0x40
	movb	$0x04, %al
	outb	%al, $0x40

	movl	$TURNS, %ebp
	xorl	%ebx, %ebx
	sti
	.globl	turn
turn:
	hlt
	.globl	awake
awake:
	movl	$_start, %esi
	movl	$buffer, %edi
	movl	$3000, %ecx
	.globl	copy
copy:
	rep movsb
	.globl	oops
oops:
	ud2
	incl	%ebx
	movl	%ebx, often
	movl	%ebx, %eax
	xorl	%edx, %edx
	movl	$10, %ecx
	divl	%ecx
	testl	%edx, %edx
	jnz	next
	.globl	writer
writer:
	movl	%ebx, seldom
next:
	decl	%ebp
	jnz	turn
	.globl	done
done:
	cli
	movl	%ebx, %eax
	outb	%al, $0xf4
	hlt

	.globl	undefined
undefined:
	addl	$2, (%esp)
	iret
	.globl	timer
timer:
	pushl	%eax
	incl	ticks
	movb	$0x20, %al
	outb	%al, $0x20
	popl	%eax
	iret

	.section .data
	.balign	16
gdt:	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:	.word	23
	.long	gdt
idtr:	.word	0x21 * 8 - 1
	.long	idt
	.balign	8
idt:	.rept	0x21
	.quad	0x00008e0000080000
	.endr
	.globl	often, seldom, ticks
often:	.long	0
seldom:	.long	0
ticks:	.long	0

	.section .bss
	.balign	4096
buffer:	.skip	4096
	.skip	4096
stack:
