# tests/boot/cd.sh - Debian's kernel from a CD; read with "." by two scripts
#
# cd_boot LOADER TEXT...: SeaBIOS starts LOADER, which says TEXTs, from the CD;
# it loads kernel and initramfs; the kernel drives the CD itself, reads a file
# of 4 MB from it, and powers off.

. "$SRCDIR/tests/boot/lib.sh"

cd_boot() {
	loader=$1
	shift
	need amd64/vmlinuz
	data=$guests/amd64/System.map
	sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" \
	    -m 'ata_piix sr_mod isofs' -o initrd.gz "$SRCDIR/tools/cd-init" ||
	    fail "no initramfs"
	sh "$SRCDIR/tools/mkcd.sh" -l "$loader" -o cd.iso \
	    "$guests/amd64/vmlinuz" initrd.gz console=ttyS0 "$data=data" ||
	    fail "no CD"
	if [ -n "$RINGLAB_SHORT" ]; then
		run 6 -m 512 -cdrom cd.iso -serial file:serial --limit-cycles 7G
		expect "$@" 'Linux version'
		exit 0
	fi
	run 0 -m 512 -cdrom cd.iso -serial file:serial -no-reboot --timeout 800
	expect "$@" 'Linux version' 'boot: runs on x86_64' \
	    "boot: sha256 $(sha256sum <"$data" | cut -d ' ' -f 1)" 'boot: done' \
	    'reboot: Power down'
}
