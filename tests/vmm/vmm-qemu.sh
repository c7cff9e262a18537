#!/bin/sh
#
# The VMM on a stranger's processor: what guests say does not depend on whose SVM
# it is.

. "$SRCDIR/tests/vmm/vmm-lib.sh"

qemu=$(command -v qemu-system-x86_64) || { echo "no qemu-system-x86_64"; exit 77; }

same() {
	how=$1
	shift
	virtual "$how" "$guest $* mem=16M"
	timeless serial >here
	timeout 100 "$qemu" -m 128 -cpu max,+svm -display none -nodefaults -serial stdio \
	    -drive file=disk.img,format=raw,if=ide,snapshot=on -kernel "$vmm" \
	    -append "report=serial $how" -initrd "$guest $* mem=16M" \
	    </dev/null 2>messages | tr -d '\r' >serial
	timeless serial >there
	cmp -s here there || { diff here there; fail "qemu differs: $how: $*"; }
	zero vm0.verify_bad
	runs=$((${runs:-0} + 1))
}

for how in mem=nested "mem=shadow verify=1" "mem=shadow sync=lazy verify=1"; do
	same "$how" workload=compute n=100000
	same "$how" workload=churn n=20
	same "$how" workload=fork n=4
	same "$how" workload=syscall n=100
	same "$how" workload=faults n=2
	same "$how" workload=image
	same "$how" workload=clock n=2 every=2
done
echo "vmm-qemu: $runs runs"
