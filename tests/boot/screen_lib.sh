# tests/boot/screen_lib.sh - what the scripts about screen and keyboard share; read
# with "."

. "$SRCDIR/tests/boot/monitor_lib.sh"
patience=20

press() {
	for keys; do
		answer "sendkey $keys"
	done
}

# shows TEXT: the screen, which is in text mode
shows() {
	answer 'info screen'
	grep -qF -e "$1" answer
}

# waits_for TEXT
waits_for() {
	soon shows "$1" || fail "no \"$1\" on the screen: $(cat answer)"
}
