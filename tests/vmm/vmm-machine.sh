#!/bin/sh
#
# The tests of the processor (tests/guest) as guests: exceptions, segments, page
# faults, system calls are the same under the VMM.  Left out are those that want a
# local APIC or features that guests do not get.

. "$SRCDIR/tests/vmm/vmm-lib.sh"

for test in ad_bits align_check call_gate64 cross_page db_points db_step df_escalation \
    insn_length int_gate iret64 ist lar_lsl lock_ud pf_bits seg_load smc swapgs \
    syscall sysenter; do
	for how in mem=nested "mem=shadow verify=1" "mem=shadow sync=lazy verify=1"; do
		virtual "$how" "$BUILDDIR/tests/guest/$test.64.elf"
		grep -q '^verdict pass' serial || fail "$how: $test"
		zero vm0.verify_bad
		runs=$((${runs:-0} + 1))
	done
done
# Two levels, three levels and large pages of both: what a PAE guest's loaded entries are
# is the one thing that is otherwise, as it is with nested paging.
for how in mem=nested "mem=shadow verify=1"; do
	virtual "$how" "$BUILDDIR/tests/guest/paging32.32.elf"
	grep '^not ok' serial | sed 's/ #.*//' >"got.${how%% *}"
	zero vm0.verify_bad
done
cmp -s got.mem=nested got.mem=shadow || fail "paging32: shadow is not as nested"
[ "$(wc -l <got.mem=shadow)" -le 2 ] || fail "paging32"
# What the VMM's own CR4 and NPT do not hide is right under shadow paging.
virtual "mem=shadow verify=1" "$BUILDDIR/tests/guest/pf_reserved.64.elf"
grep -q '^verdict pass' serial || fail "pf_reserved"
echo "vmm-machine: $runs runs"
