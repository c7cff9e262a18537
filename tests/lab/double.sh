#!/bin/sh
#
# The lab "double-paging", short: nothing is paged twice at H >= G, everything when both
# pagers go by recency.

. "$SRCDIR/tests/lab/lib.sh"

"$RINGLAB" lab double-paging --short --set pages=490 --out out >log 2>&1 </dev/null ||
    fail "status $?"
for line in '^  1a.1  holds$' '^  1a.2  holds if' '^  deprivileged+shadow .* 1.00 ' '^  lru over fifo  *1.60 .* 1.00  *1.00 ' \
    '^  lru over fifo  *0.80 .* 0.00  *0.00 ' '^  guest swap off .* 0 .* 0.00 '; do
	says "$line"
done
