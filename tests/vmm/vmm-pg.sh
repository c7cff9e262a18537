#!/bin/sh
#
# The theorem: in ring 3, where every sensitive instruction traps (-cpu pg), a guest
# behaves as it does on the bare machine, memory included; on an ordinary processor it
# does not, and the VMM says which instruction was the first not to trap.

. "$SRCDIR/tests/vmm/vmm-lib.sh"

"$RINGLAB" -cpu help | grep -qw pg || { echo "this ringlab has no -cpu pg"; exit 77; }

# deprived CPU VMM-WORDS GUEST-WORDS
deprived() {
	timeout 100 "$RINGLAB" -cpu "$1" -m 128 -pace max -display none -nodefaults \
	    -hda disk.img -snapshot -limit-cycles 30000000000 -kernel "$vmm" \
	    -append "report=serial cpu=deprivileged mem=shadow $2" \
	    -initrd "$guest $3 mem=16M" -serial stdio </dev/null >raw 2>messages ||
	    { cat messages; fail "$*"; }
	tr -d '\r' <raw >serial
}

same() {
	native "$@" mem=16M
	timeless serial >expected
	for how in verify=1 "verify=1 sync=lazy"; do
		deprived pg "$how" "$*"
		timeless serial >got
		cmp -s expected got || { diff expected got; fail "$how: $*"; }
		positive vm0.exit_trap vm0.verified
		zero vm0.verify_bad vm0.exit_npf
		runs=$((${runs:-0} + 1))
	done
}

same workload=compute n=100000
same workload=churn n=20
same workload=fork n=4
same workload=switch n=50
same workload=syscall n=200
same workload=syscall n=200 gate=int
same workload=faults n=2
same workload=image

deprived pg watch=1 "workload=syscall n=100"
grep -q '^end 0$' serial || fail "it does not end well while it is watched"
zero vm0.untrapped
deprived ringlab64 watch=1 "workload=syscall n=100"
grep -q '^vmm: VM 0: .* did not trap in ring 3: ' serial || fail "nothing is named"
grep -q '^end 0$' serial && fail "it works on an ordinary processor"
echo "vmm-pg: $runs runs"
