#!/bin/sh
#
# memtest86+, ia32, on 32 MiB: tests 0 to 9 without an error.

. "$SRCDIR/tests/boot/memtest.sh"
memtest ia32.bin
