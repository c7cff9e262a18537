#!/bin/sh
#
# Includes go downward only: base <- mmu <- cpu; a chip in hw/ sees base/ and
# other chips' interfaces; only the board (hw/pc.c, hw/pc_*.c, hw/machine*.c)
# knows cpu/ and mmu/; nobody but ui/ includes ui/.  Project headers are named
# by their path from the root.  An include that goes up is a missing callback.

cd "$SRCDIR" || exit 1

# allowed FILE: shell patterns, separated by blanks, of what FILE may include
allowed() {
	case $1 in
	base/*)		echo "base/*" ;;
	mmu/*)		echo "base/* mmu/*" ;;
	cpu/*)		echo "base/* mmu/* cpu/*" ;;
	hw/pc.[ch] | hw/pc_*.[ch] | hw/machine*.[ch])
			echo "base/* mmu/* cpu/* hw/* snapshot/*" ;;
	hw/*)		echo "base/* hw/*" ;;
	snapshot/*)	echo "base/* mmu/* snapshot/* cpu/cpu.h cpu/flags.h cpu/timing.h hw/machine*.h" ;;
	ui/*)		echo "base/* cpu/*.h snapshot/*.h hw/machine*.h ui/* lab/*.h" ;;
	lab/*)		echo "base/* cpu/cpu.h snapshot/*.h hw/machine*.h lab/*" ;;
	tests/fuzz/gdbstub.c)
			echo "base/* cpu/* hw/* ui/gdb_*.h" ;;
	tests/fuzz/hub.c)
			echo "base/* ui/hub.h" ;;
	tests/fuzz/user.c)
			echo "base/* ui/net.h ui/options.h" ;;
	tests/fuzz/monitor.c)
			echo "base/* cpu/* hw/* ui/monitor*.h" ;;
	tests/unit/monitor_test.c)
			echo "base/* cpu/* hw/* tests/* ui/monitor.h" ;;
	*)		echo "[!u]* u[!i]*" ;;	# tests, vmm: all but ui/
	esac
}

# includes FILE: "LINE HEADER" for each #include "HEADER"
includes() {
	sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/
	    t found
	    d
	    : found
	    =
	    p' "$1" | paste -d ' ' - -
}

may_include() {
	[ "$2" = config.h ] && return 0
	for pattern in $(allowed "$1"); do
		# shellcheck disable=SC2254
		case $2 in
		$pattern) return 0 ;;
		esac
	done
	return 1
}

set -f
bad=0
count=0
for file in $(find base mmu cpu hw snapshot lab ui vmm tests tools -type f \
    \( -name '*.[chS]' -o -name '*.def' -o -name '*.inc' \) 2>/dev/null |
    LC_ALL=C sort); do
	count=$((count + 1))
	while read -r line header; do
		[ -n "$line" ] || continue
		may_include "$file" "$header" && continue
		echo "$file:$line: must not include $header"
		bad=1
	done <<EOF
$(includes "$file")
EOF
done
echo "check-layers: $count files"
exit $bad
