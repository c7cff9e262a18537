# vmm/guest/objs.mk - the guest kernel: vmm/guest/guest.elf, guest-pv.elf
#
# The same sources twice.  Programs (user/) are linked apart, become a blob in
# the kernel's image; that is linked as a flat file, which becomes the content
# of an ELF32 file.  guest.elf.64 has the symbols, for gdb.

guest_dir	= vmm/guest
guest_parts	= main console option report desc trap page pmap space fault \
		  reclaim swap cache disk proc sched quantum clock syscalls \
		  programs count balloon hash nano hypercall reach roots
guest_programs	= table lib compute random churn fork switch syscall nano \
		  faults swap clock quantum deadline alarm image translate stale \
		  reach secret roots
guest_common	= print string lab serial power

guest_builds	= native pv
guest_pv_flags	= -DGUEST_PV
guest_pv_parts	= pv
guest_files	= boot entry probe $(guest_parts) $(guest_$(1)_parts)
guest_kernel	= $(guest_dir)/guest.elf $(guest_dir)/guest-pv.elf

# No option of the host's: the same sources and compiler give the same file.
guest_code	= -std=gnu11 -O2 -Wall -Wextra -ffreestanding -fno-builtin-printf \
		  -U_FORTIFY_SOURCE -m64 -mno-red-zone -mgeneral-regs-only -fno-pic \
		  -fno-stack-protector -fno-asynchronous-unwind-tables \
		  -fcf-protection=none -fno-strict-aliasing -I$(srcdir)
guest_link	= -m elf_x86_64 -static -z noexecstack -z max-page-size=4096 \
		  --build-id=none --no-warn-rwx-segments

guest_user_objs	= $(guest_programs:%=$(guest_dir)/obj/user/%.o)
guest_objects	= $(guest_files:%=$(guest_dir)/obj/$(1)/%.o) \
		  $(guest_common:%=$(guest_dir)/obj/common/%.o) $(guest_dir)/obj/blob.o
guest_made	= $(guest_user_objs) $(foreach b,$(guest_builds),$(call guest_objects,$(b)))

kernels		+= $(guest_kernel)
generated	+= $(guest_kernel) $(guest_kernel:=.64) $(guest_kernel:=.bin) \
		  $(guest_made) $(guest_made:.o=.d) $(guest_dir)/programs.elf \
		  $(guest_dir)/programs.bin $(guest_kernel:.elf=.image.o)

guest_cc	= $(Q)mkdir -p $(@D) && $(CC) $(guest_code) -MMD -MP -c -o $@ $<

$(guest_dir)/obj/user/%.o: $(srcdir)/$(guest_dir)/user/%.c config.flags
	$(call say,GUEST,$(guest_dir)/user/$*.c)
	$(guest_cc)
$(guest_dir)/obj/common/%.o: $(srcdir)/vmm/common/%.c config.flags
	$(call say,GUEST,vmm/common/$*.c)
	$(guest_cc) -mcmodel=kernel

define guest_rules
$(guest_dir)/obj/$(1)/%.o: $(srcdir)/$(guest_dir)/%.c config.flags
	$$(call say,GUEST,$(guest_dir)/$$*.c ($(1)))
	$$(guest_cc) -mcmodel=kernel $$(guest_$(1)_flags)
$(guest_dir)/obj/$(1)/%.o: $(srcdir)/$(guest_dir)/%.S config.flags
	$$(guest_cc) $$(guest_$(1)_flags)
endef
$(foreach b,$(guest_builds),$(eval $(call guest_rules,$(b))))

$(guest_dir)/programs.elf: $(guest_user_objs) $(srcdir)/$(guest_dir)/user/user.ld
	$(Q)$(LD) $(guest_link) -T $(srcdir)/$(guest_dir)/user/user.ld -o $@ $(guest_user_objs)

$(guest_dir)/programs.bin: $(guest_dir)/programs.elf
	$(Q)$(OBJCOPY) -O binary -j .text $< $@

$(guest_dir)/obj/blob.o: $(srcdir)/$(guest_dir)/blob.S $(guest_dir)/programs.bin
	$(guest_cc) -DPROGRAMS='"$(guest_dir)/programs.bin"'

$(guest_dir)/guest.elf.64: $(call guest_objects,native)
$(guest_dir)/guest-pv.elf.64: $(call guest_objects,pv)

$(guest_dir)/%.elf.64: $(srcdir)/$(guest_dir)/guest.ld $(srcdir)/$(guest_dir)/objs.mk
	$(call say,LD,$(guest_dir)/$*.elf)
	$(Q)$(LD) $(guest_link) -T $< -o $@ $(filter %.o,$^)

$(guest_dir)/%.elf.bin: $(guest_dir)/%.elf.64
	$(Q)$(OBJCOPY) -O binary $< $@

$(guest_dir)/%.elf: $(guest_dir)/%.elf.bin $(srcdir)/$(guest_dir)/image.S
	$(Q)$(CC) -m32 -DIMAGE='"$<"' -c -o $(guest_dir)/$*.image.o \
	    $(srcdir)/$(guest_dir)/image.S
	$(Q)$(LD) -m elf_i386 -N --section-start=.image=0x100000 -s \
	    -z noexecstack -z max-page-size=4096 --build-id=none \
	    --no-warn-rwx-segments -o $@ $(guest_dir)/$*.image.o

.PRECIOUS: $(guest_dir)/obj/%.o $(guest_dir)/%.elf.64 $(guest_dir)/%.elf.bin
-include $(wildcard $(guest_dir)/obj/*.d $(guest_dir)/obj/*/*.d)
