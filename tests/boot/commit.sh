#!/bin/sh
#
# What a guest wrote over a frozen disk is in an overlay and not in the image;
# --commit folds it in, and the image is then what the same guest makes of one
# that is not frozen.

. "$SRCDIR/tests/boot/lib.sh"

# machine OPTION...: until the guest says that it has written
machine() {
	run 3 -nodefaults -m 16 --timeout 60 -device isa-debug-exit,iobase=0xf4,iosize=4 "$@"
}

# commit STATUS OPTION...
commit() {
	want=$1
	shift
	"$RINGLAB" --commit run.ovl "$@" >out 2>messages
	status=$?
	[ "$status" -eq "$want" ] || {
		cat out messages
		fail "--commit: exit status $status, expected $want"
	}
}

said() {
	grep -qF -e "$1" "$2" || {
		cat "$2"
		fail "no \"$1\""
	}
}

# Two cylinders, as firmware counts, and 3 sectors: the last cluster is cut
{
	cat "$BUILDDIR/tests/boot/commit_guest.bin"
	seq -w 100000 300000
} | head -c $((2019 * 512)) >before
cp before plain
machine -hda plain
cmp -s before plain && fail "the guest has written nothing"

cp before disk.img
machine -hda disk.img -snapshot
cmp before disk.img || fail "-snapshot writes to the image"

# frozen STATUS
frozen() {
	"$BUILDDIR/tests/boot/frozen" disk.img run.ovl run.rlj
	status=$?
	[ "$status" -eq "$1" ] || fail "frozen: exit status $status, expected $1"
}
frozen 3
cmp before disk.img || fail "a frozen image has changed"
frozen 1			# there is an overlay already

touch run.rlj
commit 1
said "needs the images as they are: $PWD/run.rlj" messages
cmp before disk.img || fail "a refused commit writes to the image"
cp disk.img kept
printf x | dd of=disk.img bs=1 seek=1000 conv=notrunc 2>/dev/null
commit 1 --force
said "disk.img: is not the image it was" messages
mv kept disk.img
commit 0 --force
said "can no longer be replayed or loaded: $PWD/run.rlj" out
cmp plain disk.img || fail "the image is not what it should be"
[ ! -e run.ovl ] || fail "the overlay is still there"
commit 1
said "run.ovl: cannot open" messages

# A file of somebody else
head -c 5000 plain >run.ovl
commit 1
said "run.ovl: at offset 0: not an overlay file" messages
