# tests/boot/memtest.sh - memtest86+ on 32 MiB; read with "." by two scripts
#
# memtest IMAGE: tests 0 to 9, one pass, no errors.  Test 10 waits for minutes;
# it is switched off in the menus, which are reached over the serial console: F1
# configuration, F1 test selection, F5 all tests, F2 remove one, F10 twice.

. "$SRCDIR/tests/boot/lib.sh"

# The console's text without cursor movements.
screen() {
	sed 's/\x1b\[[0-9;?]*[A-Za-z]/\n/g' serial 2>/dev/null
}

# wait_for TEXT: on the console, while the machine runs
wait_for() {
	until screen | grep -aqF -e "$1"; do
		kill -0 "$machine" 2>/dev/null || fail "ended before \"$1\""
		sleep 0.3
	done
}

press() {
	printf '%b' "$1" >&3
}

select_tests() {
	wait_for '#0  [Address test'
	press 1
	wait_for '<F10> Exit menu'
	press 1
	wait_for '<F2>  Remove one test'
	press 5
	wait_for '***********'
	press 2
	wait_for 'Enter test #'
	press '10\r'
	wait_for '**********.'
	press 0
	press 0
}

memtest() {
	need "memtest/$1"
	rm -f keys
	mkfifo keys
	: >serial
	"$RINGLAB" -m 32 -display none -serial stdio -pace max --timeout 1500 \
	    -kernel "$guests/memtest/$1" -append "console=ttyS0,115200 nobench" \
	    <keys >serial 2>messages &
	machine=$!
	exec 3>keys
	select_tests
	# The console is refreshed every two seconds: it misses short tests.
	wait_for 'Pass:  1 '
	kill "$machine"
	wait "$machine"
	screen | grep -a 'Errors:' | grep -av 'Errors: 0 ' && fail "memory errors"
	screen | grep -aqF '#10 ' && fail "test 10 was not switched off"
	exit 0
}
