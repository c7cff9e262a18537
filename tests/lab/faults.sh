#!/bin/sh
#
# The lab "faults", short: natively minor means no disk and major a disk; under VMM paging
# minor ones wait, and with all its frames none does.

. "$SRCDIR/tests/lab/lib.sh"

"$RINGLAB" lab faults --short --out out >log 2>&1 </dev/null || fail "status $?"
says '^  native  *minor  *256  *256  *0$'
says '^  native  *major  *128  *0  *128$'
says '^  nested  *minor  *256  *256  *0$'
says '^  nested, paged  *minor  *256  *[0-9]*  *[1-9][0-9]*$'
says '^  shadow, paged  *minor  *256  *[0-9]*  *[1-9][0-9]*$'
says '^  native  *cached  *minor  *64  *64  *0  *0  *0 '
says '^  2a.1  holds if'
says '^  2a.2  holds$'
"$RINGLAB" lab faults --short --break overcommit --out out >log 2>&1 </dev/null
[ $? -eq 2 ] || fail "with all frames the claim needs no condition, and the lab says otherwise"
says '^  nested, paged  *minor  *256  *256  *0$'
