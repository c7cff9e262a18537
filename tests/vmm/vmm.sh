#!/bin/sh
#
# A guest kernel cannot tell where it runs: each workload says the same, hashes of
# its memory included, on the bare machine and under the VMM with nested and with
# shadow page tables, of which every entry is what it should be.

. "$SRCDIR/tests/vmm/vmm-lib.sh"

same() {
	native "$@" mem=16M
	timeless serial >expected
	grep -q '^end 0$' expected || fail "natively: $*"
	for how in mem=nested "mem=nested large=1" "mem=shadow verify=1" \
	    "mem=shadow sync=lazy verify=1"; do
		virtual "$how" "$guest $* mem=16M"
		timeless serial >got
		cmp -s expected got || { diff expected got; fail "$how: $*"; }
		case $how in
		*shadow*)
			positive vm0.faults_hidden vm0.verified
			zero vm0.verify_bad
			;;
		*)	zero vm0.exit_pf vm0.exit_cr vm0.exit_invlpg ;;
		esac
		runs=$((${runs:-0} + 1))
	done
}

same workload=compute n=100000
same workload=random n=20000 pages=500
same workload=churn n=50
same workload=churn n=50 change=unmap
same workload=fork n=8
same workload=switch n=50
same workload=syscall n=500
same workload=faults n=2
same workload=image
[ -n "$RINGLAB_SHORT" ] || same workload=clock n=2 every=2
echo "vmm: $runs runs"
