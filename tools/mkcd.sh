#!/bin/sh
#
# mkcd.sh -l grub|isolinux -o OUT KERNEL INITRD APPEND [FILE=DEST...]
#
# Makes a CD that boots KERNEL with INITRD and the command line APPEND by
# itself, through El Torito without emulation.  The loader talks to COM1.  The
# other files lie on the CD as named.  The same input gives the same bytes.

set -eu
LC_ALL=C
export LC_ALL

loader=
out=

usage() {
	echo "usage: mkcd.sh -l grub|isolinux -o OUT KERNEL INITRD APPEND" \
	    "[FILE=DEST]..." >&2
	exit 1
}

die() {
	echo "mkcd.sh: $*" >&2
	exit 1
}

# first FILE...: the first that is there
first() {
	for file; do
		if [ -r "$file" ]; then
			echo "$file"
			return
		fi
	done
	die "no $1"
}

# The configuration is in the image, so that no other has to be found.
put_grub() {
	mkdir -p "$tree/boot/grub"
	cat >"$tree.cfg" <<EOF
serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
echo GRUB starts the kernel
linux /boot/vmlinuz $append
initrd /boot/initrd.gz
boot
EOF
	command -v grub-mkimage >/dev/null || die "no grub-mkimage (grub-common)"
	# cdboot.img and core.img together are what El Torito loads.
	grub-mkimage -O i386-pc-eltorito -p /boot/grub -c "$tree.cfg" \
	    -o "$tree/boot/grub/eltorito.img" \
	    biosdisk iso9660 linux serial terminal echo boot normal
	image=boot/grub/eltorito.img
}

put_isolinux() {
	mkdir -p "$tree/isolinux"
	cp "$(first /usr/lib/ISOLINUX/isolinux.bin)" "$tree/isolinux"
	cp "$(first /usr/lib/syslinux/modules/bios/ldlinux.c32)" "$tree/isolinux"
	cat >"$tree/isolinux/isolinux.cfg" <<EOF
SERIAL 0 115200
DEFAULT debian
PROMPT 0
LABEL debian
KERNEL /boot/vmlinuz
INITRD /boot/initrd.gz
APPEND $append
EOF
	image=isolinux/isolinux.bin
}

while getopts l:o: option; do
	case $option in
	l)	loader=$OPTARG ;;
	o)	out=$OPTARG ;;
	*)	usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -ge 3 ] && [ -n "$out" ] || usage
append=$3

tree=$out.tree
rm -rf "$tree"
mkdir -p "$tree/boot"
trap 'rm -rf "$tree" "$tree.cfg" "$tree.log"' EXIT
cp "$1" "$tree/boot/vmlinuz"
cp "$2" "$tree/boot/initrd.gz"
shift 3
for file; do
	mkdir -p "$(dirname "$tree/${file#*=}")"
	cp "${file%%=*}" "$tree/${file#*=}"
done
case $loader in
grub)		put_grub ;;
isolinux)	put_isolinux ;;
*)		usage ;;
esac
chmod -R u+w "$tree"

# xorriso takes its date from there, those of files from the files.
SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH
find "$tree" -exec touch -h -d @$SOURCE_DATE_EPOCH {} +
xorriso -as mkisofs -quiet -R -J -V RINGLAB --set_all_file_dates set_to_mtime \
    -b $image -c boot/boot.cat -no-emul-boot -boot-load-size 4 \
    -boot-info-table -o "$out" "$tree" 2>"$tree.log" || {
	cat "$tree.log" >&2
	die "xorriso failed"
}
