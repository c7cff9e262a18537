#!/bin/sh
#
# The same on the threaded engine: 100 000 cases in each mode.

bits=64
[ -x "$BUILDDIR/tests/insn/worker32" ] && bits="64 32"
cases=100000
[ -n "$RINGLAB_SHORT" ] && cases=10000
for b in $bits; do
	"$BUILDDIR/tests/insn/diff" --bits "$b" --cases $cases --seed 7 --engine threaded \
	    --workers "$BUILDDIR/tests/insn"
	case $? in
	0 | 78) ;;
	*) exit 1 ;;
	esac
done
