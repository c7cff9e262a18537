#!/bin/sh
#
# A null round trip, VMRUN to VMMCALL and back, takes at most 0.3 of qemu's (TCG) user
# time; work under nested paging runs at 0.7 or more of what it does natively here.
# Medians of SPEED_ROUNDS, in turns.

. "$SRCDIR/tests/boot/lib.sh"
image=$BUILDDIR/tests/guest/svm/speed.64.elf
rounds=${SPEED_ROUNDS:-5}
exits=${SPEED_EXITS:-1000000}
work=${SPEED_WORK:-200000000}
qemu=$(command -v qemu-system-x86_64) || { echo "no qemu-system-x86_64"; exit 77; }

# timed NAME PROGRAM OPTION...: a line of NAME.all
timed() {
	name=$1
	shift
	rm -f serial
	/usr/bin/time -o seconds -f %U timeout 300 "$@" -kernel "$image" -m 64 -display none \
	    -nodefaults -no-reboot -serial file:serial -device isa-debug-exit,iobase=0xf4,iosize=0x4 \
	    >/dev/null 2>&1 </dev/null
	grep -aq '^verdict pass' serial || fail "$name: no verdict"
	case $* in
	*exits=*) grep -aq "^ok $exits exits" serial || fail "$name: not so many" ;;
	esac
	tail -n 1 seconds >>"$name.all"
}

i=0
while [ $i -lt "$rounds" ]; do
	timed ours "$RINGLAB" -cpu max -append "exits=$exits"
	timed theirs "$qemu" -accel tcg -cpu max,+svm -append "exits=$exits"
	timed native "$RINGLAB" -cpu max -append "work=$work"
	timed nested "$RINGLAB" -cpu max -append "work=$work nested=1"
	i=$((i + 1))
done
ours=$(median ours.all) theirs=$(median theirs.all)
native=$(median native.all) nested=$(median nested.all)
echo "$exits round trips: $ours s, qemu $theirs s"
echo "work: $native s, under nested paging $nested s"
awk -v a="$ours" -v b="$theirs" 'BEGIN { exit !(a <= 0.3 * b) }' ||
    fail "round trips take more than 0.3 of qemu's time"
awk -v a="$native" -v b="$nested" 'BEGIN { exit !(a >= 0.7 * b) }' ||
    fail "a guest runs at less than 0.7 of the native speed"
