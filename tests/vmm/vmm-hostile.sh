#!/bin/sh
#
# A guest that tries to get out, beside one that minds its own business: free frames
# keep their canaries, every shadow entry is right, and the other guest's memory is
# what it is without a neighbour.

. "$SRCDIR/tests/vmm/vmm-lib.sh"

hostile=$BUILDDIR/tests/vmm/hostile.elf
n=${RINGLAB_SHORT:+20000}

native workload=image mem=16M
timeless serial | sed 's/^/1: /' >expected
for how in mem=nested "mem=nested large=1" mem=shadow "mem=shadow sync=lazy" \
    "mem=shadow sync=off" "mem=direct cpu=paravirt"; do
	for seed in 1; do
		virtual "canary=1 verify=1 $how" \
		    "$hostile seed=$seed n=${n:-50000},$guest workload=image mem=16M vm.mem=nested vm.cpu=svm vm.disk=0"
		grep -q '^0: hostile: .* attempts, [1-9]' serial || fail "$how: it did not end"
		grep -q '^vmm: vmm.canaries_lost=0$' serial || fail "$how: canaries are lost"
		zero vm0.verify_bad
		grep '^1: ' serial >theirs
		timeless theirs | grep -Ev '^1: # (cycles|ticks)' >got
		grep -Ev '^1: # (cycles|ticks)' expected | cmp -s - got ||
		    { diff expected got; fail "$how: its neighbour noticed"; }
	done
done
exit 0
