/*
 * cpu/cpu_state.h - the processor as state: snapshot and hash
 *
 * cpu_fields lists struct cpu's state; the model TLB is encoded beside it
 * (mmu_model_encode()).  Derived values (mode, page_base, next_rip, input
 * levels' effects) are not listed.  Valid at instruction boundaries only.
 */
#ifndef CPU_CPU_STATE_H
#define CPU_CPU_STATE_H

#include "base/snap.h"
#include "cpu/cpu.h"

extern const struct snap_field cpu_fields[];
/* Of a processor with SVM: a section of its own, so that others have none. */
extern const struct snap_field cpu_svm_fields[];
/* The same of one with MONITOR as well: nothing else can tell. */
extern const struct snap_field cpu_monitor_fields[];

/* Brings the state into its one canonical form (lazy flags computed); call
 * before snap_encode(cpu_fields). */
void	cpu_state_prepare(struct cpu *c);

/* Writes snap_size(cpu_fields) bytes, prepared. */
void	cpu_state_save(struct cpu *c, uint8_t *out);

/* After snap_decode(cpu_fields) and mmu_model_decode(): checks every value
 * that could not have been (0 or -EINVAL) and rebuilds what is derived. */
int	cpu_state_restored(struct cpu *c);

#endif
