#!/bin/sh
#
# tests/insn/pg.txt is the matrix of sensitive instructions, with the states they
# were run in and a witness each: what the search finds now must be the same, and
# -cpu pg must keep its promise.  Sanitizer builds look at some of the rows.

known=$SRCDIR/tests/insn/pg.txt
"$BUILDDIR/tests/insn/pg" ${RINGLAB_SHORT:+/17} >found || {
	grep BROKEN found || echo "tests/insn/pg does not run"
	exit 1
}
if test -n "${RINGLAB_SHORT:-}"; then
	grep -v '^#' found | LC_ALL=C sort >rows
	LC_ALL=C sort "$known" | LC_ALL=C comm -13 - rows >difference
	test -s difference || exit 0
else
	diff -u "$known" found >difference && exit 0
fi
head -n 40 difference
echo "if it is meant: tests/insn/pg >tests/insn/pg.txt, and docs/pg.md"
exit 1
