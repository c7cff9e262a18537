#!/bin/sh
#
# demo.sh - boot Debian's kernel to a script of ours and say what it cost
#
# "make demo" calls it in the build directory.  The kernel is that of Debian's
# linux-image-amd64, downloaded and unpacked under guests/; the initramfs is made
# on the spot from busybox and tools/demo-init.  Exit status 0 only when the
# kernel booted, the script ran to its end, and the machine was powered off.

set -u
: "${SRCDIR:?}" "${BUILDDIR:?}" "${RINGLAB:?}"

dir=$BUILDDIR/demo
kernel=$BUILDDIR/guests/amd64

die() {
	echo "demo: $*" >&2
	exit 1
}

sh "$SRCDIR/tools/guest-kernel.sh" -d "$BUILDDIR/guests" amd64 ||
    die "there is no kernel to boot"
mkdir -p "$dir" || die "cannot make $dir"
sh "$SRCDIR/tools/mkinitramfs.sh" -o "$dir/initrd.gz" "$SRCDIR/tools/demo-init" ||
    die "cannot make an initramfs"

echo "  BOOT    $(basename "$(readlink -f "$kernel/vmlinuz")")"
rm -f "$dir/output" "$dir/status"
{
	"$RINGLAB" -m 256 -nographic -no-reboot -pace max --timeout 600 --cost \
	    --stats "$dir/stats.json" -kernel "$kernel/vmlinuz" \
	    -initrd "$dir/initrd.gz" -append "console=ttyS0 quiet panic=-1" \
	    </dev/null
	echo $? >"$dir/status"
} | tee "$dir/output"

status=$(cat "$dir/status")
[ "$status" -eq 0 ] || die "ringlab ended with status $status"
grep -q 'demo: all of it happened' "$dir/output" ||
    die "the script did not come to its end"
grep -q 'MIPS' "$dir/output" || die "there is no table of costs"
