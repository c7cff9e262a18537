#!/bin/sh
#
# Debian's kernel from a CD with GRUB.

. "$SRCDIR/tests/boot/cd.sh"
cd_boot grub 'GRUB starts the kernel'
