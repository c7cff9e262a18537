/*
 * What is in DR6, DR7 and rip when #DB is intercepted?
 *
 * Expected: what the handler would see: B0 or BS in DR6, rip behind the
 * instruction for data breakpoints and single steps, at it for instruction
 * breakpoints and GD, which clears DR7.GD.
 * AMD APM vol 2, "#DB (Debug)".
 */
#include "svm.h"

GUEST(stores, "nop\n mov %al, watched\n stores_end: nop\n vmmcall");
GUEST(steps, "nop\n steps_at: nop\n vmmcall");
GUEST(reads_dr, "mov %dr0, %rax\n vmmcall");
extern const char stores_end[], steps_at[];
static uint8_t watched_ __attribute__((used));
asm(".set watched, watched_");

static void
exits(const char *at, uint64_t dr6, const char *name)
{
	vmcb->icpt[ICPT_EXC] = BIT(DB);
	expect_exit(run(), EXIT_EXC + DB, "%s", name);
	expect64(vmcb->rip, (ulong)at, "%s: rip", name);
	expect64(vmcb->dr6 & 0xe00f, dr6, "%s: DR6", name);
}

int
main(void)
{
	svm_init();
	write_dr0((ulong)&watched_);
	guest64(stores);
	vmcb->dr7 = 0x10402 | 1;
	exits(stores_end, 1, "data breakpoint");
	write_dr0((ulong)steps_at);
	guest64(steps);
	vmcb->dr7 = 0x402;
	exits(steps_at, 1, "instruction breakpoint");
	guest64(steps);
	vmcb->rflags |= FL_TF;
	exits(steps_at, 0x4000, "single step");
	guest64(reads_dr);
	vmcb->dr7 = 0x2400;
	exits(reads_dr, 0x2000, "DR7.GD");
	expect64(vmcb->dr7 & 0x2000, 0, "DR7.GD: it is cleared");
	return 0;
}
