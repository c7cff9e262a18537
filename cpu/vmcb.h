/*
 * cpu/vmcb.h - the virtual machine control block
 *
 * AMD APM vol 2 appendix B "Layout of VMCB" and appendix C "SVM Intercept Exit
 * Codes".  One struct; the offsets the manual fixes are asserted.  A VMCB is
 * guest memory: it is copied, never pointed into, and nothing in it is
 * believed.
 */
#ifndef CPU_VMCB_H
#define CPU_VMCB_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"

struct vmcb_seg {
	uint16_t	sel;
	uint16_t	attr;		/* as struct seg's */
	uint32_t	limit;
	uint64_t	base;
};

/* Intercept words; bits of words 3 and 4 are enum svm_icpt - 1 (cpu/insn.h). */
enum { ICPT_CR, ICPT_DR, ICPT_EXC, ICPT_MISC1, ICPT_MISC2, ICPT_MISC3, ICPT_WORDS };
#define ICPT_CR_READ(n)		(1u << (n))
#define ICPT_CR_WRITE(n)	(1u << (16 + (n)))
#define ICPT_DR_READ(n)		(1u << (n))
#define ICPT_DR_WRITE(n)	(1u << (16 + (n)))

/* ICPT_MISC1: events; the rest of the word are instructions. */
#define ICPT_INTR		0x00000001u
#define ICPT_NMI		0x00000002u
#define ICPT_SMI		0x00000004u
#define ICPT_INIT		0x00000008u
#define ICPT_VINTR		0x00000010u
#define ICPT_CR0_SEL		0x00000020u
#define ICPT_PAUSE		0x00800000u
#define ICPT_INVLPG		0x02000000u
#define ICPT_IOIO		0x08000000u
#define ICPT_MSR		0x10000000u
#define ICPT_TASK_SWITCH	0x20000000u
#define ICPT_FERR		0x40000000u
#define ICPT_SHUTDOWN		0x80000000u
/* ICPT_MISC2 */
#define ICPT_VMRUN		0x00000001u
#define ICPT_MWAIT		0x00000800u
#define ICPT_MWAIT_ARMED	0x00001000u
#define ICPT_EFER_WRITE		0x00008000u	/* traps: after the write */
#define ICPT_CR_TRAP(n)		(1u << (16 + (n)))
/* ICPT_MISC3 */
#define ICPT_INVPCID		0x00000004u

/* TLB_CONTROL */
#define TLB_DO_NOTHING		0u
#define TLB_FLUSH_ALL		1u
#define TLB_FLUSH_ASID		3u
#define TLB_FLUSH_ASID_LOCAL	7u	/* not the global ones */

/* Virtual interrupt control, offset 060h */
#define V_TPR_MASK		0xffu
#define V_IRQ			BIT(8)
#define V_GIF			BIT(9)
#define V_INTR_PRIO_SHIFT	16
#define V_IGN_TPR		BIT(20)
#define V_INTR_MASKING		BIT(24)
#define V_GIF_ENABLE		BIT(25)
#define V_AVIC_ENABLE		BIT(31)
#define V_INTR_VECTOR_SHIFT	32

#define INT_STATE_SHADOW	0x1u

/* EXITINTINFO and EVENTINJ: AMD APM vol 2 §15.20 "Event Injection". */
#define EV_VECTOR		0xffu
#define EV_TYPE_SHIFT		8
#define EV_TYPE			0x700u
#define EV_TYPE_INTR		(0u << EV_TYPE_SHIFT)
#define EV_TYPE_NMI		(2u << EV_TYPE_SHIFT)
#define EV_TYPE_EXC		(3u << EV_TYPE_SHIFT)
#define EV_TYPE_SOFT		(4u << EV_TYPE_SHIFT)
#define EV_ERROR_VALID		0x800u
#define EV_VALID		0x80000000u

#define NP_ENABLE		BIT(0)
#define LBR_VIRT_ENABLE		BIT(0)
#define VMLS_VIRT_ENABLE	BIT(1)

#define VMCB_BYTES_MAX		15	/* guest instruction bytes */

struct vmcb_control {
	uint32_t	icpt[ICPT_WORDS];	/* 000 */
	uint8_t		reserved_018[0x24];
	uint16_t	pause_threshold;	/* 03c */
	uint16_t	pause_count;
	uint64_t	iopm_pa;		/* 040 */
	uint64_t	msrpm_pa;
	uint64_t	tsc_offset;		/* 050 */
	uint32_t	asid;
	uint8_t		tlb_control;
	uint8_t		reserved_05d[3];
	uint64_t	v_intr;			/* 060 */
	uint64_t	int_state;
	uint64_t	exitcode;		/* 070 */
	uint64_t	exitinfo1;
	uint64_t	exitinfo2;		/* 080 */
	uint64_t	exitintinfo;
	uint64_t	nested;			/* 090 */
	uint64_t	avic_bar;
	uint64_t	ghcb_pa;		/* 0a0 */
	uint64_t	eventinj;
	uint64_t	ncr3;			/* 0b0 */
	uint64_t	lbr_virt;
	uint32_t	clean;			/* 0c0 */
	uint32_t	reserved_0c4;
	uint64_t	nrip;
	uint8_t		nbytes;			/* 0d0 */
	uint8_t		bytes[VMCB_BYTES_MAX];
	uint8_t		reserved_0e0[0x320];
};

struct vmcb_save {				/* 400 */
	struct vmcb_seg	es, cs, ss, ds, fs, gs;
	struct vmcb_seg	gdtr, ldtr, idtr, tr;	/* 460 */
	uint8_t		reserved_4a0[0x2b];
	uint8_t		cpl;			/* 4cb */
	uint32_t	reserved_4cc;
	uint64_t	efer;			/* 4d0 */
	uint8_t		reserved_4d8[0x70];
	uint64_t	cr4;			/* 548 */
	uint64_t	cr3, cr0, dr7, dr6;
	uint64_t	rflags, rip;		/* 570 */
	uint8_t		reserved_580[0x58];
	uint64_t	rsp;			/* 5d8 */
	uint8_t		reserved_5e0[0x18];
	uint64_t	rax;			/* 5f8 */
	uint64_t	star, lstar, cstar, sfmask, kernel_gs_base;	/* 600 */
	uint64_t	sysenter_cs, sysenter_esp, sysenter_eip;	/* 628 */
	uint64_t	cr2;			/* 640 */
	uint8_t		reserved_648[0x20];
	uint64_t	g_pat;			/* 668 */
	uint64_t	dbgctl, br_from, br_to, ex_from, ex_to;	/* 670 */
};

struct vmcb {
	struct vmcb_control	c;
	struct vmcb_save	s;
};

#define VMCB_AT(field, offset) \
	static_assert(offsetof(struct vmcb, field) == (offset), "VMCB: " #field)
VMCB_AT(c.pause_threshold, 0x03c);
VMCB_AT(c.iopm_pa, 0x040);
VMCB_AT(c.asid, 0x058);
VMCB_AT(c.tlb_control, 0x05c);
VMCB_AT(c.v_intr, 0x060);
VMCB_AT(c.exitcode, 0x070);
VMCB_AT(c.exitintinfo, 0x088);
VMCB_AT(c.nested, 0x090);
VMCB_AT(c.eventinj, 0x0a8);
VMCB_AT(c.ncr3, 0x0b0);
VMCB_AT(c.lbr_virt, 0x0b8);
VMCB_AT(c.clean, 0x0c0);
VMCB_AT(c.nrip, 0x0c8);
VMCB_AT(c.nbytes, 0x0d0);
VMCB_AT(s.es, 0x400);
VMCB_AT(s.gdtr, 0x460);
VMCB_AT(s.tr, 0x490);
VMCB_AT(s.cpl, 0x4cb);
VMCB_AT(s.efer, 0x4d0);
VMCB_AT(s.cr4, 0x548);
VMCB_AT(s.dr6, 0x568);
VMCB_AT(s.rflags, 0x570);
VMCB_AT(s.rip, 0x578);
VMCB_AT(s.rsp, 0x5d8);
VMCB_AT(s.rax, 0x5f8);
VMCB_AT(s.star, 0x600);
VMCB_AT(s.sysenter_cs, 0x628);
VMCB_AT(s.cr2, 0x640);
VMCB_AT(s.g_pat, 0x668);
VMCB_AT(s.dbgctl, 0x670);
VMCB_AT(s.ex_to, 0x690);

/* Exit codes.  Those of intercept words 0 to 4 follow the bits. */
#define EXIT_CR_READ(n)		(0x00u + (n))
#define EXIT_CR_WRITE(n)	(0x10u + (n))
#define EXIT_DR_READ(n)		(0x20u + (n))
#define EXIT_DR_WRITE(n)	(0x30u + (n))
#define EXIT_EXC(vector)	(0x40u + (vector))
#define EXIT_IC(ic)		(0x60u + (ic) - 1)	/* IC_*, cpu/insn.h */
enum {
	EXIT_INTR = 0x60, EXIT_NMI, EXIT_SMI, EXIT_INIT, EXIT_VINTR, EXIT_CR0_SEL,
	EXIT_SWINT = 0x75, EXIT_PAUSE = 0x77, EXIT_HLT, EXIT_INVLPG, EXIT_INVLPGA,
	EXIT_IOIO = 0x7b, EXIT_MSR, EXIT_TASK_SWITCH, EXIT_FERR, EXIT_SHUTDOWN,
	EXIT_VMRUN = 0x80, EXIT_VMMCALL, EXIT_MWAIT = 0x8b, EXIT_MWAIT_ARMED,
	EXIT_XSETBV = 0x8d, EXIT_EFER_TRAP = 0x8f,
	EXIT_CR_TRAP = 0x90, EXIT_INVPCID = 0xa2, EXIT_NPF = 0x400
};
#define EXIT_INVALID		(~(uint64_t)0)

/* EXITINFO1 of #NPF beyond the page-fault error code: AMD APM vol 2 §15.25.6
 * "Nested versus Guest Page Faults, Fault Ordering". */
#define NPF_FINAL		BIT(32)
#define NPF_TABLE		BIT(33)

/* EXITINFO1 of port accesses: AMD APM vol 2 §15.10.2 "IN and OUT Behavior". */
#define IOIO_IN			0x1u
#define IOIO_STR		0x4u
#define IOIO_REP		0x8u
#define IOIO_SIZE_SHIFT		4	/* bits for 1, 2, 4 bytes */
#define IOIO_ADDR_SHIFT		7	/* bits for 16, 32, 64 bits */
#define IOIO_SEG_SHIFT		10
#define IOIO_PORT_SHIFT		16

/* EXITINFO2 of task switches: AMD APM vol 2 §15.14.1 "Task Switch Intercept". */
#define TASK_BY_IRET		BIT(36)
#define TASK_BY_JUMP		BIT(38)
#define TASK_HAS_ERROR		BIT(44)
#define TASK_RF			BIT(48)

#define CR_INFO_MOV		BIT(63)	/* EXITINFO1: MOV CR with its register */

#endif
