#!/bin/sh
#
# Debian's virtio drivers: an ext4 file system on /dev/vda is read and written, a
# second disk is read-only; what was written is in the image.  The run is
# recorded and replayed, and saved in the middle, with equal hashes.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz
PATH=$PATH:/sbin:/usr/sbin
command -v mke2fs >/dev/null || { echo "no mke2fs (Debian's package e2fsprogs has it)"; exit 77; }

mkdir files
head -c 3000000 /dev/urandom >files/random
sum=$(md5sum <files/random | cut -d ' ' -f 1)
mke2fs -q -t ext4 -d files -U 01234567-89ab-cdef-0123-456789abcdef disk 16M || fail "mke2fs"
cp disk before
head -c 1048576 /dev/urandom >second
second=$(md5sum <second | cut -d ' ' -f 1)

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
while read -r m; do insmod "$m"; done </etc/modules
mkdir -p /mnt
mount -t ext4 /dev/vda /mnt && echo "blk: mounted"
echo "blk: sum $(md5sum </mnt/random)"
echo "blk: second $(md5sum </dev/vdb)"
echo "blk: sizes $(cat /sys/block/vda/size /sys/block/vdb/size | tr '\n' ' ')"
echo "blk: serial $(cat /sys/block/vda/serial) ro $(cat /sys/block/vda/ro /sys/block/vdb/ro | tr '\n' ' ')"
cp /mnt/random /mnt/copy
echo "written by the guest" >/mnt/note
sync
rm /mnt/random
umount /mnt
echo x | dd of=/dev/vdb 2>/dev/null || echo "blk: vdb refuses"
grep -i virtio /proc/interrupts
echo "blk: done"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" \
    -m "virtio_pci virtio_blk ext4 crc32c_generic" -o initrd.gz init || fail "no initramfs"

machine() {
	want=$1
	shift
	run "$want" -m 256 -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
	    -append "console=ttyS0 quiet" -no-reboot --timeout 200 \
	    -drive file=second,if=virtio,format=raw,index=1,readonly=on "$@"
}

# Straight to the image.
machine 0 -serial file:serial -drive file=disk,if=none,id=d0,format=raw \
    -device virtio-blk-pci,drive=d0
expect 'blk: mounted' "blk: sum $sum" "blk: second $second" 'blk: sizes 32768 2048' \
    'blk: serial RLV00001 ro 0 1' 'blk: vdb refuses' 'blk: done'
debugfs -R "cat note" disk 2>/dev/null | grep -q "written by the guest" ||
    fail "the image has no note"
[ "$(debugfs -R "cat copy" disk 2>/dev/null | md5sum | cut -d ' ' -f 1)" = "$sum" ] ||
    fail "the copy differs"
e2fsck -fn disk >fsck 2>&1 || { cat fsck; fail "the file system is damaged"; }

# The same again, recorded; the image stays.
cp before disk
machine 0 -serial file:serial -drive file=disk,if=virtio --record blk.rec --hash-log hashes
expect 'blk: done'
cmp disk before || fail "the recording wrote to the image"
"$RINGLAB" --replay blk.rec --hash-log again.hashes -serial file:again 2>messages ||
    { cat messages; fail "the replay"; }
cmp serial again || fail "the output differs"
cmp hashes again.hashes || fail "the hashes differ"

# Cut in two by a snapshot.
end=$(awk 'END { print $3 }' hashes)
machine 6 -serial file:first -drive file=disk,if=virtio --limit-cycles $((end * 9 / 10)) \
    --save-at-end part.rls
machine 0 -serial file:rest -drive file=disk,if=virtio -loadvm part.rls --hash-log rest.hashes
cat first rest | cmp - serial || fail "another output behind the snapshot"
[ "$(tail -n 1 hashes)" = "$(tail -n 1 rest.hashes)" ] || fail "another end behind the snapshot"
