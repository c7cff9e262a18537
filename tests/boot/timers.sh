#!/bin/sh
#
# What a machine has only when it is asked for: Linux takes the HPET as its clock, with
# one processor and two, and writes to the second serial port; the process's number is
# in a file while it runs.

. "$SRCDIR/tests/boot/lib.sh"

need amd64/vmlinuz
cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
echo "timers: $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
a=$(cut -d. -f1 /proc/uptime)
sleep 2
echo "timers: slept $(($(cut -d. -f1 /proc/uptime) - a))"
echo "second port" >/dev/ttyS1
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"
for n in 1 2; do
	run 0 -m 256 -smp $n -machine pc,accel=tcg,hpet=on -kernel "$guests/amd64/vmlinuz" \
	    -initrd initrd.gz -append "console=ttyS0 clocksource=hpet" -serial file:serial \
	    -serial file:second -pidfile pid -no-reboot -timeout 110
	expect 'hpet0: 3 comparators, 64-bit 100.000000 MHz counter' 'timers: hpet' \
	    'timers: slept 2'
	grep -q 'second port' second || fail "nothing on the second serial port"
	[ ! -e pid ] || fail "the file with the process's number is still there"
done
