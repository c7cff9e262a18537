/*
 * cpu/exec_syscall.c - SYSCALL, SYSRET, SYSENTER, SYSEXIT by AMD's rules
 *
 * AMD APM vol 3 "SYSCALL", "SYSRET", "SYSENTER", "SYSEXIT": SYSENTER and
 * SYSEXIT are #UD in long mode; SYSRET does not check its target and leaves
 * SS's base, limit and attributes alone.
 */
#include "cpu/system_priv.h"

/* Accessed, present, 4 GiB segments; DPL is added. */
#define FLAT_CODE32	(SA_P | SA_S | SA_CODE | SA_RW | SA_ACCESSED | SA_DB | SA_G)
#define FLAT_CODE64	(SA_P | SA_S | SA_CODE | SA_RW | SA_ACCESSED | SA_L | SA_G)
#define FLAT_DATA	(SA_P | SA_S | SA_RW | SA_ACCESSED | SA_DB | SA_G)

static void
set_flat(struct seg *s, uint16_t sel, unsigned attr, unsigned dpl)
{
	s->sel = sel;
	s->attr = (uint16_t)(attr | dpl << SA_DPL_SHIFT);
	s->limit = 0xffffffff;
	s->base = 0;
}

/*
 * The TF that counts for SYSCALL and SYSRET is the one they load: a kernel
 * that masks TF is not stepped into, a program that is stepped traps on its
 * first instruction boundary after SYSRET.
 */
static void
step_by_new_tf(struct cpu *c, uint64_t old_flags)
{
	if (old_flags & F_TF)
		c->inhibit |= INHIBIT_STEP;
	if (c->rflags & F_TF) {
		c->dr6_pending |= DR6_BS;
		c->pins |= PIN_TRAP;
	}
}

static void
enter_kernel(struct cpu *c, uint16_t sel, unsigned code, uint64_t rip)
{
	set_flat(&c->seg[SEG_CS], sel & 0xfffc, code, 0);
	set_flat(&c->seg[SEG_SS], (uint16_t)((sel & 0xfffc) + 8), FLAT_DATA, 0);
	c->next_rip = rip;
	cpu_set_cpl(c, 0);
	cpu_mode_update(c);
}

bool
x_syscall(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t flags = rflags_get(c) & ~(uint64_t)F_RF;
	uint16_t sel = (uint16_t)(c->star >> 32);

	(void)in;
	(void)v;
	if (!(c->efer & EFER_SCE))
		return raise_ud(c);
	c->gpr[RCX] = c->next_rip;
	c->stats.syscalls++;
	if (long_mode(c)) {
		c->gpr[R11] = flags;
		rflags_load(c, flags & ~c->sfmask);
		enter_kernel(c, sel, FLAT_CODE64, in_long64(c) ? c->lstar : c->cstar);
	} else {
		rflags_load(c, flags & ~(uint64_t)(F_VM | F_IF));
		enter_kernel(c, sel, FLAT_CODE32, (uint32_t)c->star);
	}
	step_by_new_tf(c, flags);
	return true;
}

static void
leave_kernel(struct cpu *c, uint16_t sel, unsigned code, uint64_t rip)
{
	set_flat(&c->seg[SEG_CS], sel | 3, code, 3);
	c->next_rip = rip;
	cpu_set_cpl(c, 3);
	cpu_mode_update(c);
}

bool
x_sysret(struct cpu *c, const struct insn *in, union xval *v)
{
	uint16_t sel = (uint16_t)(c->star >> 48);
	uint64_t old = c->rflags;

	(void)v;
	if (!(c->efer & EFER_SCE))
		return raise_ud(c);
	if (!(c->mode & MK_PE) || c->cpl)
		return raise_gp0(c);
	c->seg[SEG_SS].sel = (uint16_t)(sel + 8);
	if (!in_long64(c)) {
		c->rflags |= F_IF;
		leave_kernel(c, sel, FLAT_CODE32, (uint32_t)c->gpr[RCX]);
		return true;
	}
	rflags_load(c, c->gpr[R11] & (F_OSZAPC | F_TF | F_IF | F_DF | F_IOPL | F_NT | F_AC |
	    F_VIF | F_VIP | F_ID));
	if (in->opsize == 8)
		leave_kernel(c, (uint16_t)(sel + 16), FLAT_CODE64, c->gpr[RCX]);
	else
		leave_kernel(c, sel, FLAT_CODE32, (uint32_t)c->gpr[RCX]);
	step_by_new_tf(c, old);
	return true;
}

/* Both: not in long mode, not in real mode, SYSENTER_CS not null. */
static bool
sysenter_usable(struct cpu *c)
{
	if (long_mode(c))
		return raise_ud(c);
	if (!(c->mode & MK_PE) || !(c->sysenter_cs & 0xfffc))
		return raise_gp0(c);
	return true;
}

bool
x_sysenter(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	if (!sysenter_usable(c))
		return false;
	rflags_load(c, rflags_get(c) & ~(uint64_t)(F_VM | F_IF | F_RF));
	c->gpr[RSP] = (uint32_t)c->sysenter_esp;
	c->stats.syscalls++;
	enter_kernel(c, (uint16_t)c->sysenter_cs, FLAT_CODE32, (uint32_t)c->sysenter_eip);
	return true;
}

bool
x_sysexit(struct cpu *c, const struct insn *in, union xval *v)
{
	uint16_t sel = (uint16_t)c->sysenter_cs;

	(void)in;
	(void)v;
	if (!sysenter_usable(c))
		return false;
	if (c->cpl)
		return raise_gp0(c);
	c->gpr[RSP] = (uint32_t)c->gpr[RCX];
	set_flat(&c->seg[SEG_SS], (uint16_t)((sel + 24) | 3), FLAT_DATA, 3);
	leave_kernel(c, (uint16_t)(sel + 16), FLAT_CODE32, (uint32_t)c->gpr[RDX]);
	return true;
}
