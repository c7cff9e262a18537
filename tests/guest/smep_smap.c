/*
 * What do SMEP, SMAP and RFLAGS.AC do?
 *
 * Set-up: the image's own pages are made supervisor pages; one user page.
 * Expected: with SMEP a fetch from it at CPL 0 is #PF(P, I/D); with SMAP a read
 * or write is #PF(P) unless AC is set, also by PUSH, INVLPG never; implicit
 * accesses (descriptor tables) fault whatever AC is; STAC and CLAC need CPL 0.
 * AMD APM vol 2, "Supervisor-Mode Execution Prevention (SMEP)", "Supervisor-Mode
 * Access Prevention (SMAP)".
 */
#include "guest.h"

#define VA	VA_FREE

static void
own_pages_supervisor(void)
{
	extern uint64_t boot_pd[];

	for (unsigned i = 0; i < 4 * 512; i++)
		boot_pd[i] &= ~(uint64_t)PTE_U;
	write_cr3(read_cr3());
}

static void
smep(void)
{
	expect_trap(TRY("call *%0", "r"(VA)), NONE, "fetch without SMEP");
	write_cr4(read_cr4() | CR4_SMEP);
	expect_trap(TRY("call *%0", "r"(VA)), PF, "fetch with SMEP");
	expect(trap.error, 0x11, "fetch with SMEP: error code");
	expect(trap.ip, VA, "fetch with SMEP: rip");
	expect_trap(TRYX("movb (%0), %%al", , "r"(VA), "rax"), NONE, "read with SMEP");
	*pte_at(VA, 4) &= ~(uint64_t)PTE_U;
	write_cr3(read_cr3());
	expect_trap(TRY("call *%0", "r"(VA)), NONE, "supervisor by an upper level");
	*pte_at(VA, 4) |= PTE_U;
	write_cr3(read_cr3());
	write_cr4(read_cr4() & ~(ulong)CR4_SMEP);
	expect_trap(TRY("call *%0", "r"(VA)), NONE, "fetch with SMEP off again");
}

static void
smap(void)
{
	expect_trap(TRY("stac"), NONE, "STAC without CR4.SMAP");
	expect_trap(TRY("clac"), NONE, "CLAC without CR4.SMAP");
	write_cr4(read_cr4() | CR4_SMAP);
	expect_trap(TRYX("clac\n movb (%0), %%al", , "r"(VA), "rax"), PF, "read");
	expect(trap.error, 1, "read: error code");
	expect_trap(TRY("clac\n movb $0xc3, (%0)", "r"(VA)), PF, "write");
	expect(trap.error, 3, "write: error code");
	expect_trap(TRYX("stac\n movb (%0), %%al\n clac", , "r"(VA), "rax"), NONE, "read with AC");
	expect_trap(TRY("stac\n movb $0xc3, (%0)\n clac", "r"(VA)), NONE, "write with AC");
	expect_trap(TRYX("stac\n mov %%rsp, %%rcx\n mov %0, %%rsp\n push $0\n mov %%rcx, %%rsp\n"
	    "clac", , "r"(VA + 2048), "rcx"), NONE, "push with AC");
	expect_trap(TRYX("clac\n mov %0, %%rdi\n mov $8, %%ecx\n rep stosb", , "r"(VA + 64), "rdi",
	    "rcx"), PF, "REP STOS");
	expect_trap(TRY("clac\n invlpg (%0)", "r"(VA)), NONE, "INVLPG");
	expect_trap(TRY("clac\n call *%0", "r"(VA)), NONE, "fetch with SMAP alone");
	write_flags(2 | FL_AC);
	memcpy((void *)(VA + 1024), gdt, 256);
	write_flags(2);
	set_gdt_sys(LDTSEL, seg_desc((uint32_t)(VA + 1024), 0xff, D_LDT, 0), VA >> 32);
	asm volatile("lldt %w0" :: "r"(LDTSEL));
	expect_trap(TRY("stac\n mov %0, %%fs\n clac", "r"(UDS | 4)), PF,
	    "descriptor read with AC is implicit");
	expect(trap.cr2, VA + 1024 + (UDS & ~7), "descriptor read with AC: CR2");
	asm volatile("lldt %w0" :: "r"(0));
	expect_trap(TRYX("pushfq\n orl $0x40000, (%%rsp)\n popfq\n movb (%0), %%al\n clac", ,
	    "r"(VA), "rax"), NONE, "AC set by POPF");
	write_cr4(read_cr4() & ~(ulong)CR4_SMAP);
}

/* A handler on a supervisor page needs no mapping of its own; CPL 3 code runs
 * from the user page: STAC; RET. */
static void
at_cpl3(void)
{
	static const uint8_t code[] = { 0x0f, 0x01, 0xcb, 0xcd, 0x80 };

	memcpy((void *)(VA + 512), code, sizeof(code));
	expect_trap(TRY("push $0x23\n push %1\n push $2\n push $0x2b\n push %0\n iretq",
	    "r"(VA + 512), "r"(VA + 4000)), UD, "STAC at CPL 3");
}

int
main(void)
{
	uint8_t *user = page_alloc();

	own_pages_supervisor();
	user[0] = 0xc3;
	map(VA, (ulong)user, PTE_P | PTE_W | PTE_U);
	if (!has(HAS_SMEP) && !has(HAS_SMAP))
		skip("neither SMEP nor SMAP");
	if (has(HAS_SMEP))
		smep();
	if (has(HAS_SMAP)) {
		smap();
		at_cpl3();
	}
	return 0;
}
