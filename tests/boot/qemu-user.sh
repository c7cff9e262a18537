#!/bin/sh
#
# A stranger's tests of user programs' instructions: qemu's tests/tcg of 32 and 64
# bits, on Debian's kernel.  What the programs of 64 bits print is compared with
# what they print on this machine's processor, where that has what they ask for.

. "$SRCDIR/tests/boot/lib.sh"
. "$SRCDIR/tests/boot/suite_lib.sh"
need amd64/vmlinuz
sh "$SRCDIR/tools/guest-suites.sh" -d "$guests" qemu-user || { echo "no source of qemu"; exit 77; }

table=$SRCDIR/tests/boot/qemu-user.txt
suite_initrd "$table" "$guests/qemu-user" </dev/null
run 0 -cpu max -m 512 -serial file:serial -kernel "$guests/amd64/vmlinuz" \
    -initrd initrd.gz -append "console=ttyS0 quiet vsyscall=emulate" -no-reboot --timeout 2000
expect 'suite: done'
suite_compare "$table" 1 || exit 1

# Checksums of what these print, in the guest and here; others print addresses, or
# what depends on FMA
for program in float_convd float_convs test-i386-ssse3 test-mmx test-x86_64; do
	program=x86_64/$program
	there=$(tr -d '\r' <serial | sed -n "s,^.*printed: $program: ,,p")
	here=$("$guests/qemu-user/$program" 2>&1 | md5sum | cut -c -32)
	[ "$there" = "$here" ] || echo "$program prints something else than on this machine: $there, $here"
done >differences
[ ! -s differences ] || { cat differences; exit 1; }
