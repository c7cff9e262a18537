/*
 * cpu/cpuid.c - the CPUID instruction
 *
 * AMD APM vol 3 appendix E "Obtaining Processor Information Via the CPUID
 * Instruction".  Functions above a range's maximum return zeros, as AMD
 * processors do.
 *
 * Function 4000_0010h EAX is the TSC frequency in kHz, in VMware's layout, for
 * our own guest software.  Linux reads that leaf only under hypervisors it
 * knows by name (VMware through its port, ACRN); claiming to be one would
 * switch on that hypervisor's other interfaces.  So Linux calibrates the TSC
 * against the PIT, which takes some tens of virtual milliseconds and is exact
 * to a few parts per million because both run off the same cycle counter.
 */
#include "cpu/cpuid.h"

#include <string.h>

#include "base/vclock.h"
#include "cpu/system_priv.h"

enum { EAX, EBX, ECX, EDX };

#define HV_BASE		0x40000000u
#define HV_LAST		0x40000010u
#define EXT_BASE	0x80000000u

/* Caches as Zen has them; the flat timing model has none. */
#define L1_TLB		0xff40ff40u	/* 64 entries, fully associative, I and D */
#define L2_TLB		0x56005600u	/* 1536 entries, 12 ways, I and D shared */
#define L1D		0x20080140u	/* 32 KiB, 8 ways, 64-byte lines */
#define L1I		0x40040140u	/* 64 KiB, 4 ways */
#define L2		0x02006140u	/* 512 KiB, 8 ways */
#define L3		0x00408140u	/* 8 MiB, 16 ways */

/* Bits of Fn0000_0001 EDX that Fn8000_0001 EDX repeats. */
#define REPEATED_EDX	0x0183f3ffu
#define MMXEXT		BIT(22)
#define CMP_LEGACY	BIT(1)		/* the threads of HTT are cores */

/* A register of a leaf, from the features. */
static uint32_t
feature_bits(const struct cpu *c, uint32_t leaf, uint32_t sub, unsigned reg)
{
	static const struct { uint32_t leaf; uint8_t sub, reg, bit, feat; } map[] = {
#define FEATURE(id, name, l, s, r, b) { l, s, r, b, FEAT_##id },
#include "cpu/features.def"
#undef FEATURE
	};
	uint32_t v = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(map); i++) {
		if (map[i].leaf == leaf && map[i].sub == sub && map[i].reg == reg &&
		    feat_has(&c->features, map[i].feat))
			v |= 1u << map[i].bit;
	}
	return v;
}

static void
features(const struct cpu *c, uint32_t leaf, uint32_t sub, uint32_t out[4])
{
	for (unsigned r = EAX; r <= EDX; r++)
		out[r] = feature_bits(c, leaf, sub, r);
}

/* AMD APM vol 3 §E.3.2 "Function 1h": extended family and model above 15. */
static uint32_t
signature(const struct cpu_model *m)
{
	unsigned family = m->family > 15 ? 15 : m->family;

	return (uint32_t)(m->family - family) << 20 | (m->model >> 4 & 0xfu) << 16 |
	    family << 8 | (m->model & 0xfu) << 4 | m->stepping;
}

static void
vendor(const struct cpu_model *m, uint32_t out[4])
{
	out[EBX] = get_le32(m->vendor);
	out[EDX] = get_le32(m->vendor + 4);
	out[ECX] = get_le32(m->vendor + 8);
}

/* APIC_BASE's enable bit hides the feature while it is clear. */
static bool
apic_enabled(const struct cpu *c)
{
	uint64_t base;

	if (!c->env.apic_msr_read || !c->env.apic_msr_read(c->env.arg, 0x1b, &base))
		return true;
	return base & BIT(11);
}

static void
leaf_1(const struct cpu *c, uint32_t out[4])
{
	features(c, 1, 0, out);
	out[EAX] = signature(c->model);
	out[EBX] = (uint32_t)c->index << 24;
	if (c->cpus > 1) {
		/* HTT: EBX has the number of logical processors in the package. */
		out[EBX] |= (uint32_t)c->cpus << 16;
		out[EDX] |= 1u << 28;
	}
	if (feat_has(&c->features, FEAT_CLFLUSH))
		out[EBX] |= 8 << 8;
	if (c->cr4 & CR4_OSXSAVE)
		out[ECX] |= 1u << 27;
	if (!apic_enabled(c))
		out[EDX] &= ~(1u << 9);
}

/* Bits of the APIC ID that number the cores of the package. */
static unsigned
core_bits(const struct cpu *c)
{
	unsigned bits = 0;

	while (1u << bits < c->cpus)
		bits++;
	return bits;
}

/* One package; every processor is a core of one thread. */
static void
leaf_topology(const struct cpu *c, uint32_t sub, uint32_t out[4])
{
	if (!feat_has(&c->features, FEAT_X2APIC))
		return;
	if (sub == 1)
		out[EAX] = core_bits(c);
	out[EDX] = c->index;
	out[ECX] = sub & 0xff;
	if (sub < 2) {
		out[EBX] = sub ? c->cpus : 1;
		out[ECX] |= (sub + 1) << 8;
	}
}

/* x87 and SSE state: 512 bytes and the header. */
static void
leaf_xsave(const struct cpu *c, uint32_t sub, uint32_t out[4])
{
	if (!feat_has(&c->features, FEAT_XSAVE))
		return;
	features(c, 0xd, sub, out);
	if (sub == 0) {
		out[EAX] = 3;
		out[EBX] = out[ECX] = 576;
	}
}

static void
leaf_standard(const struct cpu *c, uint32_t leaf, uint32_t sub, uint32_t out[4])
{
	switch (leaf) {
	case 0:
		out[EAX] = c->model->max_leaf;
		vendor(c->model, out);
		break;
	case 1:
		leaf_1(c, out);
		break;
	case 5:
		if (feat_has(&c->features, FEAT_MONITOR)) {
			out[EAX] = out[EBX] = 64;
			out[ECX] = 3;
		}
		break;
	case 6:
		out[EAX] = 4;		/* the APIC timer runs in every state */
		break;
	case 7:
		features(c, 7, sub, out);
		break;
	case 0xb:
		leaf_topology(c, sub, out);
		break;
	case 0xd:
		leaf_xsave(c, sub, out);
		break;
	default:
		break;
	}
}

static void
leaf_hypervisor(uint32_t leaf, uint32_t out[4])
{
	if (leaf == HV_BASE) {
		out[EAX] = HV_LAST;
		out[EBX] = get_le32("ring");
		out[ECX] = get_le32("lab ");
		out[EDX] = get_le32("emu ");
	} else if (leaf == HV_LAST) {
		out[EAX] = VCLOCK_HZ / 1000;
	}
}

static void
leaf_ext_1(const struct cpu *c, uint32_t out[4])
{
	uint32_t base[4];

	leaf_1(c, base);
	features(c, EXT_BASE + 1, 0, out);
	out[EAX] = base[EAX];
	out[EDX] |= base[EDX] & REPEATED_EDX;
	if (feat_has(&c->features, FEAT_SSE))
		out[EDX] |= MMXEXT;
	if (c->cpus > 1)
		out[ECX] |= CMP_LEGACY;
}

static void
leaf_brand(const struct cpu *c, uint32_t leaf, uint32_t out[4])
{
	memcpy(out, c->model->brand + (leaf - EXT_BASE - 2) * 16, 16);
}

/* Revision 1; as many address spaces as AMD's servers have. */
static void
leaf_svm(const struct cpu *c, uint32_t out[4])
{
	if (!feat_has(&c->features, FEAT_SVM))
		return;
	features(c, EXT_BASE + 0xa, 0, out);
	out[EAX] = 1;
	out[EBX] = 0x8000;
}

static void
leaf_extended(const struct cpu *c, uint32_t leaf, uint32_t out[4])
{
	switch (leaf - EXT_BASE) {
	case 0:
		out[EAX] = c->model->max_ext_leaf;
		vendor(c->model, out);
		break;
	case 1:
		leaf_ext_1(c, out);
		break;
	case 2:
	case 3:
	case 4:
		leaf_brand(c, leaf, out);
		break;
	case 5:
		out[EAX] = out[EBX] = L1_TLB;
		out[ECX] = L1D;
		out[EDX] = L1I;
		break;
	case 6:
		out[EAX] = out[EBX] = L2_TLB;
		out[ECX] = L2;
		out[EDX] = L3;
		break;
	case 0xa:
		leaf_svm(c, out);
		break;
	case 7:
	case 0x21:
		features(c, leaf, 0, out);
		break;
	case 8:
		features(c, leaf, 0, out);
		out[EAX] = c->model->phys_bits | (uint32_t)c->model->virt_bits << 8;
		if (c->cpus > 1)
			out[ECX] = core_bits(c) << 12 | (c->cpus - 1u);
		break;
	default:
		break;
	}
}

void
cpuid(const struct cpu *c, uint32_t leaf, uint32_t sub, uint32_t out[4])
{
	bool hypervisor = feat_has(&c->features, FEAT_HYPERVISOR);

	memset(out, 0, 4 * sizeof(out[0]));
	if (leaf <= c->model->max_leaf)
		leaf_standard(c, leaf, sub, out);
	else if (leaf >= HV_BASE && leaf <= HV_LAST && hypervisor)
		leaf_hypervisor(leaf, out);
	else if (leaf >= EXT_BASE && leaf <= c->model->max_ext_leaf)
		leaf_extended(c, leaf, out);
}
