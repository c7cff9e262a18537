#!/bin/sh
#
# -smp: a guest of ours and Debian's kernel on several processors.  State hashes
# are the same by either engine, and when a recording is played.

. "$SRCDIR/tests/boot/lib.sh"

# What it does is in smp_guest.S; status 1 says that all of it was right.
for n in 2 3 8; do
	for engine in threaded reference; do
		run 1 -bios "$BUILDDIR/tests/boot/smp_guest.bin" -smp "cpus=$n" \
		    -engine $engine -device isa-debug-exit,iobase=0xf4,iosize=4 \
		    -debugcon file:serial -timeout 240 -print-hash >$engine.hash
		expect abcdefg
	done
	cmp threaded.hash reference.hash || fail "-smp $n: the engines differ"
done

need amd64/vmlinuz
cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
echo "smp: nproc $(nproc)"
for job in 1 2 3 4 5 6; do
	(
		i=0
		while [ $i -lt 2000 ]; do
			i=$((i + 1))
			[ $((i % 500)) -ne 0 ] || /bin/busybox true
		done
		echo $i >job$job
	) &
done
wait
echo "smp: jobs $(cat job? | tr '\n' ' ')"
awk '/^ *(RES|CAL):/ { print "smp: some " $1, ($2 > 0 && $3 > 0) }' /proc/interrupts
echo "smp: done"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"

debian() {
	run "$@" -m 256 -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
	    -append "console=ttyS0" -no-reboot -timeout 240
}

debian 0 -smp 4 -serial file:serial -record run.rec -hash-log recorded
expect 'smp: nproc 4' 'smp: jobs 2000 2000 2000 2000 2000 2000' \
    'smp: some CAL: 1' 'smp: some RES: 1' 'smp: done'
run 0 -replay run.rec -hash-log replayed -timeout 240
cmp recorded replayed || fail "the recording does not play the same"

# The first 20 hash points, 1 G cycles, by the other engine.
[ -z "$RINGLAB_SHORT" ] || exit 0
debian 6 -smp 4 -serial null -engine reference -limit-cycles 1000000000 -hash-log reference
head -n 20 recorded >threaded
head -n 20 reference | cmp - threaded || fail "-smp 4: the engines differ"
