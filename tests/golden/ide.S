/*
 * tests/golden/ide.S - a disk read by PIO and by DMA
 *
 * IDENTIFY and a read of two sectors with an interrupt each, a multiple-sector
 * read polled, bus-master DMA through two regions, a write that is read back,
 * a read past the end, a software reset.  The disk is disk.S.
 */
#include "golden.h"

#define IDE		0x1f0
#define CONTROL		0x3f6
#define BM		0xc000
#define BUF		0x4000
#define PRD		0x3000

	RESET

	.macro CONFIG reg, value
	movl $0x80000900 + \reg, %eax
	movw $0xcf8, %dx
	outl %eax, %dx
	movl $\value, %eax
	movw $0xcfc, %dx
	outl %eax, %dx
	.endm

/* A command for n sectors from lba. */
	.macro COMMAND code, lba, n
	PUT_DX IDE + 6, 0xe0
	PUT_DX IDE + 2, \n
	PUT_DX IDE + 3, \lba & 0xff
	PUT_DX IDE + 4, \lba >> 8
	PUT_DX IDE + 5, 0
	PUT_DX IDE + 7, \code
	.endm

	.macro WAIT
	sti
	hlt
	cli
	.endm

/* n times as much from the data register to BUF. */
	.macro TAKE n, insn
	movw $IDE, %dx
	movw $BUF, %di
	movw $\n, %cx
	rep \insn
	.endm

/* Until one of these bits of the status is as wanted. */
	.macro POLL bits, jump
1:	movw $2000, %cx
2:	loop 2b
	movw $IDE + 7, %dx
	inb %dx, %al
	testb $\bits, %al
	\jump 1b
	.endm

start:	REAL_MODE
	movw $irq14 - ROM, 0x2e * 4
	movw $ROM_SEG, 0x2e * 4 + 2
	PICS 0xfb, 0xbf
	CONFIG 0x20, BM + 1
	CONFIG 0x40, 0x80008000
	CONFIG 0x04, 0x5

	COMMAND 0xec, 0, 0		/* IDENTIFY */
	WAIT
	TAKE 16, insw
	TAKE 120, insl
	COMMAND 0x20, 3, 2		/* READ SECTORS */
	WAIT
	TAKE 128, insl
	WAIT
	TAKE 128, insl

	/* Polled: two sectors at once. */
	PUT_DX CONTROL, 0x02
	COMMAND 0xc6, 0, 2
	POLL 0x80, jnz
	COMMAND 0xc4, 0x10, 2
	POLL 8, jz
	TAKE 256, insl
	PUT_DX CONTROL, 0x00

	/* DMA: 3 sectors into two regions. */
	movl $0x20000, PRD
	movl $0x0200, PRD + 4
	movl $0x30010, PRD + 8
	movl $0x80000400, PRD + 12
	movl $PRD, %eax
	movw $BM + 4, %dx
	outl %eax, %dx
	PUT_DX BM + 2, 0x66
	PUT_DX BM, 0x08
	COMMAND 0xc8, 0x20, 3
	PUT_DX BM, 0x09
	WAIT
	PUT_DX BM, 0x08

	/* A write, and what it left. */
	COMMAND 0x30, 5, 1
	POLL 8, jz
	movw $IDE, %dx
	movw $BUF + 256, %si
	movw $128, %cx
	rep outsl
	WAIT
	COMMAND 0x20, 5, 1
	WAIT
	TAKE 128, insl

	COMMAND 0x20, 0x40, 1		/* past the last sector */
	WAIT
	movw $IDE + 1, %dx
	inb %dx, %al
	PUT_DX CONTROL, 0x04
	PUT_DX CONTROL, 0x00
	.rept 16
	movw $60000, %cx
1:	loop 1b
	.endr
	POLL 0x80, jnz
	movw $IDE + 2, %dx
	inb %dx, %al
	incw %dx
	inb %dx, %al
	incw %dx
	inb %dx, %al
	incw %dx
	inb %dx, %al
	FINISH

irq14:	pushw %ax
	pushw %dx
	movw $BM + 2, %dx
	inb %dx, %al
	orb $4, %al
	outb %al, %dx
	movw $IDE + 7, %dx
	inb %dx, %al
	PUT 0xa0, 0x20
	PUT 0x20, 0x20
	popw %dx
	popw %ax
	iretw
