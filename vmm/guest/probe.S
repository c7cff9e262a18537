/*
 * vmm/guest/probe.S - instructions that fault on purpose; see trap_expect()
 */
	.text
	.globl probe_read, probe_divide, probe_touch, probe_resume
probe_read:
	movb (%rdi), %al
	ret

/* int probe_touch(uint64_t at, uint64_t *was, uint64_t secret): reads a word, writes
 * another there and puts the first one back, unless it is the secret. */
probe_touch:
	xorl %eax, %eax
	movq (%rdi), %rcx
	movq %rcx, (%rsi)
	notq %rcx
	movq %rcx, (%rdi)
	notq %rcx
	movl $1, %eax
	cmpq %rcx, %rdx
	je probe_resume
	movq %rcx, (%rdi)
	ret

probe_divide:
	xorl %ecx, %ecx
	divl %ecx
probe_resume:
	ret

	.section .note.GNU-stack, "", @progbits
