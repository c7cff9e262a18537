/*
 * tests/boot/gdb_guest.S - what tests/boot/gdb.sh debugs
 *
 * Multiboot: 32-bit, then long mode with physical 200000h also at 40000000h and
 * nothing around it.  Calls give() a thousand times and adds up what it returns;
 * with a module (-initrd) it then spins until a debugger sets the word at
 * go.  Leaves through port F4h with the last value of give().
 */
#define WINDOW	0x40000000
#define MAGIC	0x2142414c474e4952	/* "RINGLAB!" */

	.section .text
	.code32
	.globl	_start
	.balign	4
	.long	0x1badb002, 0, -0x1badb002
_start:
	movl	$stack, %esp
	movl	%ebx, %ebp
	movl	$pdpt + 3, pml4
	movl	$pd_low + 3, pdpt
	movl	$pd_high + 3, pdpt + 8
	movl	$0x83, pd_low
	movl	$0x200083, pd_high
	movl	$0x474e4952, 0x200000
	movl	$0x2142414c, 0x200004
	movl	%cr4, %eax
	orl	$0x220, %eax			/* PAE, OSFXSR */
	movl	%eax, %cr4
	movl	$pml4, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x100, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000000, %eax
	movl	%eax, %cr0
	lgdt	gdtr
	.globl	to_long
to_long:
	ljmp	$8, $long64

	.code64
	.globl	long64
long64:
	movl	$16, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	$0x123, %edi
	movq	%rdi, %xmm3
	fninit
	fldpi
	movl	$1000, %r12d
	xorl	%r13d, %r13d
again:
	call	give
	.globl	gave
gave:
	addl	%eax, %r13d
	decl	%r12d
	jnz	again
	testl	$8, (%rbp)			/* modules? */
	jz	leave_it
	.globl	spin
spin:
	cmpl	$0, go(%rip)
	je	spin
leave_it:
	call	count
	call	give
	outb	%al, $0xf4
	hlt

	.globl	give
give:
	movl	$1, %eax
	ret

	.globl	count
count:
	incq	WINDOW + 8
	movq	WINDOW, %rax
	ret

	.section .data
	.balign	16
gdt:	.quad	0, 0x00af9b000000ffff, 0x00cf93000000ffff
gdtr:	.word	23
	.long	gdt
	.globl	go
go:	.long	0

	.section .bss
	.balign	4096
	.globl	pml4, pdpt, pd_low, pd_high
pml4:	.skip	4096
pdpt:	.skip	4096
pd_low:	.skip	4096
pd_high: .skip	4096
	.skip	4096
stack:
