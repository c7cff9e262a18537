#!/bin/sh
#
# The guest kernel on the bare machine: each workload that needs neither disk
# nor clock, on both engines, with what it must count.

. "$SRCDIR/tests/vmm/guest-lib.sh"

both workload=compute n=100000
is ops 100000 checksum 2700328192655336907 minor 0 ticks 0
both workload=compute n=2000000 timer=on
[ "$(value ticks)" -ge 2 ] || fail "no ticks"

both workload=random n=50000
is ops 50000 minor 0
small=$(value cycles) sum=$(value checksum)
both workload=random n=50000 large=1
is checksum "$sum"
[ "$(value cycles)" -lt "$small" ] || fail "large pages are no faster"

both workload=churn n=100 updates=4 touches=16
is updates 400 touches 1600 minor 0
sum=$(value checksum)
both workload=churn n=100 updates=4 touches=16 change=protect
is checksum "$sum"
[ "$(value minor)" -gt 0 ] || fail "nothing was protected"
both workload=churn n=100 updates=4 touches=16 change=unmap
both workload=churn n=100 updates=0 touches=16
is updates 0 minor 0

both workload=fork n=10
both workload=switch n=100 procs=5
is ops 500 switches 506
both workload=syscall n=1000
is checksum 499500
fast=$(value cycles)
both workload=syscall n=1000 gate=int
[ "$(value cycles)" -gt "$fast" ] || fail "INT is faster than SYSCALL"
both workload=nano n=100
is nano.call 0

both workload=stale
is stale 0 minor 1001
both workload=translate n=8
is hit 8 vmm "$(value miss)"
[ "$(value miss)" -gt 80 ] && [ "$(value guest)" -gt $((10 * $(value miss))) ] ||
    fail "an access costs what it should not"

# Its own answer to what it cannot do
for bad in workload=nothing "workload=compute mem=1M" "workload=random pages=90000" \
    "workload=swap pages=900 mem=3M swap=off" "workload=switch procs=70"; do
	"$RINGLAB" -m 64 -display none -nodefaults -kernel "$kernel" -device \
	    isa-debug-exit,iobase=0xf4,iosize=4 -append "$bad exit" -serial file:raw 2>messages
	status=$?
	tr -d '\r' <raw >serial
	[ $status -ne 0 ] && [ $((status & 1)) -eq 1 ] && grep -q '^end [^0]' serial ||
	    fail "$bad: status $status"
done
echo "guest: $runs runs on both engines"
