#!/bin/sh
#
# Virtualization in a guest's guest: Debian with KVM runs Debian with KVM (qemu
# -accel kvm), which runs the machines of tests/boot/kvm_guest.c; and our own VMM takes
# the place of the inner Debian.  With nested paging in both, in the outer and in none.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz
qemu=$(command -v qemu-system-x86_64) || { echo "no qemu-system-x86_64"; exit 77; }

cat >second <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
npt=$(sed -n 's/.*npt=\([01]\).*/\1/p' /proc/cmdline)
modprobe kvm_amd "npt=$npt"
echo "second: npt $(cat /sys/module/kvm_amd/parameters/npt)"
kvm_guest && echo "second: the third level is well"
poweroff -f
END
cat >first <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /tmp
exec </dev/console >/dev/console 2>&1
seconds() {
	cut -d' ' -f1 /proc/uptime
}
machine() {
	timeout -s KILL 600 qemu-system-x86_64 -accel kvm -cpu host -nodefaults -display none \
	    -no-reboot -serial stdio -L /rom "$@"
	echo "first: qemu ends with $? at $(seconds)"
}
word() {
	sed -n "s/.* $1=\([a-z01]*\).*/\1/p" /proc/cmdline
}
modprobe kvm_amd "npt=$(word npt1)"
echo "first: npt $(cat /sys/module/kvm_amd/parameters/npt)," \
    "nested $(cat /sys/module/kvm_amd/parameters/nested), at $(seconds)"
machine -m 192 -kernel /second/vmlinuz -initrd /second/initrd.gz \
    -append "console=ttyS0 quiet npt=$(word npt2)"
for mem in $([ "$(word npt1)" = 0 ] || echo nested) shadow; do
	echo "first: the VMM, mem=$mem"
	machine -m 128 -kernel /second/vmm.elf -append "report=serial mem=$mem" \
	    -initrd "/second/guest.elf workload=fork n=4 mem=16M"
done
poweroff -f
END

set --
for lib in $(libraries "$qemu"); do
	set -- "$@" -f "$lib=$lib"
done
for rom in bios-256k.bin linuxboot_dma.bin multiboot_dma.bin kvmvapic.bin; do
	for dir in /usr/share/qemu /usr/share/seabios; do
		[ ! -r $dir/$rom ] || { set -- "$@" -f "$dir/$rom=rom/$rom"; break; }
	done
done
for file in vmm.elf guest/guest.elf; do
	set -- "$@" -f "$BUILDDIR/vmm/$file=second/${file#*/}"
done
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" -m kvm-amd \
    -f "$BUILDDIR/tests/boot/kvm_guest=bin/kvm_guest" -o second.gz second ||
    fail "no initramfs"
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" -m kvm-amd \
    -f "$qemu=bin/qemu-system-x86_64" -f "$guests/amd64/vmlinuz=second/vmlinuz" \
    -f second.gz=second/initrd.gz "$@" -o initrd.gz first || fail "no initramfs"

# What the VMM's guest says must not depend on who is below.
work="workload=fork n=4 mem=16M"
run 0 -cpu max -m 128 -serial file:serial -nodefaults -no-reboot --timeout 100 \
    -kernel "$BUILDDIR/vmm/guest/guest.elf" -append "$work"
sum=$(tr -d '\r' <serial | grep '^# checksum=') || fail "no checksum"

# levels NPT1 NPT2 GUESTS: of the VMM
levels() {
	begun=$(date +%s)
	run 0 -cpu max -m 1024 -serial file:serial -kernel "$guests/amd64/vmlinuz" \
	    -initrd initrd.gz -append "console=ttyS0 quiet npt1=$1 npt2=$2" \
	    -no-reboot --timeout 1700
	echo "npt $1 and $2: $(($(date +%s) - begun)) seconds of the host"
	expect 'first: npt' 'second: npt' 'second: the third level is well'
	grep -aq 'kvm: NOT\|kvm: FAILED' serial && fail "a claim does not hold"
	[ "$(grep -ac 'first: qemu ends with 0' serial)" -eq $((1 + $3)) ] || fail "a qemu failed"
	[ "$(tr -d '\r' <serial | grep -acx "$sum")" -eq "$3" ] || fail "not $3 times $sum"
	tr -d '\r' <serial | grep -a '^first:\|^second:\|ns an exit'
}

levels 1 1 2
levels 1 0 2
levels 0 0 1
