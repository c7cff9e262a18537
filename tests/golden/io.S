/*
 * tests/golden/io.S - port I/O, repeated forms, and a serial console
 *
 * Accesses of all widths to configuration space; REP INS and OUTS, one of them
 * interrupted by the timer; a text through the serial port by polling, then by
 * interrupts with the FIFO, then through loopback to the receiver; REP MOVS
 * between memory and the I/O APIC's registers.
 */
#include "golden.h"

#define COM		0x3f8
#define CONFIG_ADDR	0xcf8
#define CONFIG_DATA	0xcfc
#define LABDEV_CHAR	0x5c8
#define BUF		0x4000

	RESET

start:	REAL_MODE
	movw $irq0 - ROM, 0x20 * 4
	movw $ROM_SEG, 0x20 * 4 + 2
	movw $irq4 - ROM, 0x24 * 4
	movw $ROM_SEG, 0x24 * 4 + 2
	PICS 0xff, 0xff

	/* Host bridge: every width, then strings. */
	movw $CONFIG_ADDR, %dx
	movl $0x80000000, %eax
	outl %eax, %dx
	movw $CONFIG_DATA, %dx
	inb %dx, %al
	inw %dx, %ax
	inl %dx, %eax
	incw %dx
	inb %dx, %al
	decw %dx
	movw $BUF, %di
	movw $3, %cx
	rep insl
	movw $3, %cx
	rep insw
	movw $CONFIG_ADDR, %dx
	movw $BUF, %si
	movw $2, %cx
	rep outsl
	std
	movw $BUF + 8, %si
	movw $0x80, %dx
	movw $2, %cx
	rep outsw
	cld
	movw $0x61, %dx
	insb

	/* A text for the laboratory, and no iteration at all. */
	movw $ROM_SEG, %ax
	movw %ax, %ds
	movw $LABDEV_CHAR, %dx
	movw $text - ROM, %si
	movw $text_end - text, %cx
	rep outsb
	rep outsb

	/* 120 bytes, with the timer between them every 5028 cycles. */
	PUT 0x21, 0xfe
	PUT 0x43, 0x34
	PUT 0x40, 6
	PUT 0x40, 0
	movw $0x80, %dx
	xorw %si, %si
	movw $120, %cx
	sti
	rep outsb
	cli
	PUT 0x43, 0x30
	PUT 0x21, 0xff

	/* Serial: 115200 baud, 8 bits, polled. */
	PUT_DX COM + 3, 0x83
	PUT_DX COM, 0x01
	PUT_DX COM + 1, 0x00
	PUT_DX COM + 3, 0x03
	PUT_DX COM + 2, 0x00
	PUT_DX COM + 4, 0x0b
	movw $text - ROM, %si
	movw $6, %cx
1:	movw $COM, %dx
	outsb
	movw $COM + 5, %dx
2:	pushw %cx
	movw $3000, %cx
3:	loop 3b
	popw %cx
	inb %dx, %al
	testb $0x20, %al
	jz 2b
	loop 1b

	/* With interrupts: 16 bytes into the FIFO each time. */
	PUT 0x21, 0xef
	movw $text - ROM, %si
	movw $text_end - text, %bp
	PUT_DX COM + 2, 0x07
	PUT_DX COM + 1, 0x02
1:	sti
	hlt
	cli
	testw %bp, %bp
	jnz 1b

	/* Loopback, when all is sent: 5 bytes and what became of them. */
	movw $COM + 5, %dx
1:	movw $10000, %cx
2:	loop 2b
	inb %dx, %al
	testb $0x40, %al
	jz 1b
	PUT_DX COM + 1, 0x01
	PUT_DX COM + 4, 0x1b
	PUT_DX COM + 2, 0x47
	movw $COM, %dx
	movw $text - ROM, %si
	movw $5, %cx
	rep outsb
	movw $6, %bx
1:	movw $9000, %cx
2:	loop 2b
	movw $COM + 2, %dx
	inb %dx, %al
	movw $COM + 5, %dx
	inb %dx, %al
	decw %bx
	jnz 1b
	movw $200, %cx			/* until the time-out */
1:	pushw %cx
	movw $3000, %cx
2:	loop 2b
	popw %cx
	loop 1b
	movw $COM + 2, %dx
	inb %dx, %al
	movw $COM, %dx
	movw $5, %cx
1:	inb %dx, %al
	loop 1b
	PUT_DX COM + 1, 0x00
	movw $COM + 6, %dx
	inb %dx, %al
	PUT_DX COM + 4, 0x0b
	inb %dx, %al

	/* The I/O APIC by string instructions. */
	PROTECTED
	movl $0x10, 0xfec00000
	movl $0xfec00010, %esi
	movl $BUF, %edi
	movl $3, %ecx
	rep movsl
	movl $0x12, 0xfec00000
	movl $BUF, %esi
	movl $0xfec00010, %edi
	movl $2, %ecx
	rep movsl
	movl 0xfec00010, %ebx
	REPORT %ebx
	movzwl 0xfec00010, %ebx
	REPORT %ebx
	lock incl 0xfec00010
	movl 0xfec00010, %ebx
	REPORT %ebx
	movl $0x87654321, %eax
	xchgl %eax, 0x5000
	FINISH

	.code16
irq0:	pushw %ax
	PUT 0x20, 0x20
	popw %ax
	iretw

irq4:	pushw %ax
	pushw %cx
	pushw %dx
	movw $COM + 2, %dx
	inb %dx, %al
	movw $COM, %dx
	movw $16, %cx
	cmpw %cx, %bp
	jae 1f
	movw %bp, %cx
1:	subw %cx, %bp
	rep outsb
	PUT 0x20, 0x20
	popw %dx
	popw %cx
	popw %ax
	iretw

text:	.ascii "golden: the console says the same.\r\n"
text_end:

	.balign 8, 0
gdt:	GDT
gdt_end:
gdt_pointer:
	.word gdt_end - gdt - 1
	.long gdt
