/*
 * Breakpoints: which accesses hit, what do DR6, DR7, RF and GD do?
 *
 * Set-up: instruction, write, read/write and I/O breakpoints of all lengths.
 * Expected: instruction breakpoints are faults before the instruction with RF
 * clear in the image, skipped once when the handler sets it; data breakpoints
 * are traps after it, for every byte that overlaps; L and G both enable; I/O
 * breakpoints need CR4.DE; DR6.B0-B3; GD makes MOV DR #DB with DR6.BD and is
 * cleared by it; DR4 and DR5 are #UD with DE; upper halves are #GP; CPL 3 is
 * #GP.
 * AMD APM vol 2, "Software Debug"; "Setting Breakpoints"; "Breakpoints and
 * Single-Stepping".
 */
#include "guest.h"

static uint32_t data[8] __attribute__((aligned(32)));

static ulong
dr7(unsigned n, unsigned rw, unsigned len)
{
	return 0x400 | 1ul << (n * 2) | (ulong)(rw | len << 2) << (16 + n * 4);
}

static void
instruction(void)
{
	ulong at = 0;
	unsigned n;

	write_dr6(0);
	TRYX("mov $95f, %0\n mov %0, %%dr0\n mov %1, %%dr7\n 95: nop\n nop",
	    OPERANDS("=&r"(at)), "r"(dr7(0, 0, 0)));
	n = trap.count;
	expect_trap(trap.vector, DB, "instruction breakpoint");
	expect(n, 1, "instruction breakpoint: once");
	expect(trap.ip, at, "instruction breakpoint: before the instruction");
	expect(trap.dr6 & 0xe00f, 1, "instruction breakpoint: DR6");
	expect(trap.flags & FL_RF, 0, "instruction breakpoint: RF in the image");
	write_dr7(0x400);
}

static unsigned hits;
static bool
resume(struct trap *t)
{
	if (t->vector != DB)
		return false;
	hits++;
	t->flags |= FL_RF;
	return hits < 10;
}

static void
resume_flag(void)
{
	ulong at;

	trap_hook = resume;
	hits = 0;
	TRYX("mov $95f, %0\n mov %0, %%dr0\n mov %1, %%dr7\n 95: nop\n nop\n",
	    OPERANDS("=&r"(at)), "r"(dr7(0, 0, 0)));
	write_dr7(0x400);
	trap_hook = NULL;
	expect(hits, 1, "RF lets IRET go on behind the breakpoint");
}

static void
data_point(unsigned rw, unsigned len, int offset, unsigned size, bool write, bool want,
    const char *name)
{
	ulong a = (ulong)data + (ulong)(long)offset;
	int got;

	write_dr0((ulong)data);
	write_dr6(0);
	write_dr7(dr7(0, rw, len));
	if (write)
		got = size == 1 ? TRY("movb $1, (%0)", "r"(a)) : TRY("movl $1, (%0)", "r"(a));
	else
		got = size == 1 ? TRYX("movb (%0), %%al", , "r"(a), "eax") :
		    TRYX("movl (%0), %%eax", , "r"(a), "eax");
	write_dr7(0x400);
	expect_trap(got, want ? DB : NONE, "%s", name);
	if (got == DB)
		expect(trap.dr6 & 0xe00f, 1, "%s: DR6", name);
}

static void
data_points(void)
{
	ulong at = 0;

	data_point(1, 3, 0, 4, true, true, "write of a write breakpoint");
	data_point(1, 3, 0, 4, false, false, "read of a write breakpoint");
	data_point(3, 3, 0, 4, false, true, "read of a read/write breakpoint");
	data_point(1, 3, 3, 1, true, true, "last byte of four");
	data_point(1, 3, 4, 1, true, false, "byte after four");
	data_point(1, 0, 0, 4, true, true, "dword over a one-byte breakpoint");
	data_point(1, 0, 1, 1, true, false, "byte after a one-byte breakpoint");
	data_point(1, 1, 1, 1, true, true, "second byte of two");
	data_point(1, 0, -3, 4, true, true, "unaligned dword that ends on it");
#ifdef __x86_64__
	data_point(1, 2, 7, 1, true, true, "last byte of eight");
#endif
	write_dr0((ulong)data);
	write_dr7(dr7(0, 1, 3));
	TRYX("mov $95f, %0\n movl $77, %1\n 95: nop", OPERANDS("=&r"(at), "=m"(data[0])), );
	write_dr7(0x400);
	expect(trap.ip, at, "a data breakpoint is a trap");
	expect(data[0], 77, "the write is done");
	write_dr7(2 | 0x400 | 0xdul << 16);
	expect_trap(TRY("movl $1, %0", "m"(data[0])), DB, "G enables too");
	write_dr7(0x400 | 0xdul << 16);
	expect_trap(TRY("movl $1, %0", "m"(data[0])), NONE, "neither L nor G");
	write_dr1((ulong)data);
	write_dr6(0);
	write_dr7(dr7(0, 1, 3) | dr7(1, 3, 3));
	expect_trap(TRY("movl $1, %0", "m"(data[0])), DB, "two breakpoints");
	expect(trap.dr6 & 15, 3, "two breakpoints: DR6");
	write_dr7(0x400);
}

/* MOV SS holds a data breakpoint back for one instruction. */
static void
held_back(void)
{
	ulong at = 0;

	trap_hook = resume;
	*(volatile uint16_t *)data = KDS;
	write_dr0((ulong)data);
	write_dr6(0);
	write_dr7(dr7(0, 3, 1));
	hits = 0;
	TRY("mov %0, %%ss\n nop", "m"(data[0]));
	expect(hits, 1, "MOV SS, NOP: one trap");
	hits = 0;
	write_dr6(0);
	TRY("mov %0, %%ss\n .byte 0xf1\n nop", "m"(data[0]));
	expect(hits, 1, "MOV SS, INT1: one trap");
	expect(read_dr6() & 15, 1, "MOV SS, INT1: DR6");
	hits = 0;
	write_dr6(0);
	TRYX("mov $95f, %0\n mov %0, %%dr1\n mov %2, %%dr7\n mov %1, %%ss\n 95: nop\n nop",
	    OPERANDS("=&r"(at)), OPERANDS("m"(data[0]), "r"(dr7(0, 3, 1) | dr7(1, 0, 0))));
	expect(hits, 1, "MOV SS, instruction breakpoint: one trap");
	expect(read_dr6() & 1, 1, "MOV SS, instruction breakpoint: DR6 has the data breakpoint");
	write_dr7(0x400);
	trap_hook = NULL;
}

static void
io_points(void)
{
	ulong v = 0;

	if (!has(HAS_DE))
		return;
	write_cr4(read_cr4() | CR4_DE);
	write_dr6(0);
	write_dr2(0x80);
	write_dr7(dr7(2, 2, 0));
	expect_trap(TRY("outb %%al, $0x80"), DB, "OUT of an I/O breakpoint");
	expect(trap.dr6 & 0xe00f, 4, "OUT of an I/O breakpoint: DR6");
	expect_trap(TRYX("inb $0x80, %%al", , , "eax"), DB, "IN of an I/O breakpoint");
	expect_trap(TRY("outb %%al, $0x81"), NONE, "OUT of the next port");
	expect_trap(TRY("outw %%ax, $0x7f"), DB, "word OUT that overlaps");
	write_dr7(0x400);
	expect_trap(TRYX("mov %%dr4, %0", "=r"(v), ), UD, "DR4 with CR4.DE");
	write_cr4(read_cr4() & ~(ulong)CR4_DE);
}

static void
registers(void)
{
	ulong v = 0;

	write_dr6(0);
	expect(read_dr6(), 0xffff0ff0, "DR6: fixed bits");
	write_dr7(0);
	expect(read_dr7(), 0x400, "DR7: fixed bits");
	expect_trap(TRYX("mov %%dr4, %0", "=r"(v), ), NONE, "DR4 without CR4.DE");
	expect(v, read_dr6(), "DR4 is DR6");
	expect_trap(USERX("mov %%dr0, %0", "=r"(v), ), GP, "MOV from DR0 at CPL 3");
	write_dr7(0x2400);
	expect_trap(TRYX("mov %%dr0, %0", "=r"(v), ), DB, "MOV from DR0 with GD");
	expect(trap.dr6 & 0x2000, 0x2000, "GD: DR6.BD");
	expect(read_dr7() & 0x2000, 0, "GD is cleared by the exception");
	write_dr6(0);
#ifdef __x86_64__
	expect_trap(TRY("mov %0, %%dr7", "r"(BIT(32))), GP, "upper half of DR7");
	expect_trap(TRY("mov %0, %%dr6", "r"(BIT(32))), GP, "upper half of DR6");
	expect_trap(TRY("mov %0, %%dr0", "r"(BIT(63))), NONE, "upper half of DR0");
#endif
}

int
main(void)
{
	registers();
	instruction();
	resume_flag();
	data_points();
	held_back();
	io_points();
	return 0;
}
