/*
 * vmm/svm.h - the processor's virtualization: VMCBs and running them
 */
#ifndef VMM_SVM_H
#define VMM_SVM_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/vmcb.h"

struct vm;

/* Exit codes that cpu/vmcb.h does not name; AMD APM vol 2 appendix C. */
enum {
	EXIT_RDPMC = 0x6f, EXIT_CPUID = 0x72, EXIT_RSM = 0x73, EXIT_INVD = 0x76,
	EXIT_VMLOAD = 0x82, EXIT_VMSAVE, EXIT_STGI, EXIT_CLGI, EXIT_SKINIT,
	EXIT_ICEBP = 0x88, EXIT_WBINVD, EXIT_MONITOR
};

struct svm_features {
	bool		npt, nrip, flush_asid;
	uint64_t	host;		/* VMCB with the VMM's own TR and the like */
};

/* Switches it on; false: this processor has none. */
bool	svm_init(struct svm_features *f);

/* A VMCB in which the guest is as a multiboot loader leaves it, at entry. */
void	svm_new_vmcb(struct vm *vm, uint32_t entry);

/* Intercepts an exit code, or does not. */
void	svm_intercept(struct vmcb *v, unsigned code, bool on);

/* Runs the guest up to an exit.  Registers go in and come out. */
void	svm_run(struct vm *vm, const struct svm_features *f);

void	vmrun(uint64_t vmcb_pa, uint64_t gpr[16]);

#endif
