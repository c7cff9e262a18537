#!/bin/sh
#
# The same a million times and more in every way a guest can be run, from several seeds;
# prints the operations by way and kind.

. "$SRCDIR/tests/vmm/hostile-lib.sh"

each=${RINGLAB_SHORT:+5000}
each=${each:-50000}
modes >modes
while read -r cpu anywhere words; do
	: >done
	seed=0 runs=0
	while [ "$runs" -lt 21 ]; do
		seed=$((seed + 1))
		[ "$seed" -le 60 ] || fail "$words: it ends itself too often"
		attack "$cpu" "$anywhere" "$words" "$seed" "$each" || continue
		runs=$((runs + 1))
		grep '^0: hostile: ' serial >>done
	done
	awk -F'[ =]' -v kinds="$kinds operations exceptions" -v mode="$words" -v seeds="$seed" '
	    { n[$3] += $4 }
	    END {
		    m = split(kinds, k, " ")
		    for (i = 1; i <= m; i++)
			    printf "%s=%d ", k[i], n[k[i]]
		    print "seeds=" seeds " (" mode ")"
	    }' done
done <modes
exit 0
