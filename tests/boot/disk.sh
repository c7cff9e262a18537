#!/bin/sh
#
# Debian writes to ext4 on raw and qcow2 images, syncs, reboots and reads back;
# file systems and images are clean afterwards.  When the power is cut, what was
# synced is there.

. "$SRCDIR/tests/boot/disk-lib.sh"
[ -z "${RINGLAB_SHORT-}" ] || { echo "too slow with sanitizers"; exit 0; }

new_disks
boot all --timeout 250 || { cat messages; fail "exit status $?"; }
expect 'boot: written' 'boot: done'
for d in $disks; do
	expect "boot: $d reads back"
	raw_of $d
	e2fsck -fn check.raw >fsck 2>&1 || { cat fsck; fail "e2fsck: $d"; }
done
new_disks
cut 0.7
