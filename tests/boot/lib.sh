# tests/boot/lib.sh - what the boot scripts share; read with "."

set -u

fail() {
	echo "FAILED: $*"
	[ ! -f serial ] || { echo "--- end of serial output"; tail -n 20 serial; }
	exit 1
}

# need FILE...: of the guest kernels; without them the test is skipped
need() {
	for file; do
		if [ ! -r "$BUILDDIR/guests/$file" ]; then
			echo "no guests/$file (make guests downloads it)"
			exit 77
		fi
	done
}

# run STATUS OPTION...: the machine ends with this exit status
run() {
	want=$1
	shift
	"$RINGLAB" -display none -pace max "$@" 2>messages
	status=$?
	[ "$status" -eq "$want" ] || {
		cat messages
		fail "exit status $status, expected $want"
	}
}

# expect TEXT...: each is in the serial output
expect() {
	for text; do
		grep -aqF -e "$text" serial || fail "no \"$text\" on the serial port"
	done
}

# libraries PROGRAM...: the paths of the shared libraries they need
libraries() {
	ldd "$@" | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^\/[^:]*$/) print $i }' | sort -u
}

guests=$BUILDDIR/guests
