#!/bin/sh
#
# The paravirtual guest kernel: the same console and hashes in every memory mode
# and with every batch, and what the native kernel computes.

. "$SRCDIR/tests/vmm/vmm-lib.sh"

pv=$BUILDDIR/vmm/guest/guest-pv.elf

# under MODE WORDS: without what depends on time in "got"
under() {
	virtual "cpu=paravirt mem=$1 ram=16M" "$pv $2"
	timeless serial >got
	grep -q '^end 0$' got || fail "$1: $2"
	runs=$((${runs:-0} + 1))
}

same() {
	under nested "$*"
	mv got expected
	for how in shadow direct; do
		under $how "$*"
		cmp -s got expected || { diff expected got; fail "$how: $*"; }
	done
	positive vm0.mmu_updates
	zero vm0.mmu_refused
}

# The native kernel's checksum, which is the same whatever memory there is
checksum() {
	native "$* mem=16M"
	sum=$(grep '^# checksum' serial)
	grep -qxF "$sum" expected || fail "another checksum than natively: $*"
}

same workload=image
for words in "workload=churn n=50" "workload=churn n=50 change=unmap" \
    "workload=fork n=5" "workload=switch n=30" "workload=faults n=2" \
    "mem=3M workload=swap pages=500 n=1"; do
	same $words
	checksum $words
done

under direct "workload=fork n=5 batch=64"
mv got expected
calls=$(counter vm0.call4)
for batch in 1 7 512; do
	under direct "workload=fork n=5 batch=$batch"
	cmp -s got expected || fail "batch $batch"
done
[ "$(counter vm0.call4)" -le "$calls" ] || fail "a larger batch takes more calls"

# Not without a VMM
timeout 20 "$RINGLAB" -m 32 -display none -nodefaults -kernel "$pv" -append workload=fork \
    -limit-cycles 3000000000 -serial file:serial 2>messages
[ ! -s serial ] || fail "the paravirtual kernel runs without a VMM"
echo "guest-pv: $runs runs"
