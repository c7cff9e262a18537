#!/bin/sh
#
# 100 pairs of recording and replay.

PAIRS=100
export PAIRS
exec sh "$SRCDIR/tests/replay/pairs.sh"
