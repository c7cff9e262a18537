# tests/replay/lib.sh - what the scripts of record and replay share

. "$SRCDIR/tests/boot/lib.sh"
. "$BUILDDIR/config.sh"

# make_echo: guest.elf and feed here
make_echo() {
	$CC -m32 -march=i686 -nostdlib -static -no-pie -Wl,-Ttext=0x200000 \
	    -Wl,--build-id=none -Wl,-z,noexecstack -o guest.elf \
	    "$SRCDIR/tests/replay/echo.S" && $CC -O1 -o feed \
	    "$SRCDIR/tests/replay/feed.c" || fail "cannot build the guest"
}

# record NAME SEED COUNT USEC OPTION...: NAME.rec, NAME.out
record() {
	name=$1 seed=$2 count=$3 usec=$4
	shift 4
	./feed "$seed" "$count" "$usec" | "$RINGLAB" -m 4 -display none -vga none \
	    -kernel guest.elf -serial stdio \
	    -device isa-debug-exit,iobase=0xf4,iosize=0x4 --record "$name.rec" \
	    --hash-log "$name.hashes" "$@" >"$name.out" 2>"$name.messages"
	status=$?
	[ $status -eq 67 ] || {
		cat "$name.messages"
		fail "$name: exit status $status of the recording, expected 67"
	}
}

# replay STATUS NAME OPTION...: into again.*
replay() {
	want=$1 name=$2
	shift 2
	"$RINGLAB" --replay "$name.rec" "$@" >again.out 2>again.messages
	status=$?
	[ $status -eq "$want" ] || {
		cat again.messages
		fail "$name: exit status $status of the replay, expected $want"
	}
}

# same NAME OPTION...: the replay is the recorded run, byte by byte
same() {
	name=$1
	shift
	replay 67 "$name" --hash-log again.hashes "$@"
	cmp "$name.out" again.out || fail "$name $*: the output differs"
	cmp "$name.hashes" again.hashes || fail "$name $*: the hashes differ"
}
