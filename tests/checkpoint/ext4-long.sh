#!/bin/sh
#
# 100 rollbacks.

ROLLBACKS=100
export ROLLBACKS
exec sh "$SRCDIR/tests/checkpoint/ext4.sh"
