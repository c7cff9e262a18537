#!/bin/sh
# tests/guest/svm/fuzz.sh [ROUNDS] [SEED...] - svm/fuzz.c on both engines
#
# The engines end with the same state hash and the same sum over all exits, and so
# do a recording and its replay.
set -u
rounds=${1:-500}
test $# -gt 0 && shift
elf=$BUILDDIR/tests/guest/svm/fuzz.64.elf

machine() {
	serial=$1
	shift
	"$RINGLAB" "$@" -cpu max -kernel "$elf" -m 64 -display none -nodefaults \
	    -append "rounds=$rounds seed=$seed" -serial "file:$serial" -no-reboot \
	    --timeout 3000 -device isa-debug-exit,iobase=0xf4,iosize=0x4
}

fail() {
	echo "seed $seed, $rounds rounds: $*"
	exit 1
}

for seed in ${*:-1}; do
	machine threaded.txt --engine threaded --print-hash >threaded.out 2>threaded.log </dev/null &
	machine reference.txt --engine reference --print-hash >reference.out 2>reference.log </dev/null
	wait
	grep -q '^verdict pass' threaded.txt ||
	    fail "$(grep -v '^ok' threaded.txt | tail -n 5; tail -n 3 threaded.log)"
	cmp -s threaded.txt reference.txt || fail "engines differ:" \
	    "$(diff threaded.txt reference.txt | head -n 5)"
	tail -n 1 threaded.out >threaded.hash
	tail -n 1 reference.out >reference.hash
	grep -q '[0-9a-f]\{16\}' threaded.hash || fail "no state hash"
	cmp -s threaded.hash reference.hash || fail "state hashes differ"
	machine recorded.txt --record fuzz.rec --hash-log recorded.hashes >/dev/null 2>&1 </dev/null
	cmp -s threaded.txt recorded.txt || fail "a recorded run differs"
	"$RINGLAB" --replay fuzz.rec --hash-log replayed.hashes >/dev/null 2>replay.log </dev/null
	cmp -s recorded.hashes replayed.hashes || fail "the replay's hashes differ:" \
	    "$(tail -n 3 replay.log)"
	echo "seed $seed: $(sed -n 's/^# sum //p' threaded.txt)"
done
