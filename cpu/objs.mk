# cpu/objs.mk - objects of libringlab.a, one per line:
#
#	cpu_objs += cpu/NAME.o
#
# and flags of single objects: cpu/NAME.o: obj_cflags = ...

# Objects of the hot engine also go into frame_objs, for check-frames, and get
# its flags: cpu/NAME.o: obj_cflags = $(ENGINE_CFLAGS)


cpu_objs += cpu/decode.o
cpu_objs += cpu/disasm.o
cpu_objs += cpu/insn_table.o
cpu_objs += cpu/exec_ssei.o
cpu_objs += cpu/exec_ssei_move.o
cpu_objs += cpu/exec_sse_pcmpstr.o
cpu_objs += cpu/exec_aes.o
cpu_objs += cpu/exec_clmul.o

# decode.c's lookup tables are made from the instruction table.
cpu/gen_decode: $(srcdir)/cpu/gen_decode.c config.flags
	$(call say,CC,cpu/gen_decode.c)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -Wall -Wextra -O1 -I$(srcdir) -MMD -MP -MT $@ -MF $@.d -o $@ $<

cpu/decode_tables.h: cpu/gen_decode
	$(Q)cpu/gen_decode >$@

cpu/decode.o fuzz/obj/cpu/decode.o: cpu/decode_tables.h
-include cpu/gen_decode.d
generated += cpu/gen_decode cpu/gen_decode.d cpu/decode_tables.h

cpu_objs += cpu/f80.o
cpu_objs += cpu/f80_conv.o
cpu_objs += cpu/f80_rem.o
cpu_objs += cpu/f80_trans.o
cpu_objs += cpu/x87.o
cpu_objs += cpu/x87_image.o
cpu_objs += cpu/exec_x87.o
cpu_objs += cpu/exec_x87_move.o
cpu_objs += cpu/exec_x87_ctl.o
cpu_objs += cpu/exec_mmx.o

cpu_objs += cpu/exec.o
cpu_objs += cpu/exec_alu.o
cpu_objs += cpu/exec_bcd.o
cpu_objs += cpu/exec_bits.o
cpu_objs += cpu/exec_branch.o
cpu_objs += cpu/exec_misc.o
cpu_objs += cpu/exec_muldiv.o
cpu_objs += cpu/exec_shift.o
cpu_objs += cpu/exec_stack.o
cpu_objs += cpu/exec_string.o
cpu_objs += cpu/flags.o
cpu_objs += cpu/mem.o
cpu_objs += cpu/run.o

# The threaded engine.
cpu_objs += cpu/block.o
cpu_objs += cpu/threaded.o
cpu_objs += cpu/translate.o
cpu_objs += cpu/translate_sse.o
hot_objs = cpu/hot_alu.o cpu/hot_based.o cpu/hot_bits.o cpu/hot_branch.o cpu/hot_fuse.o cpu/hot_move.o cpu/hot_sse.o
cpu_objs += $(hot_objs)
frame_objs += $(hot_objs)
$(hot_objs): obj_cflags = $(ENGINE_CFLAGS)

cpu_objs += cpu/exec_fxsave.o
cpu_objs += cpu/exec_ssef.o
cpu_objs += cpu/exec_ssef_cvt.o
cpu_objs += cpu/exec_ssef_move.o

cpu_objs += cpu/cpu.o
cpu_objs += cpu/cpu_state.o
cpu_objs += cpu/cpuid.o
cpu_objs += cpu/cr.o
cpu_objs += cpu/debug.o
cpu_objs += cpu/event.o
cpu_objs += cpu/exec_desc.o
cpu_objs += cpu/exec_svm.o
cpu_objs += cpu/exec_sys.o
cpu_objs += cpu/exec_syscall.o
cpu_objs += cpu/far.o
cpu_objs += cpu/frame.o
cpu_objs += cpu/io.o
cpu_objs += cpu/iret.o
cpu_objs += cpu/models.o
cpu_objs += cpu/msr.o
cpu_objs += cpu/seg.o
cpu_objs += cpu/svm.o
cpu_objs += cpu/svm_check.o
cpu_objs += cpu/svm_event.o
cpu_objs += cpu/svm_icpt.o
cpu_objs += cpu/svm_name.o
cpu_objs += cpu/task.o
cpu_objs += cpu/timing.o
cpu_objs += cpu/tss.o

cpu_objs += cpu/census.o

# The search for sensitive instructions.
cpu_objs += cpu/pg_bench.o
cpu_objs += cpu/pg_form.o
cpu_objs += cpu/pg_leaf.o
cpu_objs += cpu/pg_search.o
cpu_objs += cpu/pg_state.o
