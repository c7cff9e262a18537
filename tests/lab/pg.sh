#!/bin/sh
#
# The lab "pg", short: Robin and Irvine's list comes out of the search and is empty on
# pg, all that is sensitive in a boot traps and nothing else does, and the guest is the
# same there.  Without pg, and with page tables nobody follows, it says so.

. "$SRCDIR/tests/lab/lib.sh"

card=on
[ -z "$RINGLAB_SHORT" ] || card=off
"$RINGLAB" lab pg --short --set card=$card --out out >log 2>&1 </dev/null || fail "status $?"
says '^  1d.1  holds if'
says '^  1d.2  holds if.*: MOV to a segment register at '
says '^  ringlab64,+zero-fcs-fds  .* 27  *75 '
says '^  pg  .* 99  *0 '
says "^  SMSW  *R&I  *1  r  *1  *1  *0\$"
says '^  POPF  *R&I  *1  cm  *0  *1  *0$'
says '^  (all)  *sensitive  *\([0-9]*\)  *\1  *0  *0$'
says '^  (all)  *innocuous  *[0-9]*  *0  *[0-9]*  *0$'
says '^  deprivileged  *pg  *8  *5  *8  end 0'
[ -s out/pg/result.json ] || fail "no result.json"
[ -z "$RINGLAB_SHORT" ] || exit 0
says '^  1j.1  holds$'
says '^  deprivileged, pg .* yes .* 99\.[0-9]*  *0$'
says '^  svm+nested .* yes .* 99\.[0-9]*  *0$'
says '^  deprivileged, stock .* no .* [1-9][0-9]*$'

# broken MECHANISM 1d.1 1d.2
broken() {
	"$RINGLAB" lab pg --short --set card=off --break "$1" --out out >log 2>&1 </dev/null
	status=$?
	[ $status -eq 2 ] || fail "--break $1: status $status"
	says "^  1d.1  $2"
	says "^  1d.2  $3"
}
broken pg 'fails here' 'fails here'
broken tables 'holds if' 'fails here'
