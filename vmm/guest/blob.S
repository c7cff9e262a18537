/*
 * vmm/guest/blob.S - the programs, linked already; PROGRAMS is the file's name
 */
	.section .programs, "a"
	.balign 4096
	.globl programs, programs_end
programs:
	.incbin PROGRAMS
	.balign 4096
programs_end:
	.section .note.GNU-stack, "", @progbits
