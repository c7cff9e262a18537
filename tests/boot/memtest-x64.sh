#!/bin/sh
#
# memtest86+, x64, on 32 MiB: tests 0 to 9 without an error.

. "$SRCDIR/tests/boot/memtest.sh"
memtest x64.bin
