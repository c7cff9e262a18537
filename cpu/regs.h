/*
 * cpu/regs.h - bits of system registers and descriptors
 *
 * AMD APM vol 2 §3.1 "System-Control Registers", §4.7 "Legacy Segment
 * Descriptors", §13.1.1 "Debug Registers".
 */
#ifndef CPU_REGS_H
#define CPU_REGS_H

#include "base/bits.h"

#define CR0_PE		BIT(0)
#define CR0_MP		BIT(1)
#define CR0_EM		BIT(2)
#define CR0_TS		BIT(3)
#define CR0_ET		BIT(4)
#define CR0_NE		BIT(5)
#define CR0_WP		BIT(16)
#define CR0_AM		BIT(18)
#define CR0_NW		BIT(29)
#define CR0_CD		BIT(30)
#define CR0_PG		BIT(31)

#define CR4_VME		BIT(0)
#define CR4_PVI		BIT(1)
#define CR4_TSD		BIT(2)
#define CR4_DE		BIT(3)
#define CR4_PSE		BIT(4)
#define CR4_PAE		BIT(5)
#define CR4_MCE		BIT(6)
#define CR4_PGE		BIT(7)
#define CR4_PCE		BIT(8)
#define CR4_OSFXSR	BIT(9)
#define CR4_OSXMMEXCPT	BIT(10)
#define CR4_UMIP	BIT(11)
#define CR4_FSGSBASE	BIT(16)
#define CR4_PCIDE	BIT(17)
#define CR4_OSXSAVE	BIT(18)
#define CR4_SMEP	BIT(20)
#define CR4_SMAP	BIT(21)

#define VM_CR_R_INIT	BIT(1)
#define VM_CR_LOCK	BIT(3)
#define VM_CR_SVMDIS	BIT(4)

#define DBGCTL_DEFINED	0x3fu

#define CR3_PCID	0xfffu
#define CR3_NOFLUSH	BIT(63)		/* in the operand of MOV CR3 only */

#define EFER_SCE	BIT(0)
#define EFER_LME	BIT(8)
#define EFER_LMA	BIT(10)
#define EFER_NXE	BIT(11)
#define EFER_SVME	BIT(12)
#define EFER_FFXSR	BIT(14)
#define EFER_AIBRSE	BIT(21)

#define DR6_B		0x000fu		/* B0..B3 */
#define DR6_BD		0x2000u
#define DR6_BS		0x4000u
#define DR6_BT		0x8000u
#define DR6_FIXED	0xffff0ff0u	/* bits that read as one */
#define DR6_WRITABLE	0x0000e00fu
#define DR7_GD		0x2000u
#define DR7_FIXED	0x0400u
#define DR7_WRITABLE	0xffff23ffu

/* Descriptor, low eight bytes. */
#define DESC_S		BIT(44)
#define DESC_P		BIT(47)
#define DESC_L		BIT(53)
#define DESC_DB		BIT(54)
#define DESC_G		BIT(55)

/* Types of system descriptors (S = 0). */
enum {
	DT_TSS16 = 1, DT_LDT = 2, DT_TSS16_BUSY = 3, DT_CALL16 = 4, DT_TASK = 5,
	DT_INT16 = 6, DT_TRAP16 = 7, DT_TSS32 = 9, DT_TSS32_BUSY = 11,
	DT_CALL32 = 12, DT_INT32 = 14, DT_TRAP32 = 15
};

/* Bits 63..47 all equal: AMD APM vol 2 §1.1.3 "Canonical Address Form". */
static inline bool
is_canonical(uint64_t va)
{
	return (uint64_t)sign_extend(va, 48) == va;
}

#endif
