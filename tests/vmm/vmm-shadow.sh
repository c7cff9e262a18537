#!/bin/sh
#
# Shadow page tables: what write protection, leaving tables out of date and not
# looking at all cost, and what goes wrong.  True faults are the guest's own.

. "$SRCDIR/tests/vmm/vmm-lib.sh"

native workload=churn n=100
minor=$(sed -n 's/^# minor=//p' serial)

virtual "mem=shadow verify=1" "$guest workload=churn n=100"
positive vm0.pt_emulated vm0.sync_dropped vm0.exit_invlpg
zero vm0.pt_unsynced vm0.verify_bad
true_wp=$(counter vm0.faults_true) writes=$(counter vm0.faults_write)
[ "$true_wp" -ge "$minor" ] || fail "fewer true faults than the guest counts"

virtual "mem=shadow sync=lazy verify=1" "$guest workload=churn n=100"
positive vm0.pt_unsynced vm0.sync_dropped
zero vm0.verify_bad
[ "$(counter vm0.faults_true)" -eq "$true_wp" ] || fail "lazy has other true faults"
[ "$(counter vm0.faults_write)" -lt "$writes" ] || fail "lazy saves no exits"

# Nobody follows: the guest reads what was there before its own INVLPG.
stale() {
	virtual "mem=shadow verify=1 $1" "$guest workload=stale n=100"
	sed -n 's/^# stale=//p' serial
}
[ "$(stale sync=wp)" -eq 0 ] && [ "$(stale sync=lazy)" -eq 0 ] || fail "stale entries"
[ "$(stale sync=off)" -gt 0 ] || fail "off goes unnoticed"
virtual "mem=shadow sync=off verify=1" "$guest workload=stale n=100"
zero vm0.pt_emulated vm0.pt_unsynced vm0.faults_write vm0.verify_bad

# A new root is empty, a known one is kept.
virtual "mem=shadow" "$guest workload=switch n=200 procs=3"
positive vm0.cr3_loads
[ "$(counter vm0.shadow_made)" -lt "$(counter vm0.cr3_loads)" ] ||
    fail "address spaces are built again at each switch"
exit 0
