#!/bin/sh
#
# Recordings that begin with a snapshot, and in which snapshots are saved and
# loaded: replayed, they go the same way.

. "$SRCDIR/tests/replay/lib.sh"
make_echo

machine="-m 4 -display none -vga none -kernel guest.elf
    -device isa-debug-exit,iobase=0xf4,iosize=0x4"

# Types n letters and no 'q'.
letters() {
	./feed "$1" "$2" 3000 | tr -d q
}

# start.rls: some way into a run.
# shellcheck disable=SC2086
letters 3 8 | "$RINGLAB" $machine -serial stdio --limit-cycles 250M --save-at-end \
    ./start.rls >start.out 2>messages
[ $? -eq 6 ] && [ -s start.rls ] || { cat messages; fail "no snapshot to start from"; }

record begun 4 20 3000 -loadvm ./start.rls
grep -q '^>' begun.out && fail "the machine began anew"
same begun
mv start.rls moved.rls
replay 8 begun
grep -q 'start.rls: No such file' again.messages || fail "a missing snapshot is not named"
cp moved.rls start.rls
printf x >>start.rls
replay 8 begun
grep -q 'start.rls is not the snapshot' again.messages || fail "a changed snapshot is not named"
mv moved.rls start.rls
replay 1 begun -loadvm ./start.rls
grep -q -- '-loadvm: not with --replay' again.messages || fail "-loadvm with --replay"

# Saved and loaded on the way, by the monitor behind Ctrl-a c.
{
	sleep 0.3
	letters 5 5
	printf '\001csavevm middle\n\001c'
	letters 6 5
	printf '\001cloadvm middle\n\001c'
	letters 7 5
	printf '\001cloadvm middle\n\001c'
	./feed 8 6 3000
} | "$RINGLAB" $machine -serial mon:stdio -pace real --record there.rec \
    --hash-log there.hashes >there.out 2>there.messages
[ $? -eq 67 ] || { cat there.messages there.out; fail "the run with loadvm in it"; }
[ -s middle.rls ] || fail "savevm saved nothing"
[ "$(cut -d ' ' -f 2 there.hashes | sort -u | tail -n 1)" = 2 ] ||
    { cat there.hashes; fail "two loadvm, and not timeline 2"; }
replay 67 there --hash-log again.hashes
cmp there.hashes again.hashes || fail "the hashes differ"
