#!/bin/sh
#
# A guest that counts, its standby, and a segment both are connected to.  The primary
# is killed, stopped, its link cut and stalled: what the segment saw is one run's, and
# never do both go on.

. "$SRCDIR/tests/checkpoint/lib.sh"
$CC -O1 -o relay "$SRCDIR/tests/checkpoint/relay.c" || fail "no relay"

kills=${FAILOVERS:-4}
port=$((30000 + $$ % 10000))
lease=${RINGLAB_SHORT:+6s}
lease=${lease:-1500ms}
relay=
hub_nic="-nic stream,server=off,addr.type=unix,addr.path=hub.sock"
trap ': >quit; kill -KILL $pids $primary $standby $relay 2>/dev/null' EXIT

"$RINGLAB" hub --pcap hub.pcap unix:hub.sock >hub.out 2>&1 &
pids="$pids $!"
soon [ -S hub.sock ] || fail "no hub: $(cat hub.out)"

letters() {
	while printf x 2>/dev/null; do sleep 0.02; done
}

# What ends the standby once it goes on; before, nobody reads it.
quit_later() {
	until [ -e quit ]; do sleep 0.1; done
	until_quit
}

# begin [PORT]: both, and what is seen; the primary sends to PORT
begin() {
	rm -f seen quit mon standby.messages
	./wire hub.sock seen hub &
	seen=$!
	quit_later | "$RINGLAB" --standby $port $hub_nic -serial file:standby.log -serial stdio \
	    >standby.out 2>standby.messages &
	standby=$!
	soon grep -q 'standby at' standby.messages || fail "no standby: $(cat standby.messages)"
	letters | "$RINGLAB" $guest $hub_nic -serial file:primary.log -serial stdio \
	    --replicate-to 127.0.0.1:${1-$port},lease=$lease --checkpoint-every 10ms \
	    -monitor unix:mon,server=on,wait=off >primary.out 2>primary.messages &
	primary=$!
	soon [ -s seen ] || fail "nothing is seen: $(cat primary.messages standby.messages)"
}

grown() { [ "$(wc -l <seen)" -gt "$1" ]; }

# goes_on HOW: the standby, on the same segment; all that was seen fits together
goes_on() {
	soon grep -q 'going on after epoch' standby.messages ||
	    fail "$1: the standby sleeps: $(cat standby.messages)"
	soon grown $(($(wc -l <seen) + 20)) || fail "$1: the standby says nothing"
	: >quit
	wait $standby
	status=$?
	[ $status -eq 67 ] || fail "$1: standby: exit status $status: $(cat standby.messages)"
	kill $seen 2>/dev/null
	wait $seen
	consistent seen again
	total=$((${total:-0} + lines))
}

# primary_stops HOW: by itself
primary_stops() {
	wait $primary
	status=$?
	[ $status -eq 1 ] && grep -q 'the standby goes on, and we do not' primary.messages ||
	    fail "$1: primary: exit status $status: $(cat primary.messages)"
}

i=0
while [ $i -lt "$kills" ]; do
	begin
	sleep "0.$((10 + (i * 7919 + 13) % 79))"
	kill -KILL $primary 2>/dev/null
	wait $primary 2>/dev/null
	goes_on "kill $i"
	i=$((i + 1))
done

begin
sleep 0.3
kill -STOP $primary
soon grep -q 'going on after epoch' standby.messages || fail "stopped: the standby sleeps"
lines_then=$(wc -l <primary.log)
kill -CONT $primary
primary_stops stopped
[ "$(wc -l <primary.log)" -eq "$lines_then" ] || fail "stopped: it said something afterwards"
goes_on stopped

for how in KILL STOP; do
	./relay $((port + 1)) $port &
	relay=$!
	sleep 0.3
	begin $((port + 1))
	sleep 0.3
	kill -$how $relay
	primary_stops "link: $how"
	goes_on "link: $how"
	kill -KILL $relay 2>/dev/null
	wait $relay 2>/dev/null
	port=$((port + 2))
done

# A standby that leaves is not needed; and there may be nothing left to go on with.
begin
: >quit
kill $standby
wait $standby
soon grep -q 'the standby has left; we go on alone' primary.messages ||
    fail "left alone: $(cat primary.messages)"
soon grown $(($(wc -l <seen) + 20)) || fail "left alone it says nothing"
answer 'info checkpoints'
grep -q 'standby: has left' answer || fail "info checkpoints: $(cat answer)"
echo quit | ./client pipe mon >/dev/null
wait $primary || fail "left alone: $(cat primary.messages)"
kill $seen

begin
echo quit | ./client pipe mon >/dev/null
wait $primary || fail "quit: $(cat primary.messages)"
: >quit
wait $standby || fail "quit: the standby: $(cat standby.messages)"
grep -q "the primary's run has ended" standby.messages || fail "$(cat standby.messages)"
kill $seen

# refused STATUS TEXT OPTION...
refused() {
	status_wanted=$1 text=$2
	shift 2
	"$RINGLAB" "$@" </dev/null >out 2>messages
	status=$?
	[ $status -eq "$status_wanted" ] && grep -q -- "$text" messages ||
	    fail "$*: exit status $status: $(cat messages)"
}
refused 1 'not with -nic user' $guest -nic user --replicate-to 127.0.0.1:$port
refused 1 'not with -nic user' -nic user --standby $port
refused 1 'HOST:PORT' $guest --replicate-to somewhere
refused 1 'lease' $guest --replicate-to 127.0.0.1:$port,lease=1us
refused 1 "$port" $guest --replicate-to 127.0.0.1:$port
refused 1 'not with --resume or --standby' --standby $port -m 8

if command -v tshark >/dev/null; then
	arps=$(tshark -r hub.pcap -Y 'arp.isgratuitous' 2>/dev/null | wc -l)
	[ "$arps" -ge $((kills + 3)) ] || fail "$arps gratuitous ARPs for $((kills + 3)) failovers"
fi
echo "$((kills + 3)) failovers, $total lines"
