#!/bin/sh
#
# The power is cut at 60 random moments, on disks that have seen that before: five in
# each of RINGLAB_ROUNDS rounds (12).

. "$SRCDIR/tests/boot/disk-lib.sh"

# Up to 3 seconds, three digits of them.
moment() {
	n=$(($(od -An -N2 -tu2 /dev/urandom) % 3000))
	printf '%d.%03d' $((n / 1000)) $((n % 1000))
}

round=0
while [ $round -lt "${RINGLAB_ROUNDS:-12}" ]; do
	round=$((round + 1))
	new_disks
	for i in 1 2 3 4 5; do
		echo "round $round"
		power_cut "$(moment)"
	done
done
