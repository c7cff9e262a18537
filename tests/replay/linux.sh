#!/bin/sh
#
# Debian's kernel and a shell that is typed at: recorded, and replayed while it
# is traced.  The journal is small.

. "$SRCDIR/tests/replay/lib.sh"
need amd64/vmlinuz
make_echo

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
exec </dev/console >/dev/console 2>&1
stty -echo
echo "boot: type"
n=0
while read -r -n 1 c && [ "$c" != q ]; do
	n=$((n + 1))
	echo "boot: $n $c $(cut -d ' ' -f 1 /proc/uptime) $(wc -c </proc/interrupts)"
done
echo "boot: done"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"

# Types as soon as it is asked to.
type_when_asked() {
	until grep -aq 'boot: type' linux.out 2>/dev/null; do
		sleep 0.1
	done
	./feed 5 20 30000
}

# record_boot STATUS OPTION...
record_boot() {
	want=$1
	shift
	"$RINGLAB" -m 256 -display none -serial stdio -kernel "$guests/amd64/vmlinuz" \
	    -initrd initrd.gz -append console=ttyS0 -no-reboot --record linux.rec \
	    --hash-log linux.hashes "$@" >linux.out 2>linux.messages
	[ $? -eq "$want" ] || { cat linux.messages; fail "the recorded boot"; }
}

if [ -n "${RINGLAB_SHORT-}" ]; then
	status=6
	./feed 5 20 100000 | record_boot 6 --limit-cycles 800M
else
	status=0
	type_when_asked | record_boot 0 --timeout 500
	grep -aq 'boot: 20 ' linux.out || fail "not all that was typed arrived"
	grep -aq 'boot: done' linux.out || fail "it did not end"
fi
bytes=$(wc -c <linux.rec)
[ "$bytes" -le 2000000 ] || fail "the journal has $bytes bytes"

"$RINGLAB" --replay linux.rec --hash-log again.hashes --trace trace,events=exc+int \
    >again.out 2>again.messages
[ $? -eq $status ] || { cat again.messages; fail "the replay"; }
cmp linux.out again.out || fail "the output differs"
cmp linux.hashes again.hashes || fail "the hashes differ"
echo "journal: $bytes bytes, $(wc -l <linux.hashes) hash points"
