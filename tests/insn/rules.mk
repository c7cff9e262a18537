# tests/insn/rules.mk - the differential test against the host's processor
#
# tests/insn/diff is a program of the build's flags; worker64 and worker32 run
# instructions and have flags of their own: no library, no vector registers, no
# thread-local storage, at an address that no window uses.

insn_objs	= $(patsubst %,tests/insn/%.o,compare diff encode gen host model operands rules values ways)
insn_m32	= $(filter yes,$(shell sed -n 's/^m32=//p' config.sh 2>/dev/null))
insn_programs	= tests/insn/diff tests/insn/worker64 $(if $(insn_m32),tests/insn/worker32)
insn_wflags	= -std=gnu11 -Wall -Wextra -O2 -ffreestanding -mgeneral-regs-only -fno-pic \
		  -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables \
		  -fomit-frame-pointer -nostdlib -static \
		  -Wl,-Ttext-segment=0x48000000 -Wl,--build-id=none -Wl,-z,noexecstack

check_deps	+= $(insn_programs) tests/insn/pg
generated	+= tests/insn/pg tests/insn/pg.o tests/insn/pg.d $(insn_objs) $(insn_objs:.o=.d) $(insn_programs) tests/insn/worker64.d tests/insn/worker32.d

$(insn_objs) tests/insn/pg.o: %.o: $(srcdir)/%.c config.flags
	$(call say,CC,$*.c)
	@mkdir -p $(@D)
	$(Q)$(compile) -MMD -MP -c -o $@ $<

tests/insn/diff: $(insn_objs) libringlab.a
	$(call say,LD,$@)
	$(Q)$(link) -o $@ $(insn_objs) libringlab.a $(lib_libs) $(LIBS)

tests/insn/pg: tests/insn/pg.o libringlab.a
	$(call say,LD,$@)
	$(Q)$(link) -o $@ tests/insn/pg.o libringlab.a $(lib_libs) $(LIBS)

tests/insn/worker64: insn_mode = -m64 -mno-red-zone
tests/insn/worker32: insn_mode = -m32
tests/insn/worker64 tests/insn/worker32: $(srcdir)/tests/insn/worker.c config.flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(insn_wflags) $(insn_mode) -I$(srcdir) -MMD -MP -MF $@.d -MT $@ -o $@ $<

-include $(insn_objs:.o=.d) tests/insn/pg.d tests/insn/worker64.d tests/insn/worker32.d
