#!/bin/sh
#
# What an idle Debian guest under -pace real takes of a core: without a screen, in a
# window with text, and in a window with a frame buffer; both have a blinking cursor.

. "$SRCDIR/tests/boot/monitor_lib.sh"
need amd64/vmlinuz
grep -q '^#define HAVE_SDL' "$BUILDDIR/config.h" || { echo "built without SDL2"; exit 77; }
command -v Xvfb >/dev/null || { echo "no Xvfb (package xvfb)"; exit 77; }
patience=90
most=${IDLE_MOST:-3}

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t devtmpfs dev /dev
grep -q picture /proc/cmdline && while read -r m; do insmod "$m"; done </etc/modules
echo "guest: screen $(grep -c . /proc/fb)" >/dev/ttyS0
echo "an idle guest" >/dev/tty0
echo "guest: idle" >/dev/ttyS0
exec sleep 100000
END
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" -m bochs -o initrd.gz init ||
    fail "no initramfs"

mkfifo display
Xvfb -displayfd 3 -screen 0 1600x1200x24 3>display 2>xvfb.log &
xvfb=$!
machine=
trap 'kill $machine $xvfb 2>/dev/null' EXIT
read -r number <display || fail "no X server: $(cat xvfb.log)"
export DISPLAY=":$number"

# used: seconds of user and system time so far
used() {
	awk -v tick="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) / tick }' \
	    "/proc/$machine/stat"
}

# idle NAME FRAMEBUFFERS OPTION...
idle() {
	name=$1 buffers=$2
	shift 2
	rm -f mon serial
	start -m 256 -pace real -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
	    -serial file:serial "$@"
	soon grep -aq 'guest: idle' serial || fail "$name: the guest does not start"
	grep -aq "guest: screen $buffers" serial || fail "$name: $(cat serial)"
	sleep 5
	for round in 1 2 3; do
		before=$(used)
		sleep 20
		echo "$before $(used)"
	done | awk '{ print 100 * ($2 - $1) / 20 }' >"$name.share"
	answer quit
	ended 0
	share=$(median "$name.share")
	echo "idle, $name: $share % of a core"
	awk -v s="$share" -v most="$most" 'BEGIN { exit !(s <= most) }' ||
	    fail "$name: more than $most % of a core"
}

idle none 0 -display none -append 'console=ttyS0 quiet'
idle text 0 -display sdl -append 'console=tty0 quiet'
idle picture 1 -display sdl -append 'console=tty0 quiet picture'
