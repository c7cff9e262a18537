#!/bin/sh
#
# 50 million cases: 30 million of 64-bit and 20 million of 32-bit code, each in
# two halves of different seeds, two at a time; a tenth on the threaded engine.

run() {
	"$BUILDDIR/tests/insn/diff" --workers "$BUILDDIR/tests/insn" "$@"
	case $? in
	0) ;;
	78) echo "impossible on this machine: $*" ;;
	*) echo "FAILED: $*" ;;
	esac
}

scale=${RINGLAB_SHORT:+10}
scale=${scale:-1}
{
	run --bits 64 --cases $((15000000 / scale)) --seed 1001
	run --bits 32 --cases $((10000000 / scale)) --seed 1002
} >out1 2>&1 &
{
	run --bits 64 --cases $((12000000 / scale)) --seed 1003
	run --bits 64 --cases $((3000000 / scale)) --seed 1004 --engine threaded
	run --bits 32 --cases $((8000000 / scale)) --seed 1005
	run --bits 32 --cases $((2000000 / scale)) --seed 1006 --engine threaded
} >out2 2>&1 &
wait
cat out1 out2
! grep -q FAILED out1 out2
