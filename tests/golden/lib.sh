# tests/golden/lib.sh - what record.sh, compare.sh and timing.sh share; read with "."

set -u
golden=$SRCDIR/tests/golden
images=$BUILDDIR/tests/golden
TIMING=${TIMING:-$images/timing}

guests() {
	for source in "$golden"/*.S; do
		name=$(basename "$source" .S)
		test "$name" = disk || echo "$name"
	done
}

sum_of() {
	sha256sum <"$1" | cut -d ' ' -f 1
}

# image_sum GUEST: of all bytes the machine is given
image_sum() {
	case $1 in
	ide) cat "$images/ide.bin" "$images/disk.bin" >image ;;
	*) cat "$images/$1.bin" >image ;;
	esac
	sum_of image
	rm -f image
}

# header TRACE NAME: what its header says
header() {
	sed -n "s/^# $2 //p" "$1"
}

# Everything that a machine depends on is said, lest a default changes.
# The longest guest needs 2 million cycles.
# machine GUEST ENGINE OPTION...
machine() {
	rom=$images/$1.bin
	engine=$2
	case $1 in
	ide) shift 2; set -- -drive "file=$images/disk.bin,format=raw,snapshot=on" "$@" ;;
	io) shift 2; set -- -serial file:console "$@" ;;
	*) shift 2 ;;
	esac
	"$RINGLAB" -bios "$rom" -m 4 -smp 1 -cpu ringlab64 -vga none -nodefaults \
	    -rtc base=2024-01-01 -seed 1 -timing flat -no-reboot -pace max -display none \
	    --limit-cycles 10000000 --timeout 120 \
	    -device isa-debug-exit,iobase=0xf4,iosize=0x4 \
	    --engine "$engine" --print-hash "$@" 2>>messages </dev/null
}

# end_of GUEST: the cycle in which it leaves
end_of() {
	machine "$1" threaded | sed -n 's/^hash [0-9]* \([0-9]*\) .*/\1/p'
}

# trace GUEST ENGINE POSITION...: events in order, hashes at these cycles and at
# the end, and what came out of the serial port
trace() {
	guest=$1
	engine=$2
	shift 2
	rm -f events console
	echo "# $guest.S, by \"make golden\"; README.md says what a difference means"
	echo "# image $(image_sum "$guest")"
	echo "# timing $("$TIMING" | sed -n '1s/ .*//p')"
	echo "# hashes-at $*"
	machine "$guest" "$engine" --trace events,events=exc+int+io+walk >end
	status=$?
	for at; do
		machine "$guest" "$engine" --limit-cycles "$at"
	done | cat - end | awk '
		BEGIN { n = i = 0 }
		FILENAME == "-" { at[n] = $3; hex[n++] = $5; next }
		{ while (i < n - 1 && at[i] < $1) print_hash(); print }
		END { while (i < n) print_hash() }
		function print_hash() { print at[i], "hash", hex[i]; i++ }
	' - events
	test ! -f console || tr -d '\r' <console | sed 's/^/console /'
	echo "status $status"
}
