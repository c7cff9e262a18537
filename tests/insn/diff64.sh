#!/bin/sh
#
# 600 000 cases of 64-bit code on the host's processor and on ours.

case $RINGLAB_SHORT in
"") cases=600000 ;;
*)  cases=60000 ;;
esac
exec "$BUILDDIR/tests/insn/diff" --bits 64 --cases "$cases" --workers "$BUILDDIR/tests/insn"
