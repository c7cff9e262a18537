/*
 * What does the selective intercept of CR0 writes stop?
 *
 * Expected: a MOV that changes any bit but TS and MP; LMSW whatever it writes;
 * never CLTS.  With the intercept of all writes that one has priority.
 * AMD APM vol 2, "Selective CR0 Write Intercept" in "Instruction Intercepts".
 */
#include "svm.h"

GUEST(flips, "mov %cr0, %rax\n xor %rbx, %rax\n mov %rax, %cr0\n vmmcall");
GUEST(lmsw_same, "smsw %eax\n lmsw %ax\n vmmcall");
GUEST(lmsw_ts, "smsw %eax\n or $8, %eax\n lmsw %ax\n vmmcall");
GUEST(clts, "clts\n vmmcall");

static uint64_t
flip(ulong bits)
{
	guest64(flips);
	vmcb->icpt[ICPT_3] |= I3_CR0_SEL;
	gr.bx = bits;
	return run();
}

static uint64_t
other(const void *code)
{
	guest64(code);
	vmcb->icpt[ICPT_3] |= I3_CR0_SEL;
	return run();
}

int
main(void)
{
	static const struct { ulong bit; const char *name; } stopped[] = {
		{ CR0_EM, "EM" }, { CR0_NE, "NE" }, { CR0_WP, "WP" }, { CR0_AM, "AM" },
		{ CR0_CD, "CD" }
	};

	svm_init();
	expect_exit(flip(0), EXIT_VMMCALL, "MOV changes nothing");
	expect_exit(flip(CR0_TS), EXIT_VMMCALL, "MOV changes TS");
	expect_exit(flip(CR0_MP), EXIT_VMMCALL, "MOV changes MP");
	expect_exit(flip(CR0_MP | CR0_TS), EXIT_VMMCALL, "MOV changes MP and TS");
	for (unsigned i = 0; i < COUNT(stopped); i++) {
		expect_exit(flip(stopped[i].bit), EXIT_CR0_SEL, "MOV changes %s",
		    stopped[i].name);
		expect_exit(flip(stopped[i].bit | CR0_TS), EXIT_CR0_SEL,
		    "MOV changes %s and TS", stopped[i].name);
	}
	expect64(vmcb->cr0 & CR0_CD, 0, "it is not done");
	expect_exit(other(lmsw_same), EXIT_CR0_SEL, "LMSW changes nothing");
	expect_exit(other(lmsw_ts), EXIT_CR0_SEL, "LMSW changes TS");
	expect_exit(other(clts), EXIT_VMMCALL, "CLTS");
	guest64(flips);
	vmcb->icpt[ICPT_3] |= I3_CR0_SEL;
	vmcb->icpt[ICPT_CR] = 0x10000;
	gr.bx = CR0_WP;
	expect_exit(run(), EXIT_WRITE_CR, "both intercepts");
	return 0;
}
