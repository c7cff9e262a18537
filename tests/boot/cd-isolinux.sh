#!/bin/sh
#
# Debian's kernel from a CD with ISOLINUX.

. "$SRCDIR/tests/boot/cd.sh"
cd_boot isolinux 'ISOLINUX 6' 'Loading /boot/initrd.gz...ok'
