# tests/golden/rules.mk - guests in assembly, and the timing tables as text

goldir		= tests/golden
golden_guests	= $(basename $(notdir $(filter-out %/disk.S,$(wildcard $(srcdir)/$(goldir)/*.S))))
golden_made	= $(golden_guests:%=$(goldir)/%.bin) $(goldir)/disk.bin $(goldir)/timing
check_deps	+= $(golden_made)
generated	+= $(golden_made) $(golden_made:=.o) $(golden_made:=.d)

# GNU as, whatever the compiler: the images' hashes are recorded.
golden_clang	= $(filter clang,$(shell sed -n 's/^compiler=//p' config.sh 2>/dev/null))
golden_as	= $(CC) -m64 $(if $(golden_clang),-fno-integrated-as) \
		  -MMD -MP -MF $@.d -MT $@ -c -o $@.o

$(goldir)/disk.bin: $(srcdir)/$(goldir)/disk.S config.flags
	@mkdir -p $(@D)
	$(Q)$(golden_as) $<
	$(Q)$(OBJCOPY) -O binary -j .data $@.o $@

$(goldir)/%.bin: $(srcdir)/$(goldir)/%.S $(srcdir)/$(goldir)/rom.ld config.flags
	$(call say,GUEST,$<)
	@mkdir -p $(@D)
	$(Q)$(golden_as) $<
	$(Q)$(LD) -m elf_x86_64 -T $(srcdir)/$(goldir)/rom.ld -e 0 --oformat binary -o $@ $@.o

$(goldir)/timing: $(srcdir)/$(goldir)/timing.c libringlab.a config.flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(compile) -MMD -MP -MF $@.d -MT $@ -o $@ $< libringlab.a $(LDFLAGS) $(lib_libs) $(LIBS)

# For tests/golden/plant.sh: the program and the table with some sources of its
# own.  PLANT is a directory with those, PLANT_OBJS what is made again.
plant:
	$(Q)for o in $(PLANT_OBJS:.o=); do \
		mkdir -p $(PLANT)/obj/$${o%/*} || exit 1; \
		s=$(PLANT)/$$o.c; test -f $$s || s=$(srcdir)/$$o.c; \
		$(CC) -I$(PLANT) $(own_cppflags) $(CPPFLAGS) $(own_cflags) $(CFLAGS) \
		    -c -o $(PLANT)/obj/$$o.o $$s || exit 1; \
	done
	$(Q)$(link) -o $(PLANT)/ringlab $(PLANT_OBJS:%=$(PLANT)/obj/%) $(program_objs) \
	    libringlab.a $(ui_libs) $(lib_libs) $(LIBS)
	$(Q)$(CC) -I$(PLANT) $(own_cppflags) $(CPPFLAGS) $(own_cflags) $(CFLAGS) \
	    -o $(PLANT)/timing $(srcdir)/$(goldir)/timing.c $(PLANT_OBJS:%=$(PLANT)/obj/%) \
	    libringlab.a $(LDFLAGS) $(lib_libs) $(LIBS)

.PHONY: plant
-include $(golden_made:=.d)
