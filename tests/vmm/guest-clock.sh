#!/bin/sh
#
# What the guest kernel believes about time, with nobody in between: ticks,
# counter and world agree.

. "$SRCDIR/tests/vmm/guest-lib.sh"

tick=10000000			# cycles

both workload=clock n=5 every=2
is ticks 10 sample5.ticks 10
within sample5.tsc $((10 * tick)) $tick
within sample5.cycles $((10 * tick)) $tick
both workload=clock n=3 every=20 idle=1
within sample3.cycles $((60 * tick)) $tick
both workload=clock n=3 hz=1000
within sample3.cycles $((3 * tick)) $((tick / 10))

both workload=quantum n=4 quantum=1
for i in 1 2 3; do
	within quantum$i.cycles $tick $((tick / 10))
	within quantum$i.work "$(value quantum1.work)" 20000
done
both workload=quantum n=3 quantum=2 procs=3
within quantum2.cycles $((2 * tick)) $((tick / 10))

both workload=deadline n=3 ticks=2 work=1000
is met 3
within job2.cycles $((12 * tick / 10)) $((tick / 10))
both workload=deadline n=3 ticks=2 work=2000
is met 0 job1.ticks 2
within job1.cycles $((2 * tick)) $((tick / 10))

both workload=alarm ticks=100
is alarm.ticks 100
within alarm.cycles $((100 * tick)) $tick
both workload=alarm ticks=4 busy=1 quantum=2
within alarm.cycles $((4 * tick)) $((3 * tick))
both workload=alarm ticks=350
within alarm.rtc 3 1
echo "guest-clock: $runs runs on both engines"
