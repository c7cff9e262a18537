#!/bin/sh
#
# Rollbacks of a guest that counts: by the monitor, after a triple fault, a panic, and
# a hang.  With all output held what was seen outside is one run's; with less of it the
# rest contradicts.  The recording is replayed, timelines that were lost included.

. "$SRCDIR/tests/checkpoint/lib.sh"

commands="sleep 0.4; printf t; sleep 0.4; printf u; sleep 0.4; printf t"

# run_with NAME HOLD OPTION...: rollbacks by monitor and by the guest itself
run_with() {
	name=$1 hold=$2
	shift 2
	start_wire $name.wire
	{ ./feed 7 300 3000 | tr q r; eval "$commands"; ./feed 8 300 3000 | tr q r
	    until_quit; } |
	    "$RINGLAB" $guest $wire_nic -monitor unix:mon,server=on,wait=off \
	    -serial file:$name.log -serial stdio --checkpoint-every 20ms --output-buffer=$hold \
	    --rollback-on triple-fault,panic --stats $name.json "$@" >out 2>messages &
	machine=$!
	soon [ -S mon ] || fail "no monitor: $(cat messages)"
	for i in 1 2 3 4; do
		sleep 0.2
		answer rollback
		grep -q 'at cycle' answer || fail "rollback: $(cat answer)"
	done
	answer 'info checkpoints'
	grep -q 'rollbacks: [4-7]' answer || fail "info checkpoints: $(cat answer)"
	ended 67
	# One may take with it the letter that asks for another.
	[ "$(grep -c 'rolled back' messages)" -ge 5 ] || fail "$(cat messages)"
}

# counter NAME CLASS WHICH: of the output buffer
counter() {
	sed -n "/\"$2\": *{/s/.*\"$2\": *{[^}]*\"$3\": *\([0-9]*\).*/\1/p" $1.json
}

run_with all all --record all.rec --hash-log all.hashes
consistent all.log
total=$lines
consistent all.wire
[ "$lines" -ge "$total" ] || fail "$lines lines on the wire, $total on the serial port"
grep -q Kernel all.log && fail "the panic was seen"
for class in udp serial; do
	[ "$(counter all $class retracted)" = 0 ] || fail "all: $class was retracted"
	[ "$(counter all $class dropped)" -gt 0 ] || fail "all: no $class was dropped"
done
"$RINGLAB" --replay all.rec -serial null --hash-log again.hashes 2>messages
status=$?
[ $status -eq 67 ] || fail "replay: exit status $status, $(cat messages)"
cmp all.hashes again.hashes || fail "the replay's hashes differ"
"$RINGLAB" --replay all.rec -serial null --engine-set block-max=random:3 --history=every=5M \
    2>messages
status=$?
[ $status -eq 67 ] || fail "replay with a history: exit status $status, $(cat messages)"

# rolled_back: it goes over known ground before it can be
rolled_back() {
	answer rollback
	grep -q 'at cycle' answer
}

# With a history: the past is looked at and left again, and a rollback ends it.
{ ./feed 9 1500 3000 | tr q r; until [ -e over ]; do sleep 0.1; done; until_quit; } | "$RINGLAB" $guest \
    -monitor unix:mon,server=on,wait=off -serial file:past.log -serial stdio \
    --checkpoint-every 20ms --history=every=5M --record past.rec --hash-log past.hashes \
    >out 2>messages &
machine=$!
soon [ -S mon ] || fail "no monitor: $(cat messages)"
for i in 1 2 3; do
	sleep 0.2
	answer 'rewind start'
	grep -q 'stopped at cycle' answer || fail "rewind: $(cat answer)"
	answer rollback
	grep -q 'this is the past' answer || fail "rollback in the past: $(cat answer)"
	answer branch
	grep -q 'has been seen' answer || fail "branch: $(cat answer)"
	answer cont
	soon rolled_back || fail "rollback: $(cat answer)"
done
touch over
ended 67
consistent past.log
"$RINGLAB" --replay past.rec -serial null --hash-log again.hashes 2>messages
status=$?
[ $status -eq 67 ] || fail "replay: exit status $status, $(cat messages)"
cmp past.hashes again.hashes || fail "the replay's hashes differ"

run_with tcp tcp
lines tcp.wire && fail "tcp: UDP was not contradicted"
lines tcp.log && fail "tcp: the serial port was not contradicted"
[ "$(counter tcp udp retracted)" -gt 0 ] || fail "tcp: nothing retracted"
run_with none none
lines none.wire && fail "none: UDP was not contradicted"
[ "$(counter none serial retracted)" -gt 0 ] || fail "none: nothing retracted"

{ sleep 0.7; printf u; sleep 0.7; until_quit; } | "$RINGLAB" $guest -serial file:panic.log \
    -serial stdio --checkpoint-every 20ms --rollback-on panic >out 2>messages
status=$?
[ $status -eq 67 ] || fail "panic: exit status $status"
grep -q 'panics; timeline 1' messages || fail "$(cat messages)"
grep -q Kernel panic.log && fail "the panic was seen"
consistent panic.log

# Started after the checkpoint that is gone back to, it does not bite again.
{ sleep 0.5; printf w; sleep 0.3; printf v; sleep 5; until_quit; } | "$RINGLAB" $guest -device ib700 \
    -serial file:watchdog.log -serial stdio --checkpoint-every 4s --rollback-on watchdog \
    >out 2>messages
status=$?
[ $status -eq 67 ] || fail "watchdog: exit status $status"
grep -q 'the watchdog; timeline 1' messages || fail "$(cat messages)"
consistent watchdog.log

# A guest that fails whatever is done is left alone after a while.
{ sleep 0.3; while echo t 2>/dev/null; do sleep 0.001; done; } | "$RINGLAB" $guest -no-reboot \
    -serial file:fails.log -serial stdio --checkpoint-every 1s --rollback-on triple-fault \
    >out 2>messages
status=$?
[ $status -eq 4 ] || fail "a guest that fails for ever: exit status $status"
grep -q 'left alone' messages || fail "$(cat messages)"

# While the monitor holds the machine, its time runs.
{ echo stop; sleep 8; } | "$RINGLAB" $guest -serial null -monitor stdio --timeout 1 >out 2>messages
[ $? -eq 6 ] || fail "--timeout does not run while the machine stands still"
echo "$total lines; $(counter all udp dropped) datagrams dropped, $(counter none udp retracted)" \
    "retracted with none"
