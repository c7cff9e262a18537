#!/bin/sh
#
# Several VMs: shares of the processor, ticks by each policy, and the same run
# again to the last digit.

. "$SRCDIR/tests/vmm/vmm-lib.sh"

busy="workload=compute n=20000000"
virtual "mem=nested" "$guest $busy vm.share=3,$guest $busy"
cp serial first
grep -q '^0: end 0$' serial && grep -q '^1: end 0$' serial || fail "not both end"
# The one with three shares is done when the other had a third of it.
off=$(counter vm0.cycles_off) had=$(counter vm0.cycles_guest)
[ $((off * 100 / had)) -ge 25 ] && [ $((off * 100 / had)) -le 42 ] ||
    fail "share 3 waits $off for $had"
virtual "mem=nested" "$guest $busy vm.share=3,$guest $busy"
cmp first serial || fail "the same run is not the same"

clock="workload=clock n=10 every=10"
for how in merge batch drop slew delay; do
	virtual "mem=shadow time=$how quantum=25000000" "$guest $clock,$guest $busy,$guest $busy"
	due=$(counter vm0.ticks_due) got=$(counter vm0.ticks_delivered)
	case $how in
	merge | drop)
		positive vm0.ticks_lost
		[ $((due - got)) -gt 10 ] || fail "$how: $due due, $got delivered"
		;;
	batch | slew)
		zero vm0.ticks_lost
		[ "$(counter vm0.ticks_pending_max)" -gt 1 ] || fail "$how: none pending"
		[ $((got + $(counter vm0.ticks_pending))) -ge $((due - 2)) ] ||
		    fail "$how: $due due, $got delivered"
		;;
	delay)	zero vm0.ticks_lost
		[ $((due - got)) -le 2 ] || fail "delay: $due due, $got delivered"
		;;
	esac
done
exit 0
