#!/bin/sh
#
# 500 kills of tests/checkpoint/kill.sh.

KILLS=500
. "$SRCDIR/tests/checkpoint/kill.sh"
