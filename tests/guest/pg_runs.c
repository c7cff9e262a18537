/*
 * -cpu pg: do innocuous instructions run at CPL 3, and all of them at CPL 0?
 *
 * Set-up: one instruction at CPL 3 with an UD2 behind it; sensitive ones at CPL 0.
 * Expected: the UD2 traps; at CPL 0 nothing does.
 * docs/pg.md, "What stays".
 */
#include "pg.h"

static uint8_t buf[1024] __attribute__((aligned(64)));

static void
integer(void)
{
	innocuous(PG_USER("nop"), "NOP");
	innocuous(PG_USER("addl $1, %0", "m"(buf)), "ADD");
	innocuous(PG_USER("push %0\n pop %0", "m"(buf)), "PUSH and POP of memory");
	innocuous(PG_USER("call 95f\n 95: pop %%" PG_RAX), "near CALL");
	innocuous(PG_USER("push $95f\n ret\n 95:"), "near RET");
	innocuous(PG_USER("lahf\n sahf"), "LAHF, SAHF");
	innocuous(PG_USER("std\n cld\n stc\n cmc\n clc"), "DF and CF");
	innocuous(PG_USER("lock cmpxchg %%ecx, %0", "m"(buf)), "CMPXCHG");
	innocuous(PG_USER("xor %%ecx, %%ecx\n rep movsb"), "REP MOVS");
	innocuous(PG_USER("enter $16, $0\n leave"), "ENTER, LEAVE");
	innocuous(PG_USER("pause\n lfence\n mfence"), "PAUSE and fences");
	innocuous(PG_USER("prefetcht0 %0\n clflush %0", "m"(buf)), "PREFETCH, CLFLUSH");
	innocuous(PG_USER("rdrand %%eax"), "RDRAND");
#ifndef __x86_64__
	innocuous(PG_USER("pusha\n popa"), "PUSHA, POPA");
	innocuous(PG_USER("arpl %%ax, %%ax"), "ARPL");
#endif
}

static void
floating_point(void)
{
	innocuous(PG_USER("fninit\n fld1\n fldpi\n faddp\n fstp %%st(0)"), "x87");
	innocuous(PG_USER("fnstenv %0\n fldenv %0", "m"(buf)), "FNSTENV, FLDENV");
	innocuous(PG_USER("pxor %%mm0, %%mm0\n emms"), "MMX");
	innocuous(PG_USER("pxor %%xmm0, %%xmm0\n addsd %%xmm0, %%xmm0"), "SSE");
	innocuous(PG_USER("stmxcsr %0\n ldmxcsr %0", "m"(buf)), "MXCSR");
}

static void
at_level_0(void)
{
	ulong v;

	expect_trap(TRY("sgdt %0", "m"(buf)), NONE, "SGDT at CPL 0");
	expect_trap(TRYX("smsw %k0", "=r"(v), ), NONE, "SMSW at CPL 0");
	expect_trap(TRY("pushf\n popf"), NONE, "PUSHF, POPF at CPL 0");
	expect_trap(TRYX("mov %%cs, %0", "=r"(v), ), NONE, "MOV from CS at CPL 0");
	expect_trap(TRY("mov %0, %%es", "r"(UDS)), NONE, "MOV to ES at CPL 0");
	expect_trap(TRYX("cpuid", , "a"(0), "ebx", "ecx", "edx"), NONE, "CPUID at CPL 0");
	expect_trap(TRYX("rdtsc", , , "eax", "edx"), NONE, "RDTSC at CPL 0");
	expect_trap(TRY("fxsave %0", "m"(buf)), NONE, "FXSAVE at CPL 0");
	expect_trap(TRYX("xgetbv", , "c"(0), "eax", "edx"), NONE, "XGETBV at CPL 0");
}

/* What the x87 keeps says nothing of the level: CPUID "zero-fcs-fds". */
static void
x87_selectors(void)
{
	uint32_t *env = (uint32_t *)buf;

	claim(cpuid(7, 0).b & BIT(13), "CPUID says that FCS and FDS are zero");
	env[4] = env[6] = ~0u;
	asm volatile("fninit\n fld1\n fldl %0\n fnstenv %0" : "+m"(buf));
	expect(env[4] & 0xffff, 0, "FCS at CPL 0");
	expect(env[6] & 0xffff, 0, "FDS at CPL 0");
	env[4] = ~0u;
	innocuous(PG_USER("fninit\n fld1\n fnstenv %0", "m"(buf)), "FLD1, FNSTENV");
	expect(env[4] & 0xffff, 0, "FCS at CPL 3");
	env[4] = env[6] = 0x1234;
	asm volatile("fldenv %0\n fnstenv %0" : "+m"(buf));
	expect(env[4] & 0xffff, 0, "FCS after FLDENV");
}

int
main(void)
{
	pg_needed();
	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXSAVE);
	memset(buf, 0, sizeof(buf));
	integer();
	floating_point();
	at_level_0();
	x87_selectors();
	return 0;
}
