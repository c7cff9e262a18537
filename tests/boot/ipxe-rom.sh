#!/bin/sh
#
# tests/boot/ipxe.sh with the boot ROM of the card alone.

RINGLAB_SHORT=1
. "$SRCDIR/tests/boot/ipxe.sh"
