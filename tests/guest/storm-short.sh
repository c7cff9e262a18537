#!/bin/sh
# storm-short.sh - the storm for a few seconds
export RINGLAB_STORM=5 RINGLAB_STORM_RUN=5 RINGLAB_STORM_SAME=1
exec sh "$SRCDIR/tests/guest/storm.sh"
