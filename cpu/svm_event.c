/*
 * cpu/svm_event.c - events and the global interrupt flag
 *
 * AMD APM vol 2 §15.12 "Exception Intercepts", §15.13 "Interrupt Intercepts",
 * §15.17 "Global Interrupt Flag, STGI and CLGI Instructions", §15.20 "Event
 * Injection", §15.21 "Interrupt and Local APIC Support".
 */
#include "cpu/svm_priv.h"
#include "cpu/system_priv.h"

/* ---- exceptions ---- */

/* #BP and #OF are intercepted at their instruction, which has not retired. */
static void
exception_exit(struct cpu *c)
{
	const struct cpu_fault f = c->fault;
	bool soft = f.vector == EXC_BP || f.vector == EXC_OF || f.vector == EXC_BR;

	(void)!svm_raise(c, EXIT_EXC(f.vector), f.has_error ? f.error : 0,
	    f.vector == EXC_PF ? f.cr2 : 0);
	c->svm.exit.nrip = soft;
}

bool
svm_takes_fault(struct cpu *c)
{
	if (likely(!c->svm.guest))
		return false;
	if (!c->fault.vmexit) {
		if (!(c->svm.icpt[ICPT_EXC] >> (c->fault.vector & 31) & 1))
			return false;
		if (c->fault.vector == EXC_DB)
			debug_status(c, &c->fault);
		exception_exit(c);
	}
	svm_exit(c);
	return true;
}

void
svm_delivering(struct cpu *c, uint64_t ev)
{
	if (unlikely(c->svm.guest))
		c->svm.event = ev;
}

/* ---- interrupts ---- */

/* With V_INTR_MASKING the host's IF counts, and a shadow in the guest does not. */
bool
svm_intr_ready(const struct cpu *c, unsigned inhibit)
{
	const struct svm *s = &c->svm;

	if (!(c->pins & PIN_INTR) || !s->gif)
		return false;
	if (s->guest && (s->v_intr & V_INTR_MASKING))
		return s->hif;
	return (c->rflags & F_IF) && !(inhibit & (INHIBIT_STI | INHIBIT_SS));
}

bool
svm_vintr_ready(const struct cpu *c, unsigned inhibit)
{
	const struct svm *s = &c->svm;
	unsigned prio = (unsigned)bits_get(s->v_intr, V_INTR_PRIO_SHIFT, 4);

	if (!s->guest || !(s->v_intr & V_IRQ) || !(c->rflags & F_IF))
		return false;
	if (s->v_intr & V_GIF_ENABLE ? !(s->v_intr & V_GIF) : !s->gif)
		return false;
	if (inhibit & (INHIBIT_STI | INHIBIT_SS))
		return false;
	return (s->v_intr & V_IGN_TPR) || prio > (s->v_intr & 15);
}

bool
svm_pins_due(const struct cpu *c, uint32_t pins)
{
	if (pins & (PIN_RESET | PIN_TRAP | PIN_STOP | PIN_SIPI))
		return true;
	if ((pins & (PIN_NMI | PIN_INIT)) && c->svm.gif)
		return true;
	if ((pins & PIN_INTR) && svm_intr_ready(c, 0))
		return true;
	return (pins & PIN_VINTR) && svm_vintr_ready(c, 0);
}

/* ---- injection ---- */

/*
 * The event is delivered as if it had happened in the guest, without its
 * intercept; what goes wrong on the way is intercepted as usual.
 */
void
svm_inject(struct cpu *c, uint64_t ev, uint64_t nrip)
{
	struct svm_injection in = {
		.vector = ev & EV_VECTOR, .type = ev & EV_TYPE,
		.has_error = ev & EV_ERROR_VALID, .error = (uint32_t)(ev >> 32),
		.nrip = feat_has(&c->features, FEAT_NRIPSAVE) ? nrip : c->rip
	};

	if (!(c->efer & EFER_LMA))
		in.nrip = (uint32_t)in.nrip;
	cpu_inject(c, &in, ev & (EV_VECTOR | EV_TYPE | EV_ERROR_VALID | EV_VALID |
	    (ev & EV_ERROR_VALID ? ~LOW_BITS(32) : 0)));
}

/* ---- time ---- */

/* AMD APM vol 2 §15.30.5 "TSC Ratio MSR (C000_0104h)". */
uint64_t
svm_tsc(const struct cpu *c, uint64_t host_tsc)
{
	if (!c->svm.guest)
		return host_tsc;
	if (c->svm.tsc_ratio != TSC_RATIO_ONE)
		host_tsc = (uint64_t)((unsigned __int128)host_tsc * c->svm.tsc_ratio >> 32);
	return host_tsc + c->svm.tsc_offset;
}
