/*
 * cpu/cr.c - control registers, EFER and XCR0
 *
 * AMD APM vol 2 §3.1 "System-Control Registers", §5.5.3 "TLB Management" for
 * what flushes what, §14.6 "Enabling and Activating Long Mode" for the
 * transitions that are #GP.  docs/timing.md says which writes empty the fetch
 * register.
 */
#include "cpu/svm.h"
#include "cpu/system_priv.h"

#define CR0_DEFINED (CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | \
    CR0_AM | CR0_NW | CR0_CD | CR0_PG)
#define CR0_PAGING	(CR0_PG | CR0_WP)
#define CR4_PAGING	(CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP | CR4_SMAP)
#define CR4_FLUSHES	(CR4_PSE | CR4_PAE | CR4_PGE)

/* ---- CR0 ---- */

static bool
cr0_legal(const struct cpu *c, uint64_t v)
{
	if (v >> 32)
		return false;
	if ((v & CR0_PG) && !(v & CR0_PE))
		return false;
	if ((v & CR0_NW) && !(v & CR0_CD))
		return false;
	if (!(v & CR0_PG) && (in_long64(c) || (c->cr4 & CR4_PCIDE)))
		return false;
	return true;
}

/* Paging is being switched on with EFER.LME set. */
static bool
long_mode_entry_legal(const struct cpu *c)
{
	if (!(c->cr4 & CR4_PAE) || (c->seg[SEG_CS].attr & SA_L))
		return false;
	return SEG_UNUSABLE(&c->tr) || (c->tr.attr & 8);
}

static bool
cr0_write(struct cpu *c, uint64_t v)
{
	uint64_t changed;

	if (!cr0_legal(c, v))
		return raise_gp0(c);
	v = (v & CR0_DEFINED) | CR0_ET;
	changed = v ^ c->cr0;
	if ((changed & v & CR0_PG) && (c->efer & EFER_LME) && !long_mode_entry_legal(c))
		return raise_gp0(c);
	c->cr0 = v;
	if (changed & CR0_PG) {
		if (!(v & CR0_PG))
			c->efer &= ~EFER_LMA;
		else if (c->efer & EFER_LME)
			c->efer |= EFER_LMA;
	}
	if (changed & CR0_PAGING)
		c->mmu.fetch_page = FETCH_NONE;
	cpu_mode_update(c);
	if (changed & CR0_PG)
		mmu_flush_all(&c->mmu);
	return true;
}

/* ---- CR3 ---- */

/* AMD APM vol 2 §5.3.2 "CR3 Register": physical-address bits above the
 * processor's width must be zero in long mode. */
static bool
cr3_legal(const struct cpu *c, uint64_t v)
{
	return !long_mode(c) || !(v & ~LOW_BITS(c->mmu.pg.phys_bits));
}

static bool
cr3_write(struct cpu *c, uint64_t v)
{
	bool pcide = c->cr4 & CR4_PCIDE, keep = pcide && (v & CR3_NOFLUSH);

	if (pcide)
		v &= ~CR3_NOFLUSH;
	if (!cr3_legal(c, v))
		return raise_gp0(c);
	c->cr3 = long_mode(c) ? v : (uint32_t)v;
	c->mmu.fetch_page = FETCH_NONE;
	cpu_mode_update(c);
	if (!keep && pcide)
		mmu_flush_pcid(&c->mmu, v & CR3_PCID);
	else if (!keep)
		mmu_flush_nonglobal(&c->mmu);
	c->charge += c->costs->cr3_write;
	c->stats.cr3_loads++;
	return true;
}

/* ---- CR4 ---- */

static uint64_t
cr4_defined(const struct cpu *c)
{
	static const struct { uint16_t feat; uint64_t bits; } map[] = {
		{ FEAT_VME, CR4_VME | CR4_PVI }, { FEAT_TSC, CR4_TSD }, { FEAT_DE, CR4_DE },
		{ FEAT_PSE, CR4_PSE }, { FEAT_PAE, CR4_PAE }, { FEAT_MCE, CR4_MCE },
		{ FEAT_PGE, CR4_PGE }, { FEAT_MMX, CR4_PCE }, { FEAT_FXSR, CR4_OSFXSR },
		{ FEAT_SSE, CR4_OSXMMEXCPT }, { FEAT_UMIP, CR4_UMIP },
		{ FEAT_FSGSBASE, CR4_FSGSBASE }, { FEAT_PCID, CR4_PCIDE },
		{ FEAT_XSAVE, CR4_OSXSAVE }, { FEAT_SMEP, CR4_SMEP }, { FEAT_SMAP, CR4_SMAP }
	};
	uint64_t bits = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(map); i++) {
		if (feat_has(&c->features, map[i].feat))
			bits |= map[i].bits;
	}
	return bits;
}

static bool
cr4_legal(const struct cpu *c, uint64_t v)
{
	uint64_t set = v & ~c->cr4;

	if (v & ~cr4_defined(c))
		return false;
	if (long_mode(c) && !(v & CR4_PAE))
		return false;
	if ((set & CR4_PCIDE) && (!long_mode(c) || (c->cr3 & CR3_PCID)))
		return false;
	return true;
}

static bool
cr4_write(struct cpu *c, uint64_t v)
{
	uint64_t changed = v ^ c->cr4, cleared = c->cr4 & ~v;

	if (!cr4_legal(c, v))
		return raise_gp0(c);
	c->cr4 = v;
	if (changed & CR4_PAGING)
		c->mmu.fetch_page = FETCH_NONE;
	cpu_mode_update(c);
	if ((changed & CR4_FLUSHES) || (cleared & CR4_PCIDE))
		mmu_flush_all(&c->mmu);
	return true;
}

/* ---- CR8 ---- */

/* AMD APM vol 2 §15.21.2 "Virtualizing APIC.TPR". */
static bool
tpr_is_virtual(const struct cpu *c)
{
	return c->svm.guest && (c->svm.v_intr & V_INTR_MASKING);
}

static bool
cr8_write(struct cpu *c, uint64_t v)
{
	if (v > 15)
		return raise_gp0(c);
	if (c->svm.guest)
		c->svm.v_intr = (c->svm.v_intr & ~(uint64_t)V_TPR_MASK) | v;
	if (tpr_is_virtual(c))
		return true;
	if (c->env.tpr_set)
		c->env.tpr_set(c->env.arg, (uint8_t)v);
	return true;
}

bool
cr_read(struct cpu *c, unsigned cr, uint64_t *v)
{
	switch (cr) {
	case 0: *v = c->cr0; return true;
	case 2: *v = c->cr2; return true;
	case 3: *v = c->cr3; return true;
	case 4:
		*v = c->cr4;
		return cr4_defined(c) || raise_ud(c);
	case 8:
		if (tpr_is_virtual(c)) {
			*v = c->svm.v_intr & 15;
			return true;
		}
		*v = c->env.tpr_get ? c->env.tpr_get(c->env.arg) : 0;
		return true;
	default: return raise_ud(c);
	}
}

bool
cr_write(struct cpu *c, unsigned cr, uint64_t v)
{
	switch (cr) {
	case 0: return cr0_write(c, v);
	case 2: c->cr2 = v; return true;
	case 3: return cr3_write(c, v);
	case 4: return cr4_defined(c) ? cr4_write(c, v) : raise_ud(c);
	case 8: return cr8_write(c, v);
	default: return raise_ud(c);
	}
}

bool
cr_exists(const struct cpu *c, unsigned cr)
{
	return cr == 0 || cr == 2 || cr == 3 || cr == 8 || (cr == 4 && cr4_defined(c));
}

/* Would cr_write() do it? */
bool
cr_write_legal(const struct cpu *c, unsigned cr, uint64_t v)
{
	switch (cr) {
	case 0:
		return cr0_legal(c, v) && (!(~c->cr0 & v & CR0_PG) || !(c->efer & EFER_LME) ||
		    long_mode_entry_legal(c));
	case 3: return cr3_legal(c, c->cr4 & CR4_PCIDE ? v & ~CR3_NOFLUSH : v);
	case 4: return cr4_defined(c) && cr4_legal(c, v);
	case 8: return v <= 15;
	default: return cr_exists(c, cr);
	}
}

/* ---- EFER ---- */

static uint64_t
efer_defined(const struct cpu *c)
{
	uint64_t bits = 0;

	if (feat_has(&c->features, FEAT_SYSCALL))
		bits |= EFER_SCE;
	if (feat_has(&c->features, FEAT_LM))
		bits |= EFER_LME | EFER_LMA;
	if (feat_has(&c->features, FEAT_NX))
		bits |= EFER_NXE;
	if (feat_has(&c->features, FEAT_FFXSR))
		bits |= EFER_FFXSR;
	if (feat_has(&c->features, FEAT_SVM))
		bits |= EFER_SVME;
	if (feat_has(&c->features, FEAT_AUTOIBRS))
		bits |= EFER_AIBRSE;
	return bits;
}

/* ---- all of another world's: VMRUN ---- */

/* AMD APM vol 2 §15.5.1 "Basic Operation".  Unlike a MOV, CR0 may have paging
 * without protection ("paged real mode"). */
bool
cr_world_legal(const struct cpu *c, uint64_t cr0, uint64_t cr3, uint64_t cr4, uint64_t efer)
{
	bool lm = (efer & EFER_LME) && (cr0 & CR0_PG);

	if ((cr0 >> 32) || ((cr0 & CR0_NW) && !(cr0 & CR0_CD)))
		return false;
	if ((cr4 & ~cr4_defined(c)) || (efer & ~efer_defined(c)) || !(efer & EFER_SVME))
		return false;
	if (lm && (!(cr4 & CR4_PAE) || !(cr0 & CR0_PE)))
		return false;
	return !lm || !(cr3 >> c->mmu.pg.phys_bits);
}

void
cr_world_load(struct cpu *c, uint64_t cr0, uint64_t cr3, uint64_t cr4, uint64_t efer)
{
	bool lm = (efer & EFER_LME) && (cr0 & CR0_PG);

	c->cr0 = (cr0 & CR0_DEFINED) | CR0_ET;
	c->cr3 = lm ? cr3 : (uint32_t)cr3;
	c->cr4 = cr4;
	c->efer = (efer & ~EFER_LMA) | (lm ? EFER_LMA : 0);
}

/* LMA is the processor's: a write leaves it as it is. */
bool
efer_write(struct cpu *c, uint64_t v)
{
	uint64_t changed;

	v = (v & ~EFER_LMA) | (c->efer & EFER_LMA);
	changed = v ^ c->efer;
	if (v & ~efer_defined(c))
		return raise_gp0(c);
	/* AMD APM vol 2 §15.30.1 "VM_CR MSR (C001_0114h)", SVMDIS. */
	if ((v & EFER_SVME) && (c->vm_cr & VM_CR_SVMDIS))
		return raise_gp0(c);
	if ((changed & EFER_LME) && (c->cr0 & CR0_PG))
		return raise_gp0(c);
	c->efer = v;
	if (changed & (EFER_NXE | EFER_LME))
		c->mmu.fetch_page = FETCH_NONE;
	cpu_mode_update(c);
	if (changed & EFER_NXE)
		mmu_flush_all(&c->mmu);
	return true;
}

/* ---- instructions ---- */

bool
x_mov_from_cr(struct cpu *c, const struct insn *in, union xval *v)
{
	return cr_read(c, in->o[1].reg, &v[0].u);
}

bool
x_mov_to_cr(struct cpu *c, const struct insn *in, union xval *v)
{
	return cr_write(c, in->o[0].reg, v[1].u);
}

bool
x_smsw(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	v[0].u = c->cr0;
	return true;
}

/* AMD APM vol 3 "LMSW": the low four bits; PE can be set but not cleared. */
bool
x_lmsw(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	return cr0_write(c, (c->cr0 & ~(CR0_MP | CR0_EM | CR0_TS)) | (v[0].u & 15));
}

bool
x_clts(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	c->cr0 &= ~CR0_TS;
	cpu_mode_update(c);
	return true;
}

gva_t
invlpg_address(const struct cpu *c, const struct insn *in, uint64_t ea)
{
	if (!in_long64(c))
		return (uint32_t)(c->seg[in->seg].base + ea);
	return in->seg >= SEG_FS ? ea + c->seg[in->seg].base : ea;
}

bool
x_invlpg(struct cpu *c, const struct insn *in, union xval *v)
{
	gva_t va = invlpg_address(c, in, v[0].u);

	c->mmu.fetch_page = FETCH_NONE;
	if (is_canonical(va))
		mmu_invlpg(&c->mmu, va);
	return true;
}

enum { INVPCID_ADDR, INVPCID_ONE, INVPCID_ALL, INVPCID_ALL_NONGLOBAL };

/* AMD APM vol 3 "INVPCID". */
static bool
invpcid_legal(const struct cpu *c, uint64_t type, uint64_t pcid, gva_t va)
{
	if (type > INVPCID_ALL_NONGLOBAL || pcid > CR3_PCID)
		return false;
	if (type <= INVPCID_ONE && pcid && !(c->cr4 & CR4_PCIDE))
		return false;
	return type != INVPCID_ADDR || is_canonical(va);
}

bool
x_invpcid(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t type = v[0].u;
	uint8_t d[16];

	if (!seg_ld(c, in->seg, v[1].u, 16, d))
		return false;
	if (!invpcid_legal(c, type, get_le64(d), get_le64(d + 8)))
		return raise_gp0(c);
	c->mmu.fetch_page = FETCH_NONE;
	switch (type) {
	case INVPCID_ADDR:
		mmu_invpcid_addr(&c->mmu, get_le16(d), get_le64(d + 8));
		break;
	case INVPCID_ONE:
		mmu_flush_pcid(&c->mmu, get_le16(d));
		break;
	case INVPCID_ALL:
		mmu_flush_all(&c->mmu);
		break;
	default:
		mmu_flush_nonglobal(&c->mmu);
		break;
	}
	return true;
}

/* The modelled caches hold nothing that memory does not. */
bool
x_invd(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c;
	(void)in;
	(void)v;
	return true;
}

bool
x_wbinvd(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)c;
	(void)in;
	(void)v;
	return true;
}

/* AMD APM vol 2 §11.5.2 "XCR0": x87 always, SSE when asked for. */
bool
x_xsetbv(struct cpu *c, const struct insn *in, union xval *v)
{
	uint64_t x = (uint32_t)c->gpr[RAX] | c->gpr[RDX] << 32;

	(void)in;
	(void)v;
	/* Here, because its intercept comes before it. */
	if (c->cpl || (uint32_t)c->gpr[RCX] != 0 || !(x & 1) || (x & ~(uint64_t)3))
		return raise_gp0(c);
	c->xcr0 = x;
	return true;
}

bool
x_xgetbv(struct cpu *c, const struct insn *in, union xval *v)
{
	(void)in;
	(void)v;
	if ((uint32_t)c->gpr[RCX] != 0)
		return raise_gp0(c);
	c->gpr[RAX] = (uint32_t)c->xcr0;
	c->gpr[RDX] = c->xcr0 >> 32;
	return true;
}
