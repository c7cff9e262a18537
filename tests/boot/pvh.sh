#!/bin/sh
#
# PVH kernels: one of ours, which looks at what it was told, and vmlinux, as it is
# packed in Debian's vmlinuz.

. "$SRCDIR/tests/boot/lib.sh"

printf hello >hello
for engine in threaded reference; do
	run 1 -kernel "$BUILDDIR/tests/boot/pvh_guest.elf" -append told -initrd hello -m 64 \
	    -engine $engine -device isa-debug-exit,iobase=0xf4,iosize=4 -timeout 60
done

need amd64/vmlinuz
command -v xz >/dev/null || { echo "no xz"; exit 77; }

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
exec </dev/console >/dev/console 2>&1
echo "pvh: told $(sed 's/.*told=//' /proc/cmdline)"
echo "pvh: $(awk '/MemTotal/ { print ($2 > 190000 && $2 < 262144) ? "memory is right" : $2 }' /proc/meminfo)"
echo "pvh: processors $(grep -c ^processor /proc/cpuinfo)"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"

# u32 OFFSET: of the header
u32() {
	od -An -t u4 -j "$1" -N 4 "$guests/amd64/vmlinuz" | tr -d ' '
}

# Linux, Documentation/arch/x86/boot.rst: the payload is at payload_offset of the
# protected-mode code; the length of the unpacked kernel follows what xz makes.
setup=$(od -An -t u1 -j 497 -N 1 "$guests/amd64/vmlinuz" | tr -d ' ')
tail -c +$(((setup + 1) * 512 + $(u32 584) + 1)) "$guests/amd64/vmlinuz" |
    head -c $(($(u32 588) - 4)) | xz -dc >vmlinux || { echo "the kernel is not packed by xz"; exit 77; }

for smp in 2; do
	run 0 -m 256 -smp $smp -serial file:serial -kernel vmlinux -initrd initrd.gz \
	    -append "console=ttyS0 told=everything" -no-reboot --timeout 200
	expect 'Booting paravirtualized kernel' 'pvh: told everything' 'pvh: memory is right' \
	    "pvh: processors $smp" 'ACPI: RSDP'
done
