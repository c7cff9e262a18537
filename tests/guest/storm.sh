#!/bin/sh
# tests/guest/storm.sh - a guest that writes random values to every port and
# PCI byte, for RINGLAB_STORM seconds (600); only its time may end it
set -u
image=$BUILDDIR/tests/guest/storm.32.elf
left=${RINGLAB_STORM:-600}
seed=0
end=$(($(date +%s) + left))
while [ "$left" -gt 0 ]; do
	seed=$((seed + 1))
	# The clock at power-on differs, so the firmware's way and with it the
	# guest's first time stamp do.
	"$RINGLAB" -m $((15 + seed % 64)) -display none -serial null -kernel "$image" \
	    -device pc-testdev --seed $seed --timeout "$left" >out 2>messages
	status=$?
	case $status in
	0 | 6) ;;
	*)
		tail -n 20 messages
		echo "run $seed ended with status $status"
		exit 1
		;;
	esac
	left=$((end - $(date +%s)))
done
echo "$seed runs"
