/*
 * vmm/cpu.h - what C cannot say to the processor
 */
#ifndef VMM_CPU_H
#define VMM_CPU_H

#include <stdint.h>

#include "vmm/common/insn.h"

/* AMD APM vol 2 §3.1 "System-Control Registers" */
#define CR0_PE		0x00000001u
#define CR0_MP		0x00000002u
#define CR0_EM		0x00000004u
#define CR0_TS		0x00000008u
#define CR0_ET		0x00000010u
#define CR0_NE		0x00000020u
#define CR0_WP		0x00010000u
#define CR0_AM		0x00040000u
#define CR0_NW		0x20000000u
#define CR0_CD		0x40000000u
#define CR0_PG		0x80000000u
#define CR0_ALL		(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | \
			    CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG)
#define CR4_TSD		0x00000004u
#define CR4_DE		0x00000008u
#define CR4_PSE		0x00000010u
#define CR4_PAE		0x00000020u
#define CR4_MCE		0x00000040u
#define CR4_PGE		0x00000080u
#define CR4_OSFXSR	0x00000200u
#define CR4_OSXMMEXCPT	0x00000400u
#define EFER_SCE	0x00000001u
#define EFER_LME	0x00000100u
#define EFER_LMA	0x00000400u
#define EFER_NXE	0x00000800u
#define EFER_SVME	0x00001000u
#define EFER_FFXSR	0x00004000u
#define FLAG_TF		0x00000100u
#define FLAG_IF		0x00000200u
#define FLAG_RF		0x00010000u

enum {
	VEC_DB = 1, VEC_BP = 3, VEC_UD = 6, VEC_NM = 7, VEC_DF = 8, VEC_TS = 10,
	VEC_NP, VEC_SS, VEC_GP, VEC_PF, VEC_AC = 17
};

enum {
	MSR_TSC = 0x10, MSR_APIC_BASE = 0x1b, MSR_SYSENTER_CS = 0x174,
	MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_PAT = 0x277,
	MSR_TSC_DEADLINE = 0x6e0
};
#define MSR_EFER		0xc0000080u
#define MSR_STAR		0xc0000081u
#define MSR_LSTAR		0xc0000082u
#define MSR_CSTAR		0xc0000083u
#define MSR_SFMASK		0xc0000084u
#define MSR_FS_BASE		0xc0000100u
#define MSR_GS_BASE		0xc0000101u
#define MSR_KERNEL_GS_BASE	0xc0000102u
#define MSR_VM_CR		0xc0010114u
#define MSR_VM_HSAVE_PA		0xc0010117u

static inline void
vmload(uint64_t pa)
{
	__asm__ volatile("vmload %%rax" : : "a"(pa) : "memory");
}

static inline void
vmsave(uint64_t pa)
{
	__asm__ volatile("vmsave %%rax" : : "a"(pa) : "memory");
}

/* Lets pending interrupts in, for one instruction. */
static inline void
take_interrupts(void)
{
	__asm__ volatile("sti; nop; cli" : : : "memory");
}

#endif
