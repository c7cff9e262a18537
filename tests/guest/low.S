/*
 * Is a kernel below 64 KiB there as it is in its file, and does it reach real mode?
 *
 * Set-up: an ELF32 file from 4000h to C000h, over the place where boot sectors and
 * stacks of the firmware are; a test suite for real mode lies like this.
 * Expected: every word of the pattern; the command line's pointer below 1 MiB; in
 * real mode INT 11h of the firmware works.  Status 1 says so, and a line on a serial
 * port that was never set up, its end still in the FIFO when the machine ends.
 */
	.code32
	.text
	.globl	_start
_start:	jmp	start
	.balign	4
	.long	0x1badb002, 0, -0x1badb002
start:	cmpl	$0x2badb002, %eax
	jne	bad
	cmpl	$0x100000, 16(%ebx)
	jae	bad
	movl	$pattern, %esi
	xorl	%ecx, %ecx
1:	movl	%ecx, %edx
	imull	$0x01010101, %edx
	cmpl	%edx, (%esi)
	jne	bad
	addl	$4, %esi
	incl	%ecx
	cmpl	$0x1c00, %ecx
	jne	1b
	movl	$stack, %esp
	lgdt	gdtr
	ljmp	$8, $real
	.code16
real:	movl	%cr0, %eax
	andb	$0xfe, %al
	movl	%eax, %cr0
	ljmp	$0, $1f
1:	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$stack, %sp
	lidtl	idtr
	int	$0x11			/* equipment: an FPU, always */
	testb	$2, %al
	jz	2f
	cld
	movw	$words, %si
3:	movw	$0x3fd, %dx
	inb	%dx, %al
	testb	$0x20, %al
	jz	3b
	lodsb
	testb	%al, %al
	jz	4f
	movw	$0x3f8, %dx
	outb	%al, %dx
	jmp	3b
4:	outb	%al, $0xf4
2:	movb	$1, %al
	outb	%al, $0xf4
	hlt
	.code32
bad:	movb	$2, %al
	outb	%al, $0xf4
	hlt
words:	.asciz	"Real mode and firmware work.\n"
	.balign	8
gdt:	.quad	0, 0x00009b000000ffff
gdtr:	.short	15
	.long	gdt
idtr:	.short	0x3ff
	.long	0
	.balign	4
pattern:
	n = 0
	.rept	0x1c00
	.long	(n * 0x01010101) & 0xffffffff
	n = n + 1
	.endr
	.bss
	.skip	512
stack:
	.section .note.GNU-stack, "", @progbits
