/*
 * vmm/guest/layout.h - where things are in the guest's address spaces
 *
 *	0000000000400000	programs (USER_TEXT), read-only
 *	0000000010000000	what a program maps (USER_MAP)
 *	000000007ffff000	its stack, grows down from USER_END
 *	ffff800000000000	all of memory (DIRECT_BASE + physical address)
 *	fffff80000000000	left alone: a VMM may be there
 *	ffffffff80000000	the kernel (KERNEL_BASE + physical address)
 *
 * Physical: the image at 1 MiB, then page_init()'s table, then free pages.
 * What is below 1 MiB is left to loader and firmware.  Included by assembly.
 */
#ifndef GUEST_LAYOUT_H
#define GUEST_LAYOUT_H

#define KERNEL_BASE	0xffffffff80000000
#define DIRECT_BASE	0xffff800000000000
#define DIRECT_SLOT	256		/* of a PML4 */
#define KERNEL_SLOT	511
#define IMAGE_PHYS	ONE_MIB

#define USER_TEXT	0x400000
#define USER_MAP	0x10000000
#define USER_END	0x7ffff000
#define STACK_PAGES	16

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096
#define LARGE_SIZE	0x200000
#define LARGE_PAGES	512

#define ONE_MIB		0x100000
#define RAM_MAX		(64 << 20)	/* more is not used */
#define FRAMES_MAX	(RAM_MAX / PAGE_SIZE)

#endif
