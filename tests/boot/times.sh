#!/bin/sh
#
# What boots cost here, on qemu (TCG) and on Bochs: user seconds of the program from its
# start until the guest has ended the machine.  The table for docs/performance.md
# comes out; user time, because the host may be shared.
#
# Bochs has no -kernel: it boots from the CD.  BOOT_LIMIT is in seconds of processor
# time.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz i386-netboot/linux
for tool in qemu-system-x86_64:qemu-system-x86 bochs:bochs script:bsdutils /usr/bin/time:time; do
	command -v "${tool%:*}" >/dev/null || { echo "no ${tool%:*} (package ${tool#*:})"; exit 77; }
done
BOOT_LIMIT=${BOOT_LIMIT-480}

# on PROGRAM TEXT COMMAND...: its user seconds, or why there are none
on() {
	program=$1 text=$2
	shift 2
	rm -f serial
	/usr/bin/time -o seconds -f %U sh -c 'ulimit -t "$0"; exec timeout --foreground \
	    $((5 * $0)) "$@"' "$BOOT_LIMIT" "$@" >"$program.log" 2>&1 </dev/null
	if grep -aqF -e "$text" serial 2>/dev/null; then
		tail -n 1 seconds
	else
		echo "not in $BOOT_LIMIT s"
	fi
}

# row NAME TEXT OPTION...: ringlab's options, which qemu has too; with a CD also Bochs
row() {
	name=$1 text=$2
	shift 2
	ours=$(on ringlab "$text" "$RINGLAB" -display none -pace max -no-reboot -serial file:serial "$@")
	qemu=$(on qemu "$text" qemu-system-x86_64 -accel tcg -display none -no-reboot -nic none \
	    -serial file:serial "$@")
	case $* in
	*-cdrom*) bochs=$(on bochs "$text" script -qec 'bochs -q -f bochsrc -rc commands' /dev/null) ;;
	*) bochs='no -kernel' ;;
	esac
	echo "| $name | $ours | $qemu | $bochs |"
}

echo c >commands
cat >bochsrc <<-END
	megs: 512
	cpu: model=ryzen, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=1
	romimage: file=/usr/share/bochs/BIOS-bochs-latest
	vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
	ata0-master: type=cdrom, path=cd.iso, status=inserted
	boot: cdrom
	com1: enabled=1, mode=file, dev=serial
	clock: sync=none
	display_library: term
	log: bochs.out
	panic: action=fatal
END
TERM=xterm
export TERM

cat >init <<'END'
#!/bin/sh
exec </dev/console >/dev/console 2>&1
echo "boot: done"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"
mkdir -p extra
cat >extra/ringlab-init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
echo "boot: done"
echo o >/proc/sysrq-trigger
sleep 100
END
chmod 755 extra/ringlab-init
(cd extra && echo ringlab-init | cpio --quiet -o -H newc --owner=+0:+0) >extra.cpio ||
    fail "no cpio"
cat "$guests/i386-netboot/initrd.gz" >initrd32
gzip -c extra.cpio >>initrd32

echo '| boot | ringlab | qemu | Bochs |'
echo '| --- | --- | --- | --- |'
row 'Debian amd64 by `-kernel` to a shell script and off' 'boot: done' -m 256 \
    -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz -append 'console=ttyS0'
row 'i386 installer by `-kernel`, 2-level paging' 'boot: done' -m 512 \
    -kernel "$guests/i386-netboot/linux" -initrd initrd32 \
    -append 'console=ttyS0 rdinit=/ringlab-init'
for loader in isolinux grub; do
	sh "$SRCDIR/tools/mkcd.sh" -l $loader -o cd.iso "$guests/amd64/vmlinuz" initrd.gz \
	    console=ttyS0 >mkcd.log 2>&1 || fail "no CD: $(cat mkcd.log)"
	row "Debian amd64 from a CD with $loader" 'boot: done' -m 512 -cdrom cd.iso -boot d
done
