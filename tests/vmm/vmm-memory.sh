#!/bin/sh
#
# Memory that is not there: the VMM pages guests that know nothing of it, by each
# choice of victims and under each kind of paging; a balloon saves it the work; with
# direct paging it says that it cannot.

. "$SRCDIR/tests/vmm/vmm-lib.sh"

guest_pv=$BUILDDIR/vmm/guest/guest-pv.elf
truncate -s 32M swap.img

# paged WORDS GUEST: with a swap disk
paged() {
	machine -drive file=swap.img,format=raw,index=3,media=disk -kernel "$vmm" \
	    -append "report=serial $1" -initrd "$2"
}

native workload=fork n=4 mem=16M
timeless serial >expected
for victim in random clock lru; do
	for how in mem=nested "mem=shadow verify=1" "mem=shadow sync=lazy verify=1"; do
		paged "$how victim=$victim frames=450K" "$guest workload=fork n=4 mem=16M"
		timeless serial >got
		cmp -s expected got || { diff expected got; fail "$how: $victim"; }
		positive vm0.swap_evicted vm0.swap_reads vm0.swap_writes
		zero vm0.verify_bad
		eval "reads_$victim=$(counter vm0.swap_reads)"
	done
done
[ "$reads_random" -gt "$reads_clock" ] || fail "chance is as good as the clock"

# Two pagers, then one that is told
pages="workload=swap mem=4M n=1 vm.ram=5M vm.frames=2M"
paged "mem=nested victim=random" "$guest $pages"
positive vm0.swap_reads
paged "mem=nested victim=random cpu=paravirt" "$guest_pv $pages balloon=on"
positive vm0.call11
zero vm0.swap_reads

timeout 60 "$RINGLAB" -cpu max -pace max -display none -nodefaults -serial file:serial \
    -kernel "$vmm" -initrd "$guest_pv vm.mem=direct vm.cpu=paravirt vm.frames=1M"
grep -q 'direct paging frames cannot be taken away' serial || fail "direct pages"
exit 0
