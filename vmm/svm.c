/*
 * vmm/svm.c - VMCBs and running them
 */
#include "vmm/svm.h"

#include <string.h>

#include "vmm/breaks.h"
#include "vmm/common/multiboot.h"
#include "vmm/cpu.h"
#include "vmm/frames.h"
#include "vmm/mmu.h"
#include "vmm/npt.h"
#include "vmm/vm.h"

#define MSRPM_SECOND	(0x800u * 8)	/* bit of MSR C000_0000h */
#define FN_FEATURES	0x80000001u
#define FEAT_SVM	BIT(2)		/* ECX */
#define FN_SVM		0x8000000au
#define VM_CR_SVMDIS	BIT(4)
#define PAT_RESET	0x0007040600070406u
#define DR6_RESET	0xffff0ff0u
#define DR7_RESET	0x400u

/* Segment attributes in a VMCB */
#define ATTR_CODE32	0xc9bu
#define ATTR_DATA32	0xc93u
#define ATTR_LDT	0x082u
#define ATTR_TSS32	0x08bu

bool
svm_init(struct svm_features *f)
{
	uint32_t edx;

	if (!(cpuid(FN_FEATURES, 0).ecx & FEAT_SVM) ||
	    rdmsr(MSR_VM_CR) & VM_CR_SVMDIS)
		return false;
	edx = cpuid(FN_SVM, 0).edx;
	f->npt = edx & BIT(0);
	f->nrip = edx & BIT(3);
	f->flush_asid = edx & BIT(6);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_VM_HSAVE_PA, phys_of(frames_table(PAGE_SIZE)));
	f->host = phys_of(frames_table(PAGE_SIZE));
	vmsave(f->host);
	return true;
}

void
svm_intercept(struct vmcb *v, unsigned code, bool on)
{
	uint32_t *word = &v->c.icpt[code / 32], bit = 1u << code % 32;

	*word = on ? *word | bit : *word & ~bit;
}

static void
intercepts(struct vm *vm, struct vmcb *v)
{
	static const uint8_t always[] = {
		EXIT_INTR, EXIT_NMI, EXIT_INIT, EXIT_SHUTDOWN, EXIT_HLT, EXIT_IOIO,
		EXIT_MSR, EXIT_CPUID, EXIT_INVD, EXIT_WBINVD, EXIT_RDPMC, EXIT_VMRUN,
		EXIT_VMMCALL, EXIT_VMLOAD, EXIT_VMSAVE, EXIT_STGI, EXIT_CLGI,
		EXIT_SKINIT, EXIT_MONITOR, EXIT_MWAIT, EXIT_XSETBV, EXIT_INVLPGA,
		EXIT_FERR, EXIT_RSM
	};
	unsigned i;

	for (i = 0; i < sizeof(always); i++)
		svm_intercept(v, always[i], true);
	if (vm->config.mem != MEM_SHADOW)
		return;
	for (i = 0; i < 5; i++) {
		svm_intercept(v, EXIT_CR_READ(i), i != 1 && i != 2);
		svm_intercept(v, EXIT_CR_WRITE(i), i != 1 && i != 2);
	}
	svm_intercept(v, EXIT_EXC(VEC_PF), true);
	svm_intercept(v, EXIT_INVLPG, true);
	svm_intercept(v, EXIT_TASK_SWITCH, true);
}

static void
let_msr(uint8_t *map, uint32_t msr)
{
	uint32_t bit = 2 * (msr & 0x1fff) + (msr >= 0xc0000000 ? MSRPM_SECOND : 0);

	map[bit / 8] &= (uint8_t)~(3u << bit % 8);
}

/* All but those that VMLOAD and VMSAVE exchange. */
static uint64_t
msr_map(void)
{
	static const uint32_t let[] = {
		MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_STAR, MSR_LSTAR,
		MSR_CSTAR, MSR_SFMASK, MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE
	};
	uint8_t *map = frames_table(2 * PAGE_SIZE);
	unsigned i;

	memset(map, 0xff, 2 * PAGE_SIZE);
	for (i = 0; i < sizeof(let) / sizeof(let[0]); i++)
		let_msr(map, let[i]);
	return phys_of(map);
}

static uint64_t
port_map(void)
{
	uint8_t *map = frames_table(3 * PAGE_SIZE);

	memset(map, 0xff, 3 * PAGE_SIZE);
	return phys_of(map);
}

static void
segments(struct vmcb_save *s)
{
	const struct vmcb_seg data = { 0x10, ATTR_DATA32, 0xffffffff, 0 };

	s->es = s->ss = s->ds = s->fs = s->gs = data;
	s->cs = (struct vmcb_seg){ 0x08, ATTR_CODE32, 0xffffffff, 0 };
	s->ldtr = (struct vmcb_seg){ 0, ATTR_LDT, 0, 0 };
	s->tr = (struct vmcb_seg){ 0, ATTR_TSS32, 0x67, 0 };
	s->gdtr.limit = s->idtr.limit = 0xffff;
}

void
svm_new_vmcb(struct vm *vm, uint32_t entry)
{
	struct vmcb *v = frames_table(PAGE_SIZE);
	struct vcpu *c = &vm->cpu;

	c->vmcb = v;
	c->cr0 = CR0_PE | CR0_ET;
	c->dr7 = DR7_RESET;
	intercepts(vm, v);
	v->c.iopm_pa = port_map();
	v->c.msrpm_pa = msr_map();
	v->c.asid = vm->id + 1;
	v->c.v_intr = V_INTR_MASKING;
	segments(&v->s);
	v->s.efer = EFER_SVME;
	v->s.cr0 = c->cr0;
	v->s.dr6 = DR6_RESET;
	v->s.dr7 = DR7_RESET;
	v->s.g_pat = PAT_RESET;
	v->s.rflags = 2;
	v->s.rip = entry;
	c->flush = true;
	if (vm->config.mem != MEM_SHADOW) {
		v->c.nested = NP_ENABLE;
		v->c.ncr3 = npt_root(vm);
	}
}

void
svm_run(struct vm *vm, const struct svm_features *f)
{
	struct vcpu *c = &vm->cpu;
	struct vmcb *v = c->vmcb;

	v->s.rax = c->gpr[RAX];
	v->s.rsp = c->gpr[RSP];
	v->c.tlb_control = TLB_DO_NOTHING;
	if (c->flush) {
		v->c.tlb_control = f->flush_asid ? TLB_FLUSH_ASID : TLB_FLUSH_ALL;
		vm->count.tlb_flushes++;
	}
	c->flush = false;
	vmrun(phys_of(v), c->gpr);
	breaks_off(vm);
	v->c.eventinj = 0;
	c->gpr[RAX] = v->s.rax;
	c->gpr[RSP] = v->s.rsp;
	if (vm->config.mem == MEM_SHADOW)
		return;
	c->cr0 = v->s.cr0;
	c->cr3 = v->s.cr3;
	c->cr4 = v->s.cr4;
	c->efer = v->s.efer & ~(uint64_t)EFER_SVME;
}
