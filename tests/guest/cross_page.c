/*
 * Does an access whose second page faults leave everything unchanged?
 *
 * Set-up: two pages, the second absent or read-only; stores, read-modify-writes,
 * pushes, string, x87, SSE and system stores across the border.
 * Expected: #PF with CR2 at the second page, rip of the instruction, memory and
 * registers as before.
 * AMD APM vol 2, "Precise Exceptions"; "#PF-Page-Fault Exception (Vector 14)".
 */
#include "guest.h"

#define VA	VA_FREE
#define EDGE	(VA + PAGE)

static uint8_t *first, before[PAGE];

static void
check(const char *name, int got)
{
	expect_trap(got, PF, "%s", name);
	if (got != PF)
		return;
	expect(trap.cr2, EDGE, "%s: CR2", name);
	claim(!memcmp(first, before, PAGE), "%s: nothing is written", name);
	memcpy(first, before, PAGE);
}

/* rdi is 4 (16-byte operands: 8) bytes before the border. */
#define CASE(name, text, back) do { \
		ulong at_ = EDGE - (back), a_ = 0x1111111111111111, c_ = 0x2222222222222222; \
		int v_ = TRYX(text, OPERANDS("+D"(at_), "+a"(a_), "+c"(c_)), , "rdx", "rsi", \
		    "rbx"); \
		check(name, v_); \
		if (v_ == PF) { \
			expect(trap.regs.di, EDGE - (back), "%s: rdi", name); \
			expect(trap.regs.ax, 0x1111111111111111, "%s: rax", name); \
			expect(trap.regs.cx, 0x2222222222222222, "%s: rcx", name); \
		} \
	} while (0)

static void
cases(void)
{
	CASE("MOV qword", "mov %%rax, (%%rdi)", 4);
	CASE("MOV dword", "mov %%eax, (%%rdi)", 2);
	CASE("MOV word", "mov %%ax, (%%rdi)", 1);
	CASE("MOV immediate", "movq $5, (%%rdi)", 3);
	CASE("ADD", "add %%rax, (%%rdi)", 4);
	CASE("LOCK ADD", "lock add %%rax, (%%rdi)", 4);
	CASE("XCHG", "xchg %%rax, (%%rdi)", 4);
	CASE("XADD", "xadd %%rax, (%%rdi)", 4);
	CASE("CMPXCHG", "cmpxchg %%rcx, (%%rdi)", 4);
	CASE("CMPXCHG8B", "cmpxchg8b (%%rdi)", 4);
	CASE("SHLD", "shld $3, %%rax, (%%rdi)", 4);
	CASE("ROL", "rolq $3, (%%rdi)", 4);
	CASE("NOT", "notq (%%rdi)", 4);
	CASE("BTS", "btsw $3, (%%rdi)", 1);
	CASE("SETcc is one byte", "setz (%%rdi)", 0);
	CASE("STOSQ", "stosq", 4);
	CASE("MOVSQ", "mov %%rsp, %%rsi\n movsq", 4);
	check("PUSH", USERX("mov %0, %%rsp\n push %%rax", , "r"(EDGE + 4)));
	expect(trap.sp, EDGE + 4, "PUSH: rsp");
	CASE("FSTP 80 bits", "fninit\n fldpi\n fstpt (%%rdi)", 5);
	CASE("FSTP 64 bits", "fninit\n fldpi\n fstpl (%%rdi)", 4);
	CASE("FISTP", "fninit\n fldpi\n fistpll (%%rdi)", 4);
	CASE("FBSTP", "fninit\n fldpi\n fbstp (%%rdi)", 5);
	CASE("FNSTENV", "fninit\n fnstenv (%%rdi)", 14);
	CASE("FNSAVE", "fninit\n fnsave (%%rdi)", 50);
	CASE("FNSTCW", "fnstcw (%%rdi)", 1);
	CASE("MOVUPS", "movups %%xmm0, (%%rdi)", 8);
	CASE("MOVQ", "movq %%xmm0, (%%rdi)", 4);
	CASE("MOVSS", "movss %%xmm0, (%%rdi)", 2);
	CASE("FXSAVE", "fxsave (%%rdi)", 256);
	CASE("SGDT", "sgdt (%%rdi)", 5);
	CASE("STMXCSR", "stmxcsr (%%rdi)", 2);
}

/* The x87 stack is not popped, either. */
static void
fpu_state(void)
{
	uint16_t sw = 0;

	TRYX("fninit\n fld1\n fldpi\n fstpl (%%rdi)", , "D"(EDGE - 4));
	asm volatile("fnstsw %0" : "=a"(sw));
	expect(sw >> 11 & 7, 6, "FSTP that faults pops nothing");
	TRYX("fninit\n fldl (%%rdi)", , "D"(EDGE - 4));
	asm volatile("fnstsw %0" : "=a"(sw));
	expect(sw >> 11 & 7, 0, "FLD that faults pushes nothing");
}

int
main(void)
{
	write_cr4(read_cr4() | CR4_OSFXSR);
	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE | CR0_WP);
	first = page_alloc();
	for (unsigned i = 0; i < PAGE; i++)
		first[i] = (uint8_t)(i * 7 + 3);
	memcpy(before, first, PAGE);
	map(VA, (ulong)first, PTE_P | PTE_W | PTE_U);
	*pte_at(EDGE, 1) = 0;
	invlpg(EDGE);
	cases();
	fpu_state();
	map(EDGE, (ulong)page_alloc(), PTE_P | PTE_U);
	cases();
	return 0;
}
