#!/bin/sh
#
# A run that goes on by --resume is recorded: killed again, rolled back, to its end.
# The journals play with no other option, from another directory, whatever has become
# of the directory of checkpoints since; and recording changes nothing.

. "$SRCDIR/tests/checkpoint/lib.sh"

head -c 1048576 /dev/zero >disk.img
mkdir away

# killed SECONDS OPTION...: a run that is killed
killed() {
	after=$1
	shift
	./feed "$seed" 100000 3000 2>/dev/null | tr q r | "$RINGLAB" "$@" -serial file:serial.log \
	    -serial stdio --checkpoint-every 5ms --checkpoint-keep 2 >out 2>messages &
	machine=$!
	sleep "$after"
	kill -KILL $machine || fail "it had ended: $(cat messages)"
	wait $machine 2>/dev/null
	consistent serial.log
}

# replay STATUS NAME: with no other option but where the hashes go
replay() {
	(cd away && "$RINGLAB" --replay "../$2.rec" --hash-log again.hashes >out 2>messages)
	status=$?
	[ $status -eq "$1" ] || fail "replay of $2: exit status $status, $(cat away/messages)"
}

# The killed run's: its own hash log died with it, the journal has digests.
same_begin() {
	replay 0 "$1"
	grep -q 'was cut off; the same up to' away/messages || fail "$(cat away/messages)"
	[ "$(wc -l <away/again.hashes)" -ge 2 ] || fail "$1: too short for a hash"
	[ -e "$1.hashes" ] || cp away/again.hashes "$1.hashes"
	cmp "$1.hashes" away/again.hashes || fail "$1: the hashes differ"
}

same() {
	replay 67 "$1"
	cmp "$1.hashes" away/again.hashes || fail "$1: the hashes differ"
}

seed=1
killed 0.7 $guest -hda disk.img -smp 2 --checkpoint-dir dir
cp -r dir plain
cp serial.log plain.log
cycle=$(($(wc -c <serial.log)))

seed=2
killed 1.5 --resume dir --record one.rec
[ "$(wc -c <serial.log)" -gt "$cycle" ] || fail "it did not go on"
[ -s one.rec.rls ] && [ -s one.rec.ovl ] || fail "no beginning beside the journal"
same_begin one
"$RINGLAB" --resume dir --record one.rec -serial null -serial null 2>messages
[ $? -eq 1 ] && grep -q 'one.rec.ovl: exists already' messages || fail "$(cat messages)"
same_begin one

# Rolled back, and to its end.
{ ./feed 3 400 5000 | tr q r; until [ -e over ]; do sleep 0.1; done; until_quit; } |
    "$RINGLAB" --resume dir --record two.rec --checkpoint-every 30ms --hash-log two.hashes \
    -monitor unix:mon,server=on,wait=off -serial file:serial.log -serial stdio >out 2>messages &
machine=$!
soon [ -S mon ] || fail "no monitor: $(cat messages)"
for i in 1 2; do
	sleep 0.2
	answer rollback
	grep -q 'at cycle' answer || fail "rollback: $(cat answer)"
done
touch over
ended 67
consistent serial.log
grep -q "what the guest wrote to its disks is in $PWD/two.rec.ovl" messages ||
    fail "$(cat messages)"
same two
same_begin one

# What is over is not recorded; its status is told again.
"$RINGLAB" --resume dir --record three.rec -serial file:serial.log -serial null 2>messages
status=$?
[ $status -eq 67 ] && grep -q 'three.rec writes nothing' messages && [ ! -e three.rec ] ||
    fail "exit status $status of what was over: $(cat messages)"

# The overlay is needed by nobody but the images.
"$RINGLAB" --commit two.rec.ovl >out 2>&1 && fail "an overlay in use was written back"
grep -q two.rec out && grep -q two.rec.rls out && grep -q dir out || fail "$(cat out)"
rm -r dir two.rec.ovl
same two
same_begin one

# With and without a journal: the same run, if nothing comes from outside.
for name in one two; do
	cp -r plain dir.$name
	cp plain.log $name.log
done
"$RINGLAB" --resume dir.one --record bare.rec -serial file:one.log -serial null \
    --limit-cycles 900M --hash-log bare.hashes 2>messages
[ $? -eq 6 ] || fail "$(cat messages)"
"$RINGLAB" --resume dir.two -serial file:two.log -serial null --limit-cycles 900M \
    --hash-log plain.hashes 2>messages
[ $? -eq 6 ] || fail "$(cat messages)"
cmp bare.hashes plain.hashes && cmp one.log two.log || fail "recording changes the run"
replay 6 bare
cmp bare.hashes away/again.hashes || fail "bare: the hashes differ"

# refused STATUS TEXT OPTION...
refused() {
	want=$1 text=$2
	shift 2
	"$RINGLAB" "$@" 2>messages
	status=$?
	[ $status -eq "$want" ] && grep -q -- "$text" messages ||
	    fail "$*: exit status $status, $(cat messages)"
}
printf x >>two.rec.rls
refused 8 'two.rec.rls is not the snapshot' --replay two.rec
rm two.rec.rls
refused 8 'two.rec.rls: No such file' --replay two.rec
refused 1 'not with --resume, which goes on' --resume plain --checkpoint-dir other
refused 1 'where the run goes on has been said' --resume plain -loadvm ./one.rec.rls
refused 1 'not with --standby' --standby 1 --record three.rec
