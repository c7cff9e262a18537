# vmm/objs.mk - the VMM, a kernel of its own: vmm/vmm.elf
#
# 64-bit code in an ELF32 file, as multiboot loaders want it.  Its objects, and
# those of chips compiled again without a library below them, are in vmm/obj.
# What is common to VMM and guest kernel is vmm_common.

vmm_common	= print string lab serial power
vmm_chips	= i8259 i8254 mc146818 uart16550 ide ata atapi
vmm_parts	= main panic libc bootinfo options frames host host_trap \
		  vm vmclock disk chips ticks console lab loader loader_linux sched report \
		  svm vmrun breaks exits exit_cr exit_cpuid exit_msr exit_io hypercall \
		  inject decode walk p2m swap guestmem mmu npt direct shadow shadow_pages \
		  shadow_sync shadow_verify emulate \
		  deprive deprive_event deprive_insn deprive_table deprive_watch

vmm_elf		= vmm/vmm.elf
vmm_objs	= vmm/obj/vmm/boot.o $(vmm_parts:%=vmm/obj/vmm/%.o) \
		  $(vmm_common:%=vmm/obj/vmm/common/%.o) \
		  $(vmm_chips:%=vmm/obj/hw/%.o)

# No option of the host's: the same sources and compiler give the same file.
vmm_cflags	= -std=gnu11 -O2 -Wall -Wextra -ffreestanding -fno-builtin-printf \
		  -U_FORTIFY_SOURCE -DNDEBUG -m64 -mno-red-zone -mgeneral-regs-only \
		  -fno-stack-protector -fno-asynchronous-unwind-tables \
		  -fcf-protection=none -fno-strict-aliasing -I$(srcdir)
vmm_pie		= -fPIE
vmm_ldflags	= -m elf_x86_64 -static --no-relax -s -z noexecstack -z max-page-size=4096 \
		  --build-id=none --no-warn-rwx-segments

kernels		+= $(vmm_elf)
generated	+= $(vmm_elf) $(vmm_objs) $(vmm_objs:.o=.d)

vmm/obj/%.o: $(srcdir)/%.c config.flags
	$(call say,VMM,$*.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(vmm_cflags) $(vmm_pie) -MMD -MP -c -o $@ $<

vmm/obj/%.o: $(srcdir)/%.S config.flags
	$(call say,VMM,$*.S)
	@mkdir -p $(@D)
	$(Q)$(CC) $(vmm_cflags) -MMD -MP -c -o $@ $<

$(vmm_elf): $(vmm_objs) $(srcdir)/vmm/vmm.ld $(srcdir)/vmm/objs.mk
	$(call say,LD,$@)
	$(Q)$(LD) $(vmm_ldflags) -T $(srcdir)/vmm/vmm.ld -o $@.64 $(vmm_objs)
	$(Q)$(OBJCOPY) -O elf32-i386 $@.64 $@ && rm -f $@.64

.PRECIOUS: vmm/obj/%.o
-include $(vmm_objs:.o=.d)
