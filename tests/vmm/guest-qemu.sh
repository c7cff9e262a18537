#!/bin/sh
#
# The guest kernel on a stranger's machine: all that does not depend on time is
# the same on qemu, the hashes of memory included.

. "$SRCDIR/tests/vmm/guest-lib.sh"

qemu=$(command -v qemu-system-x86_64) || { echo "no qemu-system-x86_64"; exit 77; }

# What is told apart from time
timeless() {
	grep -Ev '^# (cycles|ticks|.*[.](cycles|tsc|ticks|work|done|tick|rtc)|nano.*|met|rtc.*|hit|miss|guest|vmm|both)=' "$1"
}

same() {
	boot threaded "$@" mem=32M
	timeout 100 "$qemu" -m 64 -display none -nodefaults -serial stdio \
	    -drive file=disk.img,format=raw,if=ide,snapshot=on -kernel "$kernel" \
	    -append "$* mem=32M" </dev/null 2>messages | tr -d '\r' >serial.qemu
	timeless serial >a
	timeless serial.qemu >b
	cmp -s a b || { diff a b; fail "qemu differs: $*"; }
	runs=$((${runs:-0} + 1))
}

same workload=compute n=100000
same workload=random n=20000
same workload=random n=20000 large=1
same workload=churn n=100
same workload=churn n=100 change=unmap
same workload=fork n=10
same workload=switch n=100
same workload=syscall n=1000
same workload=syscall n=1000 gate=int
same workload=nano n=100
same workload=faults n=8
same mem=4M workload=swap n=1
same workload=clock n=2 every=2
same workload=quantum n=2 quantum=2
same workload=deadline n=1 ticks=2 work=10
same workload=alarm ticks=5
same workload=image
same workload=translate
same workload=stale
echo "guest-qemu: $runs runs"
