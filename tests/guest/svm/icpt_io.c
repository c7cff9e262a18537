/*
 * Which IN and OUT does the I/O permission map stop?
 *
 * Set-up: one bit of the map for each of some ports, every size around it.
 * Expected: an access exits if the bit of any of its bytes is set, also in the
 * third page for the bytes beyond FFFFh; EXITINFO1 has port, size and direction,
 * EXITINFO2 the address of the next instruction; without the
 * intercept the map is not looked at; the TSS's map comes first.
 * AMD APM vol 2, "IOIO Intercepts".
 */
#include "svm.h"

GUEST(in8, "in %dx, %al\n vmmcall");
GUEST(in16, "in %dx, %ax\n vmmcall");
GUEST(in32, "in %dx, %eax\n vmmcall");
GUEST(out8, "out %al, %dx\n vmmcall");
GUEST(out16, "out %ax, %dx\n vmmcall");
GUEST(out32, "out %eax, %dx\n vmmcall");
GUEST(in8_imm, "in $0x80, %al\n vmmcall");
GUEST(out32_imm, "out %eax, $0x80\n vmmcall");

enum { IO_IN = 1 };
#define IO_STRINGS_ONLY	0x1f80ull	/* segment and address size */
#define IO_SIZE(bytes)	((bytes) << 4)

static const struct { const char *name, *code; unsigned bytes, in, length; } forms[] = {
	{ "IN byte", in8, 1, IO_IN, 1 }, { "IN word", in16, 2, IO_IN, 2 },
	{ "IN dword", in32, 4, IO_IN, 1 }, { "OUT byte", out8, 1, 0, 1 },
	{ "OUT word", out16, 2, 0, 2 }, { "OUT dword", out32, 4, 0, 1 }
};

static void
set_bit(unsigned port, bool on)
{
	if (on)
		iopm[port / 8] |= (uint8_t)(1 << port % 8);
	else
		iopm[port / 8] &= (uint8_t)~(1 << port % 8);
}

static void
access(unsigned form, unsigned port, unsigned bit)
{
	unsigned bytes = forms[form].bytes;
	bool hit = bit >= port && bit < port + bytes;

	guest64(forms[form].code);
	vmcb->icpt[ICPT_3] |= I3_IOIO;
	gr.dx = port;
	expect_exit(run(), hit ? EXIT_IOIO : EXIT_VMMCALL, "%s at %4x, bit %x", forms[form].name,
	    port, bit);
	if (!hit || vmcb->exitcode != EXIT_IOIO)
		return;
	expect64(vmcb->info1 & ~IO_STRINGS_ONLY, port << 16 | forms[form].in | IO_SIZE(bytes),
	    "%s at %4x: EXITINFO1", forms[form].name, port);
	expect64(vmcb->info2, (ulong)forms[form].code + forms[form].length,
	    "%s at %4x: EXITINFO2", forms[form].name, port);
	expect64(vmcb->rip, (ulong)forms[form].code, "%s at %4x: rip", forms[form].name, port);
}

static void
around(unsigned bit)
{
	set_bit(bit, true);
	for (unsigned f = 0; f < COUNT(forms); f++) {
		for (int d = -4; d <= 1; d++) {
			if ((int)bit + d >= 0 && (int)bit + d <= 0xffff)
				access(f, bit + (unsigned)d, bit);
		}
	}
	set_bit(bit, false);
}

static void
others(void)
{
	set_bit(0x80, true);
	guest64(in8_imm);
	vmcb->icpt[ICPT_3] |= I3_IOIO;
	expect_exit(run(), EXIT_IOIO, "IN with an immediate port");
	expect64(vmcb->info2, (ulong)in8_imm + 2, "IN with an immediate port: EXITINFO2");
	guest64(out32_imm);
	vmcb->icpt[ICPT_3] |= I3_IOIO;
	expect_exit(run(), EXIT_IOIO, "OUT with an immediate port");
	if (svm_has(SVM_NRIP))
		expect64(vmcb->nrip, (ulong)out32_imm + 2, "OUT with an immediate port: nRIP");
	guest64(in8_imm);
	expect_exit(run(), EXIT_VMMCALL, "without the intercept");
	guest64(in8_imm);
	guest_user();
	vmcb->icpt[ICPT_3] |= I3_IOIO;
	expect_vector(GP, "the map of the TSS comes first");
	guest64(in8_imm);
	guest_user();
	vmcb->rflags |= FL_IOPL;
	vmcb->icpt[ICPT_3] |= I3_IOIO;
	expect_exit(run(), EXIT_IOIO, "CPL 3 with IOPL 3");
}

int
main(void)
{
	svm_init();
	around(0x80);			/* nothing is there that minds */
	around(0xeff);
	around(0x7ffc);
	around(0x8000);			/* the second page's first */
	around(0xffff);
	around(0x10000);		/* in the third page */
	around(0x10002);
	others();
	return 0;
}
