#!/bin/sh
#
# The lab "paravirt", short: batches make hypercalls cheap, and nested paging needs none.

"$RINGLAB" lab paravirt --short --out out >log 2>&1 </dev/null ||
    { cat log; echo "FAILED: status $?"; exit 1; }
for line in '^  3a.1  holds if' '^  churn  *direct, 1 a call ' '^  churn  *nested .* 0  *0  *0$'; do
	grep -q -e "$line" log || { cat log; echo "FAILED: no $line"; exit 1; }
done
