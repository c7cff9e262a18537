/*
 * vmm/layout.h - where the VMM is
 *
 * The first 4 GiB of physical memory, the image among them, are mapped from
 * VMM_BASE on, one entry of the PML4.  Nothing else is mapped.  Read by
 * assembly code, too.
 */
#ifndef VMM_LAYOUT_H
#define VMM_LAYOUT_H

#define VMM_BASE	0xfffff80000000000
#define VMM_SLOT	496		/* of the PML4 */
#define VMM_LOAD	0x200000	/* physical */
#define VMM_STACK	65536

#endif
