/*
 * vmm/guest/image.S - the flat 64-bit kernel as an ELF32 file
 *
 * Multiboot loaders take ELF32 only.  IMAGE is the file's name.
 */
	.section .image, "awx"
	.globl _start
_start:
	.incbin IMAGE
	.section .note.GNU-stack, "", @progbits
