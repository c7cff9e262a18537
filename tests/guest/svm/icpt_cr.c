/*
 * Which reads and writes of control registers are intercepted?
 *
 * Set-up: one guest per register and direction, register rSI.
 * Expected: exit code n or 10h + n, before anything is read or written, with
 * decode assists EXITINFO1 the register number and bit 63; SMSW as a read, LMSW
 * and CLTS as writes of CR0, bit 63 clear.  Invalid values fault before the
 * intercept is looked at, as privilege does.
 * AMD APM vol 2, "Control-Register Access Intercepts", "MOV CRx/DRx Intercepts"
 * under "Decode Assists".
 */
#include "svm.h"

#define CR(n) \
	GUEST(read_##n, "mov %cr" #n ", %rsi\n vmmcall"); \
	GUEST(write_##n, "mov %cr" #n ", %rsi\n" "write_" #n "_at: mov %rsi, %cr" #n \
	    "\n vmmcall"); \
	extern const char write_##n##_at[]
CR(0);
CR(2);
CR(3);
CR(4);
CR(8);
GUEST(smsw, "smsw %esi\n vmmcall");
GUEST(lmsw, "mov $0xf, %esi\n lmsw_at: lmsw %si\n vmmcall");
GUEST(clts, "clts\n vmmcall");
GUEST(bad_cr0, "mov $0x80000000, %esi\n mov %rsi, %cr0\n vmmcall");
GUEST(bad_cr4, "mov %cr4, %rsi\n bts $63, %rsi\n mov %rsi, %cr4\n vmmcall");
GUEST(no_cr1, "mov %cr1, %rsi\n vmmcall");
extern const char lmsw_at[];

#define MOV_LENGTH(n)	((n) == 8 ? 4u : 3u)

static void
decode(uint64_t want, const char *what, unsigned n)
{
	if (svm_has(SVM_DECODE))
		expect64(vmcb->info1, want, "%s CR%u: EXITINFO1", what, n);
	if (svm_has(SVM_NRIP))
		expect64(vmcb->nrip, vmcb->rip + MOV_LENGTH(n), "%s CR%u: nRIP", what, n);
}

static void
moves(unsigned n, const char *read, const char *write, const char *at)
{
	guest64(read);
	gr.si = 0x5555;
	vmcb->icpt[ICPT_CR] = 1u << n;
	expect_exit(run(), EXIT_READ_CR + n, "read CR%u", n);
	expect64(vmcb->rip, (ulong)read, "read CR%u: rip", n);
	expect64(gr.si, 0x5555, "read CR%u: not done", n);
	decode(BIT(63) | 6, "read", n);
	guest64(read);
	vmcb->icpt[ICPT_CR] = ~(1u << n);
	expect_exit(run(), EXIT_VMMCALL, "read CR%u, all others intercepted", n);
	guest64(write);
	vmcb->icpt[ICPT_CR] = 0x10000u << n;
	expect_exit(run(), EXIT_WRITE_CR + n, "write CR%u", n);
	expect64(vmcb->rip, (ulong)at, "write CR%u: rip", n);
	decode(BIT(63) | 6, "write", n);
	guest64(write);
	vmcb->icpt[ICPT_CR] = 0xffff0000u & ~(0x10000u << n);
	expect_exit(run(), EXIT_VMMCALL, "write CR%u, all others intercepted", n);
}

static void
machine_status_word(void)
{
	guest64(smsw);
	vmcb->icpt[ICPT_CR] = 1;
	expect_exit(run(), EXIT_READ_CR, "SMSW");
	if (svm_has(SVM_DECODE))
		expect64(vmcb->info1 >> 63, 0, "SMSW: EXITINFO1 bit 63");
	guest64(lmsw);
	vmcb->icpt[ICPT_CR] = 0x10000;
	expect_exit(run(), EXIT_WRITE_CR, "LMSW");
	expect64(vmcb->rip, (ulong)lmsw_at, "LMSW: rip");
	if (svm_has(SVM_DECODE))
		expect64(vmcb->info1 >> 63, 0, "LMSW: EXITINFO1 bit 63");
	guest64(clts);
	vmcb->cr0 |= CR0_TS;
	vmcb->icpt[ICPT_CR] = 0x10000;
	expect_exit(run(), EXIT_WRITE_CR, "CLTS");
	expect64(vmcb->cr0 & CR0_TS, CR0_TS, "CLTS: not done");
	if (svm_has(SVM_DECODE))
		expect64(vmcb->info1 >> 63, 0, "CLTS: EXITINFO1 bit 63");
}

static void
faults_first(void)
{
	guest64(bad_cr0);
	vmcb->icpt[ICPT_CR] = 0xffff0000;
	expect_vector(GP, "CR0 with PG and without PE: before the intercept");
	guest64(bad_cr4);
	vmcb->icpt[ICPT_CR] = 0xffff0000;
	expect_vector(GP, "CR4 bit 63: before the intercept");
	guest64(no_cr1);
	vmcb->icpt[ICPT_CR] = ~0u;
	expect_vector(UD, "CR1: before the intercept");
	guest64(read_3);
	guest_user();
	vmcb->icpt[ICPT_CR] = ~0u;
	expect_vector(GP, "CPL 3: before the intercept");
	guest64(clts);
	guest_user();
	vmcb->icpt[ICPT_CR] = ~0u;
	expect_vector(GP, "CLTS at CPL 3: before the intercept");
}

int
main(void)
{
	svm_init();
#define MOVES(n)	moves(n, read_##n, write_##n, write_##n##_at)
	MOVES(0);
	MOVES(2);
	MOVES(3);
	MOVES(4);
	MOVES(8);
	machine_status_word();
	faults_first();
	return 0;
}
