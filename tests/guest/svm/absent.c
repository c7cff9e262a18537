/*
 * What do control bits of features do that the processor does not have?
 *
 * Set-up: AVIC, virtual VMLOAD and VMSAVE, virtual NMIs:
 * CPUID does not announce it, the VMCB asks for it.
 * Expected: the bits are as reserved ones: VMRUN takes the VMCB, nothing happens, and
 * what VMRUN and #VMEXIT do not change is still there.
 * AMD APM vol 2, "VMCB Layout, Control Area"; "Advanced Virtual Interrupt Controller";
 * "VMSAVE and VMLOAD Virtualization"; "NMI Virtualization".
 */
#include "svm.h"

#define V_NMI_PENDING	BIT(11)
#define V_NMI_MASK	BIT(12)
#define V_NMI_ENABLE	BIT(26)
#define V_X2AVIC	BIT(30)
#define V_AVIC		BIT(31)
#define LS_VIRT		BIT(1)	/* beside LBR virtualization */
#define APIC_ID		0xfee00020

GUEST(plain, "nop\n vmmcall");
GUEST(saves, "mov $0x123000, %eax\n vmsave\n vmmcall");
GUEST(apic, "mov $0xfee00020, %ebx\n mov (%rbx), %ebx\n vmmcall");

static void
avic(void)
{
	uint32_t id = *(volatile uint32_t *)(ulong)APIC_ID;

	if (svm_has(SVM_AVIC)) {
		left_out("no AVIC");
		return;
	}
	guest64(apic);
	vmcb->vintr = V_AVIC | V_X2AVIC;
	vmcb->avic_bar = 0x5555555555000;
	expect_exit(run(), EXIT_VMMCALL, "AVIC: runs");
	expect64(gr.bx, id, "AVIC: the APIC is the host's");
	expect64(vmcb->avic_bar, 0x5555555555000, "AVIC: AVIC_APIC_BAR stays");
	expect64(vmcb->exitintinfo, 0, "AVIC: EXITINTINFO");
}

static void
vmsave(void)
{
	if (svm_has(SVM_VMSAVE)) {
		left_out("no virtual VMLOAD and VMSAVE");
		return;
	}
	guest64(saves);
	vmcb->lbr_enable = LS_VIRT;
	vmcb->icpt[ICPT_4] |= I4_VMSAVE;
	expect_exit(run(), EXIT_VMSAVE, "virtual VMSAVE: the intercept counts");
	expect64(vmcb->lbr_enable, LS_VIRT, "virtual VMSAVE: the bit stays");
}

static void
vnmi(void)
{
	if (svm_has(SVM_VNMI)) {
		left_out("no virtual NMI");
		return;
	}
	guest64(plain);
	vmcb->vintr = V_NMI_ENABLE | V_NMI_PENDING;
	vmcb->icpt[ICPT_3] |= I3_NMI;
	expect_exit(run(), EXIT_VMMCALL, "virtual NMI: none comes");
	expect64(vmcb->rip, (ulong)plain + 1, "virtual NMI: the guest ran");
	guest64(plain);
	vmcb->vintr = V_NMI_ENABLE | V_NMI_MASK;
	vmcb->eventinj = EVENT(EV_NMI, 2);
	expect_vector(NMI, "virtual NMI: one is injected as ever");
}

int
main(void)
{
	svm_init();
	avic();
	vmsave();
	vnmi();
	return 0;
}
