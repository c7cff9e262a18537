/*
 * Does a guest that writes the page of VM_HSAVE_PA change the host?
 *
 * Expected: the manual leaves it to the processor what of the host's state lies
 * there; here nothing does.
 * AMD APM vol 2, "Basic Operation" (Saving Host State).
 */
#include "svm.h"

GUEST(scribbles, "mov $0xa5, %eax\n rep stosb\n vmmcall");

int
main(void)
{
	ulong cr3 = read_cr3();
	uint64_t at;

	svm_init();
	at = rdmsr(MSR_HSAVE);
	guest64(scribbles);
	gr.di = (ulong)at;
	gr.cx = PAGE;
	expect_exit(run(), EXIT_VMMCALL, "the host's save area is written by the guest");
	expect(read_cr3(), cr3, "the host's state is not taken from there");
	memset((void *)(ulong)at, 0, PAGE);
	guest64(scribbles);
	gr.di = (ulong)guest_stack;
	expect_exit(run(), EXIT_VMMCALL, "and once more");
	return 0;
}
