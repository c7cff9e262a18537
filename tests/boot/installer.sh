#!/bin/sh
#
# The first dialogs of Debian's installer on the text console, led by keys: language,
# country, keymap.

. "$SRCDIR/tests/boot/screen_lib.sh"
kind=amd64-netboot	# tools/guest-kernel.sh has both
[ -r "$BUILDDIR/guests/$kind/linux" ] || kind=i386-netboot
need $kind/linux $kind/initrd.gz
patience=900

# For whoever wants to see it (RINGLAB_KEEP=1)
picture() {
	! grep -q '^#define HAVE_PNG' "$BUILDDIR/config.h" || answer "screendump $1.png"
}

start -display none -m 1024 -kernel "$guests/$kind/linux" \
    -initrd "$guests/$kind/initrd.gz" -append 'vga=normal nomodeset quiet' --timeout 1500

waits_for 'Select a language'
shows 'Choose the language to be used for the installation process' || fail "$(cat answer)"
shows 'English' || fail "$(cat answer)"
picture language
press down up ret
waits_for 'Select your location'
shows 'United States' || fail "$(cat answer)"
picture country
press down up ret
waits_for 'Configure the keyboard'
shows 'American English' || fail "$(cat answer)"
picture keymap
shows 'Italian' && fail "the list is longer than it was: $(cat answer)"
# A letter goes to the first keymap with it.
press i
waits_for 'Italian'
press ret
leaves() {
	answer 'info screen'
	! grep -qF 'Keymap to use' answer
}
soon leaves || fail "the keymap was not taken: $(cat answer)"
answer 'quit'
ended 0
echo "the installer's first dialogs are led by keys"
