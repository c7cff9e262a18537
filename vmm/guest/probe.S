/*
 * vmm/guest/probe.S - instructions that fault on purpose; see trap_expect()
 */
	.text
	.globl probe_read, probe_divide, probe_resume
probe_read:
	movb (%rdi), %al
	ret

probe_divide:
	xorl %ecx, %ecx
	divl %ecx
probe_resume:
	ret

	.section .note.GNU-stack, "", @progbits
