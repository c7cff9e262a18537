#!/bin/sh
# tests/guest/svm/fuzz-long.sh - more hostile guests
exec sh "$SRCDIR/tests/guest/svm/fuzz.sh" 30000 1 2 3
