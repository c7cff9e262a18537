#!/bin/sh
#
# The same as net.sh with the virtio network card.

MODEL=virtio-net-pci
DRIVERS="virtio_pci virtio_net"
. "$SRCDIR/tests/boot/net.sh"
