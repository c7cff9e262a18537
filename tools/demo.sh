#!/bin/sh
#
# demo.sh - Debian's kernel with a network and a disk, a tour of the machine, and labs
#
# "make demo" calls it in the build directory.  The kernel is that of Debian's
# linux-image-amd64, downloaded and unpacked under guests/; the initramfs is made
# on the spot from busybox and tools/demo-init, which waits behind each part until
# we have looked at the machine through its monitor.  Exit status 0 only when all
# of it happened: boot, lease, ping, a download with the right sum, the file on the
# disk's ext4 file system, and power-off.

set -u
: "${SRCDIR:?}" "${BUILDDIR:?}" "${RINGLAB:?}"
PATH=$PATH:/usr/sbin:/sbin		# mke2fs, debugfs

dir=$BUILDDIR/demo
kernel=$BUILDDIR/guests/amd64
port=$((20000 + $$ % 10000))
began=$(date +%s)
machine=
server=
bold='' plain=''
[ ! -t 1 ] || { bold=$(printf '\033[1m') plain=$(printf '\033[0m'); }

die() {
	echo "demo: $*" >&2
	[ ! -s "$dir/messages" ] || cat "$dir/messages" >&2
	exit 1
}

finish() {
	exec 3>&-
	[ -z "$machine" ] || kill "$machine" 2>/dev/null
	[ -z "$server" ] || kill "$server" 2>/dev/null
	rm -f "$dir/keys" "$dir/monitor"
}

# --- what the machine needs

need() {
	command -v "$1" >/dev/null || die "no $1: install $2, or ./configure --install-deps"
}

make_disk() {
	rm -rf "$dir/files" "$dir/disk.img"
	mkdir "$dir/files" &&
	    echo "A letter from the host, on an ext4 file system." >"$dir/files/letter" &&
	    mke2fs -q -F -t ext4 -d "$dir/files" "$dir/disk.img" 24M >"$dir/messages" 2>&1 ||
	    die "cannot make a disk"
}

make_server() {
	mkdir -p "$dir/www"
	head -c 3000000 /dev/urandom >"$dir/www/file" || die "cannot make a file to download"
	sum=$(md5sum <"$dir/www/file" | cut -d ' ' -f 1)
	busybox httpd -f -p "127.0.0.1:$port" -h "$dir/www" 2>"$dir/messages" &
	server=$!
}

# --- the tour

say() {
	printf '\n%s== %s%s\n' "$bold" "$1" "$plain"
	shift
	for text; do
		echo "   $text"
	done
	echo
}

# part NAME: the guest comes to the end of that part; shows what it has said
shown=begin
part() {
	until tr -d '\r' <"$dir/output" | grep -q "^demo: $1\$"; do
		kill -0 "$machine" 2>/dev/null || die "the machine ended too early"
		sleep 0.1
	done
	ask_quietly stop
	tr -d '\r' <"$dir/output" | sed "1,/^demo: $shown\$/d" | sed '/^demo: /,$d; s/^/   guest | /'
	shown=$1
}

ask_quietly() {
	"$RINGLAB" monitor "$dir/monitor" "$1" >"$dir/answer" 2>"$dir/messages" ||
	    die "the monitor does not answer to $1: $(cat "$dir/answer")"
}

# look COMMAND [LINES [PATTERN]]: a command of the monitor, the first lines of its
# answer that have PATTERN
look() {
	ask_quietly "$1"
	printf '\n   %s(ringlab) %s%s\n' "$bold" "$1" "$plain"
	grep -e "${3:-}" "$dir/answer" | head -n "${2:-12}" | sed 's/^/   /'
}

go_on() {
	ask_quietly cont
	echo >&3
}

expect() {
	tr -d '\r' <"$dir/output" | grep -q -e "$1" || die "$2"
}

trap finish EXIT
trap 'exit 130' INT TERM
sh "$SRCDIR/tools/guest-kernel.sh" -d "$BUILDDIR/guests" amd64 ||
    die "there is no kernel to boot"
mkdir -p "$dir" || die "cannot make $dir"
need busybox busybox-static
need mke2fs e2fsprogs
rm -f "$dir/messages"
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$kernel/modules" \
    -m "e1000 ata_piix sd_mod crc32c_generic ext4" -o "$dir/initrd.gz" \
    "$SRCDIR/tools/demo-init" || die "cannot make an initramfs"
make_disk
make_server
rm -f "$dir/keys" "$dir/monitor"
: >"$dir/output"
mkfifo "$dir/keys" || die "cannot make a pipe"

cat <<'END'

        _             _       _
  _ __ (_)_ __   __ _| | __ _| |__    Debian's kernel, unmodified, on a PC
 | '__|| | '_ \ / _` | |/ _` | '_ \   whose every cycle is counted.
 | |   | | | | | (_| | | (_| | |_) |
 |_|   |_|_| |_|\__, |_|\__,_|_.__/   A tour in six parts.
                |___/
END
say "1. A PC boots" "SeaBIOS, then $(basename "$(readlink -f "$kernel/vmlinuz")"), then a script." \
    "ringlab -m 256 -kernel vmlinuz -initrd initrd.gz -hda disk.img -nic user" \
    "        -monitor unix:demo/monitor -nographic --cost"
"$RINGLAB" -m 256 -nographic -no-reboot --timeout 300 --cost --stats "$dir/stats.json" \
    -kernel "$kernel/vmlinuz" -initrd "$dir/initrd.gz" \
    -append "console=ttyS0 quiet panic=-1 port=$port" -hda "$dir/disk.img" -nic user \
    -monitor "unix:$dir/monitor" <"$dir/keys" >>"$dir/output" 2>"$dir/messages" &
machine=$!
exec 3>"$dir/keys"
part boot
look "info status"
look "info cpus"
look "info pci" 8 ' [0-9a-f]\{4\}: '
go_on

say "2. It works, and can be looked at" \
    "The machine stands still now (stop, cont).  Looking costs it no cycle."
part work
look "info registers" 3
look 'x/3i $pc'
look 'info walk $pc'
go_on

say "3. A network" \
    "An e1000 card and this host's sockets (-nic user): DHCP, ping, and a file from a" \
    "web server on this host.  --record would make a journal of all that comes in."
part network
expect "^lease  *10.0.2.15" "the guest got no lease"
expect "0% packet loss" "ping failed"
expect "md5 $sum" "the download is not what the server has"
look "info stats" 4 'nic0\|interrupts\|port'
go_on

say "4. A disk" "disk.img on an IDE controller with bus-master DMA.  -snapshot would keep it as" \
    "it is; savevm and loadvm go back and forth with all of the machine."
part disk
expect "A letter from the host" "the guest did not read the disk"
expect "^unmounted" "the guest did not unmount the disk"
look "info block"
look "info stats" 2 'hda'
go_on

say "5. Interrupts" "What came from the chips, as the guest counted it.  help lists what else there is."
part interrupts
look "info tlb" 4
look "help info" 40
go_on
wait "$machine"
status=$?
machine=
[ "$status" -eq 0 ] || die "ringlab ended with status $status"
debugfs -R "cat /download" "$dir/disk.img" 2>/dev/null | md5sum | grep -q "^$sum" ||
    die "the file is not on the disk"
say "The guest is off; the file it downloaded is on disk.img, byte for byte." \
    "Every number below is the machine's own but the last two (--cost, --stats)."
tr -d '\r' <"$dir/output" | sed -n '/^What it cost/,$p'
grep -q '^What it cost' "$dir/output" || die "there is no table of costs"

say "6. Experiments" "ringlab lab NAME --short: the project's own VMM and guest kernel, in virtual time: the same" \
    "digits on every machine.  Each holds what it measured against claims."
lab() {
	name=$1
	shift
	"$RINGLAB" lab "$name" --short "$@" --out "$dir/labs" >"$dir/$name.txt" 2>"$dir/$name.err" </dev/null ||
	    echo "$name ended with status $?" >>"$dir/failed"
}
rm -rf "$dir/labs" "$dir/failed"
{ lab shadow-vs-nested --set work=10 --set rounds=3 --set nano=50; } &
lane=$!
lab double-paging --set pages=490
lab timer --set off=100ms --set window=200ms --set before=130ms --set asleep=10s
lab checkpoint --set rollbacks=4 --set seeds=6 --set time=60ms
wait "$lane"
for name in shadow-vs-nested double-paging timer checkpoint; do
	[ ! -e "$dir/failed" ] || die "$(cat "$dir/failed" "$dir"/*.err)"
	sed '/^References by/,/^Changes of/{/^Changes of/!d;}; s/^/   /' "$dir/$name.txt"
	sed 's/^/   /' "$dir/$name.err"
done
echo
echo "   Pictures and pages: $dir/labs/index.html"
echo
echo "All of it happened, in $(($(date +%s) - began)) seconds.  docs/tutorial.md goes on."
