/*
 * tests/golden/pit.S - timer and interrupt controller, in real mode
 *
 * Rate generator, square wave and one-shot of the 8254 through the 8259 to a
 * handler that latches the counter; the clock chip's periodic interrupt through
 * the slave; masks, priorities, the poll command; counter 2 through port 61h.
 */
#include "golden.h"

	RESET

/* Channel 0: control word and count. */
	.macro COUNTER control, count
	PUT 0x43, \control
	PUT 0x40, \count & 0xff
	PUT 0x40, \count >> 8
	.endm

/* n times: sleep until the next interrupt. */
	.macro SLEEP n
	movw $\n, %cx
1:	sti
	hlt
	cli
	loop 1b
	.endm

	.macro CMOS index, value
	PUT 0x70, \index
	PUT 0x71, \value
	.endm

start:	REAL_MODE
	movw $irq0 - ROM, 0x20 * 4
	movw $ROM_SEG, 0x20 * 4 + 2
	movw $irq8 - ROM, 0x28 * 4
	movw $ROM_SEG, 0x28 * 4 + 2
	PICS 0xfa, 0xfe

	COUNTER 0x34, 100		/* rate generator */
	SLEEP 8
	COUNTER 0x36, 51		/* square wave; count while it runs */
	xorl %ebx, %ebx
	movw $6, %bp
	sti
1:	incl %ebx
	testw %bp, %bp
	jnz 1b
	cli
	REPORT %ebx
	COUNTER 0x30, 40		/* one shot */
	SLEEP 1
	PUT 0x43, 0xc2			/* read back: status and count */
	inb $0x40, %al
	inb $0x40, %al
	inb $0x40, %al
	COUNTER 0x38, 33		/* software strobe */
	SLEEP 1
	COUNTER 0x31, 0x0025		/* BCD */
	SLEEP 1

	/* Clock: 8192 Hz through the slave. */
	CMOS 0x0a, 0x23
	CMOS 0x0b, 0x42
	SLEEP 4
	CMOS 0x0b, 0x02

	/* Both wait while interrupts are off: the timer goes first. */
	COUNTER 0x34, 60
	CMOS 0x0b, 0x42
	movw $60000, %cx
1:	loop 1b
	PUT 0x20, 0x0a			/* IRR, then ISR */
	inb $0x20, %al
	PUT 0xa0, 0x0a
	inb $0xa0, %al
	PUT 0x20, 0x0b
	inb $0x20, %al
	sti
	nop
	nop
	cli
	CMOS 0x0b, 0x02
	/* Rotated, the slave's line is the first. */
	PUT 0x20, 0xc0			/* IRQ0 lowest */
	CMOS 0x0b, 0x42
	movw $60000, %cx
1:	loop 1b
	sti
	nop
	nop
	cli
	CMOS 0x0b, 0x02
	PUT 0x21, 0xff			/* masked: poll */
	PUT 0x21, 0xfe
	movw $40000, %cx
1:	loop 1b
	PUT 0x20, 0x0c
	inb $0x20, %al
	PUT 0x20, 0x20
	PUT 0x43, 0x30			/* the counter stops */

	/* Counter 2 by its gate; its output in port 61h. */
	PUT 0x43, 0xb6
	PUT 0x42, 3
	PUT 0x42, 0
	PUT 0x61, 0x01
	xorl %ebx, %ebx
	movw $24, %cx
1:	inb $0x61, %al
	shlb $3, %al
	adcl %ebx, %ebx
	loop 1b
	REPORT %ebx
	PUT 0x61, 0x00
	PUT 0x43, 0x80
	inb $0x42, %al
	inb $0x42, %al
	FINISH

irq0:	pushw %ax
	PUT 0x43, 0x00
	inb $0x40, %al
	inb $0x40, %al
	PUT 0x20, 0x20
	decw %bp
	popw %ax
	iretw

irq8:	pushw %ax
	PUT 0x70, 0x0c
	inb $0x71, %al
	PUT 0xa0, 0x20
	PUT 0x20, 0x20
	popw %ax
	iretw
