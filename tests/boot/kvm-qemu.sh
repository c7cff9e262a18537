#!/bin/sh
#
# A stranger's hypervisor: Debian's qemu with -accel kvm, packed into the initramfs,
# boots Debian's kernel to a shell of its own, with nested paging and without.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz
qemu=$(command -v qemu-system-x86_64) || { echo "no qemu-system-x86_64"; exit 77; }

cat >inner <<'END'
#!/bin/sh
mount -t proc proc /proc
exec </dev/console >/dev/console 2>&1
echo "inner: runs on $(uname -m), hypervisor $(grep -c -w hypervisor /proc/cpuinfo)"
poweroff -f
END
cat >outer <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /tmp
exec </dev/console >/dev/console 2>&1
npt=$(sed -n 's/.*npt=\([01]\).*/\1/p' /proc/cmdline)
modprobe kvm_amd "npt=$npt"
echo "outer: npt $(cat /sys/module/kvm_amd/parameters/npt)"
qemu-system-x86_64 -accel kvm -cpu host -m 128 -nodefaults -display none -no-reboot \
    -serial stdio -L /rom -kernel /inner/vmlinuz -initrd /inner/initrd.gz \
    -append "console=ttyS0 quiet"
echo "outer: qemu ends with $?"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o inner.gz inner || fail "no initramfs"

# shellcheck disable=SC2046
set -- $(packed_qemu "$qemu" bios-256k.bin linuxboot_dma.bin kvmvapic.bin)
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" -m kvm-amd \
    -f "$guests/amd64/vmlinuz=inner/vmlinuz" \
    -f inner.gz=inner/initrd.gz "$@" -o initrd.gz outer || fail "no initramfs"

for npt in 1 0; do
	run 0 -cpu max -m 768 -serial file:serial -kernel "$guests/amd64/vmlinuz" \
	    -initrd initrd.gz -append "console=ttyS0 quiet npt=$npt" -no-reboot --timeout 1700
	expect 'inner: runs on x86_64, hypervisor 1' 'outer: qemu ends with 0'
done
