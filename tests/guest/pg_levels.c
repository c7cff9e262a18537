/*
 * -cpu pg: do sensitive instructions trap at CPL 1 and 2, too, and in
 * compatibility mode?
 *
 * Set-up: code and stack segments of these levels; IOPL 3.
 * Expected: #GP(0), rip at the instruction.
 * docs/pg.md, "The list".
 */
#include "pg.h"

#define CS1	0x71
#define SS1	0x79
#define CS2	0x82
#define SS2	0x8a

static uint8_t buf[16];

#define LEVEL(cs, ss, how) do { \
	sensitive(PG_AT(cs, ss, "sgdt %0", "m"(buf)), how ": SGDT"); \
	sensitive(PG_AT(cs, ss, "smsw %%eax"), how ": SMSW"); \
	sensitive(PG_AT(cs, ss, "pushf"), how ": PUSHF"); \
	sensitive(PG_AT(cs, ss, "mov %%cs, %%eax"), how ": MOV from CS"); \
	sensitive(PG_AT(cs, ss, "cli"), how ": CLI"); \
	sensitive(PG_AT(cs, ss, "inb $0x80, %%al"), how ": IN"); \
	sensitive(PG_AT(cs, ss, "cpuid"), how ": CPUID"); \
	sensitive(PG_AT(cs, ss, "int $0x80"), how ": INT n"); \
	innocuous(PG_AT(cs, ss, "mov %%eax, %%ecx"), how ": MOV"); \
} while (0)

int
main(void)
{
	unsigned flags = sizeof(ulong) == 8 ? F_L : F_B;

	pg_needed();
	set_gdt(CS1, seg_desc(FLAT, D_CODE | 0x20, F_G | flags));
	set_gdt(SS1, seg_desc(FLAT, D_DATA | 0x20, F_G | F_B));
	set_gdt(CS2, seg_desc(FLAT, D_CODE | 0x40, F_G | flags));
	set_gdt(SS2, seg_desc(FLAT, D_DATA | 0x40, F_G | F_B));
	user_flags = 2 | FL_IOPL;
	LEVEL(CS1, SS1, "CPL 1");
	LEVEL(CS2, SS2, "CPL 2");
#ifdef __x86_64__
	sensitive(PG_AT(UCS32, UDS, CODE32 "str %%eax\n" CODE64), "compatibility mode: STR");
	sensitive(PG_AT(UCS32, UDS, CODE32 "push %%cs\n" CODE64), "compatibility mode: PUSH CS");
	sensitive(PG_AT(UCS32, UDS, CODE32 "into\n" CODE64), "compatibility mode: INTO");
	innocuous(PG_AT(UCS32, UDS, CODE32 "inc %%eax\n" CODE64), "compatibility mode: INC");
#endif
	return 0;
}
