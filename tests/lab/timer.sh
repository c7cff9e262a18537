#!/bin/sh
#
# The lab "timer", short: each policy's clock error is what its formula says, and all
# claims come out as they should.

. "$SRCDIR/tests/lab/lib.sh"

"$RINGLAB" lab timer --short --set off=100ms --set window=200ms --set before=130ms \
    --set asleep=10s --out out >log 2>&1 \
    </dev/null || fail "status $?"
for line in '^  delay .* -100\.0' '^  3d.1  holds if' '^  3d.2  holds$' '^  3d.5  holds$' \
    '10:03:00 inside and 10:03:10 outside' 'within one tick of their formulas for 5 of 5'; do
	says "$line"
done
