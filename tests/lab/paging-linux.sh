#!/bin/sh
#
# The lab "shadow-vs-nested" with Debian's kernel as the guest: it boots, forks and maps
# memory in every way, with the same result, and the same digits again.  What is no
# kernel is refused.

. "$SRCDIR/tests/lab/lib.sh"

# refused WORDS TEXT
refused() {
	# shellcheck disable=SC2086
	"$RINGLAB" lab shadow-vs-nested --short --guest linux $1 --out out >log 2>&1 </dev/null
	[ $? -eq 1 ] || fail "$1 is taken"
	says "$2"
}
refused "--vmm kvm" 'guest=linux and vmm=kvm are two experiments'
refused "--set kernel=/nowhere" 'kernel=/nowhere: No such file'
refused "--set kernel=$BUILDDIR/vmm/vmm.elf" 'no kernel of Linux (bzImage)'
refused "--set kernel=" 'kernel=: expected debian|FILE'
refused "--guest lniux" 'guest=lniux: expected ours|linux'

[ -r "$BUILDDIR/guests/amd64/vmlinuz" ] || {
	refused "" 'there is no kernel: .make guests'
	echo "no guests/amd64/vmlinuz (make guests downloads it)"
	exit 77
}
"$RINGLAB" lab shadow-vs-nested --short --guest linux --out out >log 2>&1 </dev/null ||
    fail "status $?"
for phase in boot fork+exec mmap random random-2M; do
	for way in native shadow nested nested-2M; do
		says "^  $phase  *$way "
	done
done
says '^  random  *nested .* 2[34]\.[0-9][0-9] '
says '^  5a.1  holds$'
says '^  5a.2  holds if'
"$RINGLAB" lab verify out/shadow-vs-nested/result.json >log 2>&1 || fail "verify: status $?"
