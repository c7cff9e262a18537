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

# packed_qemu PATH ROM...: options of mkinitramfs.sh with which it is bin/qemu-system-x86_64,
# its libraries where it looks for them and ROMs in rom
packed_qemu() {
	echo "-f $1=bin/qemu-system-x86_64"
	for packed in $(libraries "$1"); do
		echo "-f $packed=$packed"
	done
	shift
	for packed; do
		for dir in /usr/share/qemu /usr/share/seabios; do
			[ ! -r $dir/$packed ] || { echo "-f $dir/$packed=rom/$packed"; break; }
		done
	done
}

# median FILE: of the numbers in it
median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

guests=$BUILDDIR/guests
