/*
 * cpu/cpu_state.c - the processor's field tables, its hash, and what a snapshot
 * must not contain
 */
#include "cpu/cpu_state.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "cpu/cpuid.h"
#include "cpu/svm.h"
#include "cpu/system_priv.h"

static const struct snap_field seg_fields[] = {
	SNAP_U16(struct seg, sel),
	SNAP_U16(struct seg, attr),
	SNAP_U32(struct seg, limit),
	SNAP_U64(struct seg, base),
	SNAP_END
};

static const struct snap_field dtable_fields[] = {
	SNAP_U64(struct dtable, base),
	SNAP_U32(struct dtable, limit),
	SNAP_END
};

static const struct snap_field f80_fields[] = {
	SNAP_U64(struct f80, mant),
	SNAP_U16(struct f80, se),
	SNAP_END
};

static const struct snap_field x87_fields[] = {
	SNAP_STRUCTS(struct x87, reg, f80_fields),
	SNAP_U16(struct x87, fcw),
	SNAP_U16(struct x87, fsw),
	SNAP_U16(struct x87, fop),
	SNAP_U16(struct x87, ftw),
	SNAP_U64(struct x87, fip),
	SNAP_U64(struct x87, fdp),
	SNAP_U16(struct x87, fcs),
	SNAP_U16(struct x87, fds),
	SNAP_END
};

static const struct snap_field xmm_fields[] = {
	SNAP_ARRAY(union xval, q),
	SNAP_END
};

/* generic_steps and the like depend on the engine and are missing on purpose. */
static const struct snap_field stats_fields[] = {
	SNAP_ARRAY(struct cpu_stats, exceptions),
	SNAP_U64(struct cpu_stats, interrupts),
	SNAP_U64(struct cpu_stats, soft_interrupts),
	SNAP_U64(struct cpu_stats, nmis),
	SNAP_U64(struct cpu_stats, syscalls),
	SNAP_U64(struct cpu_stats, task_switches),
	SNAP_U64(struct cpu_stats, cr3_loads),
	SNAP_U64(struct cpu_stats, pio_reads),
	SNAP_U64(struct cpu_stats, pio_writes),
	SNAP_U64(struct cpu_stats, halts),
	SNAP_U64(struct cpu_stats, halt_cycles),
	SNAP_END
};

const struct snap_field cpu_fields[] = {
	SNAP_ARRAY(struct cpu, gpr),
	SNAP_U64(struct cpu, rip),
	SNAP_U64(struct cpu, rflags),
	SNAP_U64(struct cpu, cc_res),
	SNAP_STRUCTS(struct cpu, seg, seg_fields),
	SNAP_STRUCT_1(struct cpu, ldtr, seg_fields),
	SNAP_STRUCT_1(struct cpu, tr, seg_fields),
	SNAP_STRUCT_1(struct cpu, gdtr, dtable_fields),
	SNAP_STRUCT_1(struct cpu, idtr, dtable_fields),
	SNAP_U64(struct cpu, cr0),
	SNAP_U64(struct cpu, cr2),
	SNAP_U64(struct cpu, cr3),
	SNAP_U64(struct cpu, cr4),
	SNAP_U64(struct cpu, efer),
	SNAP_ARRAY(struct cpu, dr),
	SNAP_U64(struct cpu, xcr0),
	SNAP_U64(struct cpu, cycles),
	SNAP_U64(struct cpu, insns),
	SNAP_U64(struct cpu, charge),
	SNAP_U32(struct cpu, pins),
	SNAP_U8(struct cpu, activity),
	SNAP_U8(struct cpu, inhibit),
	SNAP_U8(struct cpu, cpl),
	SNAP_U8(struct cpu, sipi_vector),
	SNAP_BOOL(struct cpu, nmi_blocked),
	SNAP_BOOL(struct cpu, rep_active),
	SNAP_U64(struct cpu, dr6_pending),
	SNAP_U64(struct cpu, star),
	SNAP_U64(struct cpu, lstar),
	SNAP_U64(struct cpu, cstar),
	SNAP_U64(struct cpu, sfmask),
	SNAP_U64(struct cpu, kernel_gs_base),
	SNAP_U64(struct cpu, sysenter_cs),
	SNAP_U64(struct cpu, sysenter_esp),
	SNAP_U64(struct cpu, sysenter_eip),
	SNAP_U64(struct cpu, pat),
	SNAP_U64(struct cpu, tsc_aux),
	SNAP_U64(struct cpu, tsc_adjust),
	SNAP_U64(struct cpu, tsc_offset),
	SNAP_U64(struct cpu, mtrr_def),
	SNAP_ARRAY(struct cpu, mtrr_fix),
	SNAP_ARRAY(struct cpu, mtrr_var),
	SNAP_ARRAY(struct cpu, mc_status),
	SNAP_U64(struct cpu, mcg_status),
	SNAP_U64(struct cpu, mcg_ctl),
	SNAP_ARRAY(struct cpu, mc_ctl),
	SNAP_ARRAY(struct cpu, misc_msr),
	SNAP_U64(struct cpu, vm_cr),
	SNAP_U64(struct cpu, vm_hsave_pa),
	SNAP_STRUCT_1(struct cpu, x87, x87_fields),
	SNAP_STRUCTS(struct cpu, xmm, xmm_fields),
	SNAP_U32(struct cpu, mxcsr),
	SNAP_STRUCT_1(struct cpu, mmu, mmu_fields),
	SNAP_STRUCT_1(struct cpu, stats, stats_fields),
	SNAP_END
};

static const struct snap_field svm_host_fields[] = {
	SNAP_STRUCT_1(struct svm_host, es, seg_fields),
	SNAP_STRUCT_1(struct svm_host, cs, seg_fields),
	SNAP_STRUCT_1(struct svm_host, ss, seg_fields),
	SNAP_STRUCT_1(struct svm_host, ds, seg_fields),
	SNAP_STRUCT_1(struct svm_host, gdtr, dtable_fields),
	SNAP_STRUCT_1(struct svm_host, idtr, dtable_fields),
	SNAP_U64(struct svm_host, cr0),
	SNAP_U64(struct svm_host, cr3),
	SNAP_U64(struct svm_host, cr4),
	SNAP_U64(struct svm_host, efer),
	SNAP_U64(struct svm_host, rflags),
	SNAP_U64(struct svm_host, rip),
	SNAP_U64(struct svm_host, rsp),
	SNAP_U64(struct svm_host, rax),
	SNAP_U64(struct svm_host, dbgctl),
	SNAP_ARRAY(struct svm_host, lbr),
	SNAP_END
};

static const struct snap_field svm_own_fields[] = {
	SNAP_BOOL(struct svm, gif),
	SNAP_BOOL(struct svm, guest),
	SNAP_BOOL(struct svm, hif),
	SNAP_U64(struct svm, vmcb_pa),
	SNAP_ARRAY(struct svm, icpt),
	SNAP_U64(struct svm, iopm_pa),
	SNAP_U64(struct svm, msrpm_pa),
	SNAP_U64(struct svm, tsc_offset),
	SNAP_U64(struct svm, v_intr),
	SNAP_U64(struct svm, nested),
	SNAP_U64(struct svm, g_pat),
	SNAP_U64(struct svm, lbr_virt),
	SNAP_U64(struct svm, ncr3),
	SNAP_U64(struct svm, ncr0),
	SNAP_U64(struct svm, ncr4),
	SNAP_U64(struct svm, nefer),
	SNAP_U32(struct svm, asid),
	SNAP_U16(struct svm, pause_count),
	SNAP_U16(struct svm, pause_threshold),
	SNAP_U16(struct svm, pause_left),
	SNAP_U64(struct svm, pause_at),
	SNAP_STRUCT_1(struct svm, host, svm_host_fields),
	SNAP_U64(struct svm, tsc_ratio),
	SNAP_ARRAY(struct svm, lbr),
	SNAP_U64(struct svm, key),
	SNAP_END
};

const struct snap_field cpu_svm_fields[] = {
	SNAP_STRUCT_1(struct cpu, svm, svm_own_fields),
	SNAP_END
};

static const struct snap_field monitor_own_fields[] = {
	SNAP_BOOL(struct watched_line, armed),
	SNAP_U64(struct watched_line, at),
	SNAP_ARRAY(struct watched_line, line),
	SNAP_END
};

const struct snap_field cpu_monitor_fields[] = {
	SNAP_STRUCT_1(struct cpu, monitor, monitor_own_fields),
	SNAP_END
};

/* Lazy flags become plain ones, in cc_res and in rflags alike. */
void
cpu_state_prepare(struct cpu *c)
{
	uint32_t flags = cc_flags(c);

	cc_set_raw(c, flags);
	c->rflags = (c->rflags & ~(uint64_t)F_OSZAPC) | flags | 2;
	c->pins &= ~(uint32_t)PIN_STOP;
}

/* PIN_STOP is the host's wish and no state. */
void
cpu_state_save(struct cpu *c, uint8_t *out)
{
	uint32_t stop = c->pins & PIN_STOP;

	cpu_state_prepare(c);
	snap_encode(cpu_fields, c, out);
	c->pins |= stop;
}

void
cpu_hash(struct cpu *c, struct hash_stream *s)
{
	size_t state = snap_size(cpu_fields), model = mmu_model_size(&c->mmu);
	uint8_t *buf = malloc(state + model);

	if (!buf) {
		log_error(c->log, "no memory for a state hash");
		abort();
	}
	cpu_state_save(c, buf);
	mmu_model_encode(&c->mmu, buf + state);
	hash_stream_add(s, buf, state + model);
	free(buf);
}

static bool
system_registers_possible(const struct cpu *c)
{
	bool pg = c->cr0 & CR0_PG;

	if ((c->cr0 >> 32) || (pg && !(c->cr0 & CR0_PE) && !c->svm.guest) || c->xcr0 > 3 || !(c->xcr0 & 1))
		return false;
	if (!(c->efer & EFER_LMA) != !((c->efer & EFER_LME) && pg))
		return false;
	if ((c->efer & EFER_LMA) && !(c->cr4 & CR4_PAE))
		return false;
	return (c->dr[6] & ~(uint64_t)DR6_WRITABLE) == DR6_FIXED &&
	    (c->dr[7] & ~(uint64_t)DR7_WRITABLE) == DR7_FIXED;
}

/* What is still to be paid was charged by one instruction and what was delivered
 * behind it; with more, the machine would jump into another age at once. */
#define CHARGE_MAX	((uint64_t)1 << 30)

static bool
registers_possible(const struct cpu *c)
{
	if (c->activity > ACT_SHUTDOWN || c->cpl > 3 || (c->cc_res & ~(uint64_t)F_OSZAPC))
		return false;
	if (c->inhibit & ~(INHIBIT_STI | INHIBIT_SS | INHIBIT_STEP))
		return false;
	if ((c->rflags & F_VM) && (!(c->cr0 & CR0_PE) || c->cpl != 3))
		return false;
	if (!(c->cr0 & CR0_PE) && c->cpl)
		return false;
	if (c->charge > CHARGE_MAX || c->mmu.charge > CHARGE_MAX)
		return false;
	return !(c->mxcsr >> 16);
}

int
cpu_state_restored(struct cpu *c)
{
	if (!registers_possible(c) || !system_registers_possible(c))
		return -EINVAL;
	c->cc_op = CC_RAW;
	c->cc_src = 0;
	c->next_rip = c->rip;
	c->delivering = -1;
	c->zero = 0;
	if (!svm_restored(c) || (c->monitor.at & 63) || c->monitor.at >> c->model->phys_bits)
		return -EINVAL;
	cpu_world_update(c);
	mmu_fast_flush(&c->mmu);
	return 0;
}
