/*
 * tests/guest/lib/realmode.S - real mode for 32-bit images
 *
 * real_call(fn) runs fn, a near function at 0:fn, in real mode with all
 * segments 0 and the stack at 0:7c00h.  Exceptions end it; real_state has the
 * registers and what was pushed.
 */
#include "selectors.h"

#define AX	0
#define BX	4
#define CX	8
#define DX	12
#define SI	16
#define DI	20
#define FLAGS	24
#define SP	28
#define VECTOR	32
#define IP	36
#define CS	40
#define PFLAGS	44
#define SEGS	48

	.text
	.code32
	.globl real_enter
real_enter:				/* (fn) */
	pushl %ebp
	pushl %ebx
	pushl %esi
	pushl %edi
	movl 20(%esp), %eax
	movw %ax, real_fn
	movl %esp, real_esp
	lidt real_idt
	ljmp $CS16, $real_entry

	.section .real, "awx"
	.code16
	.balign 4
	.globl real_state, real_ivt
real_state:
	.skip 64
real_fn:
	.word 0
	.balign 4
real_esp:
	.long 0
real_idt:
	.word 0x3ff
	.long 0

real_entry:
	movw $DS16, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %fs
	movw %ax, %gs
	movw %ax, %ss
	movl %cr0, %eax
	andb $0xfe, %al
	movl %eax, %cr0
	ljmp $0, $1f
1:	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %fs
	movw %ax, %gs
	movw %ax, %ss
	movl $0x7c00, %esp
	movl $-1, real_state + VECTOR
	movl real_state + AX, %eax
	movl real_state + BX, %ebx
	movl real_state + CX, %ecx
	movl real_state + DX, %edx
	movl real_state + SI, %esi
	movl real_state + DI, %edi
	call *real_fn

real_return:
	movl %eax, %cs:real_state + AX
	movl %ebx, %cs:real_state + BX
	movl %ecx, %cs:real_state + CX
	movl %edx, %cs:real_state + DX
	movl %esi, %cs:real_state + SI
	movl %edi, %cs:real_state + DI
	pushfl
	popl %cs:real_state + FLAGS
	movl %esp, %cs:real_state + SP
	movw %ds, %cs:real_state + SEGS
	movw %es, %cs:real_state + SEGS + 2
	movw %fs, %cs:real_state + SEGS + 4
	movw %gs, %cs:real_state + SEGS + 6
	cli
	cld
	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	ljmpl $KCS32, $real_leave

/* One 8-byte stub per exception. */
	.balign 8
real_ivt:
vector = 0
	.rept 32
	.balign 8
	pushw $vector
	jmp real_trap
vector = vector + 1
	.endr
real_trap:
	popw %cs:real_state + VECTOR
	movw $0, %cs:real_state + VECTOR + 2
	popw %cs:real_state + IP
	popw %cs:real_state + CS
	popw %cs:real_state + PFLAGS
	jmp real_return

	.text
	.code32
real_leave:
	movl $UDS, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
	movl $KDS, %eax
	movl %eax, %ss
	movl real_esp, %esp
	lidt idt_pointer
	popl %edi
	popl %esi
	popl %ebx
	popl %ebp
	ret
