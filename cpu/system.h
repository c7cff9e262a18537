/*
 * cpu/system.h - segmentation, control registers, events
 *
 * AMD APM vol 2 chapters 4 "Segmented Virtual Memory", 8 "Exceptions and
 * Interrupts", 12 "Task Management", 13 "Software Debug and Performance
 * Resources".
 */
#ifndef CPU_SYSTEM_H
#define CPU_SYSTEM_H

#include "cpu/exec.h"

/* ---- segments ---- */
struct descriptor {
	uint64_t	lo, hi;		/* hi: second half of a 16-byte system descriptor */
};
/* Reads the descriptor sel names (GDT or LDT); #GP/#vec(sel) outside the limit. */
bool	desc_read(struct cpu *c, uint16_t sel, unsigned vector, struct descriptor *d) MUST_CHECK;
void	desc_to_seg(const struct descriptor *d, uint16_t sel, struct seg *s);
/* MOV/POP/LxS to a data segment register; SS rules for SEG_SS. */
bool	seg_load(struct cpu *c, unsigned seg, uint16_t sel) MUST_CHECK;
/* Real and virtual-8086 mode load: base = sel << 4. */
void	seg_load_real(struct cpu *c, unsigned seg, uint16_t sel);
void	cpu_set_cpl(struct cpu *c, unsigned cpl);

/* ---- control registers; #GP and #UD as the manual says ---- */
bool	cr_read(struct cpu *c, unsigned cr, uint64_t *v) MUST_CHECK;
bool	cr_write(struct cpu *c, unsigned cr, uint64_t v) MUST_CHECK;
bool	efer_write(struct cpu *c, uint64_t v) MUST_CHECK;
bool	msr_read(struct cpu *c, uint32_t msr, uint64_t *v) MUST_CHECK;
bool	msr_write(struct cpu *c, uint32_t msr, uint64_t v) MUST_CHECK;

/* ---- events ---- */

/* Delivers c->fault as the exception of the instruction at c->rip: pushes,
 * escalates to #DF and shutdown, charges delivery.  rip becomes the handler. */
void	cpu_deliver_fault(struct cpu *c);
/* External interrupt or NMI at a boundary. */
void	cpu_deliver_interrupt(struct cpu *c, unsigned vector);
void	cpu_deliver_nmi(struct cpu *c);
/* INT n, INT3, INTO, INT1: false with c->fault when it faults before the
 * gate's handler is entered; else next_rip is the handler. */
enum soft_int { SOFT_INT, SOFT_INT3, SOFT_INTO, SOFT_INT1 };
bool	cpu_soft_interrupt(struct cpu *c, unsigned vector, enum soft_int kind) MUST_CHECK;

/*
 * Instruction boundary: pending RESET, INIT, traps, NMI, interrupts in the
 * manual's priority (AMD APM vol 2 §8.5 "Priorities").  Called when pins != 0, after an
 * interrupt shadow, or when halted.  Returns true if something was delivered
 * (state changed); sets activity back to ACT_RUN when an event ends a HLT.
 * Clears the interrupt shadow when called with none pending.
 */
bool	cpu_boundary(struct cpu *c);
/* Would cpu_boundary() wake a halted processor now? */
bool	cpu_wakes(const struct cpu *c);

/* After an instruction retired: single-step trap, data breakpoints noted. */
void	cpu_debug_after(struct cpu *c, uint64_t tf_before);
/* With DebugCtl.BTF only taken branches are single steps; in, from where it
 * stands, has retired. */
bool	cpu_step_counts(const struct cpu *c, const struct insn *in, uint64_t from);
/* Instruction breakpoint at c->rip (DR7, RF): false: #DB fault raised. */
bool	cpu_debug_before(struct cpu *c) MUST_CHECK;
/* Some data or I/O breakpoint is armed: accesses must be watched. */
static inline bool
cpu_debug_armed(const struct cpu *c)
{
	return c->dr[7] & 0xff;
}

/* ---- last branches (debug.c): struct svm has the records ---- */
#define DEBUGCTL_LBR	1u
#define DEBUGCTL_BTF	2u
#define DEBUGCTL_SLOT	6	/* of misc_msr */
/* Processors without SVM have no state for them. */
static inline bool
lbr_on(const struct cpu *c)
{
	return (c->misc_msr[DEBUGCTL_SLOT] & DEBUGCTL_LBR) && feat_has(&c->features, FEAT_SVM);
}
/* in, from where it stands, has retired; an interrupt or exception goes to next_rip. */
void	lbr_insn(struct cpu *c, const struct insn *in, uint64_t from);
void	lbr_event(struct cpu *c);
static inline bool
btf_on(const struct cpu *c)
{
	return c->misc_msr[DEBUGCTL_SLOT] & DEBUGCTL_BTF;
}
/* #DB: its handler finds what came before, and is not stepped by branches. */
static inline void
debugctl_stop(struct cpu *c)
{
	c->misc_msr[DEBUGCTL_SLOT] &= ~(uint64_t)(DEBUGCTL_BTF | (lbr_on(c) ? DEBUGCTL_LBR : 0));
}

void	cpu_debug_data(struct cpu *c, gva_t va, unsigned size, bool write);
void	cpu_debug_io(struct cpu *c, uint16_t port, unsigned size);

#endif
