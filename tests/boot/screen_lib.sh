# tests/boot/screen_lib.sh - what the scripts about screen and keyboard share; read
# with "."

. "$SRCDIR/tests/boot/lib.sh"
. "$BUILDDIR/config.sh"

$CC -std=gnu11 -O1 -o client "$SRCDIR/tests/boot/monitor_client.c" -lutil ||
    fail "no monitor_client"

# soon COMMAND...: until it succeeds, or for $patience seconds
patience=20
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
	"$RINGLAB" -monitor unix:mon "$@" >out 2>messages &
	machine=$!
	soon [ -S mon ] || fail "no monitor: $(cat messages)"
}

# ended STATUS
ended() {
	wait "$machine"
	status=$?
	[ "$status" -eq "$1" ] || fail "exit status $status, expected $1: $(cat out messages)"
}

# answer COMMAND
answer() {
	echo "$1" | ./client pipe mon >answer || fail "no answer to $1: $(cat messages)"
}

press() {
	for keys; do
		answer "sendkey $keys"
	done
}

# shows TEXT: the screen, which is in text mode
shows() {
	answer 'info screen'
	grep -qF -e "$1" answer
}

# waits_for TEXT
waits_for() {
	soon shows "$1" || fail "no \"$1\" on the screen: $(cat answer)"
}
