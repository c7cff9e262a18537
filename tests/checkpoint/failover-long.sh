#!/bin/sh
#
# 50 failovers of each kind.

FAILOVERS=50
export FAILOVERS
sh "$SRCDIR/tests/checkpoint/failover.sh" && exec sh "$SRCDIR/tests/checkpoint/failover-tcp.sh"
