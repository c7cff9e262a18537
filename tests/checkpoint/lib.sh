# tests/checkpoint/lib.sh - what the scripts about checkpoints share; read with "."

. "$SRCDIR/tests/boot/monitor_lib.sh"

$CC -m32 -march=i686 -O2 -ffreestanding -fno-pic -fno-stack-protector -mno-sse -nostdlib \
    -static -no-pie -Wl,-Ttext=0x200000 -Wl,--build-id=none -Wl,-z,noexecstack \
    -o count.elf "$SRCDIR/tests/checkpoint/count.c" ||
    fail "cannot build the guest"
$CC -O1 -o feed "$SRCDIR/tests/replay/feed.c" && $CC -O1 -o wire \
    "$SRCDIR/tests/checkpoint/wire.c" || fail "cannot build the tools"

# The machine that counts; serial 1 is what it is told.
guest="-m 8 -display none -vga none -kernel count.elf
    -device isa-debug-exit,iobase=0xf4,iosize=0x4"
wire_nic="-nic stream,server=off,addr.type=unix,addr.path=wire.sock"

pids=
trap 'kill $pids 2>/dev/null' EXIT

# start_wire FILE: the other end of $wire_nic
start_wire() {
	rm -f wire.sock
	./wire wire.sock "$1" &
	pids="$pids $!"
	soon [ -S wire.sock ] || fail "no wire"
}

# lines FILE [AGAIN]: their number into $lines if they are those of one run.  An epoch
# may end in the middle of the last one.
lines() {
	lines=$(head -n "$(wc -l <"$1")" "$1" |
	    awk -v again="${2-}" -f "$SRCDIR/tests/checkpoint/digest.awk")
}

# consistent FILE [AGAIN]
consistent() {
	lines "$@" || fail "$1: $lines"
}

# The letter that ends the guest, until it does: an epoch that is taken back takes what
# came in it, and on a slow host that is long.
until_quit() {
	while printf q 2>/dev/null; do sleep 0.3; done
}
