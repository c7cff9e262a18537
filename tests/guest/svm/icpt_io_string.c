/*
 * What is said about INS and OUTS that the I/O permission map stops?
 *
 * Expected: EXITINFO1 with string and REP bits, operand and address size and the
 * segment (OUTS: of the prefix, or DS; INS: ES); no count or pointer has moved;
 * the intercept is checked before the memory operand.
 * AMD APM vol 2, "IN and OUT Behavior", "(REP) OUTS and INS".
 */
#include "svm.h"

GUEST(insb_, "insb\n vmmcall");
GUEST(insl_, "insl\n vmmcall");
GUEST(rep_insw, "rep insw\n vmmcall");
GUEST(outsb_, "outsb\n vmmcall");
GUEST(outsb_fs, "outsb %fs:(%rsi), %dx\n vmmcall");
GUEST(outsw_a32, "addr32 outsw\n vmmcall");
GUEST(rep_outsl, "rep outsl\n vmmcall");
GUEST16(outs16, "mov $0x80, %dx\n outsb\n vmmcall");
GUEST16(ins16, "mov $0x80, %dx\n rep insb\n vmmcall");

enum { IN = 1, STR = 4, REP = 8, S8 = 0x10, S16 = 0x20, S32 = 0x40, A16 = 0x80, A32 = 0x100,
	A64 = 0x200 };
#define SEG(n)		((n) << 10)
#define SEG_MASK	SEG(7)
#define PORT		(0x80u << 16)

static uint8_t buffer[64];

static void
stop(const char *code, uint64_t info, unsigned length, const char *name)
{
	guest64(code);
	vmcb->icpt[ICPT_3] |= I3_IOIO;
	gr.dx = 0x80;
	gr.cx = 3;
	gr.si = gr.di = (ulong)buffer;
	expect_exit(run(), EXIT_IOIO, "%s", name);
	expect64(vmcb->info1 & ~(uint64_t)SEG_MASK, info & ~(uint64_t)SEG_MASK, "%s: EXITINFO1",
	    name);
	if (svm_has(SVM_DECODE))
		expect64(vmcb->info1 & SEG_MASK, info & SEG_MASK, "%s: segment", name);
	expect64(vmcb->info2, (ulong)code + length, "%s: EXITINFO2", name);
	expect64(gr.cx, 3, "%s: rCX", name);
	expect64(gr.si ^ gr.di, 0, "%s: pointers", name);
}

static void
real_mode(void)
{
	guest16(outs16);
	vmcb->icpt[ICPT_3] |= I3_IOIO;
	expect_exit(run(), EXIT_IOIO, "real mode: OUTSB");
	expect64(vmcb->info1 & ~(uint64_t)SEG_MASK, PORT | STR | S8 | A16,
	    "real mode: OUTSB: EXITINFO1");
	guest16(ins16);
	gr.cx = 1;
	vmcb->icpt[ICPT_3] |= I3_IOIO;
	expect_exit(run(), EXIT_IOIO, "real mode: REP INSB");
	expect64(vmcb->info1 & ~(uint64_t)SEG_MASK, PORT | IN | STR | REP | S8 | A16,
	    "real mode: REP INSB: EXITINFO1");
}

int
main(void)
{
	svm_init();
	iopm[0x80 / 8] = 1;
	stop(insb_, PORT | IN | STR | S8 | A64 | SEG(0), 1, "INSB");
	stop(insl_, PORT | IN | STR | S32 | A64 | SEG(0), 1, "INSD");
	stop(rep_insw, PORT | IN | STR | REP | S16 | A64 | SEG(0), 3, "REP INSW");
	stop(outsb_, PORT | STR | S8 | A64 | SEG(3), 1, "OUTSB");
	stop(outsb_fs, PORT | STR | S8 | A64 | SEG(4), 2, "OUTSB from FS");
	stop(outsw_a32, PORT | STR | S16 | A32 | SEG(3), 3, "OUTSW with 32-bit addresses");
	stop(rep_outsl, PORT | STR | REP | S32 | A64 | SEG(3), 2, "REP OUTSD");
	guest64(insb_);
	vmcb->icpt[ICPT_3] |= I3_IOIO;
	gr.dx = 0x80;
	gr.di = VA_FREE;
	expect_exit(run(), EXIT_IOIO, "INSB to a page that is not present");
	real_mode();
	return 0;
}
