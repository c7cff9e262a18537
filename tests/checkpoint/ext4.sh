#!/bin/sh
#
# Disk writes belong to epochs: Debian writes and syncs on ext4, as IDE and virtio disks,
# raw and qcow2; it is rolled back, killed, resumed, rolled back.  After each of these
# the file systems in the images are clean, and everything that was said to be synced
# is there.

. "$SRCDIR/tests/boot/disk-lib.sh"
. "$SRCDIR/tests/boot/monitor_lib.sh"
patience=${RINGLAB_SHORT:+600}
patience=${patience:-120}
rollbacks=${ROLLBACKS:-2}
machine=
trap 'kill -KILL $machine 2>/dev/null' EXIT

# check_disks: as they were in the last epoch; they stay what they are
check_disks() {
	n=$(synced)
	mkdir -p saved
	cp ./?d?.raw ./?d?.qcow2 saved/
	"$RINGLAB" --force --commit dir.ovl >out 2>messages || fail "commit: $(cat messages)"
	for d in $disks; do
		check_cut "$d" "$n"
	done
	cp saved/* .
}

is_synced() { [ "$(synced)" -ge "$1" ] 2>/dev/null; }

new_disks
# shellcheck disable=SC2086
"$RINGLAB" -m 256 -display none -pace max -serial file:serial $drives \
    -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
    -append "console=ttyS0 quiet disks=$(echo $disks | tr ' ' ,) cut" \
    --checkpoint-every 25ms --checkpoint-dir dir -monitor unix:mon,server=on,wait=off \
    >out 2>messages &
machine=$!
soon is_synced 2 || fail "the guest does not sync: $(cat messages)"

i=0
while [ $i -lt "$rollbacks" ]; do
	sleep "0.$((10 + (i * 7919 + 13) % 47))"
	answer rollback
	grep -q 'at cycle' answer || fail "rollback: $(cat answer)"
	if [ $((i % 2)) -eq 0 ]; then
		answer quit
		ended 0
	else
		kill -KILL $machine
		wait $machine 2>/dev/null
		# Nobody has written what the checkpoints have into an overlay yet.
		rm -f mon
		"$RINGLAB" --resume dir -serial file:serial -S -monitor unix:mon,server=on,wait=off \
		    >out 2>messages &
		machine=$!
		soon [ -S mon ] || fail "resume: $(cat messages)"
		answer quit
		ended 0
	fi
	check_disks
	rm -f mon
	"$RINGLAB" --resume dir -serial file:serial -monitor unix:mon,server=on,wait=off \
	    >out 2>messages &
	machine=$!
	soon [ -S mon ] || fail "resume: $(cat messages)"
	before_now=$(synced)
	soon is_synced $((before_now + 1)) || fail "it does not go on: $(cat messages)"
	i=$((i + 1))
done
answer quit
ended 0
check_disks
echo "$rollbacks rollbacks, $(synced) files on $(echo $disks | wc -w) disks"
