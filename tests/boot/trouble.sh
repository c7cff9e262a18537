#!/bin/sh
#
# What goes wrong on the host while a machine runs: images that become shorter, disks
# that fill, ports that are taken, peers and sockets that vanish.  The guest sees an
# I/O error, the user one message that names the file or the option, and what was
# written before is there.

. "$SRCDIR/tests/boot/monitor_lib.sh"

said() {
	grep -qF -e "$1" messages || fail "no \"$1\" in: $(cat messages)"
}

# told_once TEXT: nothing else was said
told_once() {
	said "$1"
	[ "$(wc -l <messages)" -eq 1 ] || fail "more than one message: $(cat messages)"
}

exit_device="-device isa-debug-exit,iobase=0xf4,iosize=4"

# hold OPTION...: a machine that waits for "cont"; the guest reads sector 20, writes
# it to 41 and 42, and ends with status 3, or 5 after an error
hold() {
	# shellcheck disable=SC2086
	start -nodefaults -m 16 -display none -pace max $exit_device -S --timeout 100 "$@"
}

let_go() {
	answer cont
	ended "$1"
}

fresh() {
	rm -f disk disk.qcow2 base mon
	cp image disk
	cp image base
}

{
	cat "$BUILDDIR/tests/boot/commit_guest.bin"
	seq -w 100000 300000
} | head -c $((2019 * 512)) >image

# --- images that become shorter

for drive in "-hda disk" "-drive file=disk,format=raw,if=virtio"; do
	fresh
	# shellcheck disable=SC2086
	hold $drive
	truncate -s 5120 disk
	let_go 5
	told_once "disk: cannot read: the file has become shorter"
done
if command -v qemu-img >/dev/null; then
	fresh
	qemu-img convert -f raw -O qcow2 image disk.qcow2
	hold -hda disk.qcow2
	truncate -s $((5 * 65536 + 4096)) disk.qcow2
	let_go 5
	told_once "disk.qcow2: cannot read the image: the file has become shorter"
	fresh
	qemu-img create -q -f qcow2 -b base -F raw disk.qcow2
	hold -hda disk.qcow2
	truncate -s 5120 base
	let_go 5
	told_once "base: cannot read: the file has become shorter"
	qemu-img check -q -f qcow2 disk.qcow2 || fail "qemu-img check"
fi

# --- disks that fill: sector 41 has room, sector 42 has not

# sector FILE N
sector() {
	dd if="$1" bs=512 skip="$2" count=1 2>/dev/null | od -An -tx1
}

for drive in "-hda disk" "-drive file=disk,format=raw,if=virtio"; do
	fresh
	(
		trap '' XFSZ
		ulimit -f 42
		# shellcheck disable=SC2086
		run 5 -nodefaults -m 16 $exit_device --timeout 100 $drive
	) || fail "a raw image without room"
	told_once "disk: cannot write: File too large"
	[ "$(sector disk 41)" = "$(sector image 20)" ] || fail "what was written is lost"
	[ "$(sector disk 42)" = "$(sector image 42)" ] || fail "what was not written is there"
done
# A recording's overlay and its journal
fresh
(
	trap '' XFSZ
	ulimit -f 600
	# shellcheck disable=SC2086
	run 5 -nodefaults -m 16 $exit_device --timeout 100 -hda disk --record run.rec
) || fail "an overlay without room"
said "run.rec.ovl: cannot write"
cmp disk image || fail "a recording writes to the image"

# --- ports that are taken, peers and sockets that vanish

"$RINGLAB" hub 0 >hub.out 2>/dev/null &
hub=$!
has_port() {
	grep -q ' port ' hub.out
}
soon has_port || fail "no hub"
port=$(sed -n 's/.* port //p' hub.out)

# taken NAME OPTION...
taken() {
	name=$1
	shift
	run 1 -serial null --limit-cycles 1 "$@"
	told_once "$name"
	said 'Address already in use'
}
stream="stream,addr.type=inet,addr.host=127.0.0.1,addr.port=$port"
taken "-nic stream" -nic "$stream,server=on"
taken "-nic hostfwd" -nic "user,hostfwd=tcp:127.0.0.1:$port-:7"
taken "-gdb" -gdb "tcp:127.0.0.1:$port"
taken "-monitor" -monitor "tcp:127.0.0.1:$port"
"$RINGLAB" hub "$port" >out 2>messages && fail "a hub at a port that is taken"
told_once "Address already in use"

fresh
hold -hda disk -nic "$stream"
kill -9 $hub
wait $hub 2>/dev/null
answer 'info status'
let_go 3
told_once "the cable is loose now"
[ "$(sector disk 42)" = "$(sector image 20)" ] || fail "the guest did not write"

# A client that goes away in the middle of a line, a socket that is removed
fresh
hold -hda disk
printf 'info sta' | ./client pipe mon >/dev/null
answer 'info status'
cp -l mon same
rm mon
printf 'cont\n' | ./client pipe same >/dev/null || fail "the monitor went with its socket's name"
ended 3
rm -f same
