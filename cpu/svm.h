/*
 * cpu/svm.h - AMD's virtualization: VMRUN, #VMEXIT and what intercepts decide
 *
 * AMD APM vol 2 chapter 15 "Secure Virtual Machine".  An intercept is raised
 * like a fault: svm_raise() fills in svm.exit and c->fault and returns false;
 * where faults are delivered, svm_exit() changes worlds.  Code is translated
 * without knowing about guests: every instruction that may be intercepted runs
 * in the generic executor, which asks svm_insn_ok().
 *
 * docs/svm.md says what is modelled.
 */
#ifndef CPU_SVM_H
#define CPU_SVM_H

#include "cpu/cpu.h"
#include "cpu/vmcb.h"

/* ---- changing worlds (svm.c, svm_check.c) ---- */
/* VMRUN of the VMCB at pa.  next_rip is where execution goes on. */
void	svm_run(struct cpu *c, hpa_t pa);
/* #VMEXIT with svm.exit; c->rip and next_rip are the host's then. */
void	svm_exit(struct cpu *c);
void	svm_reset(struct cpu *c, bool init);
/* After fields were loaded: derived state, and whether they can be. */
bool	svm_restored(struct cpu *c) MUST_CHECK;
void	svm_set_gif(struct cpu *c, bool gif);
struct vmcb;
bool	svm_vmcb_legal(const struct cpu *c, const struct vmcb *v) MUST_CHECK;

/* ---- intercepts (svm_icpt.c) ---- */
bool	svm_raise(struct cpu *c, uint64_t code, uint64_t info1, uint64_t info2);
/* As svm_raise() for an instruction intercept: the next rip is saved. */
bool	svm_raise_insn(struct cpu *c, uint64_t code, uint64_t info1, uint64_t info2);
bool	svm_raise_npf(struct cpu *c, const struct walk_fault *f);
/* Before operands are looked at; only in a guest. */
bool	svm_insn_ok(struct cpu *c, const struct insn *in) MUST_CHECK;
/* Intercepts that come after an instruction's own checks. */
bool	svm_port_ok(struct cpu *c, const struct insn *in, uint16_t port, unsigned size) MUST_CHECK;
bool	svm_msr_ok(struct cpu *c, uint32_t msr, bool write) MUST_CHECK;
bool	svm_dr_ok(struct cpu *c, const struct insn *in, unsigned n, bool write) MUST_CHECK;

static inline bool
svm_intercepts(const struct cpu *c, unsigned word, uint32_t bits)
{
	return unlikely(c->svm.guest) && (c->svm.icpt[word] & bits);
}

/* ---- events (svm_event.c) ---- */
/* c->fault is an intercept, or an exception that is intercepted: the processor
 * is in the host afterwards. */
bool	svm_takes_fault(struct cpu *c);
/* The event whose delivery begins, for EXITINTINFO. */
void	svm_delivering(struct cpu *c, uint64_t ev);
/* A physical or virtual interrupt would be taken, shadows apart. */
bool	svm_intr_ready(const struct cpu *c, unsigned inhibit);
bool	svm_vintr_ready(const struct cpu *c, unsigned inhibit);
bool	svm_pins_due(const struct cpu *c, uint32_t pins);
/* Injects the VMCB's event into the guest just entered. */
void	svm_inject(struct cpu *c, uint64_t ev, uint64_t nrip);

/* Something in pins has to be looked at before the next instruction. */
static inline bool
cpu_pins_due(const struct cpu *c, uint32_t pins)
{
	if (!pins)
		return false;
	if (unlikely(c->svm.special))
		return svm_pins_due(c, pins);
	return (pins & ~(uint32_t)PIN_INTR) || ((pins & PIN_INTR) && (c->rflags & F_IF));
}

/* ---- names (svm_name.c) ---- */
#define SVM_NAME	24
/* A constant, or buf. */
const char *svm_exit_name(uint64_t code, char buf[SVM_NAME]);

/* ---- what a guest sees instead of the host's ---- */
uint64_t svm_tsc(const struct cpu *c, uint64_t host_tsc);

#endif
