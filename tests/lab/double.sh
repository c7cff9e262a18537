#!/bin/sh
#
# The lab "double-paging", short: nothing is paged twice at H >= G, everything when both
# pagers go by recency.

"$RINGLAB" lab double-paging --short --set pages=490 --out out >log 2>&1 </dev/null ||
    { cat log; echo "FAILED: status $?"; exit 1; }
for line in '^  1a.1  holds$' '^  1a.2  holds if' '^  lru over fifo  *1.60 .* 1.00  *1.00 ' \
    '^  lru over fifo  *0.80 .* 0.00  *0.00 ' '^  guest swap off .* 0 .* 0.00 '; do
	grep -q -e "$line" log || { cat log; echo "FAILED: no $line"; exit 1; }
done
