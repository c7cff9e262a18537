#!/bin/sh
#
# A stranger's tests of segmentation, single stepping and the ways into the kernel:
# Linux's selftests for x86, of 32 and 64 bits, on Debian's kernel.

. "$SRCDIR/tests/boot/lib.sh"
. "$SRCDIR/tests/boot/suite_lib.sh"
need amd64/vmlinuz
sh "$SRCDIR/tools/guest-suites.sh" -d "$guests" x86-selftests || { echo "no x86 selftests"; exit 77; }

table=$SRCDIR/tests/boot/x86-selftests.txt
suite_initrd "$table" "$guests/x86-selftests" </dev/null
run 0 -cpu max -m 512 -serial file:serial -kernel "$guests/amd64/vmlinuz" \
    -initrd initrd.gz -append "console=ttyS0 quiet vsyscall=xonly" -no-reboot --timeout 1500
expect 'suite: done'
suite_compare "$table" 1
