/*
 * vmm/counters.h - what is counted for each VM
 *
 * One list; vmm/report.c prints it.
 */
#ifndef VMM_COUNTERS_H
#define VMM_COUNTERS_H

#include <stdint.h>

#define VM_COUNTERS(C) \
	C(cycles_guest) C(cycles_vmm) C(cycles_off) C(slices) \
	C(exits) C(exit_intr) C(exit_vintr) C(exit_io) C(exit_cpuid) C(exit_msr) \
	C(exit_hlt) C(exit_cr) C(exit_dr) C(exit_invlpg) C(exit_pf) C(exit_npf) \
	C(exit_vmmcall) C(exit_trap) C(exit_other) C(untrapped) \
	C(hypercalls) C(interrupts) C(exceptions) \
	C(swap_evicted) C(swap_reads) C(swap_writes) C(swap_double) \
	C(faults_true) C(faults_hidden) C(faults_write) C(faults_p2m) C(unbacked) \
	C(mmu_updates) C(mmu_refused) C(mmu_validated) C(unguarded) \
	C(cr3_loads) C(cr3_known) C(cycles_cr3) C(tlb_flushes) \
	C(shadow_made) C(shadow_zapped) C(shadow_recycled) C(shadow_filled) \
	C(pt_protected) C(pt_emulated) C(pt_unshadowed) C(pt_unsynced) C(pt_synced) \
	C(sync_dropped) C(verified) C(verify_bad) \
	C(ticks_due) C(ticks_delivered) C(ticks_lost) C(ticks_pending_max)

struct counters {
#define C(name)	uint64_t name;
	VM_COUNTERS(C)
#undef C
};

#endif
