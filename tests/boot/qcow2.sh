#!/bin/sh
#
# A guest whose disk is a qcow2 image over another: written, thrown away,
# recorded, replayed, committed; images that changed are refused by name; a full
# host disk is an I/O error to the guest and one message.

. "$SRCDIR/tests/boot/lib.sh"
command -v qemu-img >/dev/null || { echo "no qemu-img (qemu-utils)"; exit 77; }

# machine STATUS OPTION...: until the guest says that it has written
machine() {
	want=$1
	shift
	run "$want" -nodefaults -m 16 --timeout 100 \
	    -device isa-debug-exit,iobase=0xf4,iosize=4 "$@"
}

# ringlab STATUS OPTION...
ringlab() {
	want=$1
	shift
	"$RINGLAB" "$@" >out 2>messages
	status=$?
	[ "$status" -eq "$want" ] || {
		cat out messages
		fail "$*: exit status $status, expected $want"
	}
}

said() {
	grep -qF -e "$1" messages || {
		cat messages
		fail "no \"$1\""
	}
}

# holds RAW: this is on the disk
holds() {
	qemu-img check -q -f qcow2 disk.qcow2 || fail "qemu-img check"
	qemu-img compare -q -f raw -F qcow2 "$1" disk.qcow2 || fail "not what $1 holds"
}

fresh() {
	rm -f disk.qcow2
	qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 disk.qcow2 || fail "qemu-img"
}

{
	cat "$BUILDDIR/tests/boot/commit_guest.bin"
	seq -w 100000 300000
} | head -c $((2019 * 512)) >before
cp before plain
machine 3 -hda plain
qemu-img convert -c -f raw -O qcow2 before base.qcow2 || fail "qemu-img convert"
cp base.qcow2 base

fresh
machine 3 -hda disk.qcow2
holds plain
fresh
cp disk.qcow2 disk
machine 3 -drive file=disk.qcow2,format=qcow2 -snapshot
cmp disk disk.qcow2 || fail "-snapshot writes to the image"

# Recorded: the image stays as it is, replay and commit know the chain.
machine 3 -hda disk.qcow2 --record run.rec --hash-log hashes
cmp disk disk.qcow2 || fail "a recording writes to the image"
ringlab 3 --replay run.rec --hash-log again
cmp hashes again || fail "the replay has other hashes"
ringlab 1 --commit run.rec.ovl
said "needs the images as they are"
printf x >>base.qcow2
ringlab 1 --replay run.rec
said "-hda base.qcow2 is not the file that was recorded"
ringlab 1 --commit run.rec.ovl --force
said "disk.qcow2: is not the image it was"
cp base base.qcow2
cmp disk disk.qcow2 || fail "a refused commit writes to the image"
ringlab 0 --commit run.rec.ovl --force
holds plain

# A snapshot knows the chain, too.
fresh
machine 3 -hda disk.qcow2 --save-at-end one
holds plain
printf x >>base.qcow2
ringlab 1 -nodefaults -m 16 -display none -device isa-debug-exit,iobase=0xf4,iosize=4 \
    -hda disk.qcow2 -loadvm one
said "base.qcow2 is not what it was"
cp base base.qcow2

# No room: the firmware reports an error to the guest.
fresh
(
	trap '' XFSZ
	ulimit -f 393
	machine 5 -hda disk.qcow2
) || fail "a full disk"
said "disk.qcow2: cannot write"
[ "$(wc -l <messages)" -eq 1 ] || { cat messages; fail "more than one message"; }
qemu-img check -q -f qcow2 disk.qcow2
[ $? -ne 2 ] || fail "qemu-img check after a full disk"
