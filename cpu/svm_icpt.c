/*
 * cpu/svm_icpt.c - instruction intercepts
 *
 * AMD APM vol 2 §15.9 "Instruction Intercepts" has a table of which exceptions
 * come before an intercept; most are checked when the executor asks here.
 * Where they come from an instruction's own function, that function asks
 * itself (ports, MSRs, debug registers), or insn_faults() predicts them.
 * §15.10 "IOIO Intercepts", §15.11 "MSR Intercepts".
 */
#include "cpu/exec_priv.h"
#include "cpu/svm_priv.h"
#include "cpu/system_priv.h"

bool
svm_raise(struct cpu *c, uint64_t code, uint64_t info1, uint64_t info2)
{
	c->fault = (struct cpu_fault){ .vmexit = true };
	c->svm.exit = (struct svm_exit){ .code = code, .info1 = info1, .info2 = info2 };
	return false;
}

bool
svm_raise_insn(struct cpu *c, uint64_t code, uint64_t info1, uint64_t info2)
{
	(void)!svm_raise(c, code, info1, info2);
	c->svm.exit.nrip = true;
	return false;
}

static void
count_npf(struct cpu *c, const struct walk_fault *f)
{
	unsigned kind = f->error_code & PF_RSV ? 3 : f->error_code & PF_I ? 2 :
	    f->error_code & PF_P ? 1 : 0;

	c->svm_stats.npf_kind[f->stage == PF_NPT_TABLE][kind]++;
}

bool
svm_raise_npf(struct cpu *c, const struct walk_fault *f)
{
	count_npf(c, f);
	return svm_raise(c, EXIT_NPF, f->error_code |
	    (f->stage == PF_NPT_TABLE ? NPF_TABLE : NPF_FINAL), f->addr);
}

static bool
assists(const struct cpu *c)
{
	return feat_has(&c->features, FEAT_DECODEASSISTS);
}

/* ---- control registers ---- */

static uint64_t
mov_info(const struct cpu *c, unsigned reg)
{
	return assists(c) ? CR_INFO_MOV | reg : 0;
}

static bool
cr_read_ok(struct cpu *c, unsigned n, uint64_t info)
{
	if (n > 15 || !(c->svm.icpt[ICPT_CR] & ICPT_CR_READ(n)))
		return true;
	return svm_raise_insn(c, EXIT_CR_READ(n), info, 0);
}

/* The selective intercept ignores TS and MP. */
static bool
cr0_write_ok(struct cpu *c, uint64_t v, uint64_t info)
{
	if (c->svm.icpt[ICPT_CR] & ICPT_CR_WRITE(0))
		return svm_raise_insn(c, EXIT_CR_WRITE(0), info, 0);
	if (!(c->svm.icpt[ICPT_MISC1] & ICPT_CR0_SEL) ||
	    !((v ^ c->cr0) & ~(CR0_TS | CR0_MP | CR0_ET)))
		return true;
	return svm_raise_insn(c, EXIT_CR0_SEL, info, 0);
}

/* Illegal values fault before the intercept. */
static bool
mov_to_cr_ok(struct cpu *c, const struct insn *in)
{
	unsigned n = in->o[0].reg, reg = in->o[1].reg;
	uint64_t v = gpr_read(c, reg, in->o[1].size), info = mov_info(c, reg);

	if (!cr_write_legal(c, n, v))
		return true;
	if (n == 0)
		return cr0_write_ok(c, v, info);
	if (!(c->svm.icpt[ICPT_CR] & ICPT_CR_WRITE(n)))
		return true;
	return svm_raise_insn(c, EXIT_CR_WRITE(n), info, 0);
}

/* LMSW: the selective intercept is one for every value. */
static bool
lmsw_ok(struct cpu *c)
{
	if (c->svm.icpt[ICPT_CR] & ICPT_CR_WRITE(0))
		return svm_raise_insn(c, EXIT_CR_WRITE(0), 0, 0);
	return !(c->svm.icpt[ICPT_MISC1] & ICPT_CR0_SEL) || svm_raise_insn(c, EXIT_CR0_SEL, 0, 0);
}

static bool
clts_ok(struct cpu *c)
{
	return !(c->svm.icpt[ICPT_CR] & ICPT_CR_WRITE(0)) ||
	    svm_raise_insn(c, EXIT_CR_WRITE(0), 0, 0);
}

/* ---- debug registers ---- */

bool
svm_dr_ok(struct cpu *c, const struct insn *in, unsigned n, bool write)
{
	unsigned reg = in->o[write].reg;

	if (!svm_intercepts(c, ICPT_DR, write ? ICPT_DR_WRITE(n) : ICPT_DR_READ(n)))
		return true;
	return svm_raise_insn(c, write ? EXIT_DR_WRITE(n) : EXIT_DR_READ(n),
	    assists(c) ? reg : 0, 0);
}

/* ---- ports ---- */

/* One bit a port, three more behind the last for accesses that go beyond. */
static bool
port_intercepted(const struct cpu *c, uint16_t port, unsigned size)
{
	uint16_t bits = phys_ld16(c->pm, c->svm.iopm_pa + port / 8);

	return bits >> (port % 8) & LOW_BITS(size);
}

static uint64_t
ioio_info(const struct cpu *c, const struct insn *in, uint16_t port, unsigned size)
{
	bool string = in->opr == OPR_ins || in->opr == OPR_outs;
	uint64_t info = (uint64_t)port << IOIO_PORT_SHIFT | size << IOIO_SIZE_SHIFT;

	if (in->opr == OPR_in || in->opr == OPR_ins)
		info |= IOIO_IN;
	info |= (uint64_t)(in->addrsize >> 1) << IOIO_ADDR_SHIFT;
	if (!string)
		return info;
	info |= IOIO_STR;
	if (in->prefix & (PFX_F3 | PFX_F2))
		info |= IOIO_REP;
	if (assists(c))
		info |= (uint64_t)(in->opr == OPR_ins ? SEG_ES : in->seg) << IOIO_SEG_SHIFT;
	return info;
}

bool
svm_port_ok(struct cpu *c, const struct insn *in, uint16_t port, unsigned size)
{
	if (!svm_intercepts(c, ICPT_MISC1, ICPT_IOIO) || !port_intercepted(c, port, size))
		return true;
	/* A repetition that makes no access is none. */
	if (insn_info(in)->chk & CK_REP && in->prefix & (PFX_F3 | PFX_F2) &&
	    !gpr_read(c, RCX, in->addrsize))
		return true;
	return svm_raise_insn(c, EXIT_IOIO, ioio_info(c, in, port, size), c->next_rip);
}

/* ---- MSRs ---- */

/* Byte of msr's two bits in the map, or -1 outside its ranges. */
static int
msr_byte(uint32_t msr)
{
	static const uint32_t first[] = { 0, 0xc0000000, 0xc0010000 };

	for (unsigned i = 0; i < ARRAY_SIZE(first); i++) {
		if (msr - first[i] < 0x2000)
			return (int)(i * 0x800 + (msr - first[i]) / 4);
	}
	return -1;
}

bool
svm_msr_ok(struct cpu *c, uint32_t msr, bool write)
{
	int at = msr_byte(msr);

	if (!svm_intercepts(c, ICPT_MISC1, ICPT_MSR))
		return true;
	if (at >= 0 && !(phys_ld8(c->pm, c->svm.msrpm_pa + (unsigned)at) >>
	    (msr % 4 * 2 + write) & 1))
		return true;
	return svm_raise_insn(c, EXIT_MSR, write, 0);
}

/* ---- PAUSE: AMD APM vol 2 §15.14.4 "Pause Intercept Filtering" ---- */

static bool
pause_ok(struct cpu *c)
{
	struct svm *s = &c->svm;
	bool late = c->cycles - s->pause_at > s->pause_threshold;

	/* The counter goes below zero before there is an exit. */
	if (!(s->icpt[ICPT_MISC1] & ICPT_PAUSE))
		return true;
	if (feat_has(&c->features, FEAT_PAUSEFILTER)) {
		s->pause_at = c->cycles;
		if (s->pause_threshold && late && feat_has(&c->features, FEAT_PFTHRESHOLD)) {
			s->pause_left = s->pause_count;
			return true;
		}
		if (s->pause_left) {
			s->pause_left--;
			return true;
		}
	}
	return svm_raise_insn(c, EXIT_PAUSE, 0, 0);
}

/* ---- all others ---- */

/* The instruction's own exceptions that come before its intercept. */
static bool
insn_faults(const struct cpu *c, const struct insn *in)
{
	switch (in->opr) {
	case OPR_rdtsc:
	case OPR_rdtscp:
		return c->cpl && (c->cr4 & CR4_TSD);
	case OPR_rdpmc:
		return c->cpl && !(c->cr4 & CR4_PCE);
	case OPR_monitor:
		return c->cpl || (uint32_t)c->gpr[RCX];
	case OPR_mwait:
		return c->cpl || ((uint32_t)c->gpr[RCX] & ~1u);
	case OPR_vmrun:
	case OPR_vmload:
	case OPR_vmsave:
		return !svm_usable(c) || !svm_address_ok(c, in);
	case OPR_stgi:
	case OPR_clgi:
	case OPR_skinit:
	case OPR_invlpga:
		return !svm_usable(c);
	default:
		return false;
	}
}

/* AMD APM vol 2 appendix C "SVM Intercept Exit Codes": the descriptor's linear
 * address, and the type. */
static bool
invpcid_ok(struct cpu *c, const struct insn *in)
{
	if (!(c->svm.icpt[ICPT_MISC3] & ICPT_INVPCID))
		return true;
	return svm_raise_insn(c, EXIT_INVPCID, seg_linear(c, in->seg, insn_ea(c, in)),
	    gpr_read(c, in->o[0].reg, in->o[0].size));
}

static uint64_t
insn_info1(const struct cpu *c, const struct insn *in)
{
	if (!assists(c))
		return 0;
	switch (in->opr) {
	case OPR_int: return in->imm & 0xff;
	case OPR_invlpg: return invlpg_address(c, in, insn_ea(c, in));
	default: return 0;
	}
}

/* AMD APM vol 2 §15.9 "Instruction Intercepts": the conditional intercept is of an
 * MWAIT that would wait. */
static bool
mwait_ok(struct cpu *c, const struct insn *in)
{
	uint32_t icpt = c->svm.icpt[ICPT_MISC2];

	if (insn_faults(c, in))
		return true;
	if ((icpt & ICPT_MWAIT_ARMED) && monitor_armed(c))
		return svm_raise_insn(c, EXIT_MWAIT_ARMED, 0, 0);
	return !(icpt & ICPT_MWAIT) || svm_raise_insn(c, EXIT_MWAIT, 0, 0);
}

static bool
table_ok(struct cpu *c, const struct insn *in)
{
	unsigned ic = insn_info(in)->icpt;

	/* Ports and MSRs ask later. */
	if (!ic || ic == IC_IOIO || ic == IC_MSR)
		return true;
	if (!(c->svm.icpt[ICPT_MISC1 + (ic - 1) / 32] >> ((ic - 1) % 32) & 1) ||
	    insn_faults(c, in))
		return true;
	return svm_raise_insn(c, EXIT_IC(ic), insn_info1(c, in), 0);
}

bool
svm_insn_ok(struct cpu *c, const struct insn *in)
{
	switch (in->opr) {
	case OPR_mov_from_cr:
		return !cr_exists(c, in->o[1].reg) ||
		    cr_read_ok(c, in->o[1].reg, mov_info(c, in->o[0].reg));
	case OPR_mov_to_cr: return mov_to_cr_ok(c, in);
	case OPR_smsw: return cr_read_ok(c, 0, 0);
	case OPR_lmsw: return lmsw_ok(c);
	case OPR_clts: return clts_ok(c);
	case OPR_pause: return pause_ok(c);
	case OPR_invpcid: return invpcid_ok(c, in);
	case OPR_mwait: return mwait_ok(c, in);
	default: return table_ok(c, in);
	}
}
