#!/bin/sh
#
# GRUB's own functional tests, as its test suite runs them in qemu: arithmetic, time,
# regular expressions, and checksums of what it draws in every video mode.

. "$SRCDIR/tests/boot/lib.sh"
for tool in grub-mkrescue xorriso mformat; do
	command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
font=/usr/share/grub/unicode.pf2
[ -r /usr/lib/grub/i386-pc/functional_test.mod ] && [ -r $font ] || { echo "no grub-pc-bin"; exit 77; }

mkdir -p iso/boot/grub/fonts
cp $font iso/boot/grub/fonts/
cat >iso/boot/grub/grub.cfg <<'END'
grubshell=yes
serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
insmod functional_test
all_functional_test
halt
END
grub-mkrescue -o grub.iso -d /usr/lib/grub/i386-pc iso >mkrescue 2>&1 || { cat mkrescue; fail "no image"; }
run 0 -m 512 -cdrom grub.iso -serial file:serial -no-reboot --timeout 1200
expect 'ALL TESTS PASSED'
