#!/bin/sh
#
# Virtualization in a guest's guest: Debian with KVM runs Debian with KVM (qemu
# -accel kvm), which runs the machines of tests/boot/kvm_guest.c.  With nested paging
# in both, in the outer one and in none; then with one more Debian in between.  Our own
# VMM, too, takes the place of the inner Debian.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz
qemu=$(command -v qemu-system-x86_64) || { echo "no qemu-system-x86_64"; exit 77; }

# All levels are the same; what is in /next is run, or kvm_guest.  The word npt= has a
# digit for each level, room= what the next ones have of memory.
cat >level <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /tmp
exec </dev/console >/dev/console 2>&1
word() {
	sed -n "s/.* $1=\([0-9,]*\).*/\1/p" /proc/cmdline
}
say() {
	echo "level $level: $* at $(cut -d' ' -f1 /proc/uptime)"
}
machine() {
	qemu-system-x86_64 -accel kvm -cpu host -nodefaults -display none -no-reboot \
	    -serial stdio -L /rom "$@"
	say "qemu ends with $?"
}
level=$(word level)
npt=$(word npt | cut -c "$level")
room=$(word room)
modprobe kvm_amd "npt=$npt"
say "npt $(cat /sys/module/kvm_amd/parameters/npt)"
if [ -r /next/initrd.gz ]; then
	machine -m "${room%%,*}" -kernel /next/vmlinuz -initrd /next/initrd.gz \
	    -append "console=ttyS0 quiet level=$((level + 1)) npt=$(word npt) room=${room#*,}"
else
	kvm_guest && say "the next one is well"
fi
if [ -r /vmm/vmm.elf ]; then
	for how in $([ "$npt" = 0 ] || echo nested) shadow; do
		machine -m 128 -kernel /vmm/vmm.elf -append "report=serial mem=$how" \
		    -initrd "/vmm/guest.elf workload=fork n=4 mem=16M"
	done
fi
poweroff -f
END

# pack OUT OPTION...
pack() {
	out=$1
	shift
	sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" -m kvm-amd "$@" \
	    -o "$out" level || fail "no initramfs"
}
# shellcheck disable=SC2046
set -- $(packed_qemu "$qemu" bios-256k.bin linuxboot_dma.bin multiboot_dma.bin kvmvapic.bin) \
    -f "$guests/amd64/vmlinuz=next/vmlinuz"
pack last.gz -f "$BUILDDIR/tests/boot/kvm_guest=bin/kvm_guest"
pack middle.gz -f last.gz=next/initrd.gz "$@"
pack two.gz -f last.gz=next/initrd.gz -f "$BUILDDIR/vmm/vmm.elf=vmm/vmm.elf" \
    -f "$BUILDDIR/vmm/guest/guest.elf=vmm/guest.elf" "$@"
pack three.gz -f middle.gz=next/initrd.gz "$@"

# What the VMM's guest says must not depend on who is below.
run 0 -cpu max -m 128 -serial file:serial -nodefaults -no-reboot --timeout 100 \
    -kernel "$BUILDDIR/vmm/guest/guest.elf" -append "workload=fork n=4 mem=16M"
sum=$(tr -d '\r' <serial | grep '^# checksum=') || fail "no checksum"

# levels INITRD NPT ROOM MACHINES GUESTS: so many qemus, and guests of the VMM
levels() {
	begun=$(date +%s)
	run 0 -cpu max -m 1536 -serial file:serial -kernel "$guests/amd64/vmlinuz" \
	    -initrd "$1.gz" -append "console=ttyS0 quiet level=1 npt=$2 room=$3" \
	    -no-reboot --timeout 1700
	echo "npt $2: $(($(date +%s) - begun)) seconds of the host"
	tr -d '\r' <serial | grep -a '^level\|ns an exit'
	expect "level ${#2}: the next one is well"
	grep -aq 'kvm: NOT\|kvm: FAILED' serial && fail "a claim does not hold"
	[ "$(grep -ac ': qemu ends with 0' serial)" -eq "$4" ] || fail "not $4 times 0 of qemu"
	[ "$(tr -d '\r' <serial | grep -acx "$sum")" -eq "$5" ] || fail "not $5 times $sum"
}

levels two 11 192 3 2
levels two 10 192 3 2
levels two 00 192 2 1
levels three 111 768,320 2 0
