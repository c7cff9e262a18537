# tests/boot/disk-lib.sh - Debian with ext4 on raw and qcow2 images, as IDE and virtio
# disks of one machine, and a qcow2 image in a CD drive; read with "."

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz
PATH=$PATH:/sbin:/usr/sbin
for tool in mke2fs e2fsck debugfs; do
	command -v $tool >/dev/null || { echo "no $tool (e2fsprogs)"; exit 77; }
done
command -v qemu-img >/dev/null || { echo "no qemu-img (qemu-utils)"; exit 77; }

disks="sda sdb vda vdb"
drives="-hda sda.raw -hdb sdb.qcow2 -drive file=vda.raw,if=virtio,format=raw
    -drive file=vdb.qcow2,if=virtio -cdrom cd.qcow2"
head -c 3000320 /dev/urandom >cd
qemu-img convert -c -f raw -O qcow2 cd cd.qcow2 || fail "qemu-img convert"
cd_sum=$(md5sum <cd | cut -d ' ' -f 1)

cat >init <<'EOF'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
while read -r m; do insmod "$m"; done </etc/modules
disks=$(sed 's/.*disks=\([^ ]*\).*/\1/; s/,/ /g' /proc/cmdline)
for d in $disks; do
	n=0
	until [ -b /dev/$d ] || [ $n -gt 100 ]; do sleep 0.1; n=$((n + 1)); done
	mkdir -p /m/$d
	mount -t ext4 /dev/$d /m/$d || echo "boot: no $d"
done
each() { for d in $disks; do "$@"; done; }

if grep -q cut /proc/cmdline; then
	more() {
		head -c 20000 /dev/urandom >/m/$d/f$n
		sha256sum </m/$d/f$n >/m/$d/s$n
	}
	# What the last power cut left of its last file is as it may be.
	n=401
	for d in $disks; do
		have=$(cat /m/$d/s* 2>/dev/null | wc -l)
		[ "$have" -ge "$n" ] || n=$have
	done
	[ "$n" -eq 0 ] || n=$((n - 1))
	while [ "$n" -lt 400 ]; do
		n=$((n + 1))
		each more
		sync
		echo "boot: synced $n"
	done
	poweroff -f
fi
fill() {
	head -c 1500000 /dev/urandom >/m/$d/data
	sha256sum </m/$d/data >/m/$d/sum
}
back() {
	[ "$(sha256sum </m/$d/data)" = "$(cat /m/$d/sum)" ] && echo "boot: $d reads back"
	umount /m/$d
	echo "boot: $d is $(md5sum </dev/$d)"
}
if [ -e /m/sda/sum ]; then
	echo "boot: sr0 is $(md5sum </dev/sr0)"
	each back
	echo "boot: done"
	poweroff -f
fi
each fill
sync
echo "boot: written"
reboot -f
EOF
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" \
    -m "ata_piix sd_mod sr_mod virtio_pci virtio_blk ext4 crc32c_generic" -o initrd.gz init || fail "no initramfs"

# new_disks: with empty file systems; qcow2 over a raw file
new_disks() {
	rm -f empty.raw ./?d?.qcow2 ./?d?.raw
	truncate -s 16M empty.raw
	mke2fs -q -t ext4 empty.raw || fail "mke2fs"
	for d in $disks; do
		case $drives in
		*$d.raw*)	cp empty.raw $d.raw ;;
		*)	qemu-img create -q -f qcow2 -b empty.raw -F raw $d.qcow2 ||
			    fail "qemu-img create" ;;
		esac
	done
}

before=

# boot WORD OPTION...: with the word on the kernel's command line
boot() {
	word=$1
	shift
	# shellcheck disable=SC2086
	$before "$RINGLAB" -m 256 -display none -pace max -serial file:serial $drives \
	    -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
	    -append "console=ttyS0 quiet disks=$(echo $disks | tr ' ' ,) $word" "$@" 2>messages
}

# raw_of DISK: its contents as check.raw; leaks are all that may be wrong
raw_of() {
	if [ -f "$1.raw" ]; then
		cp "$1.raw" check.raw
		return
	fi
	qemu-img check -q -f qcow2 "$1.qcow2"
	case $? in
	0 | 3)	;;
	*)	fail "qemu-img check: $1" ;;
	esac
	qemu-img convert -f qcow2 -O raw "$1.qcow2" check.raw || fail "qemu-img convert: $1"
}

# check_cut DISK N: everything up to N is whole
check_cut() {
	raw_of "$1"
	e2fsck -fp check.raw >fsck 2>&1
	[ $? -le 1 ] || { cat fsck; fail "e2fsck: $1 after the power was cut"; }
	i=1
	while [ $i -le "$2" ]; do
		rm -f f s
		debugfs -R "dump /f$i f" check.raw 2>/dev/null
		debugfs -R "dump /s$i s" check.raw 2>/dev/null
		[ -s s ] && [ "$(sha256sum <f)" = "$(cat s)" ] ||
		    fail "$1: file $i of $2 that were synced"
		i=$((i + 1))
	done
}

synced() {
	sed -n 's/^boot: synced \([0-9]*\)\r*$/\1/p' serial 2>/dev/null | tail -n 1
}

# power_cut SECONDS: the power fails this long after the guest has synced once
power_cut() {
	rm -f serial
	before=exec
	boot cut &
	before=
	until [ -n "$(synced)" ]; do
		sleep 0.1
		kill -0 $! 2>/dev/null || { cat messages; fail "the guest did not sync"; }
	done
	sleep "$1"
	kill -9 $!
	wait $! 2>/dev/null
	n=$(synced)
	for d in $disks; do
		check_cut "$d" "$n"
	done
	echo "power cut after $1 s, $n syncs"
}
