# tests/boot/rules.mk - programs and images of the boot scripts

check_deps	+= tests/boot/frozen tests/boot/commit_guest.bin tests/boot/smp_guest.bin \
		  tests/boot/torture tests/boot/screen_guest.bin tests/boot/kvm_guest \
		  tests/boot/pvh_guest.elf
generated	+= tests/boot/frozen tests/boot/frozen.o tests/boot/frozen.d tests/boot/commit_guest.bin \
		  tests/boot/smp_guest.bin tests/boot/torture tests/boot/screen_guest.bin \
		  tests/boot/kvm_guest tests/boot/pvh_guest.elf

tests/boot/frozen.o: $(srcdir)/tests/boot/frozen.c config.flags
	$(call say,CC,tests/boot/frozen.c)
	@mkdir -p $(@D)
	$(Q)$(compile) -MMD -MP -c -o $@ $<

tests/boot/frozen: tests/boot/frozen.o libringlab.a
	$(call say,LD,$@)
	$(Q)$(link) -o $@ tests/boot/frozen.o libringlab.a $(lib_libs) $(LIBS)

tests/boot/commit_guest.bin tests/boot/screen_guest.bin: %.bin: $(srcdir)/%.S config.flags
	@mkdir -p $(@D)
	$(Q)$(CC) -m32 -ffreestanding -c -o $@.o $<
	$(Q)$(LD) -m elf_i386 -Ttext 0x7c00 -e 0x7c00 --oformat binary -o $@ $@.o && rm -f $@.o

tests/boot/smp_guest.bin: $(srcdir)/tests/boot/smp_guest.S $(srcdir)/tests/golden/golden.h \
    $(srcdir)/tests/golden/rom.ld config.flags
	@mkdir -p $(@D)
	$(Q)$(CC) -m64 -I$(srcdir) -c -o $@.o $<
	$(Q)$(LD) -m elf_x86_64 -T $(srcdir)/tests/golden/rom.ld -e 0 --oformat binary -o $@ $@.o && rm -f $@.o

# ELF64 with a note, as vmlinux is
tests/boot/pvh_guest.elf: $(srcdir)/tests/boot/pvh_guest.S config.flags
	@mkdir -p $(@D)
	$(Q)$(CC) -m64 -c -o $@.o $<
	$(Q)$(LD) -m elf_x86_64 -Ttext 0x200000 -e start -z noexecstack -z max-page-size=4096 \
	    --no-warn-rwx-segments -o $@ $@.o && rm -f $@.o

# Runs in a guest: without what the host's sanitizers or libraries would need.
tests/boot/torture: $(srcdir)/tests/boot/torture.c config.flags
	$(call say,CC,tests/boot/torture.c)
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -Wall -Wextra -static -pthread -o $@ $<

tests/boot/kvm_guest: $(srcdir)/tests/boot/kvm_guest.c config.flags
	$(call say,CC,tests/boot/kvm_guest.c)
	@mkdir -p $(@D)
	$(Q)$(CC) -O1 -Wall -Wextra -static -o $@ $<

-include tests/boot/frozen.d
