/*
 * tests/golden/golden.h - what the guests share
 *
 * A guest is a ROM of 64 KiB that the processor leaves its reset in; nothing
 * else is in the machine.  All of it is one section at F0000h, so that offsets
 * in segment F000h are linear addresses less ROM.
 *
 * Only instructions of which there is one encoding, or one that GNU as always
 * took, and no padding by its choice: .balign names its byte.
 */
#define ROM		0xf0000
#define ROM_SEG		0xf000
#define STACK		0x7c00
#define IDT		0x8000
#define TABLES		0x10000		/* page tables, 4 pages */
#define EXIT_PORT	0xf4
#define VALUE_PORT	0x5c0		/* labdev's VALUE_LO: what we report */

#define CODE32		0x08
#define CODE64		0x10
#define DATA		0x18
#define USER32		0x23
#define USER_DATA	0x2b
#define USER64		0x33
#define TSS_SEL		0x38

	.text
	.code16

/* The first instruction, in the last paragraph. */
	.macro RESET
	.section .reset, "ax"
	ljmpw $ROM_SEG, $start - ROM
	.text
	.endm

	.macro REAL_MODE
	cli
	cld
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw $STACK, %sp
	.endm

	.macro PUT port, value
	movb $\value, %al
	outb %al, $\port
	.endm

	.macro PUT_DX port, value
	movw $\port, %dx
	movb $\value, %al
	outb %al, %dx
	.endm

/* A number into the trace; eax and dx are lost. */
	.macro REPORT reg
	.ifnc \reg, %eax
	movl \reg, %eax
	.endif
	movw $VALUE_PORT, %dx
	outl %eax, %dx
	.endm

	.macro FINISH
	PUT EXIT_PORT, 0
	hlt
	.endm

/* Both 8259s: vectors 20h.. and 28h.., masks. */
	.macro PICS master, slave
	PUT 0x20, 0x11
	PUT 0xa0, 0x11
	PUT 0x21, 0x20
	PUT 0xa1, 0x28
	PUT 0x21, 0x04
	PUT 0xa1, 0x02
	PUT 0x21, 0x01
	PUT 0xa1, 0x01
	PUT 0x21, \master
	PUT 0xa1, \slave
	.endm

	.macro GDT
	.quad 0
	.quad 0x00cf9b000000ffff	/* CODE32 */
	.quad 0x00af9b000000ffff	/* CODE64 */
	.quad 0x00cf93000000ffff	/* DATA */
	.quad 0x00cffb000000ffff	/* USER32 */
	.quad 0x00cff3000000ffff	/* USER_DATA */
	.quad 0x00affb000000ffff	/* USER64 */
	.endm

/* From real mode to flat 32-bit code. */
	.macro PROTECTED
	lgdtl %cs:gdt_pointer - ROM
	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	ljmpl $CODE32, $1f
	.code32
1:	movw $DATA, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl $STACK, %esp
	.endm

/* From there to 64-bit code: 2-Mbyte pages for 4 Mbyte of RAM and ROM and for
 * both APICs, open to user mode. */
	.macro LONG cr4
	movl $TABLES + 0x1007, TABLES
	movl $TABLES + 0x2007, TABLES + 0x1000
	movl $TABLES + 0x3007, TABLES + 0x1018
	movl $0x00000087, TABLES + 0x2000
	movl $0x00200087, TABLES + 0x2008
	movl $0xfec00097, TABLES + 0x3fb0
	movl $0xfee00097, TABLES + 0x3fb8
	movl $\cr4, %eax
	movl %eax, %cr4
	movl $TABLES, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx
	movl $0x00000901, %eax		/* EFER: NXE, LME, SCE */
	xorl %edx, %edx
	wrmsr
	movl $0x80010033, %eax		/* PG, WP, NE, ET, MP, PE */
	movl %eax, %cr0
	ljmpl $CODE64, $1f
	.code64
1:	xorl %eax, %eax
	movw %ax, %ds
	movw %ax, %es
	.endm

/* Stubs of 16 bytes for n vectors, which push the vector and go to trap. */
	.macro STUBS n
	.balign 16, 0x90
stubs:
	.set vector, 0
	.rept \n
	.balign 16, 0x90
	.byte 0x6a, vector
	jmp trap
	.set vector, vector + 1
	.endr
	.endm

/* A gate for each of them at IDT. */
	.macro GATES64 n
	movl $stubs, %esi
	movl $IDT, %edi
	movl $\n, %ecx
1:	movzwl %si, %eax
	orl $CODE64 << 16, %eax
	movl %eax, (%rdi)
	movl %esi, %eax
	movw $0x8e00, %ax
	movl %eax, 4(%rdi)
	addl $16, %esi
	addl $16, %edi
	loop 1b
	lidt idt_pointer
	.endm

/* Takes a fault's error code, if it has one, and goes on at reg. */
	.macro TRAP64 reg
trap:	popq %rbx
	btl %ebx, has_error
	jnc 1f
	addq $8, %rsp
1:	movq \reg, (%rsp)
	iretq
has_error:
	.long 0x00227d00
	.endm

/* Instructions that may fault, in 64-bit code. */
	.macro TRY insn:vararg
	leaq 1f(%rip), %r15
	\insn
1:
	.endm
