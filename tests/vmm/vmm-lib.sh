# tests/vmm/vmm-lib.sh - running guests under the VMM; read with "."

set -u

vmm=$BUILDDIR/vmm/vmm.elf
guest=$BUILDDIR/vmm/guest/guest.elf
truncate -s 24M disk.img

fail() {
	echo "FAILED: $*"
	[ ! -f serial ] || tail -n 60 serial | sed 's/^/    /'
	exit 1
}

# machine OPTION...: its serial port is in "serial"; exit status 0
machine() {
	timeout 100 "$RINGLAB" -cpu max -m 128 -pace max -display none -nodefaults \
	    -hda disk.img -snapshot -limit-cycles 30000000000 "$@" \
	    -serial stdio </dev/null >raw 2>messages || { cat messages; fail "$*"; }
	tr -d '\r' <raw >serial
}

# native WORDS: the guest kernel alone
native() {
	machine -kernel "$guest" -append "$*"
}

# virtual VMM-WORDS GUESTS: under the VMM
virtual() {
	machine -kernel "$vmm" -append "report=serial $1" -initrd "$2"
}

# What a guest says without what depends on time, and nothing of the VMM's
timeless() {
	grep -Ev '^vmm:|^# (cycles|ticks|.*[.](cycles|tsc|ticks|work|done|tick|rtc)|nano.*|met|rtc)=' "$1"
}

# counter NAME: vmN.NAME's value, 0 if it was not reported
counter() {
	v=$(sed -n "s/^vmm: $1=//p" serial)
	echo "${v:-0}"
}

# positive NAME...: these counters are not 0
positive() {
	for name; do
		[ "$(counter "$name")" -gt 0 ] || fail "$name is 0"
	done
}

zero() {
	for name; do
		[ "$(counter "$name")" -eq 0 ] || fail "$name is $(counter "$name")"
	done
}
