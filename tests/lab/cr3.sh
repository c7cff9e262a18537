#!/bin/sh
#
# The lab "cr3", short: every load of CR3 traps, is a hypercall, or is seen by nobody;
# with checks nothing of anybody's is reached in any mode, without them all is.

. "$SRCDIR/tests/lab/lib.sh"

"$RINGLAB" lab cr3 --short --set every=8 --out out >log 2>&1 </dev/null || fail "status $?"
says '^  deprivileged+shadow  *\([1-9][0-9]*\)  *\1  *0  *0 '
says '^  svm+shadow  *\([1-9][0-9]*\)  *\1  *0  *0 '
says '^  svm+nested  *\([1-9][0-9]*\)  *0  *0  *\1 '
says '^  paravirt+direct  *\([1-9][0-9]*\)  *0  *\1  *0 '
for mode in deprivileged+shadow svm+shadow svm+nested paravirt+direct; do
	says "^  $mode  *on  *2  *[1-9][0-9]*  *0  *0  *0  *0  *0  *0  *0  *0  *0  *0 "
	says "^  $mode  *off  *2  *[1-9][0-9]*  *[1-9][0-9]*  *[1-9][0-9]*  *[1-9][0-9]* "
	says "^  $mode  *2  *other VM  *written "
done
says '^  load: its own and in order, not pinned  *not pinned '
says '^  1b.1  holds if'
says '^  1b.2  holds$'
says '^  1b.3  holds$'
says '^  1e.1  holds if'
says '^  1e.2  holds if'
[ -s out/cr3/result.json ] || fail "no result.json"
[ -z "$RINGLAB_SHORT" ] || exit 0
"$RINGLAB" lab cr3 --short --set every=8 --break check --out out >log 2>&1 </dev/null
[ $? -eq 2 ] || fail "nobody looks, and no claim fails"
says '^  1b.2  fails here'
says '^  1e.1  fails here'
