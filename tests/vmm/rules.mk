# tests/vmm/rules.mk - the guest that tries to get out

hostile_c	= $(patsubst %,tests/vmm/%.o,hostile hostile_tables hostile_direct hostile_insn)
hostile_objs	= tests/vmm/hostile_s.o $(hostile_c) \
		  $(patsubst %,vmm/obj/vmm/common/%.o,print string serial)
guest_images	+= tests/vmm/hostile.elf
generated	+= tests/vmm/hostile.elf tests/vmm/hostile_s.o $(hostile_c)

tests/vmm/hostile_s.o: $(srcdir)/tests/vmm/hostile.S $(srcdir)/vmm/common/enter64.inc config.flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(vmm_cflags) -c -o $@ $<

$(hostile_c): tests/vmm/%.o: $(srcdir)/tests/vmm/%.c $(srcdir)/tests/vmm/hostile.h $(srcdir)/vmm/abi.h config.flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(vmm_cflags) $(vmm_pie) -c -o $@ $<

tests/vmm/hostile.elf: $(hostile_objs) $(srcdir)/tests/vmm/hostile.ld
	$(call say,GUEST,$@)
	$(Q)$(LD) $(vmm_ldflags) -T $(srcdir)/tests/vmm/hostile.ld -o $@.64 $(hostile_objs)
	$(Q)$(OBJCOPY) -O elf32-i386 $@.64 $@ && rm -f $@.64
