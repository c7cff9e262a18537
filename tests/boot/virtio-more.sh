#!/bin/sh
#
# Debian's drivers of the virtio console and balloon: text both ways, memory given
# back at the monitor's word; recorded, and replayed with equal hashes.

. "$SRCDIR/tests/boot/monitor_lib.sh"
patience=240
need amd64/vmlinuz

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
while read -r m; do insmod "$m"; done </etc/modules
exec 3<>/dev/hvc0
stty -echo <&3
seq 20000 >&3
free() { awk '/MemFree/ { print ($2 > 100000) ? "much" : "little" }' /proc/meminfo; }
echo "more: $(free)"
read -r line <&3
echo "more: said $line"
read -r line <&3
echo "more: said $line, $(free)"
read -r line <&3
echo "more: said $line, $(free)"
exec 3>&-
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" \
    -m "virtio_pci virtio_console virtio_balloon" -o initrd.gz init || fail "no initramfs"

# seen COMMAND...: it succeeds in the end
seen() {
	soon "$@" || fail "not seen: $*; $(cat messages)"
}

# balloon MIB: the guest has so much
balloon() {
	echo "info balloon" | ./client pipe mon 2>/dev/null | grep -q "actual=$1"
}

mkfifo typed
"$RINGLAB" -display none -m 256 -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
    -append "console=ttyS0 quiet" -no-reboot -serial file:serial --timeout 300 \
    -device virtio-serial-pci -chardev stdio,id=c0 -device virtconsole,chardev=c0 \
    -device virtio-balloon-pci -monitor unix:mon --record more.rec --hash-log hashes \
    <typed >console 2>messages &
machine=$!
exec 4>typed
seen grep -q '^20000' console
seen grep -aq 'more: much' serial
balloon 256 || fail "no whole memory"
echo hello >&4
seen grep -aq 'more: said hello' serial
echo "balloon 120" | ./client pipe mon >/dev/null
seen balloon 120
echo less >&4
seen grep -aq 'more: said less' serial
echo "balloon 256" | ./client pipe mon >/dev/null
seen balloon 256
echo more >&4
wait $machine
status=$?
exec 4>&-
[ $status -eq 0 ] || fail "exit status $status: $(cat messages)"
expect 'more: said hello' 'more: said less, little' 'more: said more, much'
tr -d '\r' <console | head -n 20000 >lines
seq 20000 | cmp - lines || fail "the console's output"

"$RINGLAB" --replay more.rec --hash-log again.hashes -serial file:again \
    -chardev file,id=c0,path=console.again 2>messages || fail "the replay: $(cat messages)"
cmp serial again || fail "the output differs"
cmp console console.again || fail "the console's output differs"
cmp hashes again.hashes || fail "the hashes differ"
