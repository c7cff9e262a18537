/*
 * Where is LOCK #UD?
 *
 * Set-up: instructions with a LOCK prefix: not lockable, lockable with a
 * register destination, lockable with memory.
 * Expected: #UD for the first two; none for the third.
 * AMD APM vol 3, "Lock Prefix".
 */
#include "guest.h"

static uint32_t word __attribute__((aligned(16)));

struct row {
	const char	*name;
	uint8_t		bytes[8];
	uint8_t		length;
	bool		ok;
};

/* xDX points to word. */
static const struct row rows[] = {
	{ "ADD m, r", { 0x01, 0x02 }, 2, true },
	{ "ADD r, m", { 0x03, 0x02 }, 2, false },
	{ "ADD r, r", { 0x01, 0xc0 }, 2, false },
	{ "CMP m, r", { 0x39, 0x02 }, 2, false },
	{ "MOV m, r", { 0x89, 0x02 }, 2, false },
	{ "XCHG m, r", { 0x87, 0x02 }, 2, true },
	{ "XCHG r, r", { 0x87, 0xc0 }, 2, false },
	{ "INC m", { 0xff, 0x02 }, 2, true },
	{ "INC r", { 0xff, 0xc0 }, 2, false },
	{ "NOT m", { 0xf7, 0x12 }, 2, true },
	{ "TEST m, i", { 0xf7, 0x02, 0, 0, 0, 0 }, 6, false },
	{ "MUL m", { 0xf7, 0x22 }, 2, false },
	{ "SHL m", { 0xd1, 0x22 }, 2, false },
	{ "XADD m, r", { 0x0f, 0xc1, 0x02 }, 3, true },
	{ "CMPXCHG m, r", { 0x0f, 0xb1, 0x02 }, 3, true },
	{ "CMPXCHG r, r", { 0x0f, 0xb1, 0xc0 }, 3, false },
	{ "CMPXCHG8B m", { 0x0f, 0xc7, 0x0a }, 3, true },
	{ "BT m, r", { 0x0f, 0xa3, 0x02 }, 3, false },
	{ "BTS m, i", { 0x0f, 0xba, 0x2a, 0x01 }, 4, true },
	{ "BT m, i", { 0x0f, 0xba, 0x22, 0x01 }, 4, false },
	{ "BTC r, i", { 0x0f, 0xba, 0xf8, 0x01 }, 4, false },
	{ "SHLD m, r, i", { 0x0f, 0xa4, 0x02, 0x01 }, 4, false },
	{ "NOP", { 0x90 }, 1, false },
	{ "STOSB", { 0xaa }, 1, false },
	{ "MOVSB", { 0xa4 }, 1, false },
	{ "LAHF", { 0x9f }, 1, false },
	{ "JMP", { 0xeb, 0x00 }, 2, false },
};

/* lock; instruction; ret */
static uint8_t code[16];

int
main(void)
{
	for (unsigned i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		void *d = &word, *s = &word, *to = &word;
		int got;

		code[0] = 0xf0;
		memcpy(code + 1, r->bytes, r->length);
		code[1 + r->length] = 0xc3;
		asm volatile("cpuid" : : "a"(0) : "ebx", "ecx", "edx", "memory");
		got = TRYX("xor %%eax, %%eax\n xor %%ecx, %%ecx\n call *%3",
		    OPERANDS("+d"(d), "+S"(s), "+D"(to)), "b"(code), "eax", "ecx");
		expect_trap(got, r->ok ? NONE : UD, "LOCK %s", r->name);
		if (got == UD)
			claim(trap.ip == (ulong)code, "LOCK %s: pushed rip", r->name);
	}
	return 0;
}
