#!/bin/sh
#
# ringlab hub: two guests of ours and one of qemu's on one segment reach each other,
# while a peer that sends garbage is put out and one that never reads is left
# behind.  One of ours is recorded, and replayed without the segment.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz
qemu=$(command -v qemu-system-x86_64) || {
	echo "no qemu-system-x86_64 (package qemu-system-x86)"
	exit 77
}

pids=
trap 'kill $pids 2>/dev/null' EXIT

# The guest N has the address 10.1.0.N.  The first one visits the others, who wait
# for it.
cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
while read -r m; do insmod "$m"; done </etc/modules
for word in $(cat /proc/cmdline); do
	case $word in me=*) me=${word#me=} ;; esac
done
ip link set lo up
ip link set eth0 up
ip addr add "10.1.0.$me/24" dev eth0
if [ "$me" = 1 ]; then
	for other in 2 3; do
		until ping -c 1 -W 1 10.1.0.$other >/dev/null; do sleep 1; done
		ping -c 3 10.1.0.$other && echo "hub: ping $other"
		until nc 10.1.0.$other 7 </proc/version; do sleep 1; done
	done
else
	echo "hub: got $(nc -l -p 7)"
fi
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" -m e1000 -o initrd.gz init ||
    fail "no initramfs"

# bad ARGUMENT...: one message, status 1
bad() {
	"$RINGLAB" hub "$@" >out 2>messages
	status=$?
	[ $status -eq 1 ] && [ "$(wc -l <messages)" -eq 1 ] && grep -q '^ringlab: hub' messages ||
	    { cat messages; fail "hub $*: exit status $status"; }
}
bad
bad nonsense
bad 99999
bad 1 2
bad unix:missing/dir
bad --pcap missing/dir 0
"$RINGLAB" hub unix:sock >/dev/null 2>&1 &
until [ -S sock ]; do sleep 0.1; done
bad unix:sock
kill -KILL $!
wait $! 2>/dev/null
"$RINGLAB" hub unix:sock >/dev/null &
sleep 1
kill -INT $!
wait $! || fail "a dead one's socket was not replaced"
[ ! -e sock ] || fail "the socket was left behind"

"$RINGLAB" hub --pcap hub.pcap 0 >hub.out 2>hub.err &
hub=$!
pids=$hub
until grep -q port hub.out; do
	kill -0 $hub || fail "the hub: $(cat hub.err)"
	sleep 0.1
done
port=$(sed -n 's/.* port //p' hub.out)

# What no frame begins with, and one who says nothing and reads nothing.
printf 'GET / HTTP/1.0\r\n\r\n' | timeout 10 /bin/busybox nc 127.0.0.1 "$port" >garbage.out
sleep 600 | /bin/busybox nc 127.0.0.1 "$port" >/dev/null &
pids="$pids $!"

# ours NUMBER OPTION...
ours() {
	me=$1
	shift
	"$RINGLAB" -display none -m 128 -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
	    -append "console=ttyS0 quiet me=$me" -no-reboot -serial "file:serial$me" \
	    --timeout 250 "$@" 2>"messages$me" &
}
peer=stream,addr.type=inet,addr.host=127.0.0.1,addr.port=$port
ours 2 -nic "$peer,mac=52:54:00:00:00:02"
two=$!
pids="$pids $two"
timeout 250 "$qemu" -display none -m 128 -accel tcg -kernel "$guests/amd64/vmlinuz" \
    -initrd initrd.gz -append "console=ttyS0 quiet me=3" -no-reboot \
    -serial file:serial3 -monitor none -net none \
    -netdev "stream,id=n,server=off,addr.type=inet,addr.host=127.0.0.1,addr.port=$port" \
    -device e1000,netdev=n,mac=52:54:00:00:00:03,romfile= >messages3 2>&1 &
three=$!
pids="$pids $three"
ours 1 -nic "$peer,mac=52:54:00:00:00:01,pcap=net.pcap" --record hub.rec
one=$!
pids="$pids $one"

# ended PID NUMBER
ended() {
	wait "$1"
	status=$?
	[ $status -eq 0 ] || { cat "messages$2"; mv "serial$2" serial; fail "guest $2: $status"; }
}
# A last peer makes no difference while they talk.
until grep -aq 'hub: ping 2' serial1 2>/dev/null; do
	kill -0 $one 2>/dev/null || break
	sleep 0.2
done
head -c 100000 /dev/urandom | timeout 10 /bin/busybox nc 127.0.0.1 "$port" >garbage.out
ended $one 1
ended $two 2
ended $three 3
kill -TERM $hub
wait $hub || fail "the hub ended badly: $(cat hub.err)"
cat hub.out hub.err
grep -aq 'hub: ping 2' serial1 || fail "no ping to ours"
grep -aq 'hub: ping 3' serial1 || fail "no ping to qemu's"
grep -aq 'hub: got Linux' serial2 || fail "ours was not visited"
grep -aq 'hub: got Linux' serial3 || fail "qemu's was not visited"
grep -q 'a frame of 1195725856 bytes' hub.err || fail "garbage was not noticed"

"$RINGLAB" --replay hub.rec -nic replay,pcap=again.pcap -serial file:again 2>messages ||
    { cat messages; fail "the replay"; }
cmp serial1 again || fail "the output differs"
cmp net.pcap again.pcap || fail "the frames differ"
echo "journal: $(wc -c <hub.rec) bytes, pcap: $(wc -c <net.pcap) bytes"
