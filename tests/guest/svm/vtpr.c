/*
 * Whose task priority does CR8 mean?
 *
 * Expected: with V_INTR_MASKING V_TPR, written back at #VMEXIT, and the APIC's
 * is not touched; without it writes go to both and reads to the APIC's.
 * AMD APM vol 2, "Virtualizing APIC.TPR".
 */
#include "svm_irq.h"

GUEST(reads, "mov %cr8, %rbx\n vmmcall");
GUEST(writes, "mov $9, %eax\n mov %rax, %cr8\n mov %cr8, %rbx\n vmmcall");

static void
with(const void *code, uint64_t vintr)
{
	guest64(code);
	vmcb->vintr = vintr;
	lapic_write(LAPIC_TPR, 0x30);
}

int
main(void)
{
	svm_init();
	lapic_init();
	with(reads, V_MASKING | V_TPR(6));
	expect_exit(run(), EXIT_VMMCALL, "masking: read");
	expect(gr.bx, 6, "masking: V_TPR is read");
	with(writes, V_MASKING | V_TPR(6));
	expect_exit(run(), EXIT_VMMCALL, "masking: write");
	expect(gr.bx, 9, "masking: what was written is read");
	expect64(vmcb->vintr & 0xff, 9, "masking: V_TPR");
	expect(lapic_read(LAPIC_TPR), 0x30, "masking: TPR of the APIC stays");
	with(reads, V_TPR(6));
	expect_exit(run(), EXIT_VMMCALL, "no masking: read");
	expect(gr.bx, 3, "no masking: the APIC's is read");
	expect64(vmcb->vintr & 0xff, 6, "no masking: V_TPR stays");
	with(writes, V_TPR(6));
	expect_exit(run(), EXIT_VMMCALL, "no masking: write");
	expect64(vmcb->vintr & 0xff, 9, "no masking: V_TPR is written");
	expect(lapic_read(LAPIC_TPR), 0x90, "no masking: so is the APIC's");
	return 0;
}
