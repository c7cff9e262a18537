#!/bin/sh
#
# A stranger's hypervisor: Xen boots Debian's kernel as its paravirtual dom0, and is
# told to switch the machine off by it.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz
sh "$SRCDIR/tools/guest-kernel.sh" -d "$guests" xen || { echo "no xen-hypervisor-4.17-amd64"; exit 77; }

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
exec </dev/console >/dev/console 2>&1
cd /sys/hypervisor
echo "dom0: on $(cat type) $(cat version/major).$(cat version/minor)"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"
ln -s "$guests/amd64/vmlinuz" vmlinuz

for cpu in max qemu64; do
	run 0 -cpu $cpu -m 1024 -serial file:serial -no-reboot --timeout 500 \
	    -kernel "$guests/xen/xen" -initrd "vmlinuz console=hvc0 quiet,initrd.gz" \
	    -append "com1=115200,8n1 console=com1 dom0_mem=512M noreboot"
	expect 'Xen version 4.17' 'dom0: on xen 4.17' 'Entering ACPI S5 state'
done
