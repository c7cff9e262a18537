/*
 * tests/guest/lib/selectors.h - the guest images' GDT
 *
 * The order suits SYSENTER (KCS32), SYSCALL (KCS64) and SYSRET (UCS32 - 3).
 */
#ifndef SELECTORS_H
#define SELECTORS_H

#define KCS32	0x08
#define KDS	0x10
#define UCS32	0x1b
#define UDS	0x23		/* also DS and ES of the kernel */
#define UCS64	0x2b
#define KCS64	0x30
#define KDS2	0x38
#define CS16	0x40		/* base 0, 64 KiB */
#define DS16	0x48
#define TSSSEL	0x50		/* 16 bytes */
#define LDTSEL	0x60		/* 16 bytes */
#define FREESEL	0x70		/* from here on, for tests */

#define RETURN_VECTOR	0x80	/* ends TRY() at any privilege level */

#endif
