#!/bin/sh
#
# The lab "shadow-vs-nested" with Linux's KVM as the VMM: with npt=0 and npt=1 the guest
# computes what it computes natively, and the claims are the same.

. "$SRCDIR/tests/lab/lib.sh"

[ -r "$BUILDDIR/guests/amd64/vmlinuz" ] || {
	echo "no guests/amd64/vmlinuz (make guests downloads it)"
	exit 77
}
"$RINGLAB" lab shadow-vs-nested --short --vmm kvm --set modules=/nowhere --out out >log 2>&1 &&
    fail "modules=/nowhere is taken"
says '/nowhere/modules.dep: No such file'
"$RINGLAB" lab shadow-vs-nested --short --vmm kvm --out out >log 2>&1 </dev/null ||
    fail "status $?"
for way in native shadow 'kvm npt=0' nested 'kvm npt=1' nested-2M 'kvm npt=1 2M'; do
	says "^  churn  *$way "
done
says '^  random  *kvm npt=0 .* 4\.00 '
says '^  random  *kvm npt=1 .* 2[34]\.[0-9][0-9] '
says '^  5a.1  holds$'
says '^  5a.2  holds if'
