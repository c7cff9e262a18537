# lab/objs.mk - objects of the program ringlab, one per line:
#
#	lab_objs += lab/NAME.o
#
# and flags of single objects: lab/NAME.o: obj_cflags = ...

lab_objs += lab/claims.o
lab_objs += lab/keys.o
lab_objs += lab/lab.o
lab_objs += lab/main.o
lab_objs += lab/model.o
lab_objs += lab/predict.o
lab_objs += lab/result.o
lab_objs += lab/verify.o
lab_objs += lab/write_files.o
lab_objs += lab/write_html.o
lab_objs += lab/write_json.o
lab_objs += lab/write_svg.o
lab_objs += lab/write_text.o

# How machines are driven, and the labs themselves
lab_objs += lab/checkpoint.o
lab_objs += lab/checkpoint_book.o
lab_objs += lab/checkpoint_class.o
lab_objs += lab/checkpoint_cost.o
lab_objs += lab/checkpoint_seeds.o
lab_objs += lab/checkpoint_timeline.o
lab_objs += lab/cpio.o
lab_objs += lab/cr3.o lab/cr3_loads.o lab/cr3_reach.o
lab_objs += lab/double.o
lab_objs += lab/faults.o
lab_objs += lab/guests.o
lab_objs += lab/linux.o
lab_objs += lab/maps.o
lab_objs += lab/paging.o lab/paging_arms.o lab/paging_cross.o lab/paging_kvm.o lab/paging_linux.o
lab_objs += lab/paging_nano.o lab/paging_tables.o lab/paging_work.o
lab_objs += lab/paravirt.o
lab_objs += lab/pg.o lab/pg_card.o lab/pg_count.o lab/pg_guest.o lab/pg_matrix.o lab/pg_same.o
lab_objs += lab/rig.o
lab_objs += lab/shop.o
lab_objs += lab/timer.o lab/timer_clock.o lab/timer_frames.o
lab_objs += lab/translate.o lab/translate_lives.o lab/translate_sync.o lab/translate_walk.o
lab_objs += lab/wire.o
lab_objs += lab/watch.o
lab_objs += lab/world.o

# The labs' own small guests; larger ones are in vmm/guest
lguest_names	= server
lguest_elves	= $(lguest_names:%=lab/guest/%.elf)
lguest_lib	= lab/guest/start.o lab/guest/guest.o lab/guest/net.o
lguest_objs	= $(lguest_lib) $(lguest_names:%=lab/guest/%.o)
lguest_cflags	= -std=gnu11 -Wall -Wextra -Os -m32 -march=i686 -ffreestanding -fno-pic \
		  -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
		  -fno-strict-aliasing -mgeneral-regs-only -I$(srcdir)
kernels		+= $(lguest_elves)
generated	+= $(lguest_elves) $(lguest_objs) $(lguest_objs:.o=.d)

lab/guest/%.o: $(srcdir)/lab/guest/%.c config.flags
	$(call say,GUEST,lab/guest/$*.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(lguest_cflags) -MMD -MP -c -o $@ $<
lab/guest/%.o: $(srcdir)/lab/guest/%.S config.flags
	$(call say,GUEST,lab/guest/$*.S)
	@mkdir -p $(@D)
	$(Q)$(CC) $(lguest_cflags) -MMD -MP -c -o $@ $<
lab/guest/%.elf: lab/guest/%.o $(lguest_lib) $(srcdir)/lab/guest/guest.ld
	$(Q)$(LD) -m elf_i386 -T $(srcdir)/lab/guest/guest.ld -z noexecstack --no-warn-rwx-segments \
	    -o $@ $< $(lguest_lib)

-include $(lguest_objs:.o=.d)
.PRECIOUS: lab/guest/%.o

# Programs of the labs on Linux, without a library
linux_names	= linux-work linux-kvm
linux_elves	= $(linux_names:%=lab/linux/%.elf)
linux_lib	= lab/linux/start.o lab/linux/lib.o
linux_objs	= $(linux_lib) lab/linux/work.o lab/linux/kvm.o
linux_cflags	= -std=gnu11 -Wall -Wextra -O2 -m64 -march=x86-64 -ffreestanding -fno-pic -U_FORTIFY_SOURCE \
		  -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
		  -fno-strict-aliasing -mgeneral-regs-only -I$(srcdir)
kernels		+= $(linux_elves)
generated	+= $(linux_elves) $(linux_objs) $(linux_objs:.o=.d)

lab/linux/%.o: $(srcdir)/lab/linux/%.c config.flags
	$(call say,GUEST,lab/linux/$*.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(linux_cflags) -MMD -MP -c -o $@ $<
lab/linux/%.o: $(srcdir)/lab/linux/%.S config.flags
	$(call say,GUEST,lab/linux/$*.S)
	@mkdir -p $(@D)
	$(Q)$(CC) $(linux_cflags) -MMD -MP -c -o $@ $<
lab/linux/linux-%.elf: lab/linux/%.o $(linux_lib)
	$(Q)$(LD) -m elf_x86_64 -static -s -z noexecstack --build-id=none -o $@ $^

-include $(linux_objs:.o=.d)
.PRECIOUS: lab/linux/%.o
