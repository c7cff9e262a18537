/*
 * Which instructions do the intercept bits of words 3 to 5 stop?
 *
 * Set-up: for each bit an instruction.
 * Expected: with the bit the guest exits with the bit's code before the
 * instruction has done anything, nRIP behind it; without the bit it does not,
 * not even with all others set that have another instruction.
 * AMD APM vol 2, "Instruction Intercepts", "Layout of VMCB", "State Saved on
 * Exit" (next sequential instruction pointer).
 */
#include "svm.h"

#define INSN(name, setup, insn) \
	GUEST(name, setup "\n" #name "_at: " insn "\n" #name "_end: vmmcall"); \
	extern const char name##_at[], name##_end[]

extern const uint8_t operand[64];
static uint8_t operand_[64] __attribute__((aligned(64), used));
asm(".set operand, operand_");

INSN(i_sidt, "", "sidt operand");
INSN(i_sgdt, "", "sgdt operand");
INSN(i_sldt, "", "sldt operand");
INSN(i_str, "", "str operand");
INSN(i_lidt, "sidt operand", "lidt operand");
INSN(i_lgdt, "sgdt operand", "lgdt operand");
INSN(i_lldt, "xor %ecx, %ecx", "lldt %cx");
INSN(i_ltr, "mov $0x50, %ecx", "ltr %cx");
INSN(i_rdtsc, "", "rdtsc");
INSN(i_rdpmc, "xor %ecx, %ecx", "rdpmc");
INSN(i_pushf, "", "pushfq");
INSN(i_pushfw, "", "pushfw");
INSN(i_popf, "push $2", "popfq");
INSN(i_cpuid, "", "cpuid");
INSN(i_rsm, "", "rsm");
INSN(i_iret, "mov %ss, %ecx\n mov %rsp, %rdx\n push %rcx\n push %rdx\n push $2\n mov %cs, %ecx\n"
    "push %rcx\n push $i_iret_end", "iretq");
INSN(i_intn, "", "int $0x41");
INSN(i_int3_long, "", ".byte 0xcd, 3");
INSN(i_invd, "", "invd");
INSN(i_pause, "", "pause");
INSN(i_hlt, "", "hlt");
INSN(i_invlpg, "", "invlpg operand");
INSN(i_invlpga, "mov $operand, %eax\n mov $5, %ecx", "invlpga %rax, %ecx");
INSN(i_vmrun, "", "vmrun");
INSN(i_vmmcall, "", "vmmcall");
INSN(i_vmload, "", "vmload");
INSN(i_vmsave, "", "vmsave");
INSN(i_stgi, "", "stgi");
INSN(i_clgi, "", "clgi");
INSN(i_skinit, "", "skinit");
INSN(i_rdtscp, "", "rdtscp");
INSN(i_icebp, "", ".byte 0xf1");
INSN(i_wbinvd, "", "wbinvd");
INSN(i_monitor, "xor %ecx, %ecx\n xor %edx, %edx\n mov $operand, %eax", "monitor");
INSN(i_mwait, "xor %ecx, %ecx\n xor %eax, %eax", "mwait");
INSN(i_xsetbv, "xor %ecx, %ecx\n xgetbv", "xsetbv");
INSN(i_invpcid, "mov $2, %ecx", "invpcid operand, %rcx");

enum { PLAIN, STAYS = 1 };	/* STAYS: would not go on without the intercept */

struct insn {
	const char	*name;
	const char	*code, *at, *end;
	uint8_t		word, bit, flags;
	enum feature	feature;	/* or 0 */
};

#define ROW(label, word, bit, flags, feature) \
	{ #label, i_##label, i_##label##_at, i_##label##_end, word, bit, flags, feature }

static const struct insn insns[] = {
	ROW(sidt, 3, 6, PLAIN, 0), ROW(sgdt, 3, 7, PLAIN, 0), ROW(sldt, 3, 8, PLAIN, 0),
	ROW(str, 3, 9, PLAIN, 0), ROW(lidt, 3, 10, PLAIN, 0), ROW(lgdt, 3, 11, PLAIN, 0),
	ROW(lldt, 3, 12, PLAIN, 0), ROW(ltr, 3, 13, PLAIN, 0), ROW(rdtsc, 3, 14, PLAIN, 0),
	ROW(rdpmc, 3, 15, PLAIN, 0), ROW(pushf, 3, 16, PLAIN, 0), ROW(pushfw, 3, 16, PLAIN, 0),
	ROW(popf, 3, 17, PLAIN, 0), ROW(cpuid, 3, 18, PLAIN, 0), ROW(rsm, 3, 19, PLAIN, 0),
	ROW(iret, 3, 20, PLAIN, 0), ROW(intn, 3, 21, PLAIN, 0), ROW(int3_long, 3, 21, PLAIN, 0),
	ROW(invd, 3, 22, PLAIN, 0), ROW(pause, 3, 23, PLAIN, 0), ROW(hlt, 3, 24, STAYS, 0),
	ROW(invlpg, 3, 25, PLAIN, 0), ROW(invlpga, 3, 26, PLAIN, 0), ROW(vmrun, 4, 0, STAYS, 0),
	ROW(vmmcall, 4, 1, PLAIN, 0), ROW(vmload, 4, 2, PLAIN, 0), ROW(vmsave, 4, 3, PLAIN, 0),
	ROW(stgi, 4, 4, PLAIN, 0), ROW(clgi, 4, 5, PLAIN, 0), ROW(rdtscp, 4, 7, PLAIN, HAS_RDTSCP),
	ROW(icebp, 4, 8, PLAIN, 0), ROW(wbinvd, 4, 9, PLAIN, 0),
	ROW(monitor, 4, 10, PLAIN, HAS_MONITOR), ROW(mwait, 4, 11, STAYS, HAS_MONITOR),
	ROW(xsetbv, 4, 13, PLAIN, HAS_XSAVE), ROW(invpcid, 5, 2, PLAIN, HAS_INVPCID)
};

static struct vmcb *some_state;		/* for VMLOAD and VMSAVE */

static void
set_up(const struct insn *i)
{
	guest64(i->code);
	vmcb->rax = (ulong)some_state;
	if (i->feature == HAS_XSAVE)
		vmcb->cr4 |= CR4_OSXSAVE;
	memset(operand_, 0, sizeof(operand_));
}

static void
with_bit(const struct insn *i)
{
	uint64_t want = i->word * 32u + i->bit, rsp;

	set_up(i);
	vmcb->icpt[i->word] |= 1u << i->bit;
	rsp = vmcb->rsp;
	expect_exit(run(), want, "%s", i->name);
	expect64(vmcb->rip, (ulong)i->at, "%s: rip is at the instruction", i->name);
	if (svm_has(SVM_NRIP))
		expect64(vmcb->nrip, (ulong)i->end, "%s: nRIP is behind it", i->name);
	if (i->bit == 16)
		expect64(vmcb->rsp, rsp, "%s: nothing is pushed", i->name);
	if (i->at == i_iret_at)
		expect64(vmcb->rsp, rsp - 40, "%s: nothing is popped", i->name);
	if (i->at == i_sidt_at || i->at == i_sgdt_at)
		expect64(*(uint64_t *)operand_, 0, "%s: nothing is stored", i->name);
	if (i->at == i_cpuid_at)
		expect64(vmcb->rax, (ulong)some_state, "%s: no register changes", i->name);
	expect64(vmcb->exitintinfo & EV_VALID, 0, "%s: no event was being delivered", i->name);
}

/* All bits but this one, and but those of the set-up's instructions. */
static void
without_bit(const struct insn *i)
{
	uint64_t code = i->word * 32u + i->bit;

	set_up(i);
	vmcb->icpt[3] = ~(I3_IDTR_READ | I3_GDTR_READ | I3_INTR | I3_VINTR);
	vmcb->icpt[4] = I4_EFER_TRAP - 1u - I4_MWAIT_ARMED;
	vmcb->icpt[i->word] &= ~(1u << i->bit);
	if (i->at == i_vmmcall_at)	/* the handler would ask by VMMCALL, too */
		vmcb->icpt[ICPT_EXC] = BIT(UD);
	expect(run() == code, 0, "%s without the intercept", i->name);
	if (i->at == i_vmmcall_at)
		expect64(vmcb->exitcode, EXIT_EXC + UD, "vmmcall without the intercept is #UD");
}

int
main(void)
{
	svm_init();
	some_state = vmcb_alloc();
	asm volatile("vmsave" :: "a"(some_state) : "memory");
	for (unsigned n = 0; n < COUNT(insns); n++) {
		const struct insn *i = &insns[n];

		if (i->feature != 0 && !has(i->feature)) {
			left_out(i->name);
			continue;
		}
		with_bit(i);
		if (!(i->flags & STAYS))
			without_bit(i);
	}
	return 0;
}
