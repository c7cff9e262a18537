#!/bin/sh
#
# Stands in for ringlab in a boot test: records what it is asked to run, replays
# it in every way that must not matter, and ends as the recorded run did.  A
# replay that is not the same run is told in $WRAP_LOG.  PROGRAM is ringlab;
# SANITIZED, where there is one, a build of it with sanitizers.

dir=$(mktemp -d "${TMPDIR:-/tmp}/replay.XXXXXX") || exit 99
trap 'rm -rf "$dir"' EXIT
journal=$dir/run.rec
slow=2000000000

# Who ends us wants the recorded run to end; the replays come behind it.
exec 3<&0
"$PROGRAM" "$@" --record "$journal" <&3 3<&- &
running=$!
trap 'kill $running 2>/dev/null' TERM
wait $running
recorded=$?
while kill -0 $running 2>/dev/null; do
	wait $running
	recorded=$?
done
trap : TERM
exec 3<&- </dev/null
# The replay of a run that a signal ended ends there by itself.
same=$recorded
[ "$same" -le 128 ] || same=0

# again WANTED NAME PROGRAM OPTION...
again() {
	want=$1 name=$2 program=$3
	shift 3
	"$program" --replay "$journal" -serial null "$@" >"$dir/out" 2>"$dir/messages"
	got=$?
	if [ $got -eq "$want" ] || [ $got -eq "$same" ]; then
		echo "ok $name" >>"$WRAP_LOG"
		return
	fi
	echo "FAILED $name: status $got, expected $same" >>"$WRAP_LOG"
	cat "$dir/messages" >>"$WRAP_LOG"
}

[ -s "$journal" ] || exit $recorded
again $same plain "$PROGRAM"
again $same traced "$PROGRAM" --trace "$dir/trace,events=exc+int+io"
again 6 reference "$PROGRAM" --engine reference --limit-cycles $slow
again 6 random-blocks "$PROGRAM" --engine-set block-max=random:3,fast-tlb=64 --limit-cycles $slow
if [ -x "${SANITIZED:-}" ]; then
	again 6 sanitized "$SANITIZED" --limit-cycles 400000000
fi

# With gdb, which looks around and goes on.
cat >"$dir/gdb" <<END
set confirm off
target remote $dir/gdb.sock
stepi 1000
info registers
x/4i \$pc
continue
END
(sleep 1; exec gdb -nx -batch -x "$dir/gdb" >"$dir/gdb.out" 2>&1) &
gdb=$!
again $same gdb "$PROGRAM" -gdb unix:"$dir/gdb.sock" -S
kill $gdb 2>/dev/null

# With both processors of the host at work.
(while :; do :; done) &
one=$!
(while :; do :; done) &
two=$!
again $same loaded "$PROGRAM"
kill $one $two
exit $recorded
