#!/bin/sh
#
# Debian from a virtio disk alone: SeaBIOS, GRUB in its boot sector and the gap
# behind, kernel and initramfs from ext4 in its first partition.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz
PATH=$PATH:/sbin:/usr/sbin
grub=/usr/lib/grub/i386-pc
command -v mke2fs >/dev/null || { echo "no mke2fs (e2fsprogs)"; exit 77; }
command -v grub-mkimage >/dev/null || { echo "no grub-mkimage (grub-common)"; exit 77; }
[ -r $grub/boot.img ] || { echo "no $grub/boot.img (grub-pc-bin)"; exit 77; }

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
while read -r m; do insmod "$m"; done </etc/modules
mkdir -p /mnt
mount -t ext4 -o ro /dev/vda1 /mnt && echo "boot: $(cat /mnt/note)"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" \
    -m "virtio_pci virtio_blk ext4 crc32c_generic" -o initrd.gz init || fail "no initramfs"

cat >grub.cfg <<'END'
serial --unit=0 --speed=115200
terminal_output serial
echo GRUB is here
linux /boot/vmlinuz console=ttyS0 quiet
initrd /boot/initrd.gz
boot
END
grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot' -c grub.cfg -o core.img biosdisk part_msdos \
    ext2 linux serial terminal echo boot normal || fail "grub-mkimage"

mkdir -p files/boot
cp "$guests/amd64/vmlinuz" initrd.gz files/boot
echo "from the partition" >files/note
# One partition from sector 2048 on, of 61440 sectors: bytes 446 to 461 and the mark.
truncate -s 31M disk
{
	head -c 440 $grub/boot.img
	printf '\0\0\0\0\0\0\200\0\0\0\203\0\0\0\0\010\0\0\0\360\0\0'
	head -c 48 /dev/zero
	printf '\125\252'
} | dd of=disk conv=notrunc 2>/dev/null
dd if=core.img of=disk bs=512 seek=1 conv=notrunc 2>/dev/null
mke2fs -q -t ext4 -d files -E offset=1048576 disk 30M || fail "mke2fs"

run 0 -m 256 -drive file=disk,if=virtio,format=raw -serial file:serial -no-reboot --timeout 250
expect 'GRUB is here' 'boot: from the partition'
