/*
 * When do x87, MMX and SSE instructions raise #NM, #UD, #MF, #XF?
 *
 * Set-up: CR0.EM, TS, MP, NE and CR4.OSFXSR, OSXMMEXCPT in their combinations;
 * an unmasked x87 and an unmasked SSE exception.
 * Expected: EM: #NM for x87, #UD for MMX and SSE; TS: #NM; WAIT #NM only with MP
 * and TS; #MF at the next waiting instruction; with NE clear FERR reaches line
 * 13 instead; #XF with OSXMMEXCPT, #UD without; SSE without OSFXSR is #UD.
 * AMD APM vol 2, "CR0 Register"; "#MF", "#XF"; "Media and x87 Processor State".
 */
#include "irq.h"

static void
set(ulong cr0, ulong cr4)
{
	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS | CR0_MP | CR0_NE)) | cr0);
	write_cr4((read_cr4() & ~(ulong)(CR4_OSFXSR | CR4_OSXMMEXCPT)) | cr4);
}

static void
combination(ulong cr0, ulong cr4)
{
	bool em = cr0 & CR0_EM, ts = cr0 & CR0_TS, mp = cr0 & CR0_MP;
	unsigned bits = (unsigned)(em | ts << 1 | mp << 2 | !!cr4 << 3);

	set(cr0, cr4);
	expect_trap(TRY("fnop"), em || ts ? NM : NONE, "FNOP, state %x", bits);
	expect_trap(TRY("fwait"), ts && mp ? NM : NONE, "WAIT, state %x", bits);
	expect_trap(TRY("emms"), em ? UD : ts ? NM : NONE, "EMMS, state %x", bits);
	expect_trap(TRY("xorps %%xmm0, %%xmm0"), em || !cr4 ? UD : ts ? NM : NONE,
	    "XORPS, state %x", bits);
}

static void
x87(void)
{
	static const uint16_t unmasked = 0x37b;		/* ZM clear */
	ulong ip = 0;

	set(CR0_NE, 0);
	expect_trap(TRY("fninit\n fld1\n fldz\n .byte 0xde, 0xf9\n fwait"), NONE,
	    "masked division by zero");
	asm volatile("fninit\n fldcw %0" :: "m"(unmasked));
	TRYX("mov $95f, %0\n fld1\n fldz\n .byte 0xde, 0xf9\n fnstcw %1\n 95: fwait", "=&r"(ip),
	    "m"(*(uint16_t *)other_stack));
	expect_trap(trap.vector, MF, "#MF");
	expect(trap.ip, ip, "#MF at the next waiting instruction");
	expect_trap(TRY("fnclex\n fwait"), NONE, "FNCLEX ends it");
	asm volatile("fninit");
}

static void
ferr(void)
{
	static const uint16_t unmasked = 0x37b;

	irq_counting();
	pic_init(0);
	lapic_init();
	set(0, 0);
	outb(0x21, 0xfb);
	outb(0xa1, 0xdf);
	asm volatile("fninit\n fldcw %0\n fld1\n fldz\n .byte 0xde, 0xf9" :: "m"(unmasked));
	sti();
	TRY("sti\n fnop\n nop\n nop");
	for (unsigned i = 0; i < 1000; i++)
		asm volatile("sti\n nop");
	cli();
	claim(irqs[PIC_BASE + 13] > 0, "NE clear: line 13");
	asm volatile("fnclex");
	outb(0xf0, 0);
}

static void
sse(void)
{
	static const uint32_t unmasked = 0x1f80 & ~0x200u, standard = 0x1f80, bad = 0x10000;

	set(0, CR4_OSFXSR | CR4_OSXMMEXCPT);
	asm volatile("ldmxcsr %0" :: "m"(unmasked));
	expect_trap(TRY("xorps %%xmm0, %%xmm0\n movl $0x3f800000, %0\n movss %0, %%xmm1\n"
	    "divss %%xmm0, %%xmm1", "m"(*(uint32_t *)other_stack)), XF, "#XF");
	set(0, CR4_OSFXSR);
	expect_trap(TRY("movss %0, %%xmm1\n divss %%xmm0, %%xmm1", "m"(*(uint32_t *)other_stack)),
	    UD, "#UD without OSXMMEXCPT");
	asm volatile("ldmxcsr %0" :: "m"(standard));
	expect_trap(TRY("ldmxcsr %0", "m"(bad)), GP, "reserved bit of MXCSR");
	expect_trap(TRY("movaps (%0), %%xmm0", "r"(other_stack + 1)), GP, "MOVAPS misaligned");
	expect_trap(TRY("movups (%0), %%xmm0", "r"(other_stack + 1)), NONE, "MOVUPS misaligned");
	expect_trap(TRY("fxsave (%0)", "r"(other_stack + 8)), GP, "FXSAVE misaligned");
	expect_trap(TRY("paddb (%0), %%xmm0", "r"(other_stack + 4)), GP, "PADDB misaligned");
}

int
main(void)
{
	static const ulong cr0[] = { 0, CR0_EM, CR0_TS, CR0_MP, CR0_EM | CR0_TS, CR0_EM | CR0_MP,
		CR0_TS | CR0_MP, CR0_EM | CR0_TS | CR0_MP };

	for (unsigned i = 0; i < COUNT(cr0); i++) {
		combination(cr0[i] | CR0_NE, 0);
		combination(cr0[i] | CR0_NE, CR4_OSFXSR);
	}
	x87();
	sse();
	ferr();
	return 0;
}
