/*
 * Which reads and writes of debug registers are intercepted?
 *
 * Expected: exit code 20h + n or 30h + n; with decode assists EXITINFO1 is the
 * general register's number; DR4 and DR5 are #UD first with CR4.DE.  Privilege
 * is checked first; DR7.GD is, too, as the exception has priority.
 * AMD APM vol 2, "Debug-Register Access Intercepts" in "Instruction Intercepts",
 * "MOV CRx/DRx Intercepts".
 */
#include "svm.h"

#define DR(n) \
	GUEST(read_##n, "mov %dr" #n ", %rdi\n vmmcall"); \
	GUEST(write_##n, "mov %rdi, %dr" #n "\n vmmcall")
DR(0);
DR(1);
DR(2);
DR(3);
DR(6);
DR(7);
GUEST(read_4, ".byte 0x0f, 0x21, 0xe7\n vmmcall");
GUEST(read_high, ".byte 0x44, 0x0f, 0x21, 0xc7\n vmmcall");	/* DR8 */

static void
moves(unsigned n, const char *read, const char *write)
{
	ulong value = n == 7 ? 0x400 : n == 6 ? 0xffff0ff0 : 0x1000;

	guest64(read);
	vmcb->icpt[ICPT_DR] = 1u << n;
	gr.di = 0x7777;
	expect_exit(run(), EXIT_READ_DR + n, "read DR%u", n);
	expect64(vmcb->rip, (ulong)read, "read DR%u: rip", n);
	expect64(gr.di, 0x7777, "read DR%u: not done", n);
	if (svm_has(SVM_DECODE))
		expect64(vmcb->info1, 7, "read DR%u: EXITINFO1", n);
	guest64(read);
	vmcb->icpt[ICPT_DR] = ~(1u << n);
	expect_exit(run(), EXIT_VMMCALL, "read DR%u, all others intercepted", n);
	guest64(write);
	vmcb->icpt[ICPT_DR] = 0x10000u << n;
	gr.di = value;
	expect_exit(run(), EXIT_WRITE_DR + n, "write DR%u", n);
	expect64(vmcb->rip, (ulong)write, "write DR%u: rip", n);
	if (svm_has(SVM_DECODE))
		expect64(vmcb->info1, 7, "write DR%u: EXITINFO1", n);
	if (svm_has(SVM_NRIP))
		expect64(vmcb->nrip, (ulong)write + 3, "write DR%u: nRIP", n);
	guest64(write);
	vmcb->icpt[ICPT_DR] = ~(0x10000u << n);
	gr.di = value;
	expect_exit(run(), EXIT_VMMCALL, "write DR%u, all others intercepted", n);
}

static void
faults_first(void)
{
	guest64(read_0);
	guest_user();
	vmcb->icpt[ICPT_DR] = ~0u;
	expect_vector(GP, "CPL 3: before the intercept");
	guest64(read_4);
	vmcb->cr4 |= CR4_DE;
	vmcb->icpt[ICPT_DR] = ~0u;
	expect_vector(UD, "DR4 with CR4.DE: before the intercept");
	guest64(read_high);
	vmcb->icpt[ICPT_DR] = ~0u;
	expect_vector(UD, "DR8: before the intercept");
	guest64(read_0);
	vmcb->dr7 |= 0x2000;
	vmcb->icpt[ICPT_DR] = ~0u;
	expect_vector(DB, "DR7.GD: before the intercept");
}

int
main(void)
{
	svm_init();
#define MOVES(n)	moves(n, read_##n, write_##n)
	MOVES(0);
	MOVES(1);
	MOVES(2);
	MOVES(3);
	MOVES(6);
	MOVES(7);
	faults_first();
	return 0;
}
