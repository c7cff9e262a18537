#!/bin/sh
#
# One recording replayed in every way that must not matter: on the other engine,
# with every engine setting, traced, watched by gdb, from another directory.
# Changed files and damaged journals are refused by name.

. "$SRCDIR/tests/replay/lib.sh"
make_echo

record run 77 60 20000 -pace real
grep -q . run.hashes || fail "no hash points in the recording"
same run
same run --engine reference
for setting in fast-tlb=64 fast-tlb=off block-max=1 block-max=random:5 links=off \
    block-cache=1M super=off; do
	same run --engine-set $setting
done
same run --trace trace,events=exc+int+io
grep -q 'int ' trace || fail "nothing in the trace"
same run --stats stats.json
mkdir elsewhere
mv run.rec elsewhere/
(cd elsewhere && "$RINGLAB" --replay run.rec >out 2>messages)
[ $? -eq 67 ] || { cat elsewhere/messages; fail "not from another directory"; }
cmp run.out elsewhere/out || fail "from another directory: the output differs"
mv elsewhere/run.rec .

# An option that says what the machine is has no place here.
replay 1 run -m 8
grep -q -- '-m: not with --replay' again.messages || fail "-m is not refused by name"
cp guest.elf saved.elf
printf x >>guest.elf
replay 1 run
grep -q 'guest.elf is not the file' again.messages || fail "a changed kernel is not named"
mv saved.elf guest.elf

# Cut anywhere, a journal plays as far as it goes; a flipped bit cuts it.
size=$(wc -c <run.rec)
for part in 3 10 17 40 60 75 90 99; do
	head -c $((size * part / 100)) run.rec >cut.rec
	"$RINGLAB" --replay cut.rec >again.out 2>again.messages
	status=$?
	case $status in
	0) grep -q 'the recording was cut off; the same up to' again.messages ||
	    fail "cut at $part %: no word of it" ;;
	1) grep -q 'cut.rec: ' again.messages || fail "cut at $part %: no message" ;;
	*) cat again.messages; fail "cut at $part %: status $status" ;;
	esac
	[ "$(wc -c <again.out)" -eq 0 ] ||
	    [ "$(head -c "$(wc -c <again.out)" run.out | cmp - again.out && echo y)" ] ||
	    fail "cut at $part %: other output"
done
[ $status -eq 0 ] || fail "99 % of the journal do not play"
printf '\377' | dd of=cut.rec bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
"$RINGLAB" --replay cut.rec >again.out 2>again.messages ||
    [ $? -eq 1 ] || { cat again.messages; fail "a flipped byte"; }
echo rubbish >cut.rec
replay 1 cut
grep -q 'offset 0: this is not a journal' again.messages || fail "rubbish is accepted"
"$RINGLAB" -display none -kernel guest.elf --record guest.elf 2>again.messages
[ $? -eq 1 ] && grep -q 'is no journal' again.messages ||
    fail "--record writes over other files"
