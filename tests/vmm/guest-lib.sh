# tests/vmm/guest-lib.sh - running the guest kernel; read with "."

set -u

kernel=$BUILDDIR/vmm/guest/guest.elf
truncate -s 24M disk.img

fail() {
	echo "FAILED: $*"
	[ ! -f serial ] || sed 's/^/    /' serial
	exit 1
}

# boot ENGINE WORDS: its console is in "serial"; it ends with code 0
boot() {
	engine=$1
	shift
	timeout 100 "$RINGLAB" -engine "$engine" -pace max -m 64 -display none -nodefaults \
	    -hda disk.img -snapshot -kernel "$kernel" -append "$*" -serial stdio \
	    </dev/null >raw 2>messages || { cat messages; fail "$engine: $*"; }
	tr -d '\r' <raw >serial
	grep -q '^end 0$' serial || fail "$engine: $*: does not end well"
}

# both WORDS: the engines agree in everything, cycles included
both() {
	boot reference "$@"
	mv serial serial.reference
	boot threaded "$@"
	cmp -s serial serial.reference ||
	    { diff serial.reference serial; fail "engines differ: $*"; }
	runs=$((${runs:-0} + 1))
}

# value NAME: what was reported
value() {
	sed -n "s/^# $1=//p" serial
}

# is NAME VALUE [...]: so it was reported
is() {
	while [ $# -ge 2 ]; do
		[ "$(value "$1")" = "$2" ] || fail "$1 is $(value "$1"), not $2"
		shift 2
	done
}

# within NAME VALUE TOLERANCE
within() {
	v=$(value "$1")
	[ "$v" -ge $(($2 - $3)) ] && [ "$v" -le $(($2 + $3)) ] ||
	    fail "$1 is $v, not within $3 of $2"
}
