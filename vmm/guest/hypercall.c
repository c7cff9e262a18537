/*
 * vmm/guest/hypercall.c - asking the VMM, where there is one
 */
#include "vmm/guest/hypercall.h"

#include <string.h>

#include "vmm/guest/kernel.h"
#include "vmm/guest/x86.h"

static uint32_t features NOT_HASHED;
static bool present NOT_HASHED;

void
hypercall_init(void)
{
	struct cpuid c;

	if (!(cpuid(1, 0).ecx >> 31))		/* "a hypervisor is present" */
		return;
	c = cpuid(VMM_CPUID, 0);
	present = !memcmp(&c.ebx, VMM_SIGNATURE, 12);
	if (!present || c.eax < VMM_CPUID_FEATURES)
		return;
	features = cpuid(VMM_CPUID_FEATURES, 0).eax;
}

bool
hypercall_present(void)
{
	return present;
}

bool
hypercall_direct(void)
{
	return features & VMM_F_DIRECT;
}

int64_t
hypercall(enum vmm_hypercall number, uint64_t a, uint64_t b, uint64_t c)
{
	int64_t result = number;

	if (features & VMM_F_DEPRIVILEGED)
		__asm__ volatile("int %1" : "+a"(result)
		    : "i"(VMM_VECTOR), "D"(a), "S"(b), "d"(c) : "memory");
	else
		__asm__ volatile("vmmcall" : "+a"(result)
		    : "D"(a), "S"(b), "d"(c) : "memory");
	return result;
}
