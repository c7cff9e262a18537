#!/bin/sh
#
# GRUB's menu in a graphics mode: a key moves the bar, another starts the entry it is
# on; the choice is told on the serial port.

. "$SRCDIR/tests/boot/screen_lib.sh"
patience=60

for need in grub-mkrescue:grub-common xorriso:xorriso mformat:mtools convert:imagemagick; do
	command -v "${need%:*}" >/dev/null || {
		echo "no ${need%:*} (package ${need#*:})"
		exit 77
	}
done
[ -r /usr/lib/grub/i386-pc/gfxterm.mod ] || {
	echo "no GRUB modules (package grub-pc-bin)"
	exit 77
}
grep -q '^#define HAVE_PNG' "$BUILDDIR/config.h" || {
	echo "built without libpng (package libpng-dev)"
	exit 77
}

mkdir -p tree/boot/grub
cp /usr/share/grub/unicode.pf2 tree/boot/grub || fail "no font"
cat >tree/boot/grub/grub.cfg <<'END'
insmod all_video
insmod gfxterm
insmod serial
serial --unit=0 --speed=115200
loadfont /boot/grub/unicode.pf2
set gfxmode=800x600
terminal_output gfxterm
set menu_color_normal=light-gray/black
set menu_color_highlight=white/red
set timeout=-1
menuentry "First" { terminal_output serial; echo the first was chosen; sleep 1000; }
menuentry "Second" { terminal_output serial; echo the second was chosen; sleep 1000; }
END
grub-mkrescue -o grub.iso tree >mkrescue.log 2>&1 || fail "$(cat mkrescue.log)"

# bar_at Y: is it red there?  Rows have 16 pixels.
bar_at() {
	answer 'screendump screen.png'
	[ "$(convert screen.png -format "%[fx:p{700,$1}.r>0.6&&p{700,$1}.g<0.1]" info:)" = 1 ]
}

: >serial
start -display none -serial file:serial -cdrom grub.iso --timeout 200
soon bar_at 83 || fail "no menu"
[ "$(convert screen.png -format '%wx%h' info:)" = 800x600 ] || fail "not 800 x 600"
press down
soon bar_at 99 || fail "the bar does not move"
bar_at 83 && fail "two bars"
press ret
chosen() {
	grep -aq 'the second was chosen' serial
}
soon chosen || fail "the entry was not started"
answer 'quit'
ended 0
echo "GRUB's graphical menu is led by keys"
