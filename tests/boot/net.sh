#!/bin/sh
#
# Debian's e1000 driver behind -nic user, with $MODEL another card's: a lease, 50 MB
# by HTTP and 5 MB the other way with their checksums, ping, and a server in the guest
# reached through hostfwd.  The run is recorded and replayed, without a network, with
# equal hashes.

: "${MODEL:=e1000}" "${DRIVERS:=e1000}"
. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz

# Ports that are free, we hope: by the number of this process.
port=$((20000 + $$ % 10000))
back=$((port + 10000))
up=$((port + 20000))
bytes=50000000
[ -z "${RINGLAB_SHORT-}" ] || bytes=2000000

mkdir www
head -c $bytes /dev/urandom >www/file
sum=$(md5sum <www/file | cut -d ' ' -f 1)
/bin/busybox httpd -f -p "127.0.0.1:$port" -h www &
httpd=$!
# Its input stays open: at the end of it nc would say that it is done.
sleep 600 | /bin/busybox nc -l 127.0.0.1 -p $up >upload &
sink=$!
trap 'kill $httpd $sink' EXIT

cat >init <<END
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
while read -r m; do insmod "\$m"; done </etc/modules
ip link set lo up
ip link set eth0 up
cat >/lease <<'SCRIPT'
#!/bin/sh
[ "\$1" = bound ] || exit 0
ip addr add "\$ip/24" dev eth0
ip route add default via "\$router"
echo "net: lease \$ip \$router"
SCRIPT
chmod 755 /lease
udhcpc -i eth0 -n -q -s /lease
ping -c 2 10.0.2.2 && echo "net: ping"
echo "net: sum \$(wget -q -O - http://10.0.2.2:$port/file | md5sum)"
head -c 5000000 /dev/urandom >up
echo "net: up \$(md5sum <up)"
nc 10.0.2.2 $up <up
echo "net: listen"
echo "net: got \$(nc -l -p 7 </proc/version)"
echo "net: errors \$(cat /sys/class/net/eth0/statistics/rx_errors)"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" -m "$DRIVERS" -o initrd.gz init ||
    fail "no initramfs"

"$RINGLAB" -display none -m 256 -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
    -append "console=ttyS0 quiet" -no-reboot -serial file:serial --timeout 250 \
    -nic "user,model=$MODEL,hostfwd=tcp:127.0.0.1:$back-:7,pcap=net.pcap" \
    --record net.rec --hash-log net.hashes 2>messages &
machine=$!
trap 'kill $httpd $sink $machine 2>/dev/null' EXIT
until grep -aq 'net: listen' serial 2>/dev/null; do
	kill -0 $machine 2>/dev/null || { cat messages; fail "it ended too early"; }
	sleep 0.2
done
echo hello | timeout 20 /bin/busybox nc 127.0.0.1 $back >answer
wait $machine
status=$?
[ $status -eq 0 ] || { cat messages; fail "exit status $status of the recording"; }
kill $httpd $sink 2>/dev/null
trap - EXIT
expect 'net: lease 10.0.2.15 10.0.2.2' 'net: ping' "net: sum $sum" 'net: got hello' \
    "net: up $(md5sum <upload)" 'net: errors 0'
[ "$(wc -c <upload)" -eq 5000000 ] || fail "the upload has $(wc -c <upload) bytes"
grep -q 'Linux version' answer || fail "no answer through hostfwd"

# Nothing but a header beside each frame that came in.
limit=$((bytes + bytes / 10 + 2000000))
size=$(wc -c <net.rec)
[ "$size" -le $limit ] || fail "the journal has $size bytes, limit $limit"
[ "$(od -An -tx4 -N4 net.pcap)" = ' a1b23c4d' ] || fail "no pcap file"

"$RINGLAB" --replay net.rec -nic replay,pcap=again.pcap --hash-log again.hashes -serial file:again 2>messages ||
    { cat messages; fail "the replay"; }
cmp serial again || fail "the output differs"
cmp net.hashes again.hashes || fail "the hashes differ"
cmp net.pcap again.pcap || fail "the frames differ"
echo "journal: $size bytes, $(wc -l <net.hashes) hash points"
