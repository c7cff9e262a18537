/*
 * tests/boot/pvh_guest.S - does a PVH kernel find what Xen's pvh.pandoc promises?
 *
 * Started with "-append told" and a module that says "hello".  Leaves through
 * port F4h with the number of the first claim that does not hold, or 0.
 */
#define CLAIM(n)	movl $(n), %esi

	.section .note.Xen, "a", @note
	.long	4, 8, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.quad	start

	.text
	.code32
	.globl	start
start:
	CLAIM(1)			/* flags: VM, IF and TF are clear */
	movl	$stack_end, %esp
	pushfl
	popl	%eax
	testl	$0x20300, %eax
	jnz	leave
	CLAIM(2)			/* CR0: PE alone; ET cannot be cleared */
	movl	%cr0, %eax
	andl	$~0x10, %eax
	cmpl	$1, %eax
	jne	leave
	CLAIM(3)
	movl	%cr4, %eax
	testl	%eax, %eax
	jnz	leave
	CLAIM(4)			/* TR: a TSS with limit 67h */
	str	%ax
	movzwl	%ax, %eax
	lsl	%eax, %eax
	jnz	leave
	cmpl	$0x67, %eax
	jne	leave

	CLAIM(5)			/* magic number and version */
	cmpl	$0x336ec578, (%ebx)
	jne	leave
	cmpl	$1, 4(%ebx)
	jb	leave
	CLAIM(6)			/* command line */
	movl	24(%ebx), %edi
	cmpl	$0x646c6f74, (%edi)
	jne	leave
	cmpb	$0, 4(%edi)
	jne	leave
	CLAIM(7)			/* the module */
	cmpl	$1, 12(%ebx)
	jne	leave
	movl	16(%ebx), %edi
	cmpl	$5, 8(%edi)
	jne	leave
	movl	(%edi), %edi
	cmpl	$0x6c6c6568, (%edi)
	jne	leave
	cmpb	$0x6f, 4(%edi)
	jne	leave

	CLAIM(8)			/* RAM at 1 MiB is in the memory map */
	movl	40(%ebx), %edi
	movl	48(%ebx), %ecx
	jecxz	leave
1:	cmpl	$0x100000, (%edi)
	jne	2f
	cmpl	$1, 16(%edi)
	je	3f
2:	addl	$24, %edi
	loop	1b
	jmp	leave
3:	cmpl	$0x100000, 8(%edi)	/* at least 1 MiB of it */
	jb	leave

	CLAIM(9)			/* ACPI's root pointer: name and sum */
	movl	32(%ebx), %edi
	cmpl	$0x20445352, (%edi)
	jne	leave
	movl	$20, %ecx
	xorl	%eax, %eax
4:	addb	-1(%edi, %ecx), %al
	loop	4b
	jnz	leave

	CLAIM(10)			/* bss is zero, and memory */
	cmpl	$0, stack
	jne	leave
	movl	$start, stack
	cmpl	$start, stack
	jne	leave
	CLAIM(0)
leave:	movl	%esi, %eax
	outb	%al, $0xf4
	hlt
	jmp	leave

	.bss
	.p2align 12
stack:	.space	4096
stack_end:
