/*
 * tests/golden/disk.S - what is on ide.S's disk: 64 sectors
 *
 * Each starts with its number; the rest of its words count on from it.
 */
	.data
	.set sector, 0
	.rept 64
	.set word, 0
	.rept 256
	.word sector * 257 + word * 3
	.set word, word + 1
	.endr
	.set sector, sector + 1
	.endr
