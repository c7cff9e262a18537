/*
 * cpu/system_priv.h - what the files behind cpu/system.h share
 */
#ifndef CPU_SYSTEM_PRIV_H
#define CPU_SYSTEM_PRIV_H

#include "cpu/regs.h"
#include "cpu/system.h"
#include "cpu/timing.h"
#include "cpu/trace.h"

/* INHIBIT_STI and INHIBIT_SS are in cpu.h.  The third: TF was set, but the
 * instruction entered a context where it does not count. */
#define INHIBIT_STEP	4

/* Bits of RFLAGS that exist; bit 1 reads as one. */
#define F_DEFINED	0x3f7fd5u

static inline bool
long_mode(const struct cpu *c)
{
	return c->efer & EFER_LMA;
}

static inline unsigned
iopl(const struct cpu *c)
{
	return (unsigned)(c->rflags >> 12) & 3;
}

/* #vector with the selector's index and table as error code. */
static inline bool
raise_sel(struct cpu *c, unsigned vector, uint16_t sel)
{
	return raise_error(c, vector, sel & 0xfffcu);
}

/* ---- descriptors (seg.c) ---- */
static inline unsigned
desc_type(const struct descriptor *d)
{
	return (unsigned)bits_get(d->lo, 40, 4);
}

static inline unsigned
desc_dpl(const struct descriptor *d)
{
	return (unsigned)bits_get(d->lo, 45, 2);
}

static inline bool
desc_is_code(const struct descriptor *d)
{
	return (d->lo & DESC_S) && (desc_type(d) & SA_CODE);
}

static inline bool
desc_is_data(const struct descriptor *d)
{
	return (d->lo & DESC_S) && !(desc_type(d) & SA_CODE);
}

static inline bool
desc_is_writable(const struct descriptor *d)
{
	return desc_is_data(d) && (desc_type(d) & SA_RW);
}

static inline bool
sel_is_null(uint16_t sel)
{
	return !(sel & 0xfffc);
}

static inline unsigned
seg_dpl(const struct seg *s)
{
	return s->attr >> SA_DPL_SHIFT & 3;
}

/* AMD APM vol 2 §4.8.3 "System Descriptors": in the upper half the place of the type
 * must be zero, so that it is not taken for a descriptor of its own. */
static inline bool
desc_upper_ok(const struct descriptor *d)
{
	return !bits_get(d->hi, 40, 5);
}

gva_t	desc_va(const struct cpu *c, uint16_t sel);
/* Sets the accessed bit of a code or data descriptor in memory and in *d. */
bool	desc_set_accessed(struct cpu *c, uint16_t sel, struct descriptor *d) MUST_CHECK;
/* Sets or clears the busy bit of a TSS descriptor in memory. */
bool	desc_set_busy(struct cpu *c, uint16_t sel, bool busy) MUST_CHECK;
/* Loads the null selector.  Base and limit become 0, as since family 17h model
 * 30h; earlier AMD processors kept them. */
void	seg_set_null(struct seg *s, uint16_t sel);
/* A segment register with virtual-8086 attributes. */
void	seg_set_vm86(struct seg *s, uint16_t sel);
/* Checks and reads the descriptor of a new SS for privilege level cpl; faults
 * other than not-present (#SS) are #vector. */
bool	stack_desc_read(struct cpu *c, uint16_t sel, unsigned cpl, unsigned vector,
	    struct descriptor *d) MUST_CHECK;
/* After a return to an outer level: data segments it may not use become null. */
void	seg_drop_inner(struct cpu *c);

/* Is [off, off + size) inside the segment (expand-down included)? */
bool	seg_within(const struct seg *s, uint64_t off, unsigned size);

/* ---- stack frames under construction (frame.c) ---- */
#define FRAME_MAX	40		/* 31 parameters and a far return frame */

/*
 * Pushes that become visible together: frame_push() checks and translates in
 * push order and may fault, frame_commit() writes and cannot.
 */
struct frame {
	struct cpu	*c;
	struct seg	ss;
	bool		flat64;		/* no limit, canonical addresses only */
	uint64_t	sp, mask;
	unsigned	acc;		/* ACC_* of the new privilege level */
	uint32_t	error;		/* of #SS */
	unsigned	n;
	struct mmu_rmw	slot[FRAME_MAX];
	uint64_t	value[FRAME_MAX];
};

/* On the current stack. */
void	frame_begin(struct frame *f, struct cpu *c, uint32_t ss_error);
/* On another: ss for level cpl; flat64 in 64-bit mode. */
void	frame_begin_at(struct frame *f, struct cpu *c, const struct seg *ss, uint64_t sp,
	    unsigned cpl, bool flat64, uint32_t ss_error);
bool	frame_push(struct frame *f, unsigned size, uint64_t v) MUST_CHECK;
/* Writes, and sets rSP (SS is the caller's). */
void	frame_commit(struct frame *f);
/* Reads the current stack at rSP + off without popping. */
bool	stack_peek(struct cpu *c, uint64_t off, unsigned size, uint64_t *v) MUST_CHECK;

/* ---- stacks of inner levels (tss.c) ---- */
/* SS:rSP for level cpl from a legacy TSS. */
bool	tss_stack(struct cpu *c, unsigned cpl, uint16_t *ss, uint64_t *sp) MUST_CHECK;
/* RSP for level cpl, or ist 1..7, from a 64-bit TSS. */
bool	tss_stack64(struct cpu *c, unsigned cpl, unsigned ist, uint64_t *sp) MUST_CHECK;

/*
 * Everything a switch to an inner level needs, checked: SS descriptor (legacy)
 * or null SS (long mode) and the frame on the new stack.
 */
struct inner_stack {
	unsigned		cpl;
	uint16_t		sel;
	struct descriptor	d;	/* legacy only */
	struct seg		ss;
};
bool	inner_stack_open(struct cpu *c, unsigned cpl, unsigned ist, struct inner_stack *is,
	    struct frame *f) MUST_CHECK;
/* Sets SS's accessed bit; the last thing that can fault. */
bool	inner_stack_ready(struct cpu *c, struct inner_stack *is) MUST_CHECK;

/* ---- task switches (task.c) ---- */
enum task_source { TASK_JUMP, TASK_CALL, TASK_IRET, TASK_EVENT };

struct task_switch {
	uint16_t	sel;		/* of the new task's TSS */
	enum task_source src;
	uint32_t	eip, eflags;	/* saved for the old task */
	const uint32_t	*error;		/* pushed in the new task, or NULL */
};
/*
 * False: c->fault; when the fault arose in the new task the switch has
 * happened and c->rip is the new task's.  True: next_rip is the new task's.
 */
bool	task_switch(struct cpu *c, const struct task_switch *ts) MUST_CHECK;

/* ---- far returns and tasks (far.c) ---- */
/* A code descriptor became CS at privilege level cpl. */
void	cs_load(struct cpu *c, const struct descriptor *d, uint16_t sel, unsigned cpl);
/* #GP(0) unless off may be the instruction pointer in code segment d. */
bool	cs_offset_ok(struct cpu *c, const struct descriptor *d, uint64_t off) MUST_CHECK;
/* Reads and checks the code segment a far return or IRET names. */
bool	return_code_read(struct cpu *c, uint16_t sel, struct descriptor *d) MUST_CHECK;
/* Sets all defined bits of RFLAGS without recomputing the mode: the caller
 * does that. */
void	rflags_load(struct cpu *c, uint64_t v);

/* The stack a return to level cpl goes to (iret.c). */
struct outer_stack {
	uint16_t		sel;
	uint64_t		sp;
	bool			null;	/* null SS, allowed */
	bool			code64;	/* the code returned to is 64-bit */
	struct descriptor	d;
};
bool	outer_stack_open(struct cpu *c, uint16_t sel, uint64_t sp, unsigned cpl,
	    const struct descriptor *cs, struct outer_stack *os) MUST_CHECK;
/* Loads SS and rSP; the last thing that can fault. */
bool	outer_stack_load(struct cpu *c, struct outer_stack *os) MUST_CHECK;

/* ---- control registers (cr.c) ---- */
bool	cr_exists(const struct cpu *c, unsigned cr);
bool	cr_write_legal(const struct cpu *c, unsigned cr, uint64_t v);
/* VMRUN: may these be, and load them without flushing anything. */
bool	cr_world_legal(const struct cpu *c, uint64_t cr0, uint64_t cr3, uint64_t cr4,
	    uint64_t efer);
void	cr_world_load(struct cpu *c, uint64_t cr0, uint64_t cr3, uint64_t cr4,
	    uint64_t efer);
/* Linear address of INVLPG's operand. */
gva_t	invlpg_address(const struct cpu *c, const struct insn *in, uint64_t ea);

/* ---- events (event.c) ---- */
/* DR6 and DR7 as a #DB handler finds them. */
void	debug_status(struct cpu *c, const struct cpu_fault *f);
/* An event of a VMCB; ev is how EXITINTINFO would name it. */
struct svm_injection {
	uint8_t		vector;
	uint32_t	type;		/* EV_TYPE_* */
	bool		has_error;
	uint32_t	error;
	uint64_t	nrip;		/* return address of software events */
};
void	cpu_inject(struct cpu *c, const struct svm_injection *in, uint64_t ev);

/* ---- MONITOR (exec_sys.c) ---- */
/* MWAIT would wait. */
bool	monitor_armed(const struct cpu *c);

/* ---- SVM instructions (exec_svm.c) ---- */
bool	svm_usable(const struct cpu *c);
bool	svm_address_ok(const struct cpu *c, const struct insn *in);

/* ---- ports (io.c) ---- */
bool	io_allowed(struct cpu *c, uint16_t port, unsigned size) MUST_CHECK;

/* ---- MSR state (msr.c) ---- */
void	msr_reset(struct cpu *c);
uint64_t *msr_debugctl(struct cpu *c);
bool	msr_pat_legal(uint64_t v);
uint64_t tsc_read(const struct cpu *c);
/* RDPMC: false if there is no such counter. */
bool	msr_counter_read(const struct cpu *c, uint32_t n, uint64_t *v) MUST_CHECK;

#endif
