/*
 * vmm/exit_cpuid.c - what a guest is told about its processor
 *
 * The machine's CPUID, less what is not virtualized: a processor without local
 * APIC, XSAVE, SVM and machine-check architecture, with a hypervisor.
 */
#include "base/bits.h"
#include "vmm/abi.h"
#include "vmm/cpu.h"
#include "vmm/exits.h"
#include "vmm/svm.h"
#include "vmm/vm.h"

#define B(n)		(1u << (n))

/* Fn1 ECX: SSE3, SSSE3, SSE4, CMPXCHG16B, POPCNT, hypervisor */
#define FN1_ECX		(B(0) | B(9) | B(13) | B(19) | B(20) | B(23))
#define HYPERVISOR	B(31)
/* Fn1 EDX: FPU, DE, PSE, TSC, MSR, PAE, CX8, SEP, PGE, CMOV, PAT, PSE36, CLFSH,
 * MMX, FXSR, SSE, SSE2 */
#define FN1_EDX		(B(0) | B(2) | B(3) | B(4) | B(5) | B(6) | B(8) | B(11) | \
			    B(13) | B(15) | B(16) | B(19) | B(23) | B(24) | B(25) | B(26))
/* Fn8000_0001: SYSCALL, NX, LM, LAHF, 3DNow prefetch and its own copy of Fn1 */
#define EXT_ECX		(B(0) | B(8))
#define EXT_EDX		((FN1_EDX & 0x0183f3ffu & ~B(11)) | B(11) | B(20) | B(29))

static struct cpuid
masked(uint32_t leaf, uint32_t sub)
{
	struct cpuid c = cpuid(leaf, sub);

	switch (leaf) {
	case 0:
		c.eax = 1;
		break;
	case 1:
		c.ebx &= 0x0000ff00;
		c.ecx = (c.ecx & FN1_ECX) | HYPERVISOR;
		c.edx &= FN1_EDX;
		break;
	case 0x80000000:
		c.eax = 0x80000008;
		break;
	case 0x80000001:
		c.ecx &= EXT_ECX;
		c.edx &= EXT_EDX;
		break;
	case 0x80000007:
		c = (struct cpuid){ 0, 0, 0, B(8) };	/* TSC invariant */
		break;
	case 0x80000008:
		c = (struct cpuid){ 0x3000 | (c.eax & 0xff), 0, 0, 0 };
		break;
	}
	return c;
}

static uint32_t
features(const struct vm *vm)
{
	return (vm->config.mem == MEM_DIRECT ? VMM_F_DIRECT : 0) |
	    (vm->config.cpu == CPU_DEPRIVILEGED ? VMM_F_DEPRIVILEGED : 0);
}

static struct cpuid
ours(const struct vm *vm, uint32_t leaf)
{
	static const char signature[] = VMM_SIGNATURE;
	struct cpuid c = { VMM_CPUID_FEATURES, 0, 0, 0 };

	if (leaf == VMM_CPUID_FEATURES)
		return (struct cpuid){ features(vm), 0, 0, 0 };

	if (leaf != VMM_CPUID)
		return (struct cpuid){ 0, 0, 0, 0 };
	c.ebx = get_le32(signature);
	c.ecx = get_le32(signature + 4);
	c.edx = get_le32(signature + 8);
	return c;
}

void
exit_cpuid(struct vm *vm)
{
	uint64_t *g = vm->cpu.gpr;
	uint32_t leaf = (uint32_t)g[RAX];
	struct cpuid c;

	if (leaf >> 16 == VMM_CPUID >> 16)
		c = ours(vm, leaf);
	else if (leaf <= 1 || (leaf >= 0x80000000 && leaf <= 0x80000008))
		c = masked(leaf, (uint32_t)g[RCX]);
	else
		c = (struct cpuid){ 0, 0, 0, 0 };
	g[RAX] = c.eax;
	g[RBX] = c.ebx;
	g[RCX] = c.ecx;
	g[RDX] = c.edx;
	exit_skip(vm, 2);
}
