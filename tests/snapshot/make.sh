#!/bin/sh
#
# make.sh VERSION - makes tests/snapshot/VERSION.rls and VERSION.hash again, with
# $RINGLAB.  Only for a new version: the old ones are there to stay.

set -eu
: "${RINGLAB:?the program}"
dir=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

. "$dir/lib.sh"
make_firmware
small_machine 6 --limit-cycles $saved_at --save-at-end ./saved.rls
small_machine 6 --limit-cycles $run_to --print-hash >saved.hash
cp saved.rls "$dir/$1.rls"
cp saved.hash "$dir/$1.hash"
