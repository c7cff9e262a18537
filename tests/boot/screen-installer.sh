#!/bin/sh
#
# Debian's installer on the screen: language, country and keyboard are chosen by keys.
# Its own frame buffer is left out (fb=false), so that the screen is text.

. "$SRCDIR/tests/boot/screen_lib.sh"
need amd64-netboot/linux
patience=1500

start -display none -serial null -m 1G --timeout 1700 \
    -kernel "$guests/amd64-netboot/linux" -initrd "$guests/amd64-netboot/initrd.gz" \
    -append "fb=false priority=high --- quiet"
waits_for 'Select a language'
patience=200
press d				# Danish
waits_for 'Dansk'
press e				# and back to English
press ret
waits_for 'Select your location'
press end home u		# the United Kingdom
press ret
waits_for 'Configure the keyboard'
waits_for 'British English'
press ret
left() {
	answer 'info screen'
	! grep -q 'Configure the keyboard' answer
}
soon left || fail "the keyboard was not chosen: $(cat answer)"
answer 'quit'
ended 0
echo "the installer is led by keys"
