#!/bin/sh
#
# Debian writes to ext4 on raw and qcow2 images behind IDE and virtio, syncs, reboots
# and reads back; file systems and images are clean afterwards, and the guest's disks
# are what qemu-img takes the images for, a CD among them.  When the power is cut, what
# was synced is there.

. "$SRCDIR/tests/boot/disk-lib.sh"
[ -z "${RINGLAB_SHORT-}" ] || { echo "too slow with sanitizers"; exit 0; }

new_disks
boot all --timeout 400 || { cat messages; fail "exit status $?"; }
expect 'boot: written' "boot: sr0 is $cd_sum" 'boot: done'
for d in $disks; do
	raw_of $d
	expect "boot: $d reads back" "boot: $d is $(md5sum <check.raw | cut -d ' ' -f 1)"
	e2fsck -fn check.raw >fsck 2>&1 || { cat fsck; fail "e2fsck: $d"; }
done
new_disks
power_cut 0.7
