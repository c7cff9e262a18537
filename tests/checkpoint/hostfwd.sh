#!/bin/sh
#
# A server in a Debian guest, its client on this host, connected through hostfwd by
# TCP and UDP; rollbacks at odd moments.  With all output held, everything the client
# saw is in the memory of the server that is left; with TCP held, UDP contradicts it;
# with nothing held, both do.

. "$SRCDIR/tests/boot/monitor_lib.sh"
need amd64/vmlinuz
patience=${RINGLAB_SHORT:+600}
patience=${patience:-120}

rollbacks=${ROLLBACKS:-5}
bytes=${BYTES:-1048576}
port=$((20000 + $$ % 10000))

$CC -O2 -static -o ledger "$SRCDIR/tests/checkpoint/ledger.c" || fail "no ledger"
cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
while read -r m; do insmod "$m"; done </etc/modules
ip link set lo up
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
exec ledger server
END
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" -m e1000 \
    -f ledger=bin/ledger -o initrd.gz init || fail "no initramfs"

guest="-display none -vga none -m 128 -kernel $guests/amd64/vmlinuz -initrd initrd.gz
    -append console=ttyS0 -serial file:serial --snapshot-dir ."
nic="-nic user,hostfwd=tcp:127.0.0.1:$port-:7001,hostfwd=udp:127.0.0.1:$port-:7001"
nic="$nic,hostfwd=tcp:127.0.0.1:$((port + 1))-:7002"

client=
trap 'kill -KILL $machine $client 2>/dev/null' EXIT
ready() { grep -aq 'ledger: ready' serial; }

start $guest $nic
soon ready || fail "the server does not start"
answer 'savevm ready'
sleep 1
soon [ -s ready.rls ] || fail "no snapshot"
answer 'quit'
ended 0
patience=${RINGLAB_SHORT:+100}
patience=${patience:-15}

# converse HOLD PATIENCE: counts into $tcp, $udp (contradicted), of $tcp_seen, $udp_seen
converse() {
	rm -f enough mon
	start $guest $nic -loadvm ready --checkpoint-every 25ms --output-buffer=$1 \
	    --stats "$1.json"
	answer 'info status'		# it is loaded, and runs
	./ledger client $port "$bytes" enough $2 >"$1.client" &
	client=$!
	soon grep -q begun "$1.client" || fail "$1: nobody answers"
	i=0
	while [ $i -lt "$rollbacks" ]; do
		sleep "0.$((10 + (i * 7919 + 13) % 37))"
		answer rollback
		grep -q 'at cycle' answer || fail "$1: $(cat answer)"
		i=$((i + 1))
	done
	sleep 0.3
	: >enough
	wait $client || fail "$1: the client: $(cat "$1.client")"
	answer quit
	ended 0
	tcp_seen=$(sed -n 's/^tcp seen \([0-9]*\) .*/\1/p' "$1.client")
	udp_seen=$(sed -n 's/^udp seen \([0-9]*\) .*/\1/p' "$1.client")
	tcp=$(sed -n 's/^tcp .*contradicted //p' "$1.client")
	udp=$(sed -n 's/^udp .*contradicted //p' "$1.client")
	echo "$1, $rollbacks rollbacks: TCP $tcp of $tcp_seen records contradicted, UDP $udp of" \
	    "$udp_seen; $(grep bytes "$1.client")"
}

converse all 20000
[ "$tcp" -eq 0 ] && [ "$udp" -eq 0 ] || fail "all: something was contradicted"
[ "$udp_seen" -gt 0 ] || fail "all: no answer by UDP"
grep -q 'broken 0' all.client || fail "all: a connection broke: $(cat all.client)"
[ -z "${RINGLAB_SHORT-}" ] || exit 0
converse tcp 20000
[ "$tcp" -eq 0 ] || fail "tcp: TCP was contradicted"
[ "$udp" -gt 0 ] || fail "tcp: UDP was not contradicted"
converse none 1500
[ "$tcp" -gt 0 ] || fail "none: TCP was not contradicted"
[ "$udp" -gt 0 ] || fail "none: UDP was not contradicted"
