/*
 * tests/boot/screen_guest.S - tells COM1 and the screen what keyboard and mouse say
 *
 * A boot sector: "k1e" for a byte from the keyboard, "m08" for one from the mouse.
 * It sleeps in between.  The cursor is off, so that two pictures of the screen are
 * the same.
 */
	.code16
	.globl	_start
_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movw	$0x7c00, %sp
	movw	$0xb800, %ax
	movw	%ax, %es
	movw	$key, 0x09 * 4
	movw	%ds, 0x09 * 4 + 2
	movw	$mouse, 0x74 * 4
	movw	%ds, 0x74 * 4 + 2
	movw	$0x3d4, %dx			/* cursor start: off */
	movw	$0x200a, %ax
	outw	%ax, %dx
	movw	$0x3fb, %dx			/* COM1: eight bits */
	movb	$3, %al
	outb	%al, %dx
	movb	$0xa8, %al			/* auxiliary port on */
	call	command
	movb	$0x60, %al			/* both interrupts, translated */
	call	command
	movb	$0x43, %al
	call	data
	movb	$0xd4, %al			/* mouse: report */
	call	command
	movb	$0xf4, %al
	call	data
ack:
	inb	$0x64, %al
	testb	$1, %al
	jz	ack
	inb	$0x60, %al
	movb	$0xf9, %al			/* IRQ 1 and the second controller */
	outb	%al, $0x21
	movb	$0xef, %al			/* IRQ 12 */
	outb	%al, $0xa1
	movw	$160 * 12, %di
	movw	$ready, %si
1:	lodsb
	testb	%al, %al
	jz	idle
	call	say
	jmp	1b
idle:
	sti
	hlt
	jmp	idle

command:
	movw	$0x64, %dx
	jmp	1f
data:
	movw	$0x60, %dx
1:	movb	%al, %ah
2:	inb	$0x64, %al
	testb	$2, %al
	jnz	2b
	movb	%ah, %al
	outb	%al, %dx
	ret

mouse:
	pushaw
	movb	$0x20, %al
	outb	%al, $0xa0
	movb	$'m', %al
	jmp	1f
key:
	pushaw
	movb	$'k', %al
1:	movw	place, %di
	call	say
	inb	$0x60, %al
	pushw	%ax
	shrb	$4, %al
	call	digit
	popw	%ax
	call	digit
	movb	$' ', %al
	call	say
	movw	%di, place
	movb	$0x20, %al
	outb	%al, $0x20
	popaw
	iretw

digit:
	andb	$15, %al
	addb	$'0', %al
	cmpb	$'9', %al
	jbe	say
	addb	$'a' - '9' - 1, %al
say:
	movb	%al, %bl
	movb	$0x1e, %ah
	stosw
	cmpw	$160 * 25, %di
	jb	1f
	movw	$160 * 14, %di
1:	movw	$0x3fd, %dx
	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	movb	%bl, %al
	movw	$0x3f8, %dx
	outb	%al, %dx
	ret

ready:	.asciz	"ready "
place:	.word	160 * 14

	.org	510
	.word	0xaa55
