/*
 * tests/boot/commit_guest.S - boot sector that writes to its disk
 *
 * Reads sector 20, writes it to sectors 41 and 42, and says goodbye through
 * isa-debug-exit: 1 done (status 3), 2 the BIOS reported an error (status 5).
 */
	.code16
	.globl	_start
_start:
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$0x7c00, %sp
	movb	%dl, drive

	movb	$0x42, %ah		/* extended read */
	movw	$packet, %si
	int	$0x13
	jc	bad
	movl	$41, lba
	call	store
	movl	$42, lba
	call	store
	movb	$1, %al
	jmp	exit

store:
	movb	drive, %dl
	movw	$0x4300, %ax		/* extended write */
	movw	$packet, %si
	int	$0x13
	jc	bad
	ret
bad:
	movb	$2, %al
exit:
	outb	%al, $0xf4
	hlt
	jmp	exit

drive:	.byte	0
	.balign	4
packet:	.byte	16, 0
	.word	1			/* sectors */
	.word	0x8000, 0		/* to 0:8000h */
lba:	.long	20, 0

	.org	510
	.word	0xaa55
