#!/bin/sh
#
# Record and replay with input at random times, many times over: the same
# output and the same hashes.  Now and then idle time is paced.

. "$SRCDIR/tests/replay/lib.sh"
make_echo

pairs=${PAIRS:-10}
[ -z "${RINGLAB_SHORT-}" ] || pairs=5
i=1
while [ $i -le "$pairs" ]; do
	case $((i % 5)) in
	0) pace=real ;;
	*) pace=auto ;;
	esac
	record pair "$i" $((5 + i % 20)) $((2000 + i * 317 % 9000)) -pace $pace
	same pair
	i=$((i + 1))
done
echo "$pairs pairs"
