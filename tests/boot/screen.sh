#!/bin/sh
#
# The window, under Xvfb with a window manager and real events: its picture is the
# guest's, keys and mouse reach the guest, the keys of its own work, it can be
# resized and closed; a recorded session has the same hash replayed with and without
# a window.

. "$SRCDIR/tests/boot/screen_lib.sh"

grep -q '^#define HAVE_SDL' "$BUILDDIR/config.h" || {
	"$RINGLAB" -display sdl 2>messages && fail "-display sdl without SDL2"
	grep -q 'without SDL2' messages || fail "$(cat messages)"
	echo "built without SDL2 (package libsdl2-dev)"
	exit 77
}
for need in Xvfb:xvfb xdotool:xdotool xwininfo:x11-utils import:imagemagick \
    compare:imagemagick jwm:jwm; do
	command -v "${need%:*}" >/dev/null || {
		echo "no ${need%:*} (package ${need#*:})"
		exit 77
	}
done
guest=disk
cat "$BUILDDIR/tests/boot/screen_guest.bin" /dev/zero | head -c 1048576 >$guest

# --- where there is no display

unset DISPLAY WAYLAND_DISPLAY
"$RINGLAB" -display sdl -hda "$guest" 2>messages && fail "-display sdl without a display"
[ "$(wc -l <messages)" -eq 1 ] || fail "not one message: $(cat messages)"
"$RINGLAB" -display gtk 2>messages && fail "-display gtk"
grep -q 'there are sdl and none' messages || fail "$(cat messages)"

# --- X

mkfifo display
Xvfb -displayfd 3 -screen 0 1600x1200x24 3>display 2>xvfb.log &
xvfb=$!
read -r number <display || fail "no X server: $(cat xvfb.log)"
export DISPLAY=":$number"
jwm >jwm.log 2>&1 &
jwm=$!
machine=
trap 'kill $machine $jwm $xvfb 2>/dev/null' EXIT

find_window() {
	window=$(xdotool search --name '^ringlab - a guest' 2>/dev/null | tail -n 1)
	[ -n "$window" ]
}
# opened OPTION...: a machine whose window has the keyboard
opened() {
	start -display sdl -name "a guest" --timeout 100 "$@"
	soon find_window || fail "no window: $(cat messages)"
	soon has_keyboard || fail "the window does not get the keyboard"
}
has_keyboard() {
	xdotool windowactivate "$window" 2>/dev/null
	[ "$(xdotool getwindowfocus)" = "$window" ]
}
titled() {
	[ "$(xdotool getwindowname "$window")" = "$1" ]
}
title() {
	soon titled "$1" || fail "title: $(xdotool getwindowname "$window"), not $1"
}
sized() {
	xwininfo -id "$window" | grep -q -e "-geometry $1[+-]"
}
size() {
	soon sized "$1" || fail "not $1: $(xwininfo -id "$window")"
}
heard() {
	grep -aqF -e "$1" serial
}
hears() {
	soon heard "$1" || fail "the guest has not heard \"$1\""
}
# pictures SCALE: the window shows what screendump writes, so much larger
same_picture() {
	import -window "$window" window.png
	answer 'screendump screen.png'
	convert screen.png -scale "$1%" "png:larger.png"
	differ=$(compare -metric AE window.png larger.png null: 2>&1)
	[ "$differ" = 0 ]
}
picture() {
	soon same_picture "$1" || fail "$differ pixels of the window are wrong"
}

: >serial
opened -hda "$guest" -serial file:serial --record journal --print-hash
grab="[Ctrl-Alt-G releases the mouse]"
title "ringlab - a guest"
hears ready
size 720x400
picture 100
[ "$(convert screen.png -format %k info:)" -ge 3 ] || fail "a picture without colours"

# Keys, by set 1 codes
xdotool key a
hears "k1e k9e "
xdotool key shift+b
hears "k2a k30 kaa kb0 "
xdotool key Down
hears "ke0 k50 ke0 kd0 "

# The mouse: nothing before it is taken; the click that takes it is ours
xdotool mousemove --window "$window" 100 100 mousemove_relative 20 20
sleep 0.3
heard m && fail "a mouse that was not taken"
xdotool click 1
title "ringlab - a guest $grab"
xdotool mousemove_relative 20 0
hears "m08 "
xdotool click 3
hears "m0a m00 m00 "
xdotool key ctrl+alt+g
title "ringlab - a guest"
hears "k1d k38 k9d kb8 "

# Who loses the keyboard has no key down
xdotool keydown x
hears "k2d"
xdotool windowminimize "$window"
hears "kad"
xdotool keyup x
soon has_keyboard || fail "the window does not come back"

# Sizes
xdotool key ctrl+alt+f
size 1600x1200
title "ringlab - a guest $grab"
xdotool key ctrl+alt+f
size 720x400
title "ringlab - a guest"
xdotool windowsize "$window" 1440 800
size 1440x800
picture 200
xdotool windowsize "$window" 600 500
size 600x500

answer 'stop'
title "ringlab - a guest [stopped]"
answer 'cont'
title "ringlab - a guest"

# As a window manager closes it
xdotool key alt+F4
ended 0
grep '^hash' out >hash || fail "no hash: $(cat out messages)"

# --- replayed

"$RINGLAB" -display none --replay journal --print-hash >out 2>messages ||
    fail "replay: $(cat messages)"
grep '^hash' out | cmp -s - hash || fail "not the hash that was: $(cat out hash)"
opened --replay journal --print-hash -S
title "ringlab - a guest [replaying] [stopped]"
xdotool key a
answer 'cont'
xdotool key b
ended 0
grep '^hash' out | cmp -s - hash || fail "not the hash that was, with a window"
echo "the window shows the guest and hears a person"
