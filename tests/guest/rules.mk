# tests/guest/rules.mk - bare-metal images, read by the makefile
#
# guest_32 and guest_64 name the files of which there is an image in 32-bit
# protected mode and in long mode; some are in both.

include $(srcdir)/tests/guest/images.mk

gdir		= tests/guest
guest_elves	= $(guest_32:%=$(gdir)/%.32.elf) $(guest_64:%=$(gdir)/%.64.elf) \
		  $(svm_32:%=$(gdir)/svm/%.32.elf) $(svm_64:%=$(gdir)/svm/%.64.elf)
guest_images	+= $(guest_elves) $(gdir)/bootsect.bin $(gdir)/list $(gdir)/svm/list

guest_cflags	= -std=gnu11 -Wall -Wextra -O2 -ffreestanding -fno-pic -fno-stack-protector \
		  -fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-omit-frame-pointer -fcf-protection=none \
		  -mgeneral-regs-only -I$(srcdir)/tests/guest/lib
guest_m32	= -m32 -march=i686
guest_m64	= -m64 -mno-red-zone
guest_lib	= start trap guest irq
guest_lib32	= $(guest_lib:%=$(gdir)/lib/%.32.o) $(gdir)/lib/realmode.32.o $(gdir)/lib/real.32.o
guest_lib64	= $(guest_lib:%=$(gdir)/lib/%.64.o)
svm_lib32	= $(gdir)/lib/svm.32.o $(gdir)/lib/vmrun.32.o
svm_lib64	= $(gdir)/lib/svm.64.o $(gdir)/lib/vmrun.64.o $(gdir)/lib/nested.64.o
guest_ld	= -T $(srcdir)/tests/guest/lib/image.ld -z noexecstack -z max-page-size=4096 --no-warn-rwx-segments

define guest_compile
	$(call say,GUEST,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(guest_cflags) $(1) -MMD -MP -c -o $@ $<
endef

$(gdir)/%.32.o: $(srcdir)/$(gdir)/%.c config.flags
	$(call guest_compile,$(guest_m32))
$(gdir)/%.64.o: $(srcdir)/$(gdir)/%.c config.flags
	$(call guest_compile,$(guest_m64))
$(gdir)/%.32.o: $(srcdir)/$(gdir)/%.S config.flags
	$(call guest_compile,$(guest_m32))
$(gdir)/%.64.o: $(srcdir)/$(gdir)/%.S config.flags
	$(call guest_compile,$(guest_m64))

$(gdir)/%.32.elf: $(gdir)/%.32.o $(guest_lib32) $(srcdir)/$(gdir)/lib/image.ld
	$(Q)$(LD) -m elf_i386 $(guest_ld) -o $@ $< $(guest_lib32)

# Multiboot loaders want ELF32.
$(gdir)/%.64.elf: $(gdir)/%.64.o $(guest_lib64) $(srcdir)/$(gdir)/lib/image.ld
	$(Q)$(LD) -m elf_x86_64 $(guest_ld) -o $@.tmp $< $(guest_lib64)
	$(Q)$(OBJCOPY) -O elf32-i386 $@.tmp $@ && rm -f $@.tmp

$(gdir)/svm/%.32.elf: $(gdir)/svm/%.32.o $(guest_lib32) $(svm_lib32) $(srcdir)/$(gdir)/lib/image.ld
	$(Q)$(LD) -m elf_i386 $(guest_ld) -o $@ $< $(guest_lib32) $(svm_lib32)

$(gdir)/svm/%.64.elf: $(gdir)/svm/%.64.o $(guest_lib64) $(svm_lib64) $(srcdir)/$(gdir)/lib/image.ld
	$(Q)$(LD) -m elf_x86_64 $(guest_ld) -o $@.tmp $< $(guest_lib64) $(svm_lib64) $(svm_more)
	$(Q)$(OBJCOPY) -O elf32-i386 $@.tmp $@ && rm -f $@.tmp

$(gdir)/svm/smp.64.elf: svm_more = $(gdir)/testdev_ap.64.o
$(gdir)/svm/smp.64.elf: $(gdir)/testdev_ap.64.o

# For tests/guest/svm/speed.sh
guest_images	+= $(gdir)/svm/speed.64.elf

$(gdir)/bootsect.bin: $(srcdir)/$(gdir)/lib/bootsect.S config.flags
	@mkdir -p $(@D)
	$(Q)$(CC) -m32 -ffreestanding -c -o $@.o $<
	$(Q)$(LD) -m elf_i386 -Ttext 0x7c00 -e 0x7c00 --oformat binary -o $@ $@.o && rm -f $@.o

# For tests/guest/testdev.sh: where strangers' images are, at 4 MiB
$(gdir)/%.4m.elf: $(gdir)/%.64.o $(gdir)/testdev_ap.64.o $(guest_lib64) $(srcdir)/$(gdir)/lib/image.ld
	$(Q)$(LD) -m elf_x86_64 --defsym load_at=0x400000 $(guest_ld) -o $@.tmp $< \
	    $(filter-out $<,$(filter %.o,$^))
	$(Q)$(OBJCOPY) -O elf32-i386 $@.tmp $@ && rm -f $@.tmp
$(gdir)/low.elf: $(gdir)/low.32.o
	$(Q)$(LD) -m elf_i386 -Ttext 0x4000 -z noexecstack -z max-page-size=4096 --no-warn-rwx-segments -N -o $@ $<
guest_images	+= $(gdir)/testdev.4m.elf $(gdir)/suspend.4m.elf $(gdir)/low.elf

# What tests/guest/*.sh run
$(gdir)/list: $(srcdir)/$(gdir)/images.mk
	@mkdir -p $(@D)
	@printf '%s\n' $(guest_32:%=%.32) $(guest_64:%=%.64) >$@

$(gdir)/svm/list: $(srcdir)/$(gdir)/images.mk
	@mkdir -p $(@D)
	@printf 'svm/%s\n' $(svm_32:%=%.32) $(svm_64:%=%.64) >$@

.PRECIOUS: $(gdir)/%.32.o $(gdir)/%.64.o
-include $(wildcard $(gdir)/*.d $(gdir)/lib/*.d $(gdir)/svm/*.d)

# For tests/guest/storm.sh, where A20 makes no difference
guest_images	+= $(gdir)/storm.32.elf
$(gdir)/storm.32.elf: $(gdir)/storm.32.o $(gdir)/storm_rings.32.o $(guest_lib32) $(srcdir)/$(gdir)/lib/image.ld
	$(Q)$(LD) -m elf_i386 --defsym load_at=0x400000 $(guest_ld) -o $@ $(filter %.o,$^)

guest_objs	= $(patsubst %.elf,%.o,$(patsubst %/low.elf,%/low.32.elf,$(patsubst %.4m.elf,%.64.elf,$(filter %.elf,$(guest_images))))) \
		  $(gdir)/testdev_ap.64.o $(gdir)/storm_rings.32.o \
		  $(guest_lib32) $(guest_lib64) $(svm_lib32) $(svm_lib64)
generated	+= $(guest_objs) $(guest_objs:.o=.d)
