#!/bin/sh
#
# KVM inside: Debian's kernel loads kvm_amd, with nested paging and with KVM's own
# shadow page tables, and runs the machines of tests/boot/kvm_guest.c.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
for npt in 1 0; do
	modprobe kvm_amd npt=$npt || echo "kvm: FAILED: modprobe"
	echo "kvm: with npt=$(cat /sys/module/kvm_amd/parameters/npt)"
	kvm_guest && echo "kvm: npt=$npt passes"
	rmmod kvm_amd
done
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" -m kvm-amd \
    -f "$BUILDDIR/tests/boot/kvm_guest=bin/kvm_guest" -o initrd.gz init ||
    fail "no initramfs"

run 0 -cpu max -m 256 -serial file:serial -kernel "$guests/amd64/vmlinuz" \
    -initrd initrd.gz -append "console=ttyS0 quiet" -no-reboot --timeout 280
expect 'kvm: npt=1 passes' 'kvm: npt=0 passes'
for npt in '1Y' '0N'; do
	grep -aq "kvm: with npt=[$npt]" serial || fail "npt is not one of $npt"
done
grep -aq 'kvm: NOT\|kvm: FAILED' serial && fail "a claim does not hold"
exit 0
