#!/bin/sh
#
# 400 000 cases of 32-bit code on the host's processor and on ours.

[ -x "$BUILDDIR/tests/insn/worker32" ] || { echo "no -m32: install gcc-multilib"; exit 77; }
case $RINGLAB_SHORT in
"") cases=400000 ;;
*)  cases=40000 ;;
esac
exec "$BUILDDIR/tests/insn/diff" --bits 32 --cases "$cases" --workers "$BUILDDIR/tests/insn"
