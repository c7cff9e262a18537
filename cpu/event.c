/*
 * cpu/event.c - delivery of exceptions and interrupts
 *
 * AMD APM vol 2 chapter 8 "Exceptions and Interrupts": §8.6 "Real-Mode
 * Interrupt Control Transfers", §8.7 "Legacy Protected-Mode Interrupt Control
 * Transfers", §8.8 "Virtual-8086 Mode Interrupt Control Transfers", §8.9
 * "Long-Mode Interrupt Control Transfers".
 *
 * A delivery first checks and translates everything it needs, then writes its
 * stack frame and changes registers: one that faults has changed nothing
 * (accessed bits and task switches apart).
 */
#include "cpu/svm.h"
#include "cpu/system_priv.h"

struct event {
	uint8_t		vector;
	bool		soft;		/* INT n, INT3, INTO: gate DPL counts */
	bool		external;	/* INTR, NMI: EXT bit in error codes */
	bool		has_error;
	uint32_t	error;
	uint64_t	rip;		/* return address */
	uint64_t	rflags;		/* image to push */
};

/* An interrupt or trap gate. */
struct gate {
	unsigned	type;		/* DT_* */
	uint16_t	sel;
	uint64_t	offset;
	unsigned	ist;
};

static uint32_t
idt_error(unsigned vector)
{
	return vector * 8 + 2;
}

/*
 * Control is at the handler: nothing of the old context stays pending.  What
 * is in dr6_pending are data breakpoints on the frame itself.
 */
static void
event_enter(struct cpu *c, uint64_t rip, uint64_t clear)
{
	if (c->dr6_pending)
		c->pins |= PIN_TRAP;
	c->rflags &= ~clear;
	c->next_rip = rip;
	c->inhibit = 0;
	c->rep_active = false;
	cpu_mode_update(c);
}

/* ---- real mode ---- */

/* Pushes FLAGS, CS and IP and jumps to the vector at table + 4 * vector. */
static bool
deliver_vector_table(struct cpu *c, const struct event *ev, gva_t entry, uint64_t clear)
{
	struct frame f;
	uint8_t bytes[4];
	uint32_t v;

	if (!lin_ld(c, entry, bytes, 4))
		return false;
	v = get_le32(bytes);
	frame_begin(&f, c, 0);
	if (!frame_push(&f, 2, ev->rflags) || !frame_push(&f, 2, c->seg[SEG_CS].sel) ||
	    !frame_push(&f, 2, ev->rip))
		return false;
	if ((v & 0xffff) > c->seg[SEG_CS].limit)
		return raise_gp0(c);
	frame_commit(&f);
	seg_load_real(c, SEG_CS, (uint16_t)(v >> 16));
	event_enter(c, v & 0xffff, clear);
	return true;
}

static bool
deliver_real(struct cpu *c, const struct event *ev)
{
	unsigned off = ev->vector * 4u;

	if (off + 3 > c->idtr.limit)
		return raise_error(c, EXC_GP, idt_error(ev->vector));
	return deliver_vector_table(c, ev, c->idtr.base + off, F_IF | F_TF | F_RF | F_AC);
}

/* ---- protected and long mode ---- */

/* DPL against a software interrupt's CPL, presence. */
static bool
gate_check(struct cpu *c, const struct event *ev, const struct descriptor *d)
{
	if (ev->soft && desc_dpl(d) < c->cpl)
		return raise_error(c, EXC_GP, idt_error(ev->vector));
	if (!(d->lo & DESC_P))
		return raise_error(c, EXC_NP, idt_error(ev->vector));
	return true;
}

static bool
gate_type_ok(const struct cpu *c, const struct descriptor *d)
{
	unsigned type = desc_type(d);

	if (d->lo & DESC_S)
		return false;
	if (type == DT_INT32 || type == DT_TRAP32)
		return true;
	return !long_mode(c) && (type == DT_INT16 || type == DT_TRAP16 || type == DT_TASK);
}

static bool
gate_read(struct cpu *c, const struct event *ev, struct gate *g)
{
	unsigned size = long_mode(c) ? 16 : 8;
	unsigned off = ev->vector * size;
	struct descriptor d = { 0, 0 };

	if (off + size - 1 > c->idtr.limit)
		return raise_error(c, EXC_GP, idt_error(ev->vector));
	if (!sys_ld_u(c, c->idtr.base + off, 8, &d.lo) ||
	    (size == 16 && !sys_ld_u(c, c->idtr.base + off + 8, 8, &d.hi)))
		return false;
	if (!gate_type_ok(c, &d))
		return raise_error(c, EXC_GP, idt_error(ev->vector));
	g->type = desc_type(&d);
	g->sel = (uint16_t)bits_get(d.lo, 16, 16);
	g->offset = bits_get(d.lo, 0, 16) | bits_get(d.lo, 48, 16) << 16 | d.hi << 32;
	g->ist = long_mode(c) ? (unsigned)bits_get(d.lo, 32, 3) : 0;
	if (!(g->type & 8))
		g->offset &= 0xffff;
	return gate_check(c, ev, &d);
}

/* Checks the gate's code segment; *cpl is the handler's level. */
static bool
handler_segment(struct cpu *c, const struct gate *g, struct descriptor *d, unsigned *cpl)
{
	if (sel_is_null(g->sel))
		return raise_gp0(c);
	if (!desc_read(c, g->sel, EXC_GP, d))
		return false;
	if (!desc_is_code(d) || desc_dpl(d) > c->cpl)
		return raise_sel(c, EXC_GP, g->sel);
	if (long_mode(c) && (d->lo & (DESC_L | DESC_DB)) != DESC_L)
		return raise_sel(c, EXC_GP, g->sel);
	if (!(d->lo & DESC_P))
		return raise_sel(c, EXC_NP, g->sel);
	*cpl = desc_type(d) & SA_CONFORM ? c->cpl : desc_dpl(d);
	if ((c->rflags & F_VM) && *cpl != 0)
		return raise_sel(c, EXC_GP, g->sel);
	return true;
}

/* Pushes what IRET pops. */
static bool
push_return(struct frame *f, const struct event *ev, unsigned size, bool stack)
{
	struct cpu *c = f->c;

	if ((c->rflags & F_VM) &&
	    (!frame_push(f, size, c->seg[SEG_GS].sel) || !frame_push(f, size, c->seg[SEG_FS].sel) ||
	    !frame_push(f, size, c->seg[SEG_DS].sel) || !frame_push(f, size, c->seg[SEG_ES].sel)))
		return false;
	if (stack && (!frame_push(f, size, c->seg[SEG_SS].sel) ||
	    !frame_push(f, size, c->gpr[RSP])))
		return false;
	if (!frame_push(f, size, ev->rflags) || !frame_push(f, size, c->seg[SEG_CS].sel) ||
	    !frame_push(f, size, ev->rip))
		return false;
	return !ev->has_error || frame_push(f, size, ev->error);
}

static unsigned
gate_frame_size(const struct cpu *c, const struct gate *g)
{
	if (long_mode(c))
		return 8;
	return g->type & 8 ? 4 : 2;
}

/* Leaving virtual-8086 mode the data segments are useless and become null. */
static void
leave_vm86(struct cpu *c)
{
	if (!(c->rflags & F_VM))
		return;
	seg_set_null(&c->seg[SEG_ES], 0);
	seg_set_null(&c->seg[SEG_DS], 0);
	seg_set_null(&c->seg[SEG_FS], 0);
	seg_set_null(&c->seg[SEG_GS], 0);
}

static void
gate_enter(struct cpu *c, const struct gate *g, const struct descriptor *cs, unsigned cpl)
{
	uint64_t clear = F_TF | F_NT | F_RF | F_VM;

	if (!(g->type & 1))
		clear |= F_IF;
	leave_vm86(c);
	cs_load(c, cs, (uint16_t)((g->sel & ~3u) | cpl), cpl);
	event_enter(c, g->offset, clear);
}

/* To an inner level, or to an IST stack. */
static bool
deliver_other_stack(struct cpu *c, const struct event *ev, const struct gate *g,
    struct descriptor *cs, unsigned cpl)
{
	struct inner_stack is;
	struct frame f;

	if (!inner_stack_open(c, cpl, g->ist, &is, &f))
		return false;
	if (long_mode(c))
		f.sp &= ~(uint64_t)15;
	if (!push_return(&f, ev, gate_frame_size(c, g), true) ||
	    !cs_offset_ok(c, cs, g->offset) ||
	    !desc_set_accessed(c, g->sel, cs) || !inner_stack_ready(c, &is))
		return false;
	frame_commit(&f);
	if (cpl != c->cpl || !long_mode(c))
		c->seg[SEG_SS] = is.ss;
	gate_enter(c, g, cs, cpl);
	return true;
}

static bool
deliver_same_stack(struct cpu *c, const struct event *ev, const struct gate *g,
    struct descriptor *cs)
{
	struct frame f;

	frame_begin(&f, c, 0);
	if (long_mode(c)) {
		/* Whatever SS holds, the handler's stack is 64 bits wide. */
		frame_begin_at(&f, c, &c->seg[SEG_SS], c->gpr[RSP] & ~(uint64_t)15, c->cpl,
		    true, 0);
	}
	if (!push_return(&f, ev, gate_frame_size(c, g), long_mode(c)) ||
	    !cs_offset_ok(c, cs, g->offset) || !desc_set_accessed(c, g->sel, cs))
		return false;
	frame_commit(&f);
	gate_enter(c, g, cs, c->cpl);
	return true;
}

static bool
deliver_task(struct cpu *c, const struct event *ev, const struct gate *g)
{
	struct task_switch ts = {
		.sel = g->sel, .src = TASK_EVENT, .eip = (uint32_t)ev->rip,
		.eflags = (uint32_t)ev->rflags, .error = ev->has_error ? &ev->error : NULL
	};

	return task_switch(c, &ts);
}

static bool
deliver_protected(struct cpu *c, const struct event *ev)
{
	struct descriptor cs;
	struct gate g;
	unsigned cpl = 0;

	if (!gate_read(c, ev, &g))
		return false;
	if (g.type == DT_TASK)
		return deliver_task(c, ev, &g);
	if (!handler_segment(c, &g, &cs, &cpl))
		return false;
	if (cpl != c->cpl || g.ist)
		return deliver_other_stack(c, ev, &g, &cs, cpl);
	return deliver_same_stack(c, ev, &g, &cs);
}

/*
 * AMD APM vol 2 §8.4.1 "Selector-Error Code": EXT is set when the source was outside
 * the processor.  An exception is none, other than with Intel, whose processors
 * set it for all but INT n, INT3 and INTO.  Page faults have no such bit.
 */
static bool
deliver(struct cpu *c, const struct event *ev)
{
	bool ok = c->mode & MK_PE ? deliver_protected(c, ev) : deliver_real(c, ev);

	if (ok)
		c->monitor.armed = false;
	if (ok && unlikely(lbr_on(c)))
		lbr_event(c);
	if (!ok && ev->external && c->fault.vector >= EXC_TS && c->fault.vector <= EXC_GP)
		c->fault.error |= 1;
	return ok;
}

/* ---- exceptions ---- */

enum exc_class { EC_BENIGN, EC_CONTRIBUTORY, EC_PAGE };

/* AMD APM vol 2 §8.2.9 "#DF Double-Fault Exception (Vector 8)". */
static enum exc_class
exc_class(unsigned vector)
{
	if (vector == EXC_DE || (vector >= EXC_TS && vector <= EXC_GP))
		return EC_CONTRIBUTORY;
	return vector == EXC_PF ? EC_PAGE : EC_BENIGN;
}

/* Turns c->fault, which hit the delivery of first, into a double fault when
 * the two make one. */
static void
escalate(struct cpu *c, unsigned first)
{
	enum exc_class a = exc_class(first), b = exc_class(c->fault.vector);

	if (c->fault.vector == EXC_PF)
		c->cr2 = c->fault.cr2;
	if ((a == EC_CONTRIBUTORY && b == EC_CONTRIBUTORY) || (a == EC_PAGE && b != EC_BENIGN))
		(void)raise_error(c, EXC_DF, 0);
}

/* AMD APM vol 2 §15.14.3 "Shutdown Intercept". */
static void
cpu_shutdown(struct cpu *c)
{
	if (svm_intercepts(c, ICPT_MISC1, ICPT_SHUTDOWN)) {
		(void)!svm_raise(c, EXIT_SHUTDOWN, 0, 0);
		svm_exit(c);
		return;
	}
	c->activity = ACT_SHUTDOWN;
	c->delivering = -1;
	c->rep_active = false;
	if (c->env.shutdown)
		c->env.shutdown(c->env.arg);
}

/* AMD APM vol 2 §13.1.1.3 "Debug-Status Register (DR6)". */
void
debug_status(struct cpu *c, const struct cpu_fault *f)
{
	c->dr[6] = (c->dr[6] & ~(uint64_t)DR6_B) | f->cr2;
	c->dr[7] &= ~(uint64_t)DR7_GD;
}

static uint64_t
exception_event(const struct cpu_fault *f)
{
	uint64_t ev = EV_VALID | EV_TYPE_EXC | f->vector;

	return f->has_error ? ev | EV_ERROR_VALID | (uint64_t)f->error << 32 : ev;
}

/* State that exceptions set whether their delivery succeeds or not. */
static void
exception_begins(struct cpu *c, const struct cpu_fault *f)
{
	if (f->vector == EXC_PF)
		c->cr2 = f->cr2;
	if (f->vector == EXC_DB) {
		debug_status(c, f);
		debugctl_stop(c);
	}
	svm_delivering(c, exception_event(f));
	if (f->vector < ARRAY_SIZE(c->stats.exceptions))
		c->stats.exceptions[f->vector]++;
	if (c->trace && c->trace->exception)
		c->trace->exception(c->trace->arg, c, f);
}

/* AMD APM vol 2 §3.1.6 "RFLAGS Register", RF: set in the image of a fault
 * (and of an interrupted string instruction), clear for #DB. */
static void
deliver_exception(struct cpu *c, bool fault)
{
	struct cpu_fault f = c->fault;
	struct event ev = {
		.vector = f.vector, .has_error = f.has_error && (c->mode & MK_PE),
		.error = f.error, .rip = c->rip, .rflags = rflags_get(c)
	};

	exception_begins(c, &f);
	if (f.vector == EXC_DB)
		ev.rflags &= ~(uint64_t)F_RF;
	if ((fault && f.vector != EXC_DB) || c->rep_active)
		ev.rflags |= F_RF;
	c->delivering = f.vector;
	if (deliver(c, &ev)) {
		c->rip = c->next_rip;
		c->charge += c->costs->exception;
		c->delivering = -1;
		svm_delivering(c, 0);
	}
}

/* An intercept of the second exception comes before what the two make together:
 * AMD APM vol 2 §15.12 "Exception Intercepts". */
static void
deliver_until_done(struct cpu *c, bool fault)
{
	unsigned first;

	while (!svm_takes_fault(c)) {
		first = c->fault.vector;
		deliver_exception(c, fault);
		if (c->delivering < 0 || svm_takes_fault(c))
			break;
		if (first == EXC_DF) {
			cpu_shutdown(c);
			break;
		}
		escalate(c, first);
		fault = true;
	}
}

/*
 * Data breakpoints of an instruction that faulted did not happen.  What MOV SS held
 * back arrives at the fault's handler; a #DB reports it itself, as it cannot
 * interrupt its own handler.
 */
void
cpu_deliver_fault(struct cpu *c)
{
	if ((c->pins & PIN_TRAP) && c->fault.vector == EXC_DB) {
		c->fault.cr2 |= c->dr6_pending;
		c->pins &= ~(uint32_t)PIN_TRAP;
	}
	if (!(c->pins & PIN_TRAP))
		c->dr6_pending = 0;
	deliver_until_done(c, true);
}

static void
deliver_trap(struct cpu *c)
{
	uint64_t dr6 = c->dr6_pending;

	c->pins &= ~(uint32_t)PIN_TRAP;
	c->dr6_pending = 0;
	(void)raise_fault(c, EXC_DB);
	c->fault.cr2 = dr6;
	deliver_until_done(c, false);
}

/* ---- interrupts ---- */

static void
deliver_external(struct cpu *c, unsigned vector, uint32_t type)
{
	struct event ev = {
		.vector = (uint8_t)vector, .external = true, .rip = c->rip,
		.rflags = rflags_get(c)
	};

	if (c->rep_active)
		ev.rflags |= F_RF;
	if (c->trace && c->trace->interrupt)
		c->trace->interrupt(c->trace->arg, c, vector);
	c->activity = ACT_RUN;
	svm_delivering(c, EV_VALID | type | vector);
	if (deliver(c, &ev)) {
		c->rip = c->next_rip;
		c->charge += c->costs->interrupt;
		svm_delivering(c, 0);
	} else {
		cpu_deliver_fault(c);
	}
}

void
cpu_deliver_interrupt(struct cpu *c, unsigned vector)
{
	c->stats.interrupts++;
	deliver_external(c, vector, EV_TYPE_INTR);
}

void
cpu_deliver_nmi(struct cpu *c)
{
	c->stats.nmis++;
	c->nmi_blocked = true;
	deliver_external(c, EXC_NMI, EV_TYPE_NMI);
}

/*
 * AMD APM vol 2 §8.10 "Virtual Interrupts": with CR4.VME a clear bit in the
 * TSS's redirection bitmap sends INT n to the virtual-8086 program's own
 * handler.  *redirect says so.
 */
static bool
vme_redirected(struct cpu *c, unsigned vector, bool *redirect)
{
	uint64_t base, v;

	*redirect = false;
	if (!(c->cr4 & CR4_VME) || !(c->rflags & F_VM))
		return true;
	if (c->tr.limit < 103)
		return raise_gp0(c);
	if (!sys_ld_u(c, c->tr.base + 102, 2, &base))
		return false;
	if (base < 32 || base - 32 + vector / 8 > c->tr.limit)
		return raise_gp0(c);
	if (!sys_ld_u(c, c->tr.base + base - 32 + vector / 8, 1, &v))
		return false;
	*redirect = !(v >> (vector % 8) & 1);
	return true;
}

/* The pushed image shows IOPL 3 and, when IOPL is less, VIF as IF. */
static bool
deliver_redirected(struct cpu *c, struct event *ev)
{
	uint64_t clear = F_TF | F_RF | F_NT | F_IF;

	if (iopl(c) < 3) {
		ev->rflags = (ev->rflags & ~(uint64_t)F_IF) | F_IOPL |
		    (c->rflags & F_VIF ? F_IF : 0);
		clear = F_TF | F_RF | F_NT | F_VIF;
	}
	return deliver_vector_table(c, ev, ev->vector * 4u, clear);
}

static bool
deliver_int_n(struct cpu *c, struct event *ev)
{
	bool redirect;

	if (!vme_redirected(c, ev->vector, &redirect))
		return false;
	if (redirect)
		return deliver_redirected(c, ev);
	if ((c->rflags & F_VM) && iopl(c) < 3)
		return raise_gp0(c);
	return deliver(c, ev);
}

/* INT3 and INTO are exceptions to SVM; INT n is not, and INT1 has an intercept
 * of its own: AMD APM vol 2 §15.12.2 "#DB (Debug)". */
static bool
soft_intercepted(struct cpu *c, unsigned vector, enum soft_int kind)
{
	if (kind == SOFT_INT || kind == SOFT_INT1 || !svm_intercepts(c, ICPT_EXC, 1u << (vector & 31)))
		return false;
	return !svm_raise_insn(c, EXIT_EXC(vector), 0, 0);
}

bool
cpu_soft_interrupt(struct cpu *c, unsigned vector, enum soft_int kind)
{
	bool tf = c->rflags & F_TF;
	struct event ev = {
		.vector = (uint8_t)vector, .soft = kind != SOFT_INT1, .rip = c->next_rip,
		.rflags = rflags_get(c) & ~(uint64_t)F_RF
	};

	if (soft_intercepted(c, vector, kind))
		return false;
	if (kind == SOFT_INT1)
		debugctl_stop(c);
	svm_delivering(c, EV_VALID | vector | (kind == SOFT_INT ? EV_TYPE_SOFT : EV_TYPE_EXC));
	if (!(kind == SOFT_INT ? deliver_int_n(c, &ev) : deliver(c, &ev)))
		return false;
	svm_delivering(c, 0);
	if (c->trace && c->trace->interrupt)
		c->trace->interrupt(c->trace->arg, c, vector);
	c->charge += c->costs->exception;
	c->stats.soft_interrupts++;
	if (tf)
		c->inhibit |= INHIBIT_STEP;
	return true;
}

/* ---- injection: AMD APM vol 2 §15.20 "Event Injection" ---- */

static bool
is_soft(const struct svm_injection *in)
{
	return in->type == EV_TYPE_SOFT ||
	    (in->type == EV_TYPE_EXC && (in->vector == EXC_BP || in->vector == EXC_OF));
}

void
cpu_inject(struct cpu *c, const struct svm_injection *in, uint64_t svm_ev)
{
	bool exc = in->type == EV_TYPE_EXC;
	struct event ev = {
		.vector = in->vector, .soft = is_soft(in), .rflags = rflags_get(c),
		.external = in->type == EV_TYPE_INTR || in->type == EV_TYPE_NMI,
		.has_error = exc && in->has_error && (c->mode & MK_PE),
		.error = in->error, .rip = is_soft(in) ? in->nrip : c->rip
	};

	/* Unlike one that arrives, an injected NMI blocks no others. */
	if (in->type == EV_TYPE_NMI)
		ev.vector = EXC_NMI;
	svm_delivering(c, svm_ev);
	if (deliver(c, &ev)) {
		c->rip = c->next_rip;
		c->charge += exc || ev.soft ? c->costs->exception : c->costs->interrupt;
		svm_delivering(c, 0);
		return;
	}
	if (svm_takes_fault(c))
		return;
	if (exc && in->vector == EXC_DF) {
		cpu_shutdown(c);
		return;
	}
	if (exc)
		escalate(c, in->vector);
	deliver_until_done(c, true);
}

/* ---- boundaries ---- */

#define SHADOWS (INHIBIT_STI | INHIBIT_SS)

static bool
interrupt_ready(const struct cpu *c, unsigned inhibit)
{
	if (unlikely(c->svm.special))
		return svm_intr_ready(c, inhibit);
	return (c->pins & PIN_INTR) && (c->rflags & F_IF) && !(inhibit & SHADOWS);
}

/* A physical event that is intercepted stays pending. */
static bool
boundary_exit(struct cpu *c, uint64_t code)
{
	(void)!svm_raise(c, code, 0, 0);
	svm_exit(c);
	return true;
}

/* AMD APM vol 2 §15.28 "Security Exception (#SX)": INIT becomes one. */
static bool
boundary_sx(struct cpu *c)
{
	c->pins &= ~(uint32_t)PIN_INIT;
	c->activity = ACT_RUN;
	(void)raise_error(c, EXC_SX, 1);
	deliver_until_done(c, false);
	return true;
}

/* RESET, INIT and SIPI. */
static bool
boundary_init(struct cpu *c)
{
	if ((c->pins & PIN_RESET) || ((c->pins & PIN_INIT) && c->svm.gif)) {
		bool init = !(c->pins & PIN_RESET);

		if (init && svm_intercepts(c, ICPT_MISC1, ICPT_INIT))
			return boundary_exit(c, EXIT_INIT);
		if (init && (c->vm_cr & VM_CR_R_INIT))
			return boundary_sx(c);

		c->pins &= ~(uint32_t)(PIN_RESET | PIN_INIT | PIN_SIPI);
		cpu_reset(c, init);
		return true;
	}
	if (!(c->pins & PIN_SIPI))
		return false;
	c->pins &= ~(uint32_t)PIN_SIPI;
	if (c->activity != ACT_WAIT_SIPI)
		return false;
	seg_load_real(c, SEG_CS, (uint16_t)(c->sipi_vector << 8));
	c->rip = c->next_rip = 0;
	c->activity = ACT_RUN;
	cpu_mode_update(c);
	return true;
}

static bool
nmi_ready(const struct cpu *c)
{
	return (c->pins & PIN_NMI) && !c->nmi_blocked && c->svm.gif;
}

/* AMD APM vol 2 §15.21.4 "Injecting Virtual (INTR) Interrupts". */
static bool
boundary_virtual(struct cpu *c, unsigned inhibit)
{
	if (likely(!(c->pins & PIN_VINTR)) || !svm_vintr_ready(c, inhibit))
		return false;
	if (svm_intercepts(c, ICPT_MISC1, ICPT_VINTR))
		return boundary_exit(c, EXIT_VINTR);
	c->svm.v_intr &= ~V_IRQ;
	c->pins &= ~(uint32_t)PIN_VINTR;
	cpu_deliver_interrupt(c, (uint8_t)(c->svm.v_intr >> V_INTR_VECTOR_SHIFT));
	return true;
}

static bool
boundary_interrupt(struct cpu *c, unsigned inhibit)
{
	int vector;

	/* SDM vol 2 "STI": NMIs may be blocked for one instruction behind it, as AMD APM
	 * vol 2 §15.21.5 "Interrupt Shadows" makes no difference between the two. */
	if (nmi_ready(c) && !(inhibit & SHADOWS)) {
		if (svm_intercepts(c, ICPT_MISC1, ICPT_NMI))
			return boundary_exit(c, EXIT_NMI);
		c->pins &= ~(uint32_t)PIN_NMI;
		cpu_deliver_nmi(c);
		return true;
	}
	if (!interrupt_ready(c, inhibit))
		return boundary_virtual(c, inhibit);
	if (svm_intercepts(c, ICPT_MISC1, ICPT_INTR))
		return boundary_exit(c, EXIT_INTR);
	vector = c->env.intack ? c->env.intack(c->env.arg) : -1;
	if (vector < 0)
		return false;
	cpu_deliver_interrupt(c, (unsigned)vector);
	return true;
}

bool
cpu_boundary(struct cpu *c)
{
	unsigned inhibit = c->inhibit;

	c->inhibit = 0;
	c->svm.shadow = (uint8_t)inhibit;
	c->svm.rf = 0;
	if (boundary_init(c))
		return true;
	if (c->activity == ACT_WAIT_SIPI || c->activity == ACT_SHUTDOWN)
		return false;
	/* AMD APM vol 2 §15.17 "Global Interrupt Flag, STGI and CLGI Instructions": without GIF
	 * breakpoints are lost. */
	if ((c->pins & PIN_TRAP) && !c->svm.gif && !(c->dr6_pending &= DR6_BS))
		c->pins &= ~(uint32_t)PIN_TRAP;
	if ((c->pins & PIN_TRAP) && !(inhibit & INHIBIT_SS)) {
		c->activity = ACT_RUN;
		deliver_trap(c);
		return true;
	}
	return boundary_interrupt(c, inhibit);
}

bool
cpu_wakes(const struct cpu *c)
{
	if ((c->pins & PIN_RESET) || ((c->pins & PIN_INIT) && c->svm.gif))
		return true;
	switch (c->activity) {
	case ACT_WAIT_SIPI:
		return c->pins & PIN_SIPI;
	case ACT_SHUTDOWN:
		return false;
	default:
		return (c->pins & PIN_TRAP) || nmi_ready(c) || interrupt_ready(c, 0) ||
		    svm_vintr_ready(c, 0);
	}
}
