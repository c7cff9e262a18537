#!/bin/sh
# tests/guest/run.sh [IMAGE...] - guest images on ringlab, with both engines
#
# IMAGE is a line of tests/guest/list in the build directory; without one all
# are run.  An image passes if it says so, by its output and its exit status,
# and says the same with both engines.
set -u
. "$SRCDIR/tests/guest/verdict.sh"

# one_engine IMAGE ENGINE
one_engine() {
	# shellcheck disable=SC2046
	"$RINGLAB" $(model "$1") --engine "$2" -kernel "$guest_dir/$1.elf" -m 64 -display none -nodefaults \
	    -serial "file:$1.$2" -no-reboot --timeout 60 \
	    -device isa-debug-exit,iobase=0xf4,iosize=0x4 >"$1.$2.log" 2>&1 </dev/null
	echo $? >"$1.$2.status"
}

# The status that goes with the verdict: 0 pass, 1 fail, 38 skip through the
# exit port, 4 for a triple fault
expected_status() {
	case $(sed -n 's/^verdict \([a-z]*\).*/\1/p' "$1") in
	pass) echo 1 ;;
	fail) echo 3 ;;
	skip) echo 77 ;;
	reset) echo 4 ;;
	*) echo none ;;
	esac
}

status=0
bad() {
	echo "$*"
	status=1
}

test -x "$RINGLAB" || { echo "no program ringlab"; exit 77; }
known_rows
mkdir -p svm
for image in ${*:-$(cat "$guest_dir/list")}; do
	one_engine "$image" threaded &
	one_engine "$image" reference
	wait
	judge "$image" ringlab "$image.threaded" || status=1
	want=$(expected_status "$image.threaded")
	for engine in threaded reference; do
		got=$(cat "$image.$engine.status")
		test "$got" = "$want" || bad "$image, engine $engine: exit status $got, not $want" \
		    "$(tail -n 3 "$image.$engine.log")"
	done
	cmp -s "$image.threaded" "$image.reference" || bad "$image: engines differ:" \
	    "$(diff "$image.threaded" "$image.reference" | head -n 5)"
done
exit $status
