#!/bin/sh
#
# A server in a Debian guest with a standby, its client in another guest on the same
# segment.  The primary is killed while they talk: the client's connection goes on, by
# TCP and UDP, and everything it saw is in the memory of the server that is left.
# PEER=qemu: the client's machine is qemu.

. "$SRCDIR/tests/boot/monitor_lib.sh"
need amd64/vmlinuz
patience=${RINGLAB_SHORT:+600}
patience=${patience:-120}

failovers=${FAILOVERS:-1}
bytes=${BYTES:-1048576}
port=$((30000 + $$ % 10000))
lease=${RINGLAB_SHORT:+20s}
lease=${lease:-2s}

$CC -O2 -static -o ledger "$SRCDIR/tests/checkpoint/ledger.c" || fail "no ledger"
cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
while read -r m; do insmod "$m"; done </etc/modules
for word in $(cat /proc/cmdline); do
	case $word in me=*) me=${word#me=} ;; bytes=*) bytes=${word#bytes=} ;; esac
done
ip link set lo up
ip link set eth0 up
ip addr add "10.1.0.$me/24" dev eth0
[ "$me" = 2 ] || exec ledger server
echo "peer: ready"
read -r line
ledger client 7001 "$bytes" /enough 60000 10.1.0.1 &
read -r line
echo >/enough
wait
echo "peer: done"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" -m e1000 \
    -f ledger=bin/ledger -o initrd.gz init || fail "no initramfs"

both="-display none -vga none -kernel $guests/amd64/vmlinuz -initrd initrd.gz"
nic="-nic stream,server=off,addr.type=unix,addr.path=hub.sock,mac=52:54:00:12:34:"
hub= peer= primary= standby=
trap 'kill -KILL $hub $peer $primary $standby 2>/dev/null' EXIT

rm -f hub.sock
"$RINGLAB" hub unix:hub.sock >/dev/null 2>&1 &
hub=$!
soon [ -S hub.sock ] || fail "no hub"

qemu=qemu-system-x86_64
if [ "${PEER:-ringlab}" = qemu ]; then
	command -v $qemu >/dev/null || { echo "no $qemu (package qemu-system-x86)"; exit 77; }
fi

# peer OPTION...: the client's machine
peer() {
	if [ "${PEER:-ringlab}" = qemu ]; then
		exec timeout 600 $qemu -display none -m 128 -accel tcg -no-reboot -monitor none \
		    -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
		    -append "console=ttyS0 me=2 bytes=$bytes" -device e1000,netdev=n,mac=52:54:00:12:34:02 \
		    -netdev stream,id=n,server=off,addr.type=unix,addr.path=hub.sock -serial stdio
	fi
	exec "$RINGLAB" $both -m 96 -append "console=ttyS0 me=2 bytes=$bytes" ${nic}02 \
	    --snapshot-dir . -loadvm peer -serial stdio --timeout 600
}

# Both as they are before they talk.
start $both -m 96 -append 'console=ttyS0 me=1' -serial file:serial ${nic}01 --snapshot-dir .
soon grep -aq 'ledger: ready' serial || fail "the server does not start"
answer 'savevm ready'
soon [ -s ready.rls ] || fail "no snapshot"
answer 'quit'
ended 0
rm -f mon
start $both -m 96 -append "console=ttyS0 me=2 bytes=$bytes" -serial file:serial ${nic}02 \
    --snapshot-dir .
soon grep -aq 'peer: ready' serial || fail "the peer does not start"
answer 'savevm peer'
soon [ -s peer.rls ] || fail "no snapshot"
answer 'quit'
ended 0

# The peer's console is a pipe: a line begins, another ends what it says.
peer_input() {
	echo begin
	until [ -e enough ]; do sleep 0.2; done
	echo enough
	until [ -e over ]; do sleep 0.2; done
}

told() { grep -aq "$1" peer.out; }

# failover N: once
failover() {
	rm -f mon enough over standby.messages peer.out
	"$RINGLAB" --standby $port ${nic}01 -serial file:standby.log --timeout 600 \
	    -monitor unix:mon,server=on,wait=off >standby.out 2>standby.messages &
	standby=$!
	soon grep -q 'standby at' standby.messages || fail "no standby: $(cat standby.messages)"
	"$RINGLAB" $both -m 96 -append 'console=ttyS0 me=1' ${nic}01 --snapshot-dir . -loadvm ready \
	    -serial file:primary.log --timeout 600 \
	    --replicate-to 127.0.0.1:$port,lease=$lease,compress=zlib >primary.out \
	    2>primary.messages &
	primary=$!
	soon [ -S mon ] || fail "no first epoch: $(cat primary.messages standby.messages)"
	peer_input | peer >peer.out 2>peer.messages &
	peer=$!
	soon told begun || fail "the peer hears nothing: $(cat peer.out peer.messages)"
	sleep "0.$((10 + ($1 * 7919 + 13) % 79))"
	kill -KILL $primary 2>/dev/null
	wait $primary 2>/dev/null
	soon grep -q 'going on after epoch' standby.messages ||
	    fail "the standby sleeps: $(cat standby.messages)"
	sleep 1
	: >enough
	soon told 'peer: done' || fail "the peer: $(cat peer.out)"
	: >over
	wait $peer
	answer quit
	wait $standby || fail "the standby: $(cat standby.messages)"
}

# seen KIND, contradicted KIND: of the peer's last words
seen() { sed -n "s/^$1 seen \([0-9]*\) .*/\1/p" peer.out; }
contradicted() { tr -d '\r' <peer.out | sed -n "s/^$1 .*contradicted //p"; }

i=0 tcp=0 udp=0
while [ $i -lt "$failovers" ]; do
	failover $i
	[ "$(contradicted tcp)" = 0 ] && [ "$(contradicted udp)" = 0 ] ||
	    fail "failover $i: $(cat peer.out)"
	grep -aq 'broken 0' peer.out || fail "failover $i: a connection broke: $(cat peer.out)"
	tcp=$((tcp + $(seen tcp)))
	udp=$((udp + $(seen udp)))
	i=$((i + 1))
done
[ $udp -gt 0 ] || fail "no answer by UDP"
echo "$failovers failovers: TCP 0 of $tcp records contradicted, UDP 0 of $udp"
