# Guest images: one question per file, in alphabetical order.
guest_32	= a20 align_check arpl call_gate cpuid_features cr4_user cr_bits \
		  db_points db_step exc_frame far_forms fpu_exc insn_length int_gate \
		  ioapic lar_lsl lock_ud msr_gp paging32 pic pic_level real_mode \
		  seg_limit seg_load shadow smc smc_dma syscall sysenter task_switch \
		  timer_irq triple_fault unreal vm86 vme xsave
guest_64	= ad_bits align_check call_gate64 cpuid_features cr4_user cr_bits \
		  cross_page db_points db_step df_escalation exc_frame fpu_exc \
		  insn_length int_gate iret64 ist lar_lsl lock_ud pf_bits pf_reserved \
		  rep_mid seg_load shadow smc smc_dma smep_smap swapgs syscall \
		  sysenter timer_irq tlb_stale xsave
# With lib/svm.h: what AMD's virtualization does
svm_32		=
svm_64		= check_control check_cr0 check_cr3 check_cr4 check_dr check_efer check_event check_exit check_long icpt_insn icpt_cr icpt_cr0_sel icpt_dr icpt_exc icpt_order icpt_int icpt_io icpt_io_string icpt_msr intr nmi init vintr vtpr gif vgif enable vmload host_state guest_state inject inject_soft inject_mode intinfo
