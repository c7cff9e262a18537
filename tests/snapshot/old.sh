#!/bin/sh
#
# Snapshots that earlier versions made are loaded, and have the future they had.

set -u
. "$SRCDIR/tests/snapshot/lib.sh"
make_firmware

for hash in "$SRCDIR"/tests/snapshot/*.hash; do
	file=${hash%.hash}.rls
	for engine in threaded reference; do
		small_machine 6 -loadvm "$file" --limit-cycles $run_to --print-hash \
		    --engine $engine >end
		cmp end "$hash" || {
			echo "FAILED: $file: $(cat end), expected $(cat "$hash")"
			exit 1
		}
	done
done
