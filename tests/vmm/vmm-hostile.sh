#!/bin/sh
#
# A guest that tries to get out, in every way a guest can be run, beside two that mind
# their own business: free frames and some of the VMM's keep their canaries, every shadow
# entry is right, secrets are neither read nor lost, and the other guest's memory is what
# it is without a neighbour.  Without the VMM's checks all that is seen to fail.

. "$SRCDIR/tests/vmm/hostile-lib.sh"

modes >modes
while read -r cpu anywhere words; do
	attack "$cpu" "$anywhere" "$words" 1 8000 ||
	    fail "$words: it ended itself"
done <modes
unguarded max 2 "cpu=svm mem=nested"
unguarded max 1 "cpu=svm mem=shadow"
unguarded max 0 "cpu=paravirt mem=direct"
unguarded pg 1 "cpu=deprivileged mem=shadow"
exit 0
