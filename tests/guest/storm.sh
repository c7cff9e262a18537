#!/bin/sh
#
# storm.sh - a guest that writes random values to every port, device register, PCI
# byte and ring, on a machine that has everything.
#
# Only the end of its time may end it, for RINGLAB_STORM seconds (600) of runs of
# RINGLAB_STORM_RUN seconds (20), as a run that has overwritten itself does little.
# Images are whole afterwards.  Before that: both engines and a replay come to the
# same state, RINGLAB_STORM_SAME times (4).
set -u
image=$BUILDDIR/tests/guest/storm.32.elf
left=${RINGLAB_STORM:-600}
each=${RINGLAB_STORM_RUN:-20}
PATH=$PATH:/sbin:/usr/sbin

fail() {
	tail -n 20 messages
	echo "FAILED: $*"
	exit 1
}

images() {
	for file in hda vdb fda cd; do
		rm -f $file
		truncate -s 1440K $file
	done
	rm -f vda
	command -v qemu-img >/dev/null &&
	    qemu-img create -q -f qcow2 -b cd -F raw vda 1440K || truncate -s 1440K vda
}

# storm N OPTION...: run number N; each has a clock of its own, which is the seed
storm() {
	k=$1
	shift
	timeout $((each + 300)) "$RINGLAB" -m $((15 + k % 64)) -smp $((1 + k % 2)) \
	    -display none -pace max -serial null -kernel "$image" \
	    -rtc "base=2001-$(printf %02d-%02dT%02d:00:00 $((1 + k % 12)) $((1 + k % 28)) $((k % 24)))" \
	    -machine pc,hpet=on -device isa-debug-exit,iobase=0xf4,iosize=4 \
	    -device pc-testdev -device pci-testdev -device virtio-balloon-pci \
	    -device virtio-serial-pci -device virtconsole,chardev=c -chardev null,id=c \
	    -drive file=hda,format=raw -cdrom cd -fda fda \
	    -drive file=vda,if=virtio -drive file=vdb,if=virtio,format=raw "$@" 2>messages
}

nics='-nic user,restrict=on,model=e1000 -nic user,restrict=on,model=virtio-net-pci'

# same N: the engines and a replay agree on this run
same() {
	images
	limit=$((300 + 100 * ($1 % 3)))M
	[ -z "${RINGLAB_SHORT-}" ] || limit=300M
	storm "$1" -snapshot --limit-cycles $limit --print-hash >threaded
	status=$?
	ended $status || fail "run $1 ended with status $status"
	storm "$1" -snapshot --limit-cycles $limit --print-hash --engine reference >reference
	cmp threaded reference || fail "run $1: the engines differ"
	rm -f rec rec.ovl
	# shellcheck disable=SC2086
	storm "$1" $nics --limit-cycles $limit --record rec --hash-log hashes >/dev/null
	timeout 300 "$RINGLAB" --replay rec --hash-log again -serial null >/dev/null 2>messages
	cmp hashes again || fail "run $1: the replay differs"
	cat threaded
}

# ended STATUS: by its time, by a power-off, or through isa-debug-exit, which is
# where a guest ends that jumped astray
ended() {
	! grep -q -e 'SUMMARY: ' -e 'runtime error' messages || return 1
	[ "$1" -eq 0 ] || [ "$1" -eq 6 ] || {
		[ $(($1 % 2)) -eq 1 ] && { [ "$1" -lt 128 ] || [ "$1" -ge 160 ]; }
	}
}

# whole: the qcow2 image, with leaks at most
whole() {
	[ "$(head -c 3 vda)" = QFI ] || return 0
	qemu-img check -q -f qcow2 vda
	case $? in
	0 | 3)	;;
	*)	return 1 ;;
	esac
}

first=${RINGLAB_STORM_SEED:-1}
n=0
while [ $n -lt "${RINGLAB_STORM_SAME:-4}" ]; do
	same $((first + n))
	n=$((n + 1))
done
images
run=0
end=$(($(date +%s) + left))
while left=$((end - $(date +%s))) && [ "$left" -gt 0 ]; do
	run=$((run + 1))
	n=$((first + run))
	[ "$left" -lt "$each" ] || left=$each
	engine=threaded
	[ $((run % 4)) -ne 0 ] || engine=reference
	# shellcheck disable=SC2086
	storm $n $nics --engine $engine --timeout "$left" >out
	status=$?
	ended $status || fail "run $n ended with status $status"
	whole || fail "run $n: qemu-img check"
done
echo "$run runs"
