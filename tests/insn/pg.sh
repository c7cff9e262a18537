#!/bin/sh
#
# tests/insn/pg.txt is the matrix of sensitive instructions, with the states they
# were run in and a witness each: what the search finds now must be the same, and
# -cpu pg must keep its promise.

"$BUILDDIR/tests/insn/pg" >found || {
	grep BROKEN found || echo "tests/insn/pg does not run"
	exit 1
}
diff -u "$SRCDIR/tests/insn/pg.txt" found >difference && exit 0
head -n 40 difference
echo "if it is meant: tests/insn/pg >tests/insn/pg.txt, and docs/pg.md"
exit 1
