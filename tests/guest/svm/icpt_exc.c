/*
 * Which exceptions do the bits of word 2 stop, and with what?
 *
 * Set-up: for each vector code that raises it.
 * Expected: exit code 40h + vector, EXITINFO1 the error code, rip at the
 * instruction (INT3 and a data breakpoint trap are behind it), the exception
 * not delivered; #PF's address in EXITINFO2, CR2 as it was.  Without the bit
 * the guest's handler sees the same.
 * AMD APM vol 2, "Exception Intercepts".
 */
#include "svm.h"

#define NO_PAGE	"0x8000001000"		/* VA_FREE + 4096 */

#define RAISE(name, setup, insn) \
	GUEST(name, setup "\n" #name "_at: " insn "\n" #name "_end: vmmcall"); \
	extern const char name##_at[], name##_end[]
RAISE(r_de, "xor %ecx, %ecx", "div %ecx");
RAISE(r_db, "pushfq\n orl $0x100, (%rsp)\n popfq", "nop");
RAISE(r_bp, "", "int3");
RAISE(r_ud, "", "ud2");
RAISE(r_nm, "", "fnop");
RAISE(r_np, "mov $0x70, %ecx", "mov %ecx, %ds");
RAISE(r_ss, "mov $0x8000000000000000, %rbp", "mov (%rbp), %al");
RAISE(r_ss_sel, "mov $0x70, %ecx", "mov %ecx, %ss");
RAISE(r_gp, "mov $0xdead0000, %ecx", "rdmsr");
RAISE(r_gp_sel, "mov $0xfff8, %ecx", "mov %ecx, %ds");
RAISE(r_pf, "mov $" NO_PAGE ", %rcx", "mov (%rcx), %al");
RAISE(r_pf_write, "mov $" NO_PAGE ", %rcx", "mov %al, (%rcx)");
RAISE(r_mf, "fninit\n movl $0x33b, -4(%rsp)\n fldcw -4(%rsp)\n fldz\n fld1\n"
    "fdiv %st(1), %st", "fwait");
RAISE(r_xf, "movl $0x1f00, -4(%rsp)\n ldmxcsr -4(%rsp)\n pxor %xmm0, %xmm0\n"
    "movaps %xmm0, %xmm1", "divps %xmm1, %xmm0");

struct exc {
	const char	*name, *code, *at;
	int		vector;
	uint64_t	error;
};

static const struct exc excs[] = {
	{ "#DE", r_de, r_de_at, DE, 0 },
	{ "#DB", r_db, r_db_end, DB, 0 },
	{ "#BP", r_bp, r_bp_at, BP, 0 },
	{ "#UD", r_ud, r_ud_at, UD, 0 },
	{ "#NM", r_nm, r_nm_at, NM, 0 },
	{ "#NP", r_np, r_np_at, NP, 0x70 },
	{ "#SS", r_ss, r_ss_at, SS, 0 },
	{ "#SS of a selector", r_ss_sel, r_ss_sel_at, SS, 0x70 },
	{ "#GP", r_gp, r_gp_at, GP, 0 },
	{ "#GP of a selector", r_gp_sel, r_gp_sel_at, GP, 0xfff8 },
	{ "#PF", r_pf, r_pf_at, PF, 0 },
	{ "#PF of a write", r_pf_write, r_pf_write_at, PF, 2 },
	{ "#MF", r_mf, r_mf_at, MF, 0 },
	{ "#XF", r_xf, r_xf_at, XF, 0 }
};

static void
set_up(const struct exc *e)
{
	guest64(e->code);
	vmcb->cr0 |= e->vector == NM ? CR0_TS : 0;
	vmcb->cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
	vmcb->cr2 = 0x2222;
	set_gdt(0x70, seg_desc(FLAT, D_DATA & ~D_PRESENT, F_G | F_B));
}

static void
one(const struct exc *e)
{
	bool error = e->vector == DF || (e->vector >= TS && e->vector <= PF);
	bool trap_ip = e->vector == BP;

	set_up(e);
	vmcb->icpt[ICPT_EXC] = 1u << e->vector;
	expect_exit(run(), EXIT_EXC + (unsigned)e->vector, "%s", e->name);
	expect64(vmcb->rip, (ulong)e->at, "%s: rip", e->name);
	expect64(vmcb->exitintinfo & EV_VALID, 0, "%s: EXITINTINFO", e->name);
	if (error)
		expect64(vmcb->info1, e->error, "%s: EXITINFO1", e->name);
	if (e->vector == PF) {
		expect64(vmcb->info2, VA_FREE + PAGE, "%s: EXITINFO2", e->name);
		expect64(vmcb->cr2, 0x2222, "%s: CR2 stays", e->name);
	}
	set_up(e);
	vmcb->icpt[ICPT_EXC] = ~(1u << e->vector);
	expect_vector(e->vector, "%s without the intercept", e->name);
	expect64(guest_frame().error, e->error, "%s: error code in the guest", e->name);
	expect64(guest_frame().ip, (ulong)e->at + trap_ip, "%s: rip in the guest", e->name);
	if (e->vector == PF)
		expect64(vmcb->cr2, VA_FREE + PAGE, "%s: CR2 in the guest", e->name);
}

int
main(void)
{
	svm_init();
	for (unsigned i = 0; i < COUNT(excs); i++)
		one(&excs[i]);
	set_up(&excs[2]);
	vmcb->icpt[ICPT_EXC] = BIT(BP);
	run();
	if (svm_has(SVM_NRIP))
		expect64(vmcb->nrip, (ulong)r_bp_end, "#BP: nRIP");
	return 0;
}
