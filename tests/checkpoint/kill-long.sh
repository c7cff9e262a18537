#!/bin/sh
#
# 500 kills.

KILLS=500
export KILLS
exec sh "$SRCDIR/tests/checkpoint/kill.sh"
