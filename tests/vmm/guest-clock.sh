#!/bin/sh
#
# What the guest kernel believes about time, with nobody in between: ticks,
# counter and world agree.

. "$SRCDIR/tests/vmm/guest-lib.sh"

tick=1000000			# cycles
hz=hz=1000

both $hz workload=clock n=5
is ticks 50 sample5.ticks 50
within sample5.tsc $((50 * tick)) $tick
within sample5.cycles $((50 * tick)) $tick
both workload=clock n=3 every=20 idle=1
within sample3.cycles $((600 * tick)) $((10 * tick))
both $hz workload=clock n=3 clock=tsc
is sample3.ticks 30
within sample3.cycles $((30 * tick)) $tick

both $hz workload=quantum n=4 quantum=5
for i in 1 2 3; do
	within quantum$i.cycles $((5 * tick)) $((tick / 10))
	within quantum$i.work "$(value quantum1.work)" 20000
done
both $hz workload=quantum n=3 quantum=4 procs=3
within quantum2.cycles $((4 * tick)) $((tick / 10))

both $hz workload=deadline n=3 ticks=4 work=200
is met 3
within job2.cycles $((22 * tick / 10)) $((tick / 10))
both $hz workload=deadline n=3 ticks=4 work=400
is met 0 job1.ticks 4
within job1.cycles $((4 * tick)) $((tick / 10))

both $hz workload=alarm ticks=1000
is alarm.ticks 1000
within alarm.cycles $((1000 * tick)) $tick
both $hz workload=alarm ticks=20 busy=1 quantum=2
within alarm.cycles $((20 * tick)) $((3 * tick))
both $hz workload=alarm ticks=3500
within alarm.rtc 3 1
echo "guest-clock: $runs runs on both engines"
