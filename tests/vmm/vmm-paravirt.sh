#!/bin/sh
#
# The paravirtual kernel: the same under nested, shadow and direct paging, where its
# own tables are the processor's and every update of them is looked at.

. "$SRCDIR/tests/vmm/vmm-lib.sh"

guest=$BUILDDIR/vmm/guest/guest-pv.elf

same() {
	for how in mem=nested "mem=shadow verify=1" mem=direct; do
		virtual "cpu=paravirt $how" "$guest $* mem=16M"
		timeless serial >got
		grep -q '^end 0$' got || fail "$how: $*"
		[ "$how" != mem=nested ] || cp got expected
		cmp -s expected got || { diff expected got; fail "$how: $*"; }
		positive vm0.hypercalls
		zero vm0.verify_bad vm0.mmu_refused
	done
	# No work of the VMM's but hypercalls
	positive vm0.mmu_updates vm0.mmu_validated
	zero vm0.exit_pf vm0.shadow_made
}

same workload=compute n=100000
same workload=churn n=50
same workload=fork n=4
same workload=switch n=50
same workload=syscall n=500
same workload=faults n=2
same workload=image

virtual "cpu=paravirt mem=direct" "$guest workload=churn n=100 batch=1"
one=$(counter vm0.call4)
virtual "cpu=paravirt mem=direct" "$guest workload=churn n=100 batch=64"
[ "$(counter vm0.call4)" -lt "$one" ] || fail "batches save no hypercalls"
exit 0
