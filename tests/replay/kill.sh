#!/bin/sh
#
# SIGKILL at random moments of a recording: what is in the journal plays.

. "$SRCDIR/tests/replay/lib.sh"
make_echo

kills=${KILLS:-10}
i=1
while [ $i -le "$kills" ]; do
	./feed $i 100000 3000 2>/dev/null | "$RINGLAB" -m 4 -display none -vga none \
	    -kernel guest.elf -serial stdio -device isa-debug-exit,iobase=0xf4,iosize=0x4 \
	    --record cut.rec >cut.out 2>cut.messages &
	# The time of death: up to a second, another one each round.
	sleep "0.$((i * 617 % 1000 / 100))$((i * 617 % 100))"
	pkill -KILL -P $$ -x ringlab || fail "round $i: it has ended already"
	wait
	if [ -s cut.rec ]; then
		"$RINGLAB" --replay cut.rec >again.out 2>again.messages
		status=$?
		# Killed before it knew what to record, or while it ran.
		[ $status -eq 0 ] || grep -q 'does not say what was recorded' again.messages ||
		    { cat again.messages; fail "round $i: status $status"; }
		n=$(wc -c <again.out)
		head -c "$(wc -c <cut.out)" again.out | cmp -s - cut.out ||
		    head -c "$n" cut.out | cmp - again.out || fail "round $i: other output"
	fi
	i=$((i + 1))
done
echo "$kills kills"
