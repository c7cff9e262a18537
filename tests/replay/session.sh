#!/bin/sh
#
# A session of 2e10 instructions with letters on the serial port and keys pressed
# through the monitor: recorded, replayed on the other engine's settings, too.

. "$SRCDIR/tests/replay/lib.sh"
make_echo

least=${LEAST:-20000000000}
# Types until the file enough exists.
{
	i=1
	while [ ! -e enough ]; do
		./feed $i 40 20000 | tr -d q
		printf '\001csendkey %s\n\001c' "$(printf '\\%03o' $((97 + i % 26)))"
		i=$((i + 1))
	done
	./feed 1 5 1000
} | "$RINGLAB" -m 4 -display none -vga none -kernel guest.elf -serial mon:stdio \
    -device isa-debug-exit,iobase=0xf4,iosize=0x4 --record session.rec \
    --hash-log session.hashes --stats stats.json >session.out 2>session.messages &
ringlab=$!

# A hash line every 50 M cycles, in which the guest's timer causes some 320 000
# instructions.
until [ "$(wc -l 2>/dev/null <session.hashes || echo 0)" -ge $((least / 310000)) ]; do
	kill -0 $ringlab 2>/dev/null || fail "it ended early: $(cat session.messages)"
	sleep 1
done
: >enough
wait $ringlab
[ $? -eq 67 ] || fail "$(cat session.messages)"
insns=$(sed -n 's/.*"instructions": "\{0,1\}\([0-9]*\).*/\1/p' stats.json | head -n 1)
[ "${insns:-0}" -ge "$least" ] || fail "only $insns instructions"
"$RINGLAB" --replay session.rec --hash-log again.hashes -serial null 2>again.messages
[ $? -eq 67 ] || { cat again.messages; fail "the replay"; }
cmp session.hashes again.hashes || fail "the hashes differ"
"$RINGLAB" --replay session.rec --engine-set block-max=random:9,fast-tlb=64 -serial null \
    2>again.messages
[ $? -eq 67 ] || { cat again.messages; fail "the replay with other settings"; }
echo "$insns instructions, $(wc -c <session.rec) bytes of journal"
