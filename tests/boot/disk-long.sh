#!/bin/sh
#
# The power is cut at many moments, on disks that have seen that before.

. "$SRCDIR/tests/boot/disk-lib.sh"

for round in 1 2 3; do
	new_disks
	for wait in 0 0.3 1.1 2.3 0.6; do
		echo "round $round"
		cut $wait
	done
done
