/*
 * How long may an instruction be?
 *
 * Set-up: NOP with 1 to 15 operand-size prefixes; the same ending at a page that
 * is not mapped (64-bit).
 * Expected: #GP(0) for more than 15 bytes; #PF before that if byte 15 or an
 * earlier one cannot be fetched; #GP when only byte 16 cannot.
 * AMD APM vol 3, "Instruction Length" under "Instruction Encoding"; vol 2
 * "#GP-General-Protection Exception (Vector 13)".
 */
#include "guest.h"

static uint8_t code[32];

int
main(void)
{
	for (unsigned n = 1; n < 18; n++) {
		int got;

		memset(code, 0x66, n);
		code[n] = 0x90;
		code[n + 1] = 0xc3;
		asm volatile("cpuid" : : "a"(0) : "ebx", "ecx", "edx", "memory");
		got = TRY("call *%0", "r"(code));
		expect_trap(got, n < 15 ? NONE : GP, "instruction of %u bytes", n + 1);
		if (got == GP) {
			expect(trap.error, 0, "instruction of %u bytes: error code", n + 1);
			claim(trap.ip == (ulong)code, "instruction of %u bytes: pushed rip", n + 1);
		}
	}
#ifdef __x86_64__
	uint8_t *page = page_alloc();
	map(VA_FREE, (ulong)page, PTE_P | PTE_W);
	memset(page + 4096 - 16, 0x66, 16);
	for (unsigned n = 1; n <= 16; n++) {
		ulong at = VA_FREE + 4096 - n;
		int got = TRY("jmp *%0", "r"(at));

		expect_trap(got, n < 15 ? PF : GP, "%u prefixes before the end of the page", n);
		if (got == PF)
			expect(trap.cr2, VA_FREE + 4096, "%u prefixes: CR2", n);
	}
#endif
	return 0;
}
