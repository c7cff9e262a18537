/*
 * Which exceptions come before an intercept, and which behind it?
 *
 * Expected: privilege and undefined opcodes first, but PUSHF, POPF, RSM, IRET,
 * INTn, VMMCALL and XSETBV exit whatever would have been wrong; exceptions of
 * memory operands and of operands' values come behind.
 * AMD APM vol 2, "Instruction Intercepts" (table of priorities).
 */
#include "svm.h"

#define BAD_STACK	"mov $0x8000001000, %rsp\n"	/* no page there */

GUEST(o_rdtsc, "rdtsc\n vmmcall");
GUEST(o_rdpmc, "mov $0x7fff, %ecx\n rdpmc\n vmmcall");
GUEST(o_pushf, BAD_STACK "pushfq\n vmmcall");
GUEST(o_popf, BAD_STACK "popfq\n vmmcall");
GUEST(o_iret, BAD_STACK "iretq\n vmmcall");
GUEST(o_rsm, "rsm\n vmmcall");
GUEST(o_intn, "int $0x20\n vmmcall");
GUEST(o_invd, "invd\n vmmcall");
GUEST(o_wbinvd, "wbinvd\n vmmcall");
GUEST(o_hlt, "hlt\n vmmcall");
GUEST(o_invlpg, "invlpg (%rsp)\n vmmcall");
GUEST(o_invlpga, "invlpga %rax, %ecx\n vmmcall");
GUEST(o_vmrun, "vmrun\n vmmcall");
GUEST(o_vmload, "vmload\n vmmcall");
GUEST(o_vmsave, "vmsave\n vmmcall");
GUEST(o_vmmcall, "vmmcall");
GUEST(o_stgi, "stgi\n vmmcall");
GUEST(o_clgi, "clgi\n vmmcall");
GUEST(o_cpuid, "cpuid\n vmmcall");
GUEST(o_pause, "pause\n vmmcall");
GUEST(o_icebp, ".byte 0xf1\n vmmcall");
GUEST(o_xsetbv, "xsetbv\n vmmcall");
GUEST(o_lidt, "lidt (%rsp)\n vmmcall");
GUEST(o_lgdt, "lgdt (%rsp)\n vmmcall");
GUEST(o_lgdt_bad, BAD_STACK "lgdt (%rsp)\n vmmcall");
GUEST(o_sgdt_bad, BAD_STACK "sgdt (%rsp)\n vmmcall");
GUEST(o_lldt, "lldt %ax\n vmmcall");
GUEST(o_lldt_bad, "mov $0xfff8, %ecx\n lldt %cx\n vmmcall");
GUEST(o_lldt_page, BAD_STACK "lldt (%rsp)\n vmmcall");
GUEST(o_ltr_bad, "mov $0xfff8, %ecx\n ltr %cx\n vmmcall");
GUEST(o_sldt, "sldt %eax\n vmmcall");
GUEST(o_sldt_lock, ".byte 0xf0\n sldt (%rsp)\n vmmcall");
GUEST(o_rdmsr, "mov $0xdead0000, %ecx\n rdmsr\n vmmcall");
GUEST(o_vmload_bad, "mov $1, %eax\n vmload\n vmmcall");
GUEST(o_vmrun_bad, "mov $1, %eax\n vmrun\n vmmcall");

enum { CPL0, CPL3 };
static const struct {
	const char	*name, *code;
	unsigned	cpl;
	uint64_t	cr4;
	int		vector;		/* or NONE: exits with */
	uint64_t	exit;
} cases[] = {
	{ "RDTSC at CPL 3", o_rdtsc, CPL3, 0, NONE, EXIT_RDTSC },
	{ "RDTSC at CPL 3 with TSD", o_rdtsc, CPL3, CR4_TSD, GP, 0 },
	{ "RDPMC at CPL 3 without PCE", o_rdpmc, CPL3, 0, GP, 0 },
	{ "PUSHF without a stack", o_pushf, CPL0, 0, NONE, EXIT_PUSHF },
	{ "POPF without a stack", o_popf, CPL0, 0, NONE, EXIT_POPF },
	{ "IRET without a stack", o_iret, CPL0, 0, NONE, EXIT_IRET },
	{ "RSM", o_rsm, CPL0, 0, NONE, EXIT_RSM },
	{ "RSM at CPL 3", o_rsm, CPL3, 0, NONE, EXIT_RSM },
	{ "INTn at CPL 3, gate with DPL 0", o_intn, CPL3, 0, NONE, EXIT_INTN },
	{ "INVD at CPL 3", o_invd, CPL3, 0, GP, 0 },
	{ "WBINVD at CPL 3", o_wbinvd, CPL3, 0, GP, 0 },
	{ "HLT at CPL 3", o_hlt, CPL3, 0, GP, 0 },
	{ "INVLPG at CPL 3", o_invlpg, CPL3, 0, GP, 0 },
	{ "INVLPGA at CPL 3", o_invlpga, CPL3, 0, GP, 0 },
	{ "VMRUN at CPL 3", o_vmrun, CPL3, 0, GP, 0 },
	{ "VMLOAD at CPL 3", o_vmload, CPL3, 0, GP, 0 },
	{ "VMSAVE at CPL 3", o_vmsave, CPL3, 0, GP, 0 },
	{ "VMMCALL at CPL 3", o_vmmcall, CPL3, 0, NONE, EXIT_VMMCALL },
	{ "STGI at CPL 3", o_stgi, CPL3, 0, GP, 0 },
	{ "CLGI at CPL 3", o_clgi, CPL3, 0, GP, 0 },
	{ "CPUID at CPL 3", o_cpuid, CPL3, 0, NONE, EXIT_CPUID },
	{ "PAUSE at CPL 3", o_pause, CPL3, 0, NONE, EXIT_PAUSE },
	{ "ICEBP at CPL 3", o_icebp, CPL3, 0, NONE, EXIT_ICEBP },
	{ "XSETBV at CPL 3", o_xsetbv, CPL3, CR4_OSXSAVE, NONE, EXIT_XSETBV },
	{ "XSETBV of a bad value", o_xsetbv, CPL0, CR4_OSXSAVE, NONE, EXIT_XSETBV },
	{ "LIDT at CPL 3", o_lidt, CPL3, 0, GP, 0 },
	{ "LGDT at CPL 3", o_lgdt, CPL3, 0, GP, 0 },
	{ "LGDT from a page that is not present", o_lgdt_bad, CPL0, 0, NONE, EXIT_GDTR_WRITE },
	{ "SGDT to a page that is not present", o_sgdt_bad, CPL0, 0, NONE, EXIT_GDTR_READ },
	{ "LLDT at CPL 3", o_lldt, CPL3, 0, GP, 0 },
	{ "LLDT of a bad selector", o_lldt_bad, CPL0, 0, NONE, EXIT_LDTR_WRITE },
	{ "LLDT from a page that is not present", o_lldt_page, CPL0, 0, NONE, EXIT_LDTR_WRITE },
	{ "LTR of a bad selector", o_ltr_bad, CPL0, 0, NONE, EXIT_TR_WRITE },
	{ "SLDT at CPL 3", o_sldt, CPL3, 0, NONE, EXIT_LDTR_READ },
	{ "SLDT at CPL 3 with UMIP", o_sldt, CPL3, CR4_UMIP, GP, 0 },
	{ "LOCK SLDT", o_sldt_lock, CPL0, 0, UD, 0 },
	{ "RDMSR at CPL 3", o_rdmsr, CPL3, 0, GP, 0 },
	{ "RDMSR of no register", o_rdmsr, CPL0, 0, NONE, EXIT_MSR },
	{ "VMLOAD of a bad address", o_vmload_bad, CPL0, 0, GP, 0 },
	{ "VMRUN of a bad address", o_vmrun_bad, CPL0, 0, GP, 0 }
};

int
main(void)
{
	svm_init();
	for (unsigned i = 0; i < COUNT(cases); i++) {
		if ((cases[i].cr4 & CR4_OSXSAVE && !has(HAS_XSAVE)) ||
		    (cases[i].cr4 & CR4_UMIP && !has(HAS_UMIP))) {
			left_out(cases[i].name);
			continue;
		}
		guest64(cases[i].code);
		if (cases[i].cpl == CPL3)
			guest_user();
		vmcb->cr4 |= cases[i].cr4;
		vmcb->rax = 0xffff0000;
		gr.dx = 0xffff;
		gr.cx = 0;
		vmcb->icpt[ICPT_3] = ~(I3_INTR | I3_VINTR);
		vmcb->icpt[ICPT_4] = I4_EFER_TRAP - 1u;
		if (cases[i].vector != NONE)
			expect_vector(cases[i].vector, "%s", cases[i].name);
		else
			expect_exit(run(), cases[i].exit, "%s", cases[i].name);
	}
	return 0;
}
