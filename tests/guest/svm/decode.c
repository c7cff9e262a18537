/*
 * What do the decode assists say that other tests do not ask?
 *
 * Expected: INVLPG's linear address with segment base and address size applied;
 * instruction bytes at an intercepted #PF of data, as many as can be fetched, and
 * none at #PF of a fetch or at other exits.
 * AMD APM vol 2, "Decode Assists".
 */
#include "nested.h"

GUEST(flat, "invlpg 0x10(%rbx,%rcx,2)\n vmmcall");
GUEST(short_address, "addr32 invlpg 0x10(%ebx)\n vmmcall");
GUEST(with_fs, "invlpg %fs:(%rbx)\n vmmcall");
GUEST(cpuids, "cpuid\n vmmcall");

static void
linear(const void *code, uint64_t want, const char *name)
{
	guest64(code);
	vmcb->icpt[ICPT_3] |= I3_INVLPG;
	vmcb->fs.base = 0x7000000000;
	run_vmload = 1;
	gr.bx = 0xfffffff8;
	gr.cx = 0x1000;
	expect_exit(run(), EXIT_INVLPG, "INVLPG, %s", name);
	expect64(vmcb->info1, want, "INVLPG, %s: EXITINFO1", name);
}

static void
bytes(void)
{
	static const uint8_t load[] = { 0x8a, 0x03 };		/* mov (%rbx), %al */
	uint8_t *code = page_alloc();

	page_alloc();
	nested_guest(try_read, VA_FREE + 16 * PAGE);
	vmcb->icpt[ICPT_EXC] = BIT(PF);
	expect_exit(run(), EXIT_EXC + PF, "#PF of data");
	expect(vmcb->fetched, 15, "#PF of data: 15 bytes");
	claim(memcmp(vmcb->bytes, try_read, 15) == 0, "#PF of data: which bytes");
	nested_guest(try_fetch, VA_FREE + 16 * PAGE);
	vmcb->icpt[ICPT_EXC] = BIT(PF);
	expect_exit(run(), EXIT_EXC + PF, "#PF of a fetch");
	expect(vmcb->fetched, 0, "#PF of a fetch: no bytes");
	nested_guest((void *)(TRY_VA + PAGE + PAGE - 2), VA_FREE + 16 * PAGE);
	pt_set(&guest_pt, TRY_VA + PAGE, 1, (ulong)code | FLAGS);
	pt_set(&guest_pt, TRY_VA + 2 * PAGE, 1, 0);
	memcpy(code + PAGE - 2, load, 2);
	vmcb->icpt[ICPT_EXC] = BIT(PF);
	expect_exit(run(), EXIT_EXC + PF, "#PF at the end of a page");
	expect64(vmcb->info2, VA_FREE + 16 * PAGE, "#PF at the end of a page: address");
	expect(vmcb->fetched, 2, "#PF at the end of a page: two bytes");
	claim(memcmp(vmcb->bytes, load, 2) == 0, "#PF at the end of a page: which bytes");
	guest64(cpuids);
	vmcb->fetched = 15;
	vmcb->icpt[ICPT_3] |= I3_CPUID;
	run();
	expect(vmcb->fetched, 0, "CPUID: no bytes");
}

int
main(void)
{
	nested_init();
	if (!svm_has(SVM_DECODE))
		skip("no decode assists");
	linear(flat, 0x100002008, "base and index");
	linear(short_address, 8, "32-bit address");
	linear(with_fs, 0x70fffffff8, "segment base");
	bytes();
	return 0;
}
