/*
 * cpu/cpu.h - one virtual processor
 *
 * The first 256 bytes are the register file that predecoded slots address by
 * byte offset; AH is RAX's offset + 1.  Arithmetic flags are lazy
 * (cpu/flags.h); everything else in rflags is live.  The processor sees the
 * rest of the machine only through struct cpu_env and its input pins.
 *
 * Time: cycles and insns are exact whenever code outside the engine's hot
 * handlers runs.  During an instruction cycles is the time at its start; what
 * the instruction costs beyond its table value is added to charge and counts
 * when it ends (docs/timing.md).
 */
#ifndef CPU_CPU_H
#define CPU_CPU_H

#include "base/log.h"
#include "base/types.h"
#include "cpu/decode.h"
#include "cpu/f80.h"
#include "cpu/insn.h"
#include "mmu/mmu.h"

/* Segment attributes as in a VMCB: descriptor bits 40..47 and 52..55. */
struct seg {
	uint16_t	sel;
	uint16_t	attr;
	uint32_t	limit;		/* in bytes, G applied */
	uint64_t	base;
};
#define SA_TYPE		0x000fu
#define SA_CODE		0x0008u		/* with SA_S */
#define SA_CONFORM	0x0004u
#define SA_EXPDOWN	0x0004u
#define SA_RW		0x0002u		/* readable code, writable data */
#define SA_ACCESSED	0x0001u
#define SA_S		0x0010u		/* code or data, not system */
#define SA_DPL_SHIFT	5
#define SA_P		0x0080u
#define SA_AVL		0x0100u
#define SA_L		0x0200u
#define SA_DB		0x0400u
#define SA_G		0x0800u
#define SEG_UNUSABLE(s)	(!((s)->attr & SA_P))

struct dtable {
	uint64_t	base;
	uint32_t	limit;
};

/* 128-bit register or operand value. */
union xval {
	uint64_t	u;		/* integer operands, zero-extended */
	uint8_t		b[16];
	uint16_t	w[8];
	uint32_t	d[4];
	uint64_t	q[2];
	float		f[4];
	double		df[2];
	struct f80	x;
	__attribute__((vector_size(16))) long long v;
} __attribute__((aligned(16)));

struct x87 {
	struct f80	reg[8];		/* physical registers; MMX is reg[i].mant */
	uint16_t	fcw, fsw, fop;
	uint16_t	ftw;		/* full tag word, two bits a register */
	uint64_t	fip, fdp;
	uint16_t	fcs, fds;
};

enum fault_kind { FK_NONE, FK_FAULT, FK_TRAP, FK_ABORT };

/* The exception an instruction raised. */
struct cpu_fault {
	uint8_t		vector;
	bool		has_error;
	uint32_t	error;
	uint64_t	cr2;		/* #PF: gva; #DB: DR6 bits to set */
	struct walk_fault walk;		/* #PF: as the walk reported it (nested stage) */
	bool		vmexit;		/* no exception: #VMEXIT with svm.exit */
};

enum {
	EXC_DE, EXC_DB, EXC_NMI, EXC_BP, EXC_OF, EXC_BR, EXC_UD, EXC_NM, EXC_DF,
	EXC_TS = 10, EXC_NP, EXC_SS, EXC_GP, EXC_PF, EXC_MF = 16, EXC_AC, EXC_MC,
	EXC_XF, EXC_SX = 30
};

/* Input pins and other reasons to look up at the next boundary. */
enum {
	PIN_INTR	= 0x01,		/* level, from the local APIC or the 8259 */
	PIN_NMI		= 0x02,		/* latched */
	PIN_INIT	= 0x04,		/* latched */
	PIN_SIPI	= 0x08,		/* latched, sipi_vector */
	PIN_STOP	= 0x10,		/* the machine wants cpu_run() to return */
	PIN_RESET	= 0x20,		/* latched: reset at the boundary */
	PIN_TRAP	= 0x40,		/* a debug trap is pending (dr6_pending) */
	PIN_VINTR	= 0x80		/* SVM guest with V_IRQ set */
};

enum cpu_activity { ACT_RUN, ACT_HALT, ACT_WAIT_SIPI, ACT_SHUTDOWN };

/* inhibit: interrupt shadow of the previous instruction, one boundary long. */
#define INHIBIT_STI	1	/* maskable interrupts */
#define INHIBIT_SS	2	/* also debug traps and NMI */

/* mode key: every bit on which decoded code depends (design of blocks). */
enum {
	MK_64		= 0x0001,	/* CS.L in long mode */
	MK_32		= 0x0002,	/* CS.D */
	MK_SS32		= 0x0004,	/* SS.B (or 64-bit: stack 64) */
	MK_CPL		= 0x0018,	/* CPL << 3 */
	MK_PE		= 0x0020,
	MK_VM		= 0x0040,
	MK_FLAT		= 0x0080,	/* ES CS SS DS base 0, no limits to check, writable/readable */
	MK_AC		= 0x0100,	/* alignment checks are made */
	MK_EM		= 0x0200,	/* CR0.EM */
	MK_TS		= 0x0400,	/* CR0.TS */
	MK_MP		= 0x0800,
	MK_OSFXSR	= 0x1000,
	MK_OSXSAVE	= 0x2000,
	MK_IOPL		= 0x4000,	/* CPL <= IOPL */
	MK_TSD		= 0x8000,	/* RDTSC needs CPL 0 */
	MK_PCE		= 0x10000,
	MK_UMIP		= 0x20000,
	MK_LMA		= 0x40000,	/* long mode active (compatibility mode differs) */
	MK_FSGSBASE	= 0x100000,
	MK_BASED	= 0x200000	/* as MK_FLAT, but with bases */
};

/* What decode() has to know of a mode key. */
static inline unsigned
mode_decode(uint32_t mode)
{
	return (mode & MK_64 ? DM_64 : mode & MK_32 ? DM_32 : 0) |
	    ((mode & (MK_PE | MK_VM)) == MK_PE ? DM_PE : 0);
}

struct cpu_stats {
	uint64_t	exceptions[32];
	uint64_t	interrupts;	/* external, delivered */
	uint64_t	soft_interrupts;
	uint64_t	nmis;
	uint64_t	syscalls;
	uint64_t	task_switches;
	uint64_t	cr3_loads;
	uint64_t	pio_reads, pio_writes;
	uint64_t	halts;
	uint64_t	halt_cycles;	/* time skipped while halted */
	/* Host-side detail, never hashed. */
	uint64_t	blocks_built, generic_steps, lookups;
};

/*
 * SVM: cpu/svm.h.  What VMRUN took from the VMCB, and the host's registers,
 * which no guest can reach: the save area at VM_HSAVE_PA is not used.
 */
struct svm_host {
	struct seg	es, cs, ss, ds;
	struct dtable	gdtr, idtr;
	uint64_t	cr0, cr3, cr4, efer, rflags, rip, rsp, rax;
	uint64_t	dbgctl, lbr[4];	/* with LBR virtualization */
};

struct svm {
	bool		gif;
	bool		guest;
	bool		hif;		/* the host's IF at VMRUN */
	uint64_t	vmcb_pa;
	uint32_t	icpt[6];	/* ICPT_*, cpu/vmcb.h */
	uint64_t	iopm_pa, msrpm_pa;
	uint64_t	tsc_offset;
	uint64_t	v_intr;		/* V_* */
	uint64_t	nested, g_pat, lbr_virt;
	uint64_t	ncr3, ncr0, ncr4, nefer;	/* the nested dimension */
	uint32_t	asid;
	uint16_t	pause_count, pause_threshold, pause_left;
	uint64_t	pause_at;	/* time of the last PAUSE */
	struct svm_host	host;
	uint64_t	tsc_ratio;
	uint64_t	lbr[4];		/* last branch from, to; last exception from, to */
	uint64_t	key;		/* SVM_KEY */
	/* Derived or between boundaries only. */
	bool		special;	/* guest, or GIF clear */
	uint8_t		shadow;		/* INHIBIT_* that the current instruction is in */
	uint64_t	rf;		/* RF before the current instruction */
	uint64_t	event;		/* being delivered, as EXITINTINFO */
	struct svm_exit {
		uint64_t	code, info1, info2;
		bool		nrip;	/* an instruction intercept: save next_rip */
	} exit;
};

/* What MONITOR armed: nothing waits for it, but an intercept of MWAIT asks. */
struct watched_line {
	bool		armed;
	uint64_t	at;		/* physical address of a line of 64 bytes, and */
	uint64_t	line[8];	/* what it held */
};

/* Of the run, no state. */
struct svm_stats {
	uint64_t	vmruns, exits[168];	/* by code, 0..0a7h */
	uint64_t	npfs, invalid;
	uint64_t	npf_kind[2][4];	/* final address or table; not present, write,
					 * fetch, reserved bits */
	uint64_t	injected;
	uint64_t	guest_cycles, entered;	/* entered: time of the last VMRUN */
	uint64_t	charged;	/* cycles for world switches */
};

/* The machine as the processor sees it.  All calls happen with cycles exact. */
struct cpu_env {
	void		*arg;
	uint64_t	(*pio_read)(void *arg, uint16_t port, unsigned size);
	void		(*pio_write)(void *arg, uint16_t port, unsigned size, uint64_t v);
	/* Interrupt acknowledge: a vector, or -1 when the request went away. */
	int		(*intack)(void *arg);
	/* CR8: the local APIC's task priority, 0..15. */
	uint8_t		(*tpr_get)(void *arg);
	void		(*tpr_set)(void *arg, uint8_t cr8);
	/* MSRs that live in the local APIC (APIC_BASE, x2APIC, TSC deadline).
	 * Return false for #GP(0). */
	bool		(*apic_msr_read)(void *arg, uint32_t msr, uint64_t *v);
	bool		(*apic_msr_write)(void *arg, uint32_t msr, uint64_t v);
	void		(*ferr)(void *arg, bool level);	/* FERR# for CR0.NE = 0 */
	void		(*shutdown)(void *arg);		/* triple fault */
	uint64_t	(*random)(void *arg);		/* RDRAND: machine generator */
	/* The time all processors agree on, for the time stamp counter; NULL:
	 * the processor's own. */
	uint64_t	(*common_now)(void *arg);
	/* An instruction wrote physical memory maps may depend on A20: none. */
};

struct cpu_trace;		/* cpu/trace.h: hooks, all optional */
struct cpu_debugger;
struct engine;			/* threaded engine's private state */
struct codecache;
struct memo;

struct cpu_model;		/* cpu/cpuid.h */

struct cpu {
	/* ---- register file: byte offsets 0..255 are slot operands ---- */
	uint64_t	gpr[16];	/* 0 */
	uint64_t	zero;		/* 128: always 0 */
	uint64_t	page_base;	/* 136: linear address of the code page minus CS base:
					 * rip = page_base + offset in page */
	uint64_t	ea;		/* 144: address computed by a preceding slot */
	struct seg	seg[SEG_COUNT];	/* 152: base of segment i at 160 + 16 * i */
	/* ---- end of the register file (248) ---- */
	uint64_t	scratch;	/* 248: engine temporary */
	uint64_t	ip_mask;	/* rip width of the current mode, kept by the engine */

	uint64_t	cc_res, cc_src;	/* lazy flags: cpu/flags.h */
	uint32_t	cc_op;
	uint32_t	mode;		/* MK_*, see cpu_mode_update() */
	uint64_t	rip;		/* of the current instruction */
	uint64_t	next_rip;	/* what it will be when it retires */
	uint64_t	rflags;		/* OSZAPC bits are stale unless cc_op == CC_RAW */
	struct mmu	mmu;

	uint64_t	cycles;		/* virtual time at the current boundary */
	uint64_t	insns;		/* instructions retired */
	uint64_t	charge;		/* extra cycles of the current instruction */
	uint64_t	deadline;	/* cpu_run() returns at the first boundary with
					 * cycles >= deadline; the machine may lower it
					 * from inside a call */
	uint32_t	pins;		/* PIN_* */
	uint8_t		activity;	/* enum cpu_activity */
	uint8_t		inhibit;	/* INHIBIT_* */
	uint8_t		cpl;
	uint8_t		sipi_vector;
	bool		nmi_blocked;
	bool		rep_active;	/* a REP was interrupted: resume in the middle */
	uint8_t		index;		/* vCPU number */
	uint8_t		cpus;		/* of how many */

	struct cpu_fault fault;		/* valid after a function returned false */
	/* Delivery in progress, for double-fault escalation. */
	int16_t		delivering;	/* vector being delivered, -1 none */
	uint64_t	dr6_pending;	/* PIN_TRAP: DR6 bits of traps at this boundary */

	struct seg	ldtr, tr;
	struct dtable	gdtr, idtr;
	uint64_t	cr0, cr2, cr3, cr4;
	uint64_t	efer;
	uint64_t	dr[8];
	uint64_t	xcr0;
	uint64_t	star, lstar, cstar, sfmask, kernel_gs_base;
	uint64_t	sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t	pat, tsc_aux, tsc_adjust;
	int64_t		tsc_offset;	/* TSC = time + tsc_offset */
	uint64_t	mtrr_def, mtrr_fix[11], mtrr_var[16];
	uint64_t	mc_status[4], mcg_status, mcg_ctl, mc_ctl[4];
	uint64_t	misc_msr[24];	/* HWCR, SYSCFG, ...: cpu/msr.c names them */
	uint64_t	vm_cr, vm_hsave_pa;
	struct svm	svm;
	struct watched_line monitor;

	struct x87	x87;
	union xval	xmm[16];
	uint32_t	mxcsr;

	const struct cpu_model *model;
	struct feat_set	features;	/* effective: model and -cpu +/- */
	uint32_t	chk_any, chk_first;	/* CK_*: to be checked; what is #GP(0) above CPL 0
						 * before anything else */
	uint16_t	x87_selectors;	/* ANDed with what FCS and FDS are to hold */
	struct cpu_env	env;
	struct physmem	*pm;
	struct log	*log;
	struct cpu_trace *trace;	/* NULL: no tracing */
	struct cpu_debugger *debugger;	/* NULL: none */
	struct engine	*engine;	/* NULL: reference engine */
	uint64_t	cost[32];	/* by cost class (cpu/timing.def) */
	struct cpu_costs *costs;	/* event charges: cpu/timing.h */
	struct memo	*memo;		/* decoded instructions: cpu/memo.h */
	struct cpu_stats stats;
	struct svm_stats svm_stats;
	bool		sliced;		/* PAUSE gives up the rest of a slice: */
	bool		yields;		/* it was one, and PIN_STOP is raised */
};

static_assert(offsetof(struct cpu, zero) == 128, "slot operand");
static_assert(offsetof(struct cpu, seg) == 152, "slot operand");
static_assert(offsetof(struct cpu, scratch) == 248, "slot operand");

#define CPU_OFF_SEG_BASE(i) (160 + 16 * (i))

struct cpu_config {
	const char	*model;		/* "max", "qemu64", ... with +feat,-feat; NULL: default */
	unsigned	index;
	unsigned	cpus;		/* in the machine; 0: 1 */
	unsigned	fast_tlb;	/* entries; 0 off */
	bool		threaded;	/* engine */
	struct cpu_env	env;
	struct physmem	*pm;
	struct codecache *codes;	/* shared by the machine's vCPUs; NULL for reference */
	struct log	*log;
};

/* NULL with a message on log (bad model string, no memory). */
struct cpu *cpu_new(const struct cpu_config *cfg);
void	cpu_free(struct cpu *c);

/* Power-on or RESET# state; AMD APM vol 2 §14.1.3 "Processor Initialization
 * State".  init: INIT leaves caches, FPU, MSRs and time alone. */
void	cpu_reset(struct cpu *c, bool init);

enum cpu_stop { STOP_DEADLINE, STOP_HALT, STOP_PIN, STOP_SHUTDOWN, STOP_DEBUG };

/* Runs until cycles >= deadline, or the processor halts with nothing to wake
 * it, or PIN_STOP is raised, or a debugger (cpu/trace.h) wants to stop. */
enum cpu_stop cpu_run(struct cpu *c);
/* Exactly one instruction or one event delivery, by the generic executor. */
enum cpu_stop cpu_step(struct cpu *c);

/* Raise or lower INTR; latch the others.  Safe from inside env calls. */
void	cpu_set_intr(struct cpu *c, bool level);
void	cpu_raise(struct cpu *c, uint32_t pin);
/* The machine's earliest deadline became earlier. */
static inline void
cpu_lower_deadline(struct cpu *c, uint64_t when)
{
	if (when < c->deadline)
		c->deadline = when;
}

/* Time at the current instruction's start. */
static inline uint64_t
cpu_now(const struct cpu *c)
{
	return c->cycles;
}

/* Recomputes mode and the MMU's context from cs, ss, cr0, cr4, efer, rflags,
 * cpl.  Call after changing any of them outside the engine. */
void	cpu_mode_update(struct cpu *c);
/* As that, after another address space was entered (SVM). */
void	cpu_world_update(struct cpu *c);

/* State as a canonical byte stream (registers, TLB model): snapshot and hash. */
struct hash_stream;
void	cpu_hash(struct cpu *c, struct hash_stream *s);

#endif
