#!/bin/sh
#
# Guests of a stranger's hypervisor: Debian's toolstack for Xen, packed into dom0's
# initramfs, makes guests of Debian's kernel: paravirtual; in an SVM guest with nested
# paging; paravirtual on a Xen that is such a guest; and with a qemu in dom0 that is
# their board.  Each says what only it can know.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz
sh "$SRCDIR/tools/guest-kernel.sh" -d "$guests" xen xen-tools ||
    { echo "no xen-hypervisor-4.17-amd64, or no xen-utils-4.17 and what it needs"; exit 77; }
tools=$guests/xen-tools/root
bin=usr/lib/xen-4.17/bin
boot=usr/lib/xen-4.17/boot
dm=usr/libexec/xen-qemu-system-i386

kinds="pv pvh shim hvm"
missing=$(LD_LIBRARY_PATH=$tools/usr/lib/x86_64-linux-gnu ldd "$tools/$dm" | grep 'not found') && {
	echo "without a guest with qemu's board: $missing"
	kinds="pv pvh shim"
}

# The shim does not pass it on.
uuid() {
	[ "$1" != shim ] || { echo 00000000-0000-0000-0000-000000000000; return; }
	echo "00000000-1111-2222-3333-$(printf %s "$1" | md5sum | cut -c 1-12)"
}

# config KIND MEGABYTES LINE...
config() {
	name=$1 memory=$2
	shift 2
	{
		[ "$name" = shim ] || echo "uuid = '$(uuid "$name")'"
		printf '%s\n' "name = '$name'" "memory = $memory" \
		    "kernel = '/domu/vmlinuz'" "ramdisk = '/domu/initrd.gz'" \
		    "on_reboot = 'destroy'" "on_crash = 'destroy'" "$@"
	} >"$name.cfg"
}

hvc="extra = 'console=hvc0 quiet name="
config pv 160 "type = 'pv'" "${hvc}pv'"
config pvh 160 "type = 'pvh'" "vcpus = 2" "${hvc}pvh'"
# Xen wants the room for its domain 0 in one piece.
config shim 384 "type = 'pvh'" "pvshim = 1" "${hvc}shim'"
config hvm 160 "type = 'hvm'" "vga = 'none'" "vnc = 0" "serial = 'file:/var/log/hvm'" \
    "extra = 'console=ttyS0 quiet name=hvm'"

cat >domu <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
exec </dev/console >/dev/console 2>&1
name=$(sed -n 's/.*name=\([a-z]*\).*/\1/p' /proc/cmdline)
sum=$(echo "$name $(cat /sys/hypervisor/uuid)" | md5sum | cut -c 1-32)
echo "domu: $(cat /sys/hypervisor/guest_type), $(nproc) of $(grep -c -w hypervisor /proc/cpuinfo), $sum"
poweroff -f
END
cat >dom0 <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /run/xenstored /run/xen /run/lock /var/lib/xenstored /var/lib/xen \
    /var/log/xen/console /etc/xen /tmp
: >/etc/xen/xl.conf
ln -s /run /var/run
ln -s /run/lock /var/lock
mount -t devpts pts /dev/pts
exec </dev/console >/dev/console 2>&1
for module in xenfs xen-privcmd xen-evtchn xen-gntdev xen-gntalloc; do
	modprobe $module || echo "dom0: FAILED: modprobe $module"
done
mount -t xenfs xenfs /proc/xen
export PATH=/usr/lib/xen-4.17/bin:/usr/bin:$PATH
xenstored
until xenstore-read -s / >/dev/null 2>&1; do sleep 1; done
xen-init-dom0 || echo "dom0: FAILED: xen-init-dom0"
xenconsoled --log=guest
xl info | grep -E '^(xen_version|virt_caps)'
for kind in $(sed -n 's/.*kinds=\([a-z+]*\).*/\1/p' /proc/cmdline | tr + ' '); do
	echo "dom0: makes $kind at $(cut -d' ' -f1 /proc/uptime)"
	xl create /domu/$kind.cfg || echo "dom0: FAILED: xl create"
	n=0
	while xl domid $kind >/dev/null 2>&1 && [ $n -lt 150 ]; do
		sleep 1
		n=$((n + 1))
	done
	tail -n 20 /var/log/xen/console/guest-$kind.log
	[ $kind != hvm ] || tail -n 20 /var/log/hvm /var/log/xen/qemu-dm-hvm.log
	if xl domid $kind >/dev/null 2>&1; then
		echo "dom0: FAILED: $kind is still there"
		xl list
		xl destroy $kind
	else
		echo "dom0: $kind is gone at $(cut -d' ' -f1 /proc/uptime)"
	fi
done
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o domu.gz domu || fail "no initramfs"

set --
programs="$bin/xl $bin/xenstored $bin/xenconsoled $bin/xen-init-dom0 usr/bin/xenstore-read"
case $kinds in
*hvm*)	programs="$programs $dm"
	for file in seabios/bios-256k.bin qemu/linuxboot.bin qemu/keymaps/en-us; do
		set -- "$@" -f "/usr/share/$file=usr/share/$file"
	done ;;
esac
for program in $programs; do
	set -- "$@" -f "$tools/$program=$program"
done
# shellcheck disable=SC2086
for lib in $(cd "$tools" && export LD_LIBRARY_PATH="$tools/usr/lib/x86_64-linux-gnu" &&
    libraries $programs); do
	set -- "$@" -f "$lib=${lib#"$tools"}"
done
for kind in $kinds; do
	set -- "$@" -f "$kind.cfg=domu/$kind.cfg"
done
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" \
    -m "xenfs xen-privcmd xen-evtchn xen-gntdev xen-gntalloc" \
    -f "$guests/amd64/vmlinuz=domu/vmlinuz" -f domu.gz=domu/initrd.gz \
    -f "$tools/$boot/hvmloader=$boot/hvmloader" -f "$tools/$boot/xen-shim=$boot/xen-shim" \
    "$@" -o initrd.gz dom0 || fail "no initramfs"
ln -s "$guests/amd64/vmlinuz" vmlinuz

run 0 -cpu max -m 1280 -serial file:serial -no-reboot --timeout 1700 \
    -kernel "$guests/xen/xen" \
    -initrd "vmlinuz console=hvc0 quiet kinds=$(echo "$kinds" | tr ' ' +),initrd.gz" \
    -append "com1=115200,8n1 console=com1 dom0_mem=512M noreboot"

# said KIND TYPE PROCESSORS
said() {
	sum=$(echo "$1 $(uuid "$1")" | md5sum | cut -c 1-32)
	expect "domu: $2, $3 of $3, $sum" "dom0: $1 is gone"
}

said pv PV 1
said pvh PVH 2
said shim PV 1
case $kinds in *hvm*) said hvm HVM 1 ;; esac
expect 'Entering ACPI S5 state'
grep -aq 'dom0: FAILED' serial && fail "something failed in dom0"
tr -d '\r' <serial | grep -a '^dom0:\|^domu:\|^virt_caps'
exit 0
