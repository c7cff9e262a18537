#!/bin/sh
#
# Floppy disks: SeaBIOS starts GRUB from one; Linux' driver reads, writes and formats
# them through the DMA controller, and a recording of that plays the same.

. "$SRCDIR/tests/boot/lib.sh"

dir=/usr/lib/grub/i386-pc
[ -r $dir/boot.img ] && command -v grub-mkimage >/dev/null || {
	echo "no GRUB for the BIOS (grub-pc-bin)"
	exit 77
}
cat >early.cfg <<'END'
serial --unit=0
terminal_output serial
echo "GRUB on a floppy, root $root"
ls
halt
END
grub-mkimage -O i386-pc -p '(fd0)/boot' -c early.cfg -o core.img biosdisk serial terminal \
    echo ls halt || fail "no core image"
cat $dir/boot.img core.img >grub.img
truncate -s 1440K grub.img
run 0 -fda grub.img -boot order=a -serial file:serial --timeout 120
expect 'GRUB on a floppy' '(fd0)'

# An image that is shorter than its format (1440 KiB then); with once=, at a reset the order
# counts.
truncate -s 300000 short.img
dd if=grub.img of=short.img conv=notrunc bs=1k count=200 2>/dev/null
truncate -s 300032 short.img
run 0 -drive file=short.img,if=floppy,readonly=on -boot once=a,order=c -serial file:serial \
    --timeout 120
expect 'GRUB on a floppy'

need amd64/vmlinuz
cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
modprobe floppy || insmod $(find /lib/modules -name 'floppy.ko*')
sleep 1
echo "floppy: size $(cat /sys/block/fd0/size 2>/dev/null)"
dd if=/dev/fd0 bs=18k 2>/dev/null | sha256sum | cut -d ' ' -f 1
dd if=/dev/zero of=/dev/fd1 bs=512 seek=7 count=40 2>/dev/null
printf 'written by the guest' | dd of=/dev/fd1 bs=512 seek=700 conv=sync 2>/dev/null
sync
dd if=/dev/fd1 bs=512 skip=700 count=1 2>/dev/null | head -c 20
echo
grep floppy /proc/interrupts /proc/dma
echo "floppy: done"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" -m floppy -o initrd.gz init ||
    fail "no initramfs"
head -c 1474560 "$guests/amd64/vmlinuz" >a.img
head -c 737280 "$guests/amd64/vmlinuz" >b.img
cp b.img b.orig
run 0 -m 256 -fda a.img -fdb b.img -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
    -append "console=ttyS0" -no-reboot -serial file:serial -timeout 170
expect "$(sha256sum <a.img | cut -d ' ' -f 1)" 'written by the guest' 'floppy: done'
[ "$(dd if=b.img bs=512 skip=700 count=1 2>/dev/null | head -c 20)" = 'written by the guest' ] ||
	fail "what the guest wrote is not in the image"
cmp -s b.img b.orig && fail "nothing was written"

cp b.orig b.img
run 0 -m 256 -fda a.img -fdb b.img -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
    -append "console=ttyS0" -no-reboot -serial file:serial -timeout 170 -record run.rec \
    -hash-log recorded
expect 'written by the guest' 'floppy: done'
cmp -s b.img b.orig || fail "a recording wrote to the image"
run 0 -replay run.rec -hash-log replayed -timeout 170
cmp recorded replayed || fail "the recording does not play the same"
