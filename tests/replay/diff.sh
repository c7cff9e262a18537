#!/bin/sh
#
# --diff-replay: the same journal twice; two with other input;
# and what it refuses.

. "$SRCDIR/tests/replay/lib.sh"
make_echo

record one 5 30 9000 -pace real
record two 6 30 9000 -pace real
"$RINGLAB" --diff-replay one.rec one.rec >out 2>messages ||
    { cat messages; fail "a journal differs from itself"; }
grep -q '^the same run: [0-9]* cycles$' out || fail "no word of its length"
"$RINGLAB" --diff-replay one.rec two.rec >out 2>messages
[ $? -eq 8 ] || { cat messages; fail "no difference found"; }
grep -q '^the same up to cycle [0-9]*; next is ' out || { cat out; fail "no instruction"; }
grep -q '^input [0-9]* is not the same:$' out || { cat out; fail "no input is named"; }
grep -q '^\* com1' out || { cat out; fail "the chip is not named"; }

"$RINGLAB" --diff-replay one.rec 2>messages
[ $? -eq 1 ] && grep -q 'needs two journals' messages || fail "one journal is enough"
"$RINGLAB" --diff-replay one.rec nothing.rec 2>messages
[ $? -eq 1 ] && grep -q 'nothing.rec: No such file' messages || fail "a missing journal"
./feed 1 3 100 | "$RINGLAB" -m 5 -display none -vga none -kernel guest.elf -serial stdio \
    -device isa-debug-exit,iobase=0xf4,iosize=0x4 --record other.rec >out 2>messages
"$RINGLAB" --diff-replay one.rec other.rec >out 2>messages
[ $? -eq 1 ] && grep -q 'of different machines: ram=4194304, not ram=5242880' messages ||
    { cat messages; fail "another machine is not named"; }
