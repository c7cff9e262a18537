#!/bin/sh
#
# The lab "shadow-vs-nested", short: the same result of each workload in every way, 4
# and 24 references, the crossing where it is predicted, and a formula of one's own.

. "$SRCDIR/tests/lab/lib.sh"

work=25
[ -z "$RINGLAB_SHORT" ] || work=10
"$RINGLAB" lab shadow-vs-nested --short --set work=$work --set nano=50 \
    --model "native + 12000*updates/touches" --out out >log 2>&1 </dev/null ||
    fail "status $?"
says '^  random  *native .* 4\.00 '
says '^  random  *shadow .* 4\.00 '
# (a walk that a nested fault ends counts, too)
says '^  random  *nested .* \(24\.00\|23\.99\) '
says '^  random  *nested-2M .* 19\.00 '
says '^  5a.1  holds$'
says '^  5a.3  holds$'
says '^Your formula'
[ -s out/shadow-vs-nested/result.json ] || fail "no result.json"
"$RINGLAB" lab shadow-vs-nested --short --model "foo" --set rounds=0 --out out >log 2>&1 &&
    fail "rounds=0 was taken"
says 'rounds=0: expected 1 to 1000'
