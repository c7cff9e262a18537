/*
 * Which values do CR0, CR3, CR4, CR8 and EFER accept?
 *
 * Set-up: each bit toggled alone; combinations and transitions that are not
 * allowed; CR accesses at CPL 3.
 * Expected: #GP(0) for reserved bits, for PG without PE, NW without CD, LME
 * changed while PG, PG with LME but no PAE or with CS.L, PAE cleared in long
 * mode, PCIDE outside long mode or with CR3[11:0] set; nothing has changed then.
 * AMD APM vol 2, "System-Control Registers"; "Enabling and Activating Long
 * Mode"; "Consistency Checks".
 */
#include "guest.h"

static ulong
cr4_allowed(void)
{
	static const struct { enum feature f; ulong bits; } map[] = {
		{ HAS_VME, CR4_VME | CR4_PVI }, { HAS_TSC, CR4_TSD }, { HAS_DE, CR4_DE },
		{ HAS_PSE, CR4_PSE }, { HAS_PAE, CR4_PAE }, { HAS_PGE, CR4_PGE },
		{ HAS_FXSR, CR4_OSFXSR | CR4_OSXMMEXCPT }, { HAS_UMIP, CR4_UMIP },
		{ HAS_FSGSBASE, CR4_FSGSBASE }, { HAS_XSAVE, CR4_OSXSAVE },
		{ HAS_SMEP, CR4_SMEP }, { HAS_SMAP, CR4_SMAP }
	};
	ulong v = CR4_MCE | CR4_PCE;

	for (unsigned i = 0; i < COUNT(map); i++)
		v |= has(map[i].f) ? map[i].bits : 0;
	return v;
}

static void
cr4(void)
{
	ulong was = read_cr4(), ok = cr4_allowed();

	for (unsigned i = 0; i < 8 * sizeof(ulong); i++) {
		ulong bit = 1ul << i;
		int want = ok & bit ? NONE : GP;

		if (bit == CR4_PCIDE || (sizeof(ulong) == 8 && bit == CR4_PAE))
			continue;
		if (i >= 12 && i < 32 && !(ok & bit) && i != 19 && i < 22)
			continue;	/* features this image does not know */
		if (sizeof(ulong) == 8 && (bit & (CR4_SMEP | CR4_SMAP)))
			continue;	/* its own pages are user pages */
		expect_trap(try_cr4(was ^ bit), want, "CR4 bit %u", i);
		expect(read_cr4(), want == NONE ? was ^ bit : was, "CR4 bit %u reads back", i);
		write_cr4(was);
	}
}

static void
cr0(void)
{
	ulong was = read_cr0();

	expect_trap(try_cr0((was & ~CR0_PE) | CR0_PG), GP, "PG without PE");
	expect_trap(try_cr0((was | CR0_NW) & ~CR0_CD), GP, "NW without CD");
	expect_trap(try_cr0(was | CR0_CD | CR0_NW), NONE, "NW with CD");
	expect_trap(try_cr0(was | CR0_CD), NONE, "CD alone");
	expect_trap(try_cr0(was ^ 0x1ff80), NONE, "reserved bits of the lower half");
	expect(read_cr0() & 0x1000ff80 & ~0x10000ul, was & 0x1000ff80 & ~0x10000ul,
	    "reserved bits of the lower half are ignored");
	write_cr0(was);
	expect_trap(try_cr0(was & ~0x10ul), NONE, "ET cleared");
	expect(read_cr0() & 0x10, 0x10, "ET reads as one");
	expect_trap(TRY("lmsw %w0", "r"((ulong)0xe)), NONE, "LMSW");
	expect(read_cr0() & 0xf, 0xf, "LMSW sets MP, EM, TS and leaves PE");
	write_cr0(was);
	expect_trap(USERX("mov %%cr0, %0", "=r"(was), ), GP, "CPL 3: MOV from CR0");
	expect_trap(USER("clts"), GP, "CPL 3: CLTS");
	expect_trap(USER("lmsw %%ax"), GP, "CPL 3: LMSW");
	expect_trap(TRY(".byte 0x0f, 0x20, 0xc8"), UD, "MOV from CR1");
	expect_trap(TRY(".byte 0x0f, 0x20, 0xe8"), UD, "MOV from CR5");
	expect_trap(TRY(".byte 0x0f, 0x20, 0xf8"), UD, "MOV from CR7");
	expect_trap(USER(".byte 0x0f, 0x20, 0xe8"), UD, "CPL 3: MOV from CR5");
}

#ifdef __x86_64__
static void
wide(void)
{
	ulong cr0 = read_cr0(), cr3 = read_cr3(), cr4 = read_cr4();
	uint64_t efer = rdmsr(MSR_EFER);
	ulong v = 0;

	expect_trap(try_cr0(cr0 | BIT(32)), GP, "CR0 bit 32");
	expect_trap(try_cr0(cr0 & ~CR0_PG), GP, "PG cleared in 64-bit mode");
	expect_trap(try_cr3(cr3 | BIT(62)), GP, "CR3 bit 62");
	expect_trap(try_cr3(cr3 | 0x18), NONE, "CR3 with PCD and PWT");
	expect(read_cr3(), cr3 | 0x18, "CR3 with PCD and PWT reads back");
	write_cr3(cr3);
	expect_trap(try_cr4(cr4 & ~(ulong)CR4_PAE), GP, "PAE cleared in long mode");
	expect_trap(try_wrmsr(MSR_EFER, efer & ~(uint64_t)EFER_LME), GP, "LME cleared while PG");
	expect_trap(try_wrmsr(MSR_EFER, efer | BIT(1)), GP, "EFER bit 1");
	expect_trap(try_wrmsr(MSR_EFER, efer | BIT(32)), GP, "EFER bit 32");
	expect_trap(try_wrmsr(MSR_EFER, efer & ~(uint64_t)EFER_LMA), NONE, "LMA written clear");
	expect(rdmsr(MSR_EFER), efer, "LMA is not changed by a write");
	if (has(HAS_NX)) {
		expect_trap(try_wrmsr(MSR_EFER, efer ^ EFER_NXE), NONE, "NXE");
		wrmsr(MSR_EFER, efer);
	}
	expect_trap(TRY("mov %0, %%cr8", "r"(5ul)), NONE, "MOV to CR8");
	asm volatile("mov %%cr8, %0" : "=r"(v));
	expect(v, 5, "CR8 reads back");
	expect_trap(TRY("mov %0, %%cr8", "r"(0x10ul)), GP, "CR8 bit 4");
	expect_trap(TRY("mov %0, %%cr8", "r"(0ul)), NONE, "CR8 zero");
	if (has(HAS_PCID)) {
		write_cr3(cr3 | 0x18);
		expect_trap(try_cr4(cr4 | CR4_PCIDE), GP, "PCIDE with CR3[11:0] set");
		write_cr3(cr3);
		expect_trap(try_cr4(cr4 | CR4_PCIDE), NONE, "PCIDE");
		expect_trap(try_cr3(cr3 | 5 | BIT(63)), NONE, "CR3 bit 63 with PCIDE");
		expect(read_cr3(), cr3 | 5, "CR3 bit 63 reads as zero");
		write_cr3(cr3);
		write_cr4(cr4);
		expect_trap(try_cr3(cr3 | BIT(63)), GP, "CR3 bit 63 without PCIDE");
	}
}
#else
static void
wide(void)
{
	ulong cr0 = read_cr0();

	if (!has(HAS_LM))
		return;
	expect_trap(try_wrmsr(MSR_EFER, EFER_LME), NONE, "LME without PG");
	expect(rdmsr(MSR_EFER), EFER_LME, "LMA stays clear");
	expect_trap(try_cr0(cr0 | CR0_PG), GP, "PG with LME but without PAE");
	expect(read_cr0(), cr0, "PG with LME but without PAE changes nothing");
	wrmsr(MSR_EFER, 0);
	if (has(HAS_PCID))
		expect_trap(try_cr4(read_cr4() | CR4_PCIDE), GP, "PCIDE outside long mode");
}
#endif

int
main(void)
{
	cr0();
	wide();
	cr4();
	return 0;
}
