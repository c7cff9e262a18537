#!/bin/sh
#
# Includes go downward only: base <- mmu <- cpu; a chip in hw/ sees base/ and
# other chips' interfaces; only the board (hw/pc.c, hw/pc_*.c, hw/machine*.c)
# knows cpu/ and mmu/; nobody but ui/ includes ui/.  Project headers are named
# by their path from the root.  An include that goes up is a missing callback.

cd "$SRCDIR" || exit 1

# FILES ALLOWED: regular expressions of files and of what they may include; the
# first line that fits a file counts.
cat >"$OLDPWD/rules" <<'END'
base/			base/
mmu/			(base|mmu)/
cpu/			(base|mmu|cpu)/
hw/(pc|pc_.*|machine.*)[.][ch]$	(base|mmu|cpu|hw|snapshot)/
hw/			(base|hw)/
snapshot/		(base|mmu|snapshot)/|cpu/(cpu|flags|timing)[.]h|hw/machine.*[.]h
vmm/			(base|vmm)/|cpu/vmcb[.]h|hw/(labdev|i8259|i8254|mc146818|uart16550|ide)[.]h
ui/			(base|ui)/|(cpu|snapshot|lab)/.*[.]h|hw/machine.*[.]h
lab/guest/		lab/|vmm/abi[.]h
lab/			(base|lab)/|vmm/abi[.]h|cpu/(cpu|vmcb|pg|census|trace)[.]h|snapshot/.*[.]h|hw/machine.*[.]h
tests/fuzz/gdbstub[.]c	(base|cpu|hw)/|ui/gdb_.*[.]h
tests/fuzz/hub[.]c	base/|ui/hub[.]h
tests/fuzz/user[.]c	base/|ui/(net|options)[.]h
tests/fuzz/monitor[.]c	(base|cpu|hw)/|ui/monitor.*[.]h
tests/unit/monitor_test[.]c	(base|cpu|hw|tests)/|ui/monitor[.]h
.*			([^u]|u[^i])
END

find base mmu cpu hw snapshot lab ui vmm tests tools -type f \
    \( -name '*.[chS]' -o -name '*.def' -o -name '*.inc' \) 2>/dev/null |
    LC_ALL=C sort | xargs awk '
	FILENAME == rules {
		from[++n] = $1
		to[n] = $2
		next
	}
	FNR == 1 {
		files++
		for (rule = 1; FILENAME !~ "^(" from[rule] ")"; rule++)
			;
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split($0, part, "\"")
		if (part[2] == "config.h" || part[2] ~ "^(" to[rule] ")")
			next
		print FILENAME ":" FNR ": must not include " part[2]
		bad = 1
	}
	END {
		print "check-layers: " files " files"
		exit bad
	}' rules="$OLDPWD/rules" "$OLDPWD/rules"
