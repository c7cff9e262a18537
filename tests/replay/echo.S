/*
 * tests/replay/echo.S - a guest whose state depends on when its input comes
 *
 * Multiboot, 32-bit.  A timer interrupt a thousand times a second stirs a word;
 * each character on COM1, by interrupt, stirs in itself, the time stamp counter
 * and a page of memory, and is answered with a hexadecimal digit of the result.
 * 'q' ends it through port F4h.
 */
	.section .text
	.code32
	.globl	_start
	.balign	4
	.long	0x1badb002, 0, -0x1badb002

	.macro	set_port port, value
	movw	$\port, %dx
	movb	$\value, %al
	outb	%al, %dx
	.endm

	.macro	gate vector, handler
	movl	$\handler, %eax
	movw	%ax, idt + 8 * \vector
	movw	%cs, idt + 8 * \vector + 2
	movw	$0x8e00, idt + 8 * \vector + 4
	shrl	$16, %eax
	movw	%ax, idt + 8 * \vector + 6
	.endm

_start:
	movl	$stack, %esp
	lgdt	gdtr
	ljmp	$8, $1f
1:	movw	$16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	gate	0x20, on_timer
	gate	0x24, on_serial
	lidt	idtr
	set_port 0x20, 0x11			/* 8259: vectors 20h and 28h */
	set_port 0xa0, 0x11
	set_port 0x21, 0x20
	set_port 0xa1, 0x28
	set_port 0x21, 4
	set_port 0xa1, 2
	set_port 0x21, 1
	set_port 0xa1, 1
	set_port 0x21, 0xee			/* lines 0 and 4 */
	set_port 0xa1, 0xff
	set_port 0x43, 0x34			/* 8254: 1193182 / 1193 Hz */
	set_port 0x40, 0xa9
	set_port 0x40, 0x04
	set_port 0x3fb, 3			/* 16550: 8 bits, receive interrupt */
	set_port 0x3fc, 0x0b
	set_port 0x3f9, 1
	movb	$'>', %al
	call	put
idle:
	sti
	hlt
	cmpb	$0, quit
	je	idle
	cli
	movb	$10, %al
	call	put
	movw	$0xf4, %dx
	movb	$0x21, %al
	outb	%al, %dx
	hlt

put:
	movl	%eax, %ecx
1:	movw	$0x3fd, %dx
	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	movw	$0x3f8, %dx
	movb	%cl, %al
	outb	%al, %dx
	ret

/* eax goes into the word and, a thousand times changed, into the page. */
stir:
	movl	word, %ebx
	imull	$31, %ebx
	addl	%eax, %ebx
	movl	%ebx, word
	movl	$1000, %ecx
1:	imull	$1664525, %ebx
	addl	$1013904223, %ebx
	movl	%ebx, %edx
	shrl	$20, %edx
	xorl	%ebx, page(, %edx, 4)
	loop	1b
	ret

on_timer:
	pusha
	incl	ticks
	movl	ticks, %eax
	call	stir
	movb	$0x20, %al
	outb	%al, $0x20
	popa
	iret

on_serial:
	pusha
1:	movw	$0x3fd, %dx
	inb	%dx, %al
	testb	$1, %al
	jz	2f
	movw	$0x3f8, %dx
	inb	%dx, %al
	cmpb	$'q', %al
	jne	3f
	movb	$1, quit
3:	movzbl	%al, %esi
	rdtsc
	addl	%esi, %eax
	call	stir
	movl	word, %eax
	shrl	$28, %eax
	movb	digits(%eax), %al
	call	put
	jmp	1b
2:	movb	$0x20, %al
	outb	%al, $0x20
	popa
	iret

digits:	.ascii	"0123456789abcdef"
	.balign	8
gdt:	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:	.word	23
	.long	gdt
idtr:	.word	0x25 * 8 - 1
	.long	idt

	.bss
	.balign	4096
page:	.skip	16384
idt:	.skip	0x25 * 8
word:	.skip	4
ticks:	.skip	4
quit:	.skip	4
	.skip	4096
stack:
