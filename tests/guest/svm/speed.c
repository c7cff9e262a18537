/*
 * How dear is a world switch, and work under nested paging?
 *
 * Not asked for a verdict but for time, by speed.sh.  On the command line: exits=N, round
 * trips by VMMCALL; or work=N, rounds of loads and stores in 64 KiB, with nested=1 in a
 * guest.
 */
#include "svm.h"

uint8_t work_data[1 << 16];

GUEST(calls, "1: vmmcall\n jmp 1b");
GUEST(work, "call work_body\n vmmcall\n"
    "work_body:\n"
    "	lea	work_data, %rsi\n"
    "1:	mov	%ecx, %edx\n"
    "	and	$0xfff8, %edx\n"
    "	mov	(%rsi, %rdx), %rax\n"
    "	add	%rcx, %rax\n"
    "	rol	$7, %rax\n"
    "	mov	%rax, (%rsi, %rdx)\n"
    "	test	$16, %al\n"
    "	jz	2f\n"
    "	inc	%rbx\n"
    "2:	dec	%rcx\n"
    "	jnz	1b\n"
    "	ret\n");
extern const char work_body[];

static void
exits(unsigned n)
{
	unsigned i, good = 0;

	guest64(calls);
	for (i = 0; i < n; i++) {
		good += (i ? resume(3) : run()) == EXIT_VMMCALL;
	}
	expect(good, n, "%u exits by VMMCALL", n);
}

static void
work_here(ulong n)
{
	asm volatile("call *%%rax" : "+c"(n) : "a"(work_body) : "rbx", "rdx", "rsi", "cc", "memory");
}

static void
work_nested(ulong n)
{
	struct space nested;

	if (!svm_has(SVM_NP))
		skip("no nested paging");
	space_init(&nested, 4);
	pt_identity(&nested, 7);
	guest64(work);
	guest_nested(&nested);
	gr.cx = n;
	expect_exit(run(), EXIT_VMMCALL, "the work is done");
}

int
main(void)
{
	unsigned n = argument("work", 0), nested = argument("nested", 0);
	unsigned trips = argument("exits", 0);

	svm_init();
	if (nested)
		work_nested(n);
	else if (n)
		work_here(n);
	exits(trips);
	return 0;
}
