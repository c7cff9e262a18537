#!/bin/sh
#
# 200 recordings killed at random moments.

KILLS=200
export KILLS
exec sh "$SRCDIR/tests/replay/kill.sh"
