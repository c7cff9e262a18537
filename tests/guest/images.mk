# Guest images: one question per file, in alphabetical order.
guest_32	= a20 align_check arpl based btf call_gate cpuid_features cr4_user cr_bits \
		  db_points db_step exc_frame far_forms fpu_exc insn_length int_gate \
		  ioapic lar_lsl lock_ud msr_gp null_out paging32 pg_emulate pg_levels pg_runs \
		  pg_traps pic pic_level real_mode \
		  seg_limit seg_load shadow smc smc_dma syscall sysenter task_switch \
		  timer_irq triple_fault unreal vm86 vme xsave
guest_64	= ad_bits align_check btf call_gate64 cpuid_features cr4_user cr_bits \
		  cross_page db_points db_step df_escalation exc_frame fpu_exc \
		  insn_length int_gate iret64 ist lar_lsl lock_ud null_out pf_bits pf_reserved \
		  pg_emulate pg_levels pg_runs pg_traps \
		  rep_mid seg_load shadow smc smc_dma smc_table smep_smap swapgs syscall \
		  sysenter timer_irq tlb_stale xsave
# With lib/svm.h: what AMD's virtualization does
svm_32		= host32
svm_64		= absent asid btf check_control check_cr0 check_cr3 check_cr4 check_dr check_efer \
		  check_event check_exit check_long clean decode enable exc32 ferr fuzz \
		  gif guest_state host_state hsave icpt_cr icpt_cr0_sel icpt_db icpt_dr \
		  icpt_exc icpt_insn icpt_int icpt_io icpt_io_string icpt_msr icpt_order \
		  init inject inject_mode inject_soft intinfo intr lbr lbr_record mwait nmi \
		  nmi_mask npt_ad npt_attr npt_cross npt_delivery npt_fault npt_large \
		  npt_modes npt_table nrip paged_real pause pdpe shadow smp task_switch tsc \
		  vgif vintr vm_cr vmload vtpr
