/*
 * cpu/msr.c - model-specific registers of an AMD family 17h processor
 *
 * AMD APM vol 2 appendix A "MSR Cross-Reference"; the family's own registers
 * from the "Processor Programming Reference (PPR) for AMD Family 17h".  An MSR
 * that belongs to a feature exists with that feature only.  What is not here
 * is #GP(0), as on the processor, and is logged once.
 */
#include <stdio.h>

#include "cpu/cpuid.h"
#include "cpu/svm_priv.h"
#include "cpu/system_priv.h"

/* Slots of misc_msr. */
enum {
	MISC_HWCR, MISC_SYSCFG, MISC_TOP_MEM, MISC_TOP_MEM2, MISC_NB_CFG, MISC_DE_CFG,
	MISC_DEBUGCTL = DEBUGCTL_SLOT, MISC_MMIO_CONF, MISC_EVTSEL, MISC_CTR = MISC_EVTSEL + 4,
	MISC_COUNT = MISC_CTR + 4
};
static_assert(MISC_COUNT <= ARRAY_SIZE(((struct cpu *)0)->misc_msr), "room for all");

#define HWCR_MC_STATUS_WR	BIT(18)
#define HWCR_TSC_FREQ_SEL	BIT(24)	/* the TSC counts at the P0 frequency */
#define DE_CFG_LFENCE_SERIAL	BIT(1)
#define PATCH_LEVEL		0x08301055u
/* P0: enabled, divider 2, multiplier 80 of 25 MHz: 1 GHz. */
#define PSTATE0			(BIT(63) | 0x10 << 8 | 0x50)

#define MC_BANKS		4
#define MCG_CTL_P		BIT(8)

enum write_rule {
	WR_MASK,		/* bits outside mask must be zero, else #GP(0) */
	WR_KEEP,		/* bits outside mask are ignored */
	WR_CANON		/* must be canonical */
};

/* Registers that are a field of struct cpu. */
struct plain_msr {
	uint32_t	msr;
	uint16_t	feat;
	uint8_t		rule;		/* enum write_rule */
	uint32_t	offset;
	uint64_t	mask;
};

#define PLAIN(msr, feat, rule, field, mask) \
	{ msr, FEAT_##feat, WR_##rule, (uint32_t)offsetof(struct cpu, field), mask }
#define ALL_BITS (~(uint64_t)0)

static const struct plain_msr plain_msrs[] = {
	PLAIN(0x00000174, SEP, MASK, sysenter_cs, 0xffffffff),
	PLAIN(0x00000175, SEP, CANON, sysenter_esp, 0),
	PLAIN(0x00000176, SEP, CANON, sysenter_eip, 0),
	PLAIN(0x0000017a, MCA, MASK, mcg_status, 7),
	PLAIN(0x0000017b, MCA, KEEP, mcg_ctl, LOW_BITS(MC_BANKS)),
	PLAIN(0x000001d9, MSR, MASK, misc_msr[MISC_DEBUGCTL], 0x3f),
	PLAIN(0xc0000081, SYSCALL, KEEP, star, ALL_BITS),
	PLAIN(0xc0000082, LM, CANON, lstar, 0),
	PLAIN(0xc0000083, LM, CANON, cstar, 0),
	PLAIN(0xc0000084, SYSCALL, KEEP, sfmask, 0xffffffff),
	PLAIN(0xc0000100, LM, CANON, seg[SEG_FS].base, 0),
	PLAIN(0xc0000101, LM, CANON, seg[SEG_GS].base, 0),
	PLAIN(0xc0000102, LM, CANON, kernel_gs_base, 0),
	PLAIN(0xc0010000, LM, KEEP, misc_msr[MISC_EVTSEL + 0], ALL_BITS),
	PLAIN(0xc0010001, LM, KEEP, misc_msr[MISC_EVTSEL + 1], ALL_BITS),
	PLAIN(0xc0010002, LM, KEEP, misc_msr[MISC_EVTSEL + 2], ALL_BITS),
	PLAIN(0xc0010003, LM, KEEP, misc_msr[MISC_EVTSEL + 3], ALL_BITS),
	PLAIN(0xc0010004, LM, KEEP, misc_msr[MISC_CTR + 0], LOW_BITS(48)),
	PLAIN(0xc0010005, LM, KEEP, misc_msr[MISC_CTR + 1], LOW_BITS(48)),
	PLAIN(0xc0010006, LM, KEEP, misc_msr[MISC_CTR + 2], LOW_BITS(48)),
	PLAIN(0xc0010007, LM, KEEP, misc_msr[MISC_CTR + 3], LOW_BITS(48)),
	PLAIN(0xc0010010, LM, KEEP, misc_msr[MISC_SYSCFG], 0x007c0000),
	PLAIN(0xc0010015, LM, MASK, misc_msr[MISC_HWCR], LOW_BITS(36)),
	PLAIN(0xc001001a, LM, KEEP, misc_msr[MISC_TOP_MEM], 0xffffff800000),
	PLAIN(0xc001001d, LM, KEEP, misc_msr[MISC_TOP_MEM2], 0xffffff800000),
	PLAIN(0xc001001f, LM, KEEP, misc_msr[MISC_NB_CFG], ALL_BITS),
	PLAIN(0xc0010058, LM, KEEP, misc_msr[MISC_MMIO_CONF], 0xfffffff0003d),
	PLAIN(0xc0011029, LM, KEEP, misc_msr[MISC_DE_CFG], ALL_BITS)
};

/* Registers with one value. */
static const struct fixed_msr {
	uint32_t	msr;
	uint16_t	feat;
	bool		writable;	/* writes vanish instead of #GP(0) */
	uint64_t	value;
} fixed_msrs[] = {
	{ 0x00000000, FEAT_MCE, true, 0 },		/* MC_ADDR, MC_TYPE of the P5 */
	{ 0x00000001, FEAT_MCE, true, 0 },
	{ 0x0000008b, FEAT_LM, true, PATCH_LEVEL },
	{ 0x000000fe, FEAT_MTRR, false, 0x508 },	/* 8 variable, fixed, WC */
	{ 0x00000179, FEAT_MCA, false, MC_BANKS | MCG_CTL_P },
	/* Bank 4 is the northbridge's in AMD's processors, and looked at whatever the
	 * number of banks is; banks that are not there are zero, and stay so. */
	{ 0x00000410, FEAT_MCA, true, 0 },
	{ 0x00000411, FEAT_MCA, true, 0 },
	{ 0x00000412, FEAT_MCA, true, 0 },
	{ 0x00000413, FEAT_MCA, true, 0 },
	{ 0xc0010016, FEAT_LM, true, 0 },		/* IORRs */
	{ 0xc0010017, FEAT_LM, true, 0 },
	{ 0xc0010018, FEAT_LM, true, 0 },
	{ 0xc0010019, FEAT_LM, true, 0 },
	{ 0xc0010020, FEAT_LM, true, 0 },		/* patch loader: no patch fits */
	{ 0xc0010044, FEAT_MCA, true, 0 },		/* MC0_CTL_MASK.. */
	{ 0xc0010045, FEAT_MCA, true, 0 },
	{ 0xc0010046, FEAT_MCA, true, 0 },
	{ 0xc0010047, FEAT_MCA, true, 0 },
	{ 0xc0010055, FEAT_LM, true, 0 },		/* interrupt pending message */
	{ 0xc0010061, FEAT_LM, false, 0 },		/* P-state limit, control, status */
	{ 0xc0010062, FEAT_LM, true, 0 },
	{ 0xc0010063, FEAT_LM, false, 0 },
	{ 0xc0010064, FEAT_LM, true, PSTATE0 },
	{ 0xc0010065, FEAT_LM, true, 0 },		/* P-states 1 to 7: not enabled */
	{ 0xc0010066, FEAT_LM, true, 0 },
	{ 0xc0010067, FEAT_LM, true, 0 },
	{ 0xc0010068, FEAT_LM, true, 0 },
	{ 0xc0010069, FEAT_LM, true, 0 },
	{ 0xc001006a, FEAT_LM, true, 0 },
	{ 0xc001006b, FEAT_LM, true, 0 },
	{ 0xc0010111, FEAT_LM, true, 0x30000 },		/* SMBASE, TSEG: no SMM */
	{ 0xc0010112, FEAT_LM, true, 0 },
	{ 0xc0010113, FEAT_LM, true, 0 }
};

static const struct plain_msr *
plain_find(const struct cpu *c, uint32_t msr)
{
	for (unsigned i = 0; i < ARRAY_SIZE(plain_msrs); i++) {
		if (plain_msrs[i].msr == msr && feat_has(&c->features, plain_msrs[i].feat))
			return &plain_msrs[i];
	}
	return NULL;
}

static const struct fixed_msr *
fixed_find(const struct cpu *c, uint32_t msr)
{
	for (unsigned i = 0; i < ARRAY_SIZE(fixed_msrs); i++) {
		if (fixed_msrs[i].msr == msr && feat_has(&c->features, fixed_msrs[i].feat))
			return &fixed_msrs[i];
	}
	return NULL;
}

static uint64_t *
plain_field(struct cpu *c, const struct plain_msr *p)
{
	return (uint64_t *)(void *)((uint8_t *)c + p->offset);
}

static bool
plain_write(struct cpu *c, const struct plain_msr *p, uint64_t v)
{
	switch (p->rule) {
	case WR_MASK:
		if (v & ~p->mask)
			return raise_gp0(c);
		break;
	case WR_KEEP:
		v &= p->mask;
		break;
	default:
		if (!is_canonical(v))
			return raise_gp0(c);
		break;
	}
	*plain_field(c, p) = v;
	return true;
}

/* ---- time ---- */

static uint64_t
tsc_now(const struct cpu *c)
{
	return c->env.common_now ? c->env.common_now(c->env.arg) : c->cycles;
}

uint64_t
tsc_read(const struct cpu *c)
{
	return svm_tsc(c, tsc_now(c) + (uint64_t)c->tsc_offset);
}

/* ---- memory types ---- */

/* AMD APM vol 2 §7.7.1 "MTRR Type Fields": UC, WC, WT, WP, WB. */
static bool
memtype_ok(unsigned type)
{
	return type < 8 && (0x73 >> type & 1);
}

/* UC- exists in the PAT only. */
static bool
pat_ok(uint64_t v)
{
	for (unsigned i = 0; i < 64; i += 8) {
		if (!memtype_ok((unsigned)bits_get(v, i, 8)) && bits_get(v, i, 8) != 7)
			return false;
	}
	return true;
}

bool
msr_pat_legal(uint64_t v)
{
	return pat_ok(v);
}

/* A guest with nested paging has a PAT of its own. */
static uint64_t *
pat_field(struct cpu *c)
{
	return c->mmu.nested ? &c->svm.g_pat : &c->pat;
}

/* Fixed-range types; bits 3 and 4 of a byte are RdDram and WrDram. */
static bool
fixed_types_ok(uint64_t v)
{
	for (unsigned i = 0; i < 64; i += 8) {
		if (!memtype_ok((unsigned)bits_get(v, i, 8) & ~0x18u))
			return false;
	}
	return true;
}

static bool
variable_ok(const struct cpu *c, unsigned n, uint64_t v)
{
	uint64_t defined = (LOW_BITS(c->mmu.pg.phys_bits) & PAGE_MASK) | (n & 1 ? 0x800 : 0xff);

	return !(v & ~defined) && ((n & 1) || memtype_ok((unsigned)v & 0xff));
}

/* Index in mtrr_fix, or -1. */
static int
fixed_mtrr_index(uint32_t msr)
{
	switch (msr) {
	case 0x250: return 0;
	case 0x258: return 1;
	case 0x259: return 2;
	default: return msr >= 0x268 && msr <= 0x26f ? (int)(msr - 0x268) + 3 : -1;
	}
}

static uint64_t *
mtrr_field(struct cpu *c, uint32_t msr)
{
	int fixed = fixed_mtrr_index(msr);

	if (!feat_has(&c->features, FEAT_MTRR))
		return NULL;
	if (msr >= 0x200 && msr < 0x210)
		return &c->mtrr_var[msr - 0x200];
	if (fixed >= 0)
		return &c->mtrr_fix[fixed];
	return msr == 0x2ff ? &c->mtrr_def : NULL;
}

static bool
mtrr_legal(const struct cpu *c, uint32_t msr, uint64_t v)
{
	if (msr >= 0x200 && msr < 0x210)
		return variable_ok(c, msr - 0x200, v);
	if (msr == 0x2ff)
		return !(v & ~(uint64_t)0xcff) && memtype_ok((unsigned)v & 0xff);
	return fixed_types_ok(v);
}

/* ---- machine checks ---- */

/* CTL, STATUS, ADDR, MISC of bank 0, then of bank 1, ... */
static bool
mc_bank_read(struct cpu *c, unsigned n, uint64_t *v)
{
	switch (n % 4) {
	case 0: *v = c->mc_ctl[n / 4]; break;
	case 1: *v = c->mc_status[n / 4]; break;
	default: *v = 0; break;
	}
	return true;
}

/* AMD APM vol 2 §9.3.2 "Error-Reporting Register Banks": only 0 may be written to STATUS
 * unless HWCR allows more. */
static bool
mc_bank_write(struct cpu *c, unsigned n, uint64_t v)
{
	if (n % 4 == 0) {
		c->mc_ctl[n / 4] = v;
		return true;
	}
	if (v && !(c->misc_msr[MISC_HWCR] & HWCR_MC_STATUS_WR))
		return raise_gp0(c);
	if (n % 4 == 1)
		c->mc_status[n / 4] = v;
	return true;
}

static bool
is_mc_bank(const struct cpu *c, uint32_t msr)
{
	return msr >= 0x400 && msr < 0x400 + 4 * MC_BANKS && feat_has(&c->features, FEAT_MCA);
}

/* ---- the local APIC's ---- */

static bool
is_apic_msr(const struct cpu *c, uint32_t msr)
{
	if (!feat_has(&c->features, FEAT_APIC))
		return false;
	if (msr == 0x1b)
		return true;
	if (msr == 0x6e0)
		return feat_has(&c->features, FEAT_TSCDEADLINE);
	return msr >= 0x800 && msr < 0x900 && feat_has(&c->features, FEAT_X2APIC);
}

static bool
checked_store(struct cpu *c, bool legal, uint64_t *field, uint64_t v)
{
	if (!legal)
		return raise_gp0(c);
	*field = v;
	return true;
}

/* ---- SVM and last branches ---- */

uint64_t *
msr_debugctl(struct cpu *c)
{
	return &c->misc_msr[MISC_DEBUGCTL];
}

#define MSR_BR_FROM	0x000001dbu	/* to 0x1de */
#define MSR_TSC_RATIO	0xc0000104u
#define MSR_VM_CR	0xc0010114u
#define MSR_IGNNE	0xc0010115u
#define MSR_HSAVE_PA	0xc0010117u
#define MSR_SVM_KEY	0xc0010118u

/* Read-only.  Without SVM nothing records branches (lbr_on()). */
static bool
is_lbr(const struct cpu *c, uint32_t msr)
{
	return msr - MSR_BR_FROM < ARRAY_SIZE(c->svm.lbr) && feat_has(&c->features, FEAT_LM);
}

static bool
svm_msr_read(const struct cpu *c, uint32_t msr, uint64_t *v)
{
	if (is_lbr(c, msr)) {
		*v = c->svm.lbr[msr - MSR_BR_FROM];
		return true;
	}
	if (!feat_has(&c->features, FEAT_SVM))
		return false;
	switch (msr) {
	case MSR_VM_CR: *v = c->vm_cr; return true;
	case MSR_HSAVE_PA: *v = c->vm_hsave_pa; return true;
	case MSR_IGNNE: *v = 0; return true;
	case MSR_SVM_KEY: *v = 0; return feat_has(&c->features, FEAT_SVMLOCK);
	case MSR_TSC_RATIO: *v = c->svm.tsc_ratio; return feat_has(&c->features, FEAT_TSCSCALE);
	default: return false;
	}
}

/* AMD APM vol 2 §15.30.1 "VM_CR MSR (C001_0114h)": LOCK keeps itself and SVMDIS;
 * SVM cannot be disabled while it is in use. */
static bool
vm_cr_write(struct cpu *c, uint64_t v)
{
	uint64_t keep = c->vm_cr & VM_CR_LOCK ? VM_CR_LOCK | VM_CR_SVMDIS : 0;

	if (v >> 5)
		return raise_gp0(c);
	v = (v & ~keep) | (c->vm_cr & keep);
	if ((v & VM_CR_SVMDIS) && (c->efer & EFER_SVME))
		return raise_gp0(c);
	c->vm_cr = v;
	return true;
}

/* AMD APM vol 2 §15.31 "SVM-Lock": the key can be set until LOCK is; then the
 * same one, if it is not 0, clears LOCK. */
static bool
svm_key_write(struct cpu *c, uint64_t v)
{
	if (!(c->vm_cr & VM_CR_LOCK))
		c->svm.key = v;
	else if (v && v == c->svm.key)
		c->vm_cr &= ~VM_CR_LOCK;
	return true;
}

static bool
svm_msr_write(struct cpu *c, uint32_t msr, uint64_t v, bool *known)
{
	*known = feat_has(&c->features, FEAT_SVM);
	if (!*known)
		return true;
	switch (msr) {
	case MSR_VM_CR: return vm_cr_write(c, v);
	case MSR_HSAVE_PA:
		return checked_store(c, !(v & ~PAGE_MASK) && !(v >> c->model->phys_bits),
		    &c->vm_hsave_pa, v);
	case MSR_IGNNE: return true;
	case MSR_SVM_KEY:
		*known = feat_has(&c->features, FEAT_SVMLOCK);
		return !*known || svm_key_write(c, v);
	case MSR_TSC_RATIO:
		*known = feat_has(&c->features, FEAT_TSCSCALE);
		return !*known || checked_store(c, !(v >> TSC_RATIO_BITS), &c->svm.tsc_ratio, v);
	default: *known = false; return true;
	}
}

/* ---- access ---- */

/* Few keys, so that a guest that tries all numbers does not fill the log. */
static bool
unknown(struct cpu *c, uint32_t msr, bool write)
{
	char key[32];

	snprintf(key, sizeof(key), "msr-%03x", (msr ^ msr >> 16) & 0x3ff);
	log_guest(c->log, key, "%s of MSR 0x%08x, which this processor does not have",
	    write ? "write" : "read", msr);
	return raise_gp0(c);
}

static bool
has_tsc_aux(const struct cpu *c)
{
	return feat_has(&c->features, FEAT_RDTSCP) || feat_has(&c->features, FEAT_RDPID);
}

static bool
has_efer(const struct cpu *c)
{
	return feat_has(&c->features, FEAT_SYSCALL) || feat_has(&c->features, FEAT_NX) ||
	    feat_has(&c->features, FEAT_LM);
}

static bool
special_read(struct cpu *c, uint32_t msr, uint64_t *v, bool *known)
{
	uint64_t *mtrr = mtrr_field(c, msr);

	*known = true;
	if (msr == 0x10 && feat_has(&c->features, FEAT_TSC))
		*v = tsc_read(c);
	else if (is_apic_msr(c, msr))
		return (c->env.apic_msr_read && c->env.apic_msr_read(c->env.arg, msr, v)) ||
		    raise_gp0(c);
	else if (mtrr)
		*v = *mtrr;
	else if (msr == 0x277 && feat_has(&c->features, FEAT_PAT))
		*v = *pat_field(c);
	else if (is_mc_bank(c, msr))
		return mc_bank_read(c, msr - 0x400, v);
	else if (msr == 0xc0000080 && has_efer(c))
		*v = c->efer;
	else if (msr == 0xc0000103 && has_tsc_aux(c))
		*v = c->tsc_aux;
	else
		*known = svm_msr_read(c, msr, v);
	return true;
}

static bool
special_write(struct cpu *c, uint32_t msr, uint64_t v, bool *known)
{
	uint64_t *mtrr = mtrr_field(c, msr);

	*known = true;
	if (msr == 0x10 && feat_has(&c->features, FEAT_TSC)) {
		c->tsc_offset = (int64_t)(v - tsc_now(c));
		return true;
	}
	if (is_apic_msr(c, msr))
		return (c->env.apic_msr_write && c->env.apic_msr_write(c->env.arg, msr, v)) ||
		    raise_gp0(c);
	if (mtrr)
		return checked_store(c, mtrr_legal(c, msr, v), mtrr, v);
	if (msr == 0x277 && feat_has(&c->features, FEAT_PAT))
		return checked_store(c, pat_ok(v), pat_field(c), v);
	if (is_mc_bank(c, msr))
		return mc_bank_write(c, msr - 0x400, v);
	if (msr == 0xc0000080 && has_efer(c))
		return efer_write(c, v);
	if (msr == 0xc0000103 && has_tsc_aux(c))
		return checked_store(c, !(v >> 32), &c->tsc_aux, v);
	return svm_msr_write(c, msr, v, known);
}

bool
msr_read(struct cpu *c, uint32_t msr, uint64_t *v)
{
	const struct plain_msr *p = plain_find(c, msr);
	const struct fixed_msr *f = fixed_find(c, msr);
	bool known, ok;

	if (p) {
		*v = *plain_field(c, p);
		return true;
	}
	if (f) {
		*v = f->value;
		return true;
	}
	ok = special_read(c, msr, v, &known);
	return known ? ok : unknown(c, msr, false);
}

bool
msr_write(struct cpu *c, uint32_t msr, uint64_t v)
{
	const struct plain_msr *p = plain_find(c, msr);
	const struct fixed_msr *f = fixed_find(c, msr);
	bool known, ok;

	if (p)
		return plain_write(c, p, v);
	if (f)
		return f->writable || raise_gp0(c);
	ok = special_write(c, msr, v, &known);
	return known ? ok : unknown(c, msr, true);
}

bool
msr_counter_read(const struct cpu *c, uint32_t n, uint64_t *v)
{
	if (n > 3 || !feat_has(&c->features, FEAT_LM))
		return false;
	*v = c->misc_msr[MISC_CTR + n];
	return true;
}

/* Values after RESET#; INIT leaves MSRs alone. */
void
msr_reset(struct cpu *c)
{
	memset(c->mtrr_fix, 0, sizeof(c->mtrr_fix));
	memset(c->mtrr_var, 0, sizeof(c->mtrr_var));
	memset(c->mc_status, 0, sizeof(c->mc_status));
	memset(c->mc_ctl, 0, sizeof(c->mc_ctl));
	memset(c->misc_msr, 0, sizeof(c->misc_msr));
	c->mtrr_def = c->mcg_status = c->mcg_ctl = 0;
	c->star = c->lstar = c->cstar = c->sfmask = c->kernel_gs_base = 0;
	c->sysenter_cs = c->sysenter_esp = c->sysenter_eip = 0;
	c->tsc_aux = c->tsc_adjust = 0;
	c->vm_cr = c->vm_hsave_pa = 0;
	c->pat = 0x0007040600070406;
	c->tsc_offset = -(int64_t)tsc_now(c);
	c->misc_msr[MISC_HWCR] = HWCR_TSC_FREQ_SEL;
	c->misc_msr[MISC_DE_CFG] = DE_CFG_LFENCE_SERIAL;
}
