#!/bin/sh
# tests/guest/svm/run.sh - the images about virtualization, with both engines
set -u
list=$(cat "$BUILDDIR/tests/guest/svm/list") || exit 1
# shellcheck disable=SC2086
exec sh "$SRCDIR/tests/guest/run.sh" $list
