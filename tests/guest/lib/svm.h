/*
 * tests/guest/lib/svm.h - guests of the guest images: AMD's virtualization
 *
 * The layout is AMD APM vol 2, "Layout of VMCB"; it is written down here once
 * more so that an error in the emulator's own header is seen.  A test asks for
 * a guest in some mode, changes its VMCB and runs it until it exits:
 *
 *	GUEST(asks, "cpuid\n vmmcall");
 *
 *	guest64(asks);
 *	vmcb->icpt[3] |= I3_CPUID;
 *	expect_exit(run(), EXIT_CPUID, "CPUID");
 *
 * The guest shares the image's segments and, without nested paging, its page
 * tables.  Each of its exceptions ends in VMMCALL: guest_vector() says which.
 */
#ifndef SVM_H
#define SVM_H

#include "guest.h"

struct vmcb_seg {
	uint16_t	sel, attr;	/* access byte, then AVL, L, D, G */
	uint32_t	limit;
	uint64_t	base;
};

struct vmcb {
	uint32_t	icpt[6];		/* CR, DR, exceptions, I3_, I4_, I5_ */
	uint8_t		reserved018[0x3c - 0x18];
	uint16_t	pause_threshold, pause_count;
	uint64_t	iopm, msrpm, tsc_offset;
	uint32_t	asid;
	uint8_t		tlb_control, reserved05d[3];
	uint64_t	vintr;			/* V_ */
	uint64_t	shadow;			/* bit 0; bit 1 guest interrupt mask */
	uint64_t	exitcode, info1, info2, exitintinfo;
	uint64_t	np_enable, avic_bar, ghcb, eventinj, ncr3;
	uint64_t	lbr_enable;
	uint32_t	clean, reserved0c4;
	uint64_t	nrip;
	uint8_t		fetched, bytes[15];
	uint8_t		reserved0e0[0x400 - 0xe0];
	struct vmcb_seg	es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t		reserved4a0[0x4cb - 0x4a0];
	uint8_t		cpl;
	uint32_t	reserved4cc;
	uint64_t	efer;
	uint8_t		reserved4d8[0x548 - 0x4d8];
	uint64_t	cr4, cr3, cr0, dr7, dr6, rflags, rip;
	uint8_t		reserved580[0x5d8 - 0x580];
	uint64_t	rsp, s_cet, ssp, isst, rax;
	uint64_t	star, lstar, cstar, sfmask, kernel_gs_base;
	uint64_t	sysenter_cs, sysenter_esp, sysenter_eip, cr2;
	uint8_t		reserved648[0x668 - 0x648];
	uint64_t	g_pat, dbgctl, br_from, br_to, exc_from, exc_to;
	uint8_t		reserved698[0x1000 - 0x698];
};

/* ---- intercepts ---- */

enum { ICPT_CR, ICPT_DR, ICPT_EXC, ICPT_3, ICPT_4, ICPT_5 };
#define I3(n)		(1u << (n))
#define I3_INTR		I3(0)
#define I3_NMI		I3(1)
#define I3_SMI		I3(2)
#define I3_INIT		I3(3)
#define I3_VINTR	I3(4)
#define I3_CR0_SEL	I3(5)
#define I3_IDTR_READ	I3(6)
#define I3_GDTR_READ	I3(7)
#define I3_LDTR_READ	I3(8)
#define I3_TR_READ	I3(9)
#define I3_IDTR_WRITE	I3(10)
#define I3_GDTR_WRITE	I3(11)
#define I3_LDTR_WRITE	I3(12)
#define I3_TR_WRITE	I3(13)
#define I3_RDTSC	I3(14)
#define I3_RDPMC	I3(15)
#define I3_PUSHF	I3(16)
#define I3_POPF		I3(17)
#define I3_CPUID	I3(18)
#define I3_RSM		I3(19)
#define I3_IRET		I3(20)
#define I3_INTN		I3(21)
#define I3_INVD		I3(22)
#define I3_PAUSE	I3(23)
#define I3_HLT		I3(24)
#define I3_INVLPG	I3(25)
#define I3_INVLPGA	I3(26)
#define I3_IOIO		I3(27)
#define I3_MSR		I3(28)
#define I3_TASK		I3(29)
#define I3_FERR		I3(30)
#define I3_SHUTDOWN	I3(31)
#define I4_VMRUN	I3(0)
#define I4_VMMCALL	I3(1)
#define I4_VMLOAD	I3(2)
#define I4_VMSAVE	I3(3)
#define I4_STGI		I3(4)
#define I4_CLGI		I3(5)
#define I4_SKINIT	I3(6)
#define I4_RDTSCP	I3(7)
#define I4_ICEBP	I3(8)
#define I4_WBINVD	I3(9)
#define I4_MONITOR	I3(10)
#define I4_MWAIT	I3(11)
#define I4_MWAIT_ARMED	I3(12)
#define I4_XSETBV	I3(13)
#define I4_RDPRU	I3(14)
#define I4_EFER_TRAP	I3(15)
#define I4_CR_TRAP(n)	I3(16 + (n))
#define I5_INVPCID	I3(2)

/* ---- exit codes: the bit of the intercept words from word 0 on ---- */

enum {
	EXIT_READ_CR = 0, EXIT_WRITE_CR = 0x10, EXIT_READ_DR = 0x20, EXIT_WRITE_DR = 0x30,
	EXIT_EXC = 0x40, EXIT_INTR = 0x60, EXIT_NMI, EXIT_SMI, EXIT_INIT, EXIT_VINTR,
	EXIT_CR0_SEL, EXIT_IDTR_READ, EXIT_GDTR_READ, EXIT_LDTR_READ, EXIT_TR_READ,
	EXIT_IDTR_WRITE, EXIT_GDTR_WRITE, EXIT_LDTR_WRITE, EXIT_TR_WRITE, EXIT_RDTSC,
	EXIT_RDPMC, EXIT_PUSHF, EXIT_POPF, EXIT_CPUID, EXIT_RSM, EXIT_IRET, EXIT_INTN,
	EXIT_INVD, EXIT_PAUSE, EXIT_HLT, EXIT_INVLPG, EXIT_INVLPGA, EXIT_IOIO, EXIT_MSR,
	EXIT_TASK, EXIT_FERR, EXIT_SHUTDOWN, EXIT_VMRUN, EXIT_VMMCALL, EXIT_VMLOAD,
	EXIT_VMSAVE, EXIT_STGI, EXIT_CLGI, EXIT_SKINIT, EXIT_RDTSCP, EXIT_ICEBP, EXIT_WBINVD,
	EXIT_MONITOR, EXIT_MWAIT, EXIT_MWAIT_ARMED, EXIT_XSETBV, EXIT_RDPRU, EXIT_EFER_TRAP,
	EXIT_CR_TRAP, EXIT_INVPCID = 0xa2, EXIT_NPF = 0x400
};
#define EXIT_INVALID	(~0ull)
#define EXIT_FAULT	(~1ull)		/* of run(): VMRUN itself faulted */

/* ---- virtual interrupts ---- */

#define V_TPR(n)	((uint64_t)(n))
#define V_IRQ		BIT(8)
#define V_GIF		BIT(9)
#define V_PRIO(n)	((uint64_t)(n) << 16)
#define V_IGN_TPR	BIT(20)
#define V_MASKING	BIT(24)
#define V_GIF_ENABLE	BIT(25)
#define V_VECTOR(n)	((uint64_t)(n) << 32)

#define SX		30	/* security exception */

/* ---- event injection ---- */

enum { EV_INTR, EV_NMI = 2, EV_EXC, EV_SOFT };
#define EV_ERROR	BIT(11)
#define EV_VALID	BIT(31)
#define EVENT(type, vector)	(EV_VALID | (uint64_t)(type) << 8 | (vector))
#define EVENT_ERROR(vector, e)	(EVENT(EV_EXC, vector) | EV_ERROR | (uint64_t)(e) << 32)

/* ---- EXITINFO1 of #NPF ---- */

enum { NPF_P = 1, NPF_W = 2, NPF_U = 4, NPF_RSV = 8, NPF_FETCH = 0x10 };
#define NPF_FINAL	BIT(32)
#define NPF_TABLE	BIT(33)

/* ---- features: CPUID Fn8000_000A EDX ---- */

enum { SVM_NP, SVM_LBR, SVM_LOCK, SVM_NRIP, SVM_TSC_RATIO, SVM_CLEAN, SVM_FLUSH, SVM_DECODE,
	SVM_PAUSE = 10, SVM_PAUSE_THRESHOLD = 12, SVM_AVIC, SVM_VMSAVE = 15, SVM_VGIF,
	SVM_VNMI = 25, SVM_ADDR_CHK = 28 };
#define EFER_SVME	0x1000u
#define MSR_VM_CR	0xc0010114u
#define MSR_IGNNE	0xc0010115u
#define MSR_HSAVE	0xc0010117u
#define MSR_TSC_RATIO	0xc0000104u

bool	svm_has(unsigned bit);
/* What is not asked because the processor does not have it. */
void	left_out(const char *name);

/* ---- guests ---- */

struct guest_regs {		/* rAX and rSP are in the VMCB */
	ulong	cx, dx, bx, bp, si, di;
#ifdef __x86_64__
	ulong	r8, r9, r10, r11, r12, r13, r14, r15;
#endif
};

extern struct guest_regs gr;
extern struct vmcb *vmcb;	/* what run() runs */
extern uint8_t *iopm, *msrpm;	/* of vmcb: all zero */
extern uint8_t guest_stack[16384];
/* Around VMRUN: VMLOAD of the guest's state; interrupts on, behind CLGI. */
extern uint8_t run_vmload, run_sti;

void	svm_init(void);		/* or skip(); comes first */
struct vmcb *vmcb_alloc(void);
#define ATTR(access, flags)	((uint16_t)((access) | (flags) << 8))
void	set_seg(struct vmcb_seg *s, unsigned sel, uint32_t base, uint32_t limit, unsigned attr);

/* Code of a guest, a label in .text */
#define GUEST_(bits, name, text) \
	asm(".pushsection .text\n.code" bits "\n" #name ":\n" text "\n" CODE_BACK ".popsection"); \
	extern const char name[]
#ifdef __x86_64__
#define CODE_BACK	".code64\n"
#define GUEST(name, text)	GUEST_("64", name, text)
#else
#define CODE_BACK	".code32\n"
#define GUEST(name, text)	GUEST_("32", name, text)
#endif
#define GUEST32(name, text)	GUEST_("32", name, text)
#define GUEST16(name, text)	GUEST_("16", name, text)

/* A new VMCB and registers for code at CPL 0, interrupts off; intercepts:
 * VMRUN, VMMCALL and shutdown. */
#ifdef __x86_64__
void	guest64(const void *code);
#endif
void	guest32(const void *code);	/* flat protected mode, no paging */
void	guest16(const void *code);	/* real mode, CS.base at the code */
void	guest_user(void);		/* the same at CPL 3 */

uint64_t run(void);			/* the exit code */
int	try_run(void);			/* the vector if VMRUN faults, or NONE */
/* From behind the instruction that exited, n bytes long. */
uint64_t resume(unsigned n);

/* Whether the guest exited in its handler of an exception or interrupt. */
int	guest_vector(void);		/* or NONE */
struct guest_frame { ulong error, ip, cs, flags, sp, ss; };
struct guest_frame guest_frame(void);	/* error is 0 without one */
/* Runs on behind the handler. */
uint64_t guest_iret(void);

/* For EXIT_INVALID the low half will do: check_exit.c asks for all of it. */
void	expect_exit(uint64_t got, uint64_t want, const char *name, ...)
	    __attribute__((format(printf, 3, 4)));
void	expect_vector(int want, const char *name, ...)	/* run() and guest_vector() */
	    __attribute__((format(printf, 2, 3)));
void	expect64(uint64_t got, uint64_t want, const char *name, ...)
	    __attribute__((format(printf, 3, 4)));

/* ---- page tables of any kind ---- */

struct space {
	ulong		root;
	unsigned	levels;		/* 2: of 32-bit entries; 3: PAE; 4 */
	uint64_t	table_flags;	/* of the entries that tables are made with */
};

void	space_init(struct space *s, unsigned levels);
uint64_t pt_get(struct space *s, uint64_t va, unsigned level);
void	pt_set(struct space *s, uint64_t va, unsigned level, uint64_t entry);
/* Where that entry is, tables made on the way and large pages split. */
void	*pt_entry(struct space *s, uint64_t va, unsigned level);
/* [0, 4G) one to one in large pages; with 2 levels and PSE 4M pages. */
void	pt_identity(struct space *s, uint64_t flags);
/* vmcb under nested paging by s, the whole memory one to one. */
void	guest_nested(struct space *s);

#endif
