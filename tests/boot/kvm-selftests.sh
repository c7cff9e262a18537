#!/bin/sh
#
# A stranger's tests of a stranger's hypervisor: the selftests of Linux's KVM, on
# Debian's kernel with kvm_amd, with nested paging and without.  One of them runs
# MONITOR and MWAIT in a guest.

. "$SRCDIR/tests/boot/lib.sh"
. "$SRCDIR/tests/boot/suite_lib.sh"
need amd64/vmlinuz
sh "$SRCDIR/tools/guest-suites.sh" -d "$guests" kvm-selftests || { echo "no KVM selftests"; exit 77; }

table=$SRCDIR/tests/boot/kvm-selftests.txt
suite_initrd "$table" "$guests/kvm-selftests" -k "$guests/amd64/modules" -m kvm-amd <<'END'
modprobe kvm_amd npt=$(sed 's/.*npt=//' /proc/cmdline)
echo "npt: $(cat /sys/module/kvm_amd/parameters/npt)"
END
status=0
for npt in 1 0; do
	run 0 -cpu max,+monitor -smp 2 -m 2048 -serial file:serial -kernel "$guests/amd64/vmlinuz" \
	    -initrd initrd.gz -append "console=ttyS0 quiet idle=halt npt=$npt" -no-reboot --timeout 3000
	expect 'suite: done'
	echo "npt=$npt"
	suite_compare "$table" $((2 - npt)) || status=1
	mv serial serial.$npt
done
exit $status
