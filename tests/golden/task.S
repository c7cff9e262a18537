/*
 * tests/golden/task.S - 32-bit protected mode: tasks, gates, segments
 *
 * Tasks entered by CALL, by JMP and through a task gate in the IDT, and left
 * by IRET; a call gate with parameters from user mode; BOUND and INTO; faults
 * with selectors for error codes; virtual-8086 mode.
 */
#include "golden.h"

#define GDT_RAM		0x9800
#define TSS_MAIN	0x9000
#define TSS_OTHER	0x9100
#define TSS_FAULT	0x9200
#define TASK_MAIN	0x38
#define TASK_OTHER	0x40
#define TASK_FAULT	0x48
#define CALL_GATE	0x53
#define ABSENT		0x58
#define STACK_USER	0x7000
#define VM_SEG		0x2000

	RESET

/* Instructions that may fault. */
	.macro TRY32 insn:vararg
	movl $1f, %ebp
	\insn
1:
	.endm

	.macro TASK at, entry, esp
	movl $\entry, \at + 0x20
	movl $2, \at + 0x24
	movl $\esp, \at + 0x38
	movl $DATA, \at + 0x48
	movl $CODE32, \at + 0x4c
	movl $DATA, \at + 0x50
	movl $DATA, \at + 0x54
	movl $0x680000, \at + 0x64
	.endm

start:	REAL_MODE
	PROTECTED
	movl $gdt, %esi
	movl $GDT_RAM, %edi
	movl $(gdt_end - gdt) / 4, %ecx
	rep movsl
	lgdtl gdt_ram_pointer

	/* Interrupt gates to the stubs; 5 and 21h open to all, 22h a task. */
	movl $stubs, %esi
	movl $IDT, %edi
	movl $48, %ecx
1:	movzwl %si, %eax
	orl $CODE32 << 16, %eax
	movl %eax, (%edi)
	movl %esi, %eax
	movw $0x8e00, %ax
	movl %eax, 4(%edi)
	addl $16, %esi
	addl $8, %edi
	loop 1b
	movb $0xee, IDT + 4 * 8 + 5
	movb $0xee, IDT + 0x21 * 8 + 5
	movl $TASK_FAULT << 16, IDT + 0x22 * 8
	movl $0xe500, IDT + 0x22 * 8 + 4
	movl $TASK_FAULT << 16, IDT + 10 * 8	/* #TS too */
	movl $0x8500, IDT + 10 * 8 + 4
	lidtl idt_pointer

	TASK TSS_OTHER, other, 0x6000
	TASK TSS_FAULT, faults, 0x5000
	movl $STACK, TSS_MAIN + 4
	movl $DATA, TSS_MAIN + 8
	movl $0x680000, TSS_MAIN + 0x64
	movw $TASK_MAIN, %ax
	ltr %ax

	lcall $TASK_OTHER, $0
	lcall $TASK_OTHER, $0
	ljmp $TASK_OTHER, $0
	.byte 0xcd, 0x22
	TRY32 ljmp $TASK_MAIN, $0	/* busy */
	TRY32 ljmp $CALL_GATE - 3 + 0x70, $0
	movl $0x7f, TSS_OTHER + 0x48	/* ES past the GDT: #TS in the new task */
	lcall $TASK_OTHER, $0
	movl $DATA, TSS_OTHER + 0x48

	/* Faults of this mode. */
	movl $bounds, %ebx
	movl $9, %eax
	TRY32 boundl %eax, (%ebx)
	movb $0x7f, %al
	incb %al
	TRY32 into
	TRY32 .byte 0xf0, 0x90
	movw $ABSENT, %ax
	TRY32 movw %ax, %gs
	TRY32 movw %ax, %ss
	movw $0x60, %ax			/* small segment */
	movw %ax, %gs
	TRY32 movl %gs:0x0e, %eax
	TRY32 lcall $0x70, $0
	TRY32 .byte 0xcd, 0x31
	lar %ax, %ebx
	lsl %ax, %ecx
	REPORT %ebx
	REPORT %ecx

	/* User mode by a far return, back by the gates. */
	pushl $USER_DATA
	pushl $STACK_USER
	pushl $USER32
	pushl $user
	lret

	/* Virtual-8086 mode: copy a piece of code, enter, leave by a fault. */
in_kernel:
	movl $vm_code, %esi
	movl $VM_SEG << 4, %edi
	movl $vm_end - vm_code, %ecx
	rep movsb
	movl $leave, %ebp
	pushl $0
	pushl $0
	pushl $VM_SEG
	pushl $VM_SEG
	pushl $VM_SEG
	pushl $0x1000
	pushl $0x23002			/* VM, IOPL 3 */
	pushl $VM_SEG
	pushl $0
	iretl

leave:	FINISH

user:	movl $USER_DATA, %eax
	movw %ax, %ds
	pushl $0x1111
	pushl $0x2222
	lcall $CALL_GATE, $0
	lcall $CALL_GATE, $0
	TRY32 cli
	TRY32 outb %al, $0x80
	TRY32 lcall $TASK_OTHER, $0	/* DPL */
	TRY32 .byte 0xcd, 0x04
	.byte 0xcd, 0x21

gate:	movl 8(%esp), %eax
	addl 12(%esp), %eax
	lret $8

other:	movl $0x51, %ebx
	iretl
	/* Here when called again, then when jumped to. */
	movl $0x52, %ebx
	iretl
	movl $0x53, %ebx
	ljmp $TASK_MAIN, $0
	jmp other

faults:	REPORT %esp
	/* #TS brings an error code. */
	cmpl $0x5000, %esp
	je 1f
	addl $4, %esp
	movl $DATA, TSS_OTHER + 0x48
1:	iretl
	jmp faults

/* On with ebp; INT 21h, and faults of virtual-8086 mode, go on in the kernel. */
trap:	popl %ebx
	pushl %eax
	movw $DATA, %ax
	movw %ax, %ds
	movw %ax, %es
	popl %eax
	cmpl $0x21, %ebx
	je in_kernel
	btl %ebx, has_error
	jnc 1f
	addl $4, %esp
1:	testl $0x20000, 8(%esp)
	jz 1f
	jmp *%ebp
1:	movl %ebp, (%esp)
	iretl
has_error:
	.long 0x00227d00

	.code16
vm_code:
	movw $0x1234, %ax
	pushw %ax
	popw %bx
	pushfw
	popw %cx
	movl %ecx, 0x100
	inb $0x61, %al
	hlt
vm_end:
	.code32

	STUBS 48

bounds:	.long 1, 8
	.balign 8, 0
gdt:	GDT
	.quad 0x0000890090000067	/* TASK_MAIN */
	.quad 0x0000890091000067	/* TASK_OTHER */
	.quad 0x0000890092000067	/* TASK_FAULT */
	.word gate - ROM, CODE32, 0xec02, ROM >> 16	/* CALL_GATE */
	.quad 0x00cf13000000ffff	/* ABSENT */
	.quad 0x004093020000000f	/* 60h: 16 bytes */
gdt_end:
gdt_pointer:
	.word gdt_end - gdt - 1
	.long gdt
gdt_ram_pointer:
	.word gdt_end - gdt - 1
	.long GDT_RAM
idt_pointer:
	.word 48 * 8 - 1
	.long IDT
