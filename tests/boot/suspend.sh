#!/bin/sh
#
# Linux suspends to RAM by ACPI and the RTC's alarm wakes it; without -global nobody
# offers that.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
echo "sleep: $(cat /sys/power/mem_sleep)"
echo +3 >/sys/class/rtc/rtc0/wakealarm
echo mem >/sys/power/state && echo "sleep: woken"
echo "sleep: done"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"

run 0 -m 256 -serial file:serial -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
    -append 'console=ttyS0' -no-reboot --timeout 500 -global PIIX4_PM.disable_s3=0
expect '[deep]' 'PM: suspend entry (deep)' 'PM: suspend exit' 'sleep: woken' 'sleep: done'
run 1 -global PIIX4_PM.disable_s4=0
grep -q 'PIIX4_PM.disable_s3' messages || fail "$(cat messages)"
