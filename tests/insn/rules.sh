#!/bin/sh
#
# docs/deviations-insn.md lists what the differential test leaves out.

"$BUILDDIR/tests/insn/diff" --rules | diff -u "$SRCDIR/docs/deviations-insn.md" - && exit 0
echo "tests/insn/diff --rules >docs/deviations-insn.md"
exit 1
