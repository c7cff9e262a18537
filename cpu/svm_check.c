/*
 * cpu/svm_check.c - may this VMCB be run?
 *
 * AMD APM vol 2 §15.5.1 "Basic Operation", "Canonicalization and Consistency
 * Checks", §15.20 "Event Injection" and §15.25.3 "Enabling Nested Paging".
 */
#include "cpu/cpuid.h"
#include "cpu/svm_priv.h"
#include "cpu/system_priv.h"

#define IOPM_BYTES	0x3000u
#define MSRPM_BYTES	0x2000u

static bool
map_fits(const struct cpu *c, uint64_t pa, unsigned bytes)
{
	return (pa & PAGE_MASK) + bytes <= BIT(c->model->phys_bits) &&
	    pa < BIT(c->model->phys_bits);
}

static bool
debug_legal(const struct vmcb_save *v)
{
	return !(v->dr6 >> 32) && !(v->dr7 >> 32);
}

static bool
code_legal(const struct vmcb_save *v)
{
	return !(v->efer & EFER_LME) || !(v->cr0 & CR0_PG) || !(v->cr4 & CR4_PAE) ||
	    (v->cs.attr & (SA_L | SA_DB)) != (SA_L | SA_DB);
}

/* Vector 2 is an interrupt; BOUND does not exist in 64-bit mode. */
static bool
exception_legal(const struct vmcb_save *v, unsigned vector)
{
	bool code64 = (v->efer & EFER_LME) && (v->cr0 & CR0_PG) && (v->cs.attr & SA_L);

	return vector < 32 && vector != EXC_NMI && (vector != EXC_BR || !code64);
}

static bool
eventinj_legal(const struct vmcb *v)
{
	uint64_t ev = v->c.eventinj;

	if (!(ev & EV_VALID))
		return true;
	switch (ev & EV_TYPE) {
	case EV_TYPE_INTR:
	case EV_TYPE_NMI:
	case EV_TYPE_SOFT:
		return true;
	case EV_TYPE_EXC:
		return exception_legal(&v->s, ev & EV_VECTOR);
	default:
		return false;
	}
}

/* Without nested paging the four page-directory-pointer entries are read by
 * VMRUN: present ones must be possible. */
static bool
pdptes_legal(const struct cpu *c, const struct vmcb *v)
{
	uint64_t root = v->s.cr3 & 0xffffffe0, mbz, e;

	if (!(v->s.cr0 & CR0_PG) || !(v->s.cr4 & CR4_PAE) || (v->s.efer & EFER_LME) ||
	    ((v->c.nested & NP_ENABLE) && feat_has(&c->features, FEAT_NPT)))
		return true;
	mbz = ~LOW_BITS(c->model->phys_bits) | 0x1e6;
	for (unsigned i = 0; i < 4; i++) {
		e = phys_ld64(c->pm, root + 8 * i);
		if ((e & 1) && (e & mbz))
			return false;
	}
	return true;
}

/* The nested dimension uses the host's paging mode. */
static bool
nested_legal(const struct cpu *c, const struct vmcb *v)
{
	uint64_t ncr3 = v->c.ncr3;

	if (!(v->c.nested & NP_ENABLE) || !feat_has(&c->features, FEAT_NPT))
		return true;
	if (!(c->cr0 & CR0_PG) || !msr_pat_legal(v->s.g_pat))
		return false;
	return !long_mode(c) || !(ncr3 >> c->model->phys_bits);
}

bool
svm_vmcb_legal(const struct cpu *c, const struct vmcb *v)
{
	if (!(v->c.icpt[ICPT_MISC2] & ICPT_VMRUN) || !v->c.asid)
		return false;
	if (!map_fits(c, v->c.iopm_pa, IOPM_BYTES) || !map_fits(c, v->c.msrpm_pa, MSRPM_BYTES))
		return false;
	return cr_world_legal(c, v->s.cr0, v->s.cr3, v->s.cr4, v->s.efer) &&
	    debug_legal(&v->s) && code_legal(&v->s) && eventinj_legal(v) &&
	    nested_legal(c, v) && pdptes_legal(c, v);
}
