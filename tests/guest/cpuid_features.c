/*
 * Does CPUID agree with what the processor does?
 *
 * Set-up: one instruction or CR4 bit per feature, tried whether advertised or
 * not; the shape of the leaves.
 * Expected: it works if and only if the feature is advertised; vendor strings
 * equal; leaves above the maximum; APIC and OSXSAVE bits follow their switches.
 * AMD APM vol 3, "Obtaining Processor Information Via the CPUID Instruction".
 */
#include "guest.h"

static uint64_t mem[8] __attribute__((aligned(64)));

#define AGREES(f, name, text, ...) do { \
		int v_ = TRYX(text, , OPERANDS(__VA_ARGS__), "eax", "ecx", "edx"); \
		expect_trap(v_, has(f) ? NONE : UD, "%s", name); \
	} while (0)

int
main(void)
{
	struct cpuid lo = cpuid(0, 0), hi = cpuid(0x80000000, 0), one = cpuid(1, 0);

	write_cr4(read_cr4() | CR4_OSFXSR);
	claim(lo.a >= 1 && hi.a >= 0x80000008, "maximum leaves");
	if (is_amd())
		claim(lo.b == hi.b && lo.c == hi.c && lo.d == hi.d, "vendor in both ranges");
	expect(cpuid(0x80000001, 0).d & 0x0183f3ff, is_amd() ? one.d & 0x0183f3ff :
	    cpuid(0x80000001, 0).d & 0x0183f3ff, "8000_0001h EDX repeats 1 EDX");
	AGREES(FEAT(0, 3, 15), "CMOV", "cmovz %%eax, %%eax");
	AGREES(FEAT(0, 3, 8), "CMPXCHG8B", "cmpxchg8b (%0)", "S"(mem));
	AGREES(FEAT(0, 3, 19), "CLFLUSH", "clflush (%0)", "S"(mem));
	AGREES(FEAT(0, 3, 25), "SSE", "xorps %%xmm0, %%xmm0");
	AGREES(FEAT(0, 3, 26), "SSE2", "xorpd %%xmm0, %%xmm0");
	AGREES(FEAT(0, 2, 0), "SSE3", "haddps %%xmm0, %%xmm0");
	AGREES(FEAT(0, 2, 1), "PCLMULQDQ", "pclmulqdq $0, %%xmm0, %%xmm0");
	AGREES(FEAT(0, 2, 9), "SSSE3", "pabsb %%xmm0, %%xmm0");
	AGREES(FEAT(0, 2, 19), "SSE4.1", "pmulld %%xmm0, %%xmm0");
	AGREES(FEAT(0, 2, 20), "SSE4.2", "pcmpgtq %%xmm0, %%xmm0");
	AGREES(FEAT(0, 2, 22), "MOVBE", "movbe (%0), %%eax", "S"(mem));
	AGREES(FEAT(0, 2, 23), "POPCNT", "popcnt %%eax, %%eax");
	AGREES(FEAT(0, 2, 25), "AES", "aesenc %%xmm0, %%xmm0");
	AGREES(FEAT(0, 2, 30), "RDRAND", "rdrand %%eax");
	AGREES(FEAT(1, 1, 18), "RDSEED", "rdseed %%eax");
	AGREES(FEAT(1, 1, 19), "ADX", "adcx %%eax, %%eax");
	AGREES(FEAT(1, 1, 20), "SMAP", "clac");
	AGREES(FEAT(1, 1, 23), "CLFLUSHOPT", "clflushopt (%0)", "S"(mem));
	AGREES(FEAT(2, 3, 27), "RDTSCP", "rdtscp");
#ifdef __x86_64__
	AGREES(FEAT(0, 2, 13), "CMPXCHG16B", "push %%rbx\n cmpxchg16b (%0)\n pop %%rbx", "S"(mem));
	AGREES(FEAT(2, 2, 0), "LAHF", "lahf");
#endif
	if (!has(FEAT(0, 2, 28)))
		expect_trap(TRY(".byte 0xc5, 0xf8, 0x57, 0xc0"), UD, "VEX without AVX");
	expect_trap(USERX("cpuid", , "a"(0), "ebx", "ecx", "edx"), NONE, "CPUID at CPL 3");
	expect(one.d >> 9 & 1, 1, "APIC");
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) & ~(uint64_t)0x800);
	expect(cpuid(1, 0).d >> 9 & 1, 0, "APIC off: the bit goes");
	return 0;
}
