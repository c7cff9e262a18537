/*
 * cpu/exec_sys.c - software interrupts, interrupt flag, halting, counters,
 * identification, random numbers
 */
#include "cpu/cpuid.h"
#include "cpu/exec_priv.h"
#include "cpu/svm.h"
#include "cpu/system_priv.h"

/* ---- software interrupts ---- */

bool
x_int3(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	return cpu_soft_interrupt(c, EXC_BP, SOFT_INT3);
}

bool
x_int(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	return cpu_soft_interrupt(c, (uint8_t)v[0].u, SOFT_INT);
}

bool
x_into(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	if (!(cc_flags(c) & F_OF))
		return true;
	return cpu_soft_interrupt(c, EXC_OF, SOFT_INTO);
}

bool
x_int1(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	/* A data breakpoint that MOV SS held back comes with this #DB. */
	if (c->pins & PIN_TRAP) {
		c->dr[6] = (c->dr[6] & ~(uint64_t)0xf) | c->dr6_pending;
		c->pins &= ~(uint32_t)PIN_TRAP;
		c->dr6_pending = 0;
	}
	return cpu_soft_interrupt(c, EXC_DB, SOFT_INT1);
}

/* ---- IF and AC ---- */

/* AMD APM vol 2 §8.10 "Virtual Interrupts": may CLI and STI act on VIF here? */
static bool
vif_in_use(const struct cpu *c)
{
	if (c->rflags & F_VM)
		return c->cr4 & CR4_VME;
	return (c->cr4 & CR4_PVI) && c->cpl == 3;
}

bool
x_cli(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	if (c->cpl <= iopl(c))
		c->rflags &= ~(uint64_t)F_IF;
	else if (vif_in_use(c))
		c->rflags &= ~(uint64_t)F_VIF;
	else
		return raise_gp0(c);
	return true;
}

/* Only the STI that sets IF casts a shadow. */
bool
x_sti(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	if (c->cpl <= iopl(c)) {
		if (!(c->rflags & F_IF))
			c->inhibit |= INHIBIT_STI;
		c->rflags |= F_IF;
	} else if (vif_in_use(c) && !(c->rflags & F_VIP)) {
		c->rflags |= F_VIF;
	} else {
		return raise_gp0(c);
	}
	return true;
}

static bool
set_ac(struct cpu *c, bool ac)
{
	if (c->cpl)
		return raise_ud(c);
	c->rflags = (c->rflags & ~(uint64_t)F_AC) | (ac ? F_AC : 0);
	cpu_mode_update(c);
	return true;
}

bool
x_clac(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	return set_ac(c, false);
}

bool
x_stac(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	return set_ac(c, true);
}

/* ---- waiting ---- */

bool
x_hlt(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	c->activity = ACT_HALT;
	c->stats.halts++;
	return true;
}

bool
x_pause(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	if (c->sliced) {
		c->yields = true;
		cpu_raise(c, PIN_STOP);
	}
	return true;
}

/* Lines are those of CPUID Fn0000_0005.  What is no memory arms nothing. */
#define MONITOR_LINE	64u

static void
monitor_arm(struct cpu *c, gva_t va)
{
	struct watched_line *m = &c->monitor;
	hpa_t pa;

	m->armed = false;
	if (!mmu_peek(&c->mmu, va, mmu_data_acc(&c->mmu), &pa))
		return;
	m->at = pa & ~(hpa_t)(MONITOR_LINE - 1);
	m->armed = phys_peek(c->pm, m->at, m->line, MONITOR_LINE) == MONITOR_LINE;
}

/* Stores are not watched: one that changes the line is seen afterwards. */
bool
monitor_armed(const struct cpu *c)
{
	uint64_t now[ARRAY_SIZE(c->monitor.line)];

	return c->monitor.armed &&
	    phys_peek(c->pm, c->monitor.at, now, MONITOR_LINE) == MONITOR_LINE &&
	    !memcmp(now, c->monitor.line, MONITOR_LINE);
}

/* AMD APM vol 3 "MONITOR": the address is read like any operand. */
bool
x_monitor(struct cpu *c, const struct insn *in, union xval *v)
{
	unsigned seg = in->prefix & PFX_SEG ? in->seg : SEG_DS;
	uint64_t ea = gpr_read(c, RAX, in->addrsize), byte;

	(void)v;
	if (c->cpl)
		return raise_ud(c);
	if ((uint32_t)c->gpr[RCX])
		return raise_gp0(c);
	if (!seg_ld_u(c, seg, ea, 1, &byte))
		return false;
	monitor_arm(c, seg_linear(c, seg, ea));
	return true;
}

/* AMD APM vol 3 "MWAIT" allows to go on at any time: it does so at once. */
bool
x_mwait(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	if (c->cpl)
		return raise_ud(c);
	if ((uint32_t)c->gpr[RCX] & ~1u)
		return raise_gp0(c);
	c->monitor.armed = false;
	return true;
}

/* There is no system-management mode to resume from. */
bool
x_rsm(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	return raise_ud(c);
}

/* ---- counters ---- */

static void
edx_eax(struct cpu *c, uint64_t v)
{
	c->gpr[RAX] = (uint32_t)v;
	c->gpr[RDX] = v >> 32;
}

bool
x_rdtsc(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	if (c->cpl && (c->cr4 & CR4_TSD))
		return raise_gp0(c);
	edx_eax(c, tsc_read(c));
	return true;
}

bool
x_rdtscp(struct cpu *c, const struct insn *in, union xval *v)
{
	if (!x_rdtsc(c, in, v))
		return false;
	c->gpr[RCX] = (uint32_t)c->tsc_aux;
	return true;
}

bool
x_rdpid(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[0].u = (uint32_t)c->tsc_aux;
	return true;
}

bool
x_rdpmc(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t value;

	(void)in;
	(void)v;
	if (c->cpl && !(c->cr4 & CR4_PCE))
		return raise_gp0(c);
	if (!msr_counter_read(c, (uint32_t)c->gpr[RCX], &value))
		return raise_gp0(c);
	edx_eax(c, value);
	return true;
}

bool
x_rdmsr(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t value;

	(void)in;
	(void)v;
	if (!svm_msr_ok(c, (uint32_t)c->gpr[RCX], false))
		return false;
	if (!msr_read(c, (uint32_t)c->gpr[RCX], &value))
		return false;
	edx_eax(c, value);
	return true;
}

bool
x_wrmsr(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	if (!svm_msr_ok(c, (uint32_t)c->gpr[RCX], true))
		return false;
	return msr_write(c, (uint32_t)c->gpr[RCX], (uint32_t)c->gpr[RAX] | c->gpr[RDX] << 32);
}

/* ---- identification and random numbers ---- */

bool
x_cpuid(struct cpu *c, const struct insn *in, union xval *v)
{
	uint32_t out[4];

	(void)in;
	(void)v;
	cpuid(c, (uint32_t)c->gpr[RAX], (uint32_t)c->gpr[RCX], out);
	c->gpr[RAX] = out[0];
	c->gpr[RBX] = out[1];
	c->gpr[RCX] = out[2];
	c->gpr[RDX] = out[3];
	return true;
}

/* CF says that there was a number; the other flags are cleared. */
bool
x_rdrand(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[0].u = c->env.random ? c->env.random(c->env.arg) : 0;
	cc_set_raw(c, c->env.random ? F_CF : 0);
	return true;
}

bool
x_rdseed(struct cpu *c, const struct insn *in, union xval *v)
{
	return x_rdrand(c, in, v);
}
