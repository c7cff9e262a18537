#!/bin/sh
#
# 200 rollbacks of each kind.

ROLLBACKS=200
export ROLLBACKS
exec sh "$SRCDIR/tests/checkpoint/hostfwd.sh"
