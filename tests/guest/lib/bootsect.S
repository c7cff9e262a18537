/*
 * tests/guest/lib/bootsect.S - boots a guest image from a hard disk
 *
 * For machines without a multiboot loader.  The image follows the sector; it is
 * read by INT 13h AH=42h in pieces, copied to 1 MiB by unreal mode, and entered
 * at its first byte.
 */
#define IMAGE		0x100000
#define BUFFER		0x10000
#define CHUNK		64			/* sectors */
#define CHUNKS		8

	.text
	.code16
	.globl _start
_start:
	ljmp $0, $1f
1:	cli
	cld
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw $0x7c00, %sp
	movb %dl, drive
	inb $0x92, %al
	orb $2, %al
	andb $0xfe, %al
	outb %al, $0x92
	movw $CHUNKS, %bp
load:
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movb $0x42, %ah
	movb drive, %dl
	movw $packet, %si
	pushw %bp
	int $0x13
	popw %bp
	cli
	jc fail
	lgdt pointer
	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	movw $16, %bx
	movw %bx, %ds
	movw %bx, %es
	andb $0xfe, %al
	movl %eax, %cr0
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movl $BUFFER, %esi
	movl dest, %edi
	movl $CHUNK * 128, %ecx
	.byte 0x67			/* 32-bit addresses */
	rep movsl
	movl %edi, dest
	addl $CHUNK, lba
	decw %bp
	jnz load

	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	movw $16, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	ljmpl $8, $IMAGE
fail:
	hlt
	jmp fail

	.balign 4
packet:	.byte 16, 0
	.word CHUNK, 0, BUFFER >> 4
lba:	.long 1, 0
dest:	.long IMAGE
drive:	.byte 0
	.balign 8
table:	.quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
pointer:
	.word . - table - 1
	.long table
	.org 510
	.word 0xaa55
