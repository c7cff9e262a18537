#!/bin/sh
#
# The lab "paravirt", short: batches make hypercalls cheap, and nested paging needs none.

. "$SRCDIR/tests/lab/lib.sh"

"$RINGLAB" lab paravirt --short --out out >log 2>&1 </dev/null ||
    fail "status $?"
for line in '^  3a.1  holds if' '^  3a.2  holds if' \
    '^  churn  *direct, 1 a call ' '^  churn  *nested .* 0  *0  *0$' \
    '^  fork  *svm+nested  *[1-9][0-9]*  *0  *0  *0  *0  *0  *0  *0 ' \
    '^  fork  *paravirt+direct  *\([1-9][0-9]*\)  *\1  *0  *0  *0  *0  *[1-9]'; do
	says "$line"
done
