#!/bin/sh
#
# SIGKILL at random moments, and --resume: on a file and on a wire outside there are
# the lines of one run, each but for the wire's exactly once; nothing that was seen is
# contradicted later, nothing is missing.  The guest's disk is that of its memory.

. "$SRCDIR/tests/checkpoint/lib.sh"

kills=${KILLS:-20}
head -c 1048576 /dev/zero >disk.img
start_wire wire.log

resumed=0 i=1
while [ $i -le "$kills" ]; do
	if ls dir/*.whole >/dev/null 2>&1; then
		what="--resume dir"
		resumed=$((resumed + 1))
	else
		what="$guest -hda disk.img $wire_nic,model=e1000 --checkpoint-dir dir"
		[ ! -s serial.log ] || fail "round $i: output without a checkpoint"
	fi
	case $what in --resume*) what="$what $wire_nic,model=e1000" ;; esac
	./feed $i 100000 3000 2>/dev/null | "$RINGLAB" $what \
	    -serial file:serial.log -serial stdio --checkpoint-every 2ms --checkpoint-keep 3 \
	    >kill.out 2>kill.messages &
	ringlab=$!
	sleep "0.$((i * 7919 % 9))$((i * 617 % 100))"
	kill -KILL $ringlab || fail "round $i: it had ended: $(cat kill.messages)"
	wait $ringlab 2>/dev/null
	[ ! -s serial.log ] || consistent serial.log
	i=$((i + 1))
done

# And to an end of its own: then there is nothing to go on with.
{ sleep 1; printf q; } | "$RINGLAB" --resume dir $wire_nic,model=e1000 \
    -serial file:serial.log -serial stdio >kill.out 2>kill.messages
status=$?
[ $status -eq 67 ] || fail "exit status $status of the last: $(cat kill.messages)"
consistent serial.log
total=$lines
sleep 0.2
consistent wire.log again
# A line goes to the wire first.
[ "$lines" -ge "$total" ] && [ "$lines" -le $((total + 1)) ] ||
    fail "$total lines in the file, $lines on the wire"
cp serial.log before
"$RINGLAB" --resume dir -serial file:serial.log -serial null 2>kill.messages
status=$?
[ $status -eq 67 ] || fail "exit status $status of what was over: $(cat kill.messages)"
cmp before serial.log || fail "what was over went on"

# refused TEXT: the directory, with the file and the reason
refused() {
	"$RINGLAB" --resume dir -serial null -serial null 2>kill.messages
	status=$?
	[ $status -eq 1 ] && grep -q "^ringlab: .*/dir.*$1" kill.messages ||
	    fail "$1: exit status $status, $(cat kill.messages)"
	cp saved "$newest"
}
newest=$(ls dir/*.part dir/*.whole | LC_ALL=C sort | tail -n 1)
cp "$newest" saved
for at in 3 90 300 5000 20000; do
	printf '\377\000' | dd of="$newest" bs=1 seek=$at conv=notrunc 2>/dev/null
	cmp -s saved "$newest" || refused "offset"
done
head -c 3000 saved >"$newest"
refused "offset"
[ "$(ls dir | grep -c part)" -eq 0 ] || {
	before=$(ls dir/*.part dir/*.whole | LC_ALL=C sort | tail -n 2 | head -n 1)
	mv "$before" away
	refused "not there"
	mv away "$before"
}
[ "$resumed" -gt $((kills / 3)) ] || fail "only $resumed rounds were resumed"
again=$(($(wc -l <wire.log) - lines))
echo "$kills kills, $total lines, $again of them twice on the wire"
