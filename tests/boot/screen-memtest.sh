#!/bin/sh
#
# memtest86+ on the screen: its picture is in VGA text, and its menus are led by keys.

. "$SRCDIR/tests/boot/screen_lib.sh"
need memtest/x64.bin
patience=100

start -display none -serial null -m 64 --timeout 250 -kernel "$guests/memtest/x64.bin"
waits_for 'Memtest86'
waits_for 'ringlab virtual processor'
waits_for '<F1> Configuration'
waits_for 'Testing: '
press f1
waits_for 'Settings:'
waits_for '<F1>  Test selection'
press f1
waits_for 'Test Selection:'
press f10 f10
closed() {
	answer 'info screen'
	! grep -q 'Settings:\|Test Selection:' answer
}
soon closed || fail "the menus stay: $(cat answer)"
if grep -q '^#define HAVE_PNG' "$BUILDDIR/config.h"; then
	answer 'screendump screen.png'
	head -c 4 screen.png | grep -q PNG || fail "no picture"
fi
answer 'quit'
ended 0
echo "memtest86+ is led by keys"
