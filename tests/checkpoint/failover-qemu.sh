#!/bin/sh
#
# The peer that stays connected is qemu's guest.

PEER=qemu
FAILOVERS=${FAILOVERS:-3}
export PEER FAILOVERS
exec sh "$SRCDIR/tests/checkpoint/failover-tcp.sh"
