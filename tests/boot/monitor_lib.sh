# tests/boot/monitor_lib.sh - lib.sh and what scripts share that talk to a monitor;
# read with "."

. "$SRCDIR/tests/boot/lib.sh"
. "$BUILDDIR/config.sh"

$CC -std=gnu11 -O1 -o client "$SRCDIR/tests/boot/monitor_client.c" -lutil ||
    fail "no monitor_client"

# soon COMMAND...: until it succeeds, or for $patience seconds
patience=15
soon() {
	tries=$((patience * 5))
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
}

# start OPTION...: the machine, its monitor at the socket "mon"
start() {
	"$RINGLAB" -monitor unix:mon,server=on,wait=off "$@" >out 2>messages &
	machine=$!
	soon [ -S mon ] || fail "no monitor: $(cat messages)"
}

# ended STATUS
ended() {
	wait "$machine"
	status=$?
	[ "$status" -eq "$1" ] || fail "exit status $status, expected $1: $(cat out messages)"
}

# answer COMMAND: to it, through a connection of its own
answer() {
	echo "$1" | ./client pipe mon >answer || fail "no answer to $1: $(cat messages)"
}
