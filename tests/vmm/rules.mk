# tests/vmm/rules.mk - the guest that tries to get out

hostile_objs	= tests/vmm/hostile_s.o tests/vmm/hostile_c.o \
		  $(patsubst %,vmm/obj/vmm/common/%.o,print string serial)
guest_images	+= tests/vmm/hostile.elf
generated	+= tests/vmm/hostile.elf tests/vmm/hostile_s.o tests/vmm/hostile_c.o

tests/vmm/hostile_s.o: $(srcdir)/tests/vmm/hostile.S $(srcdir)/vmm/common/enter64.inc config.flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(vmm_cflags) -c -o $@ $<

tests/vmm/hostile_c.o: $(srcdir)/tests/vmm/hostile.c $(srcdir)/vmm/abi.h config.flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(vmm_cflags) $(vmm_pie) -c -o $@ $<

tests/vmm/hostile.elf: $(hostile_objs) $(srcdir)/tests/vmm/hostile.ld
	$(call say,GUEST,$@)
	$(Q)$(LD) $(vmm_ldflags) -T $(srcdir)/tests/vmm/hostile.ld -o $@.64 $(hostile_objs)
	$(Q)$(OBJCOPY) -O elf32-i386 $@.64 $@ && rm -f $@.64
