#!/bin/sh
#
# Both engines have the same state every 50 M cycles of a Debian boot, to 1 G
# cycles.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz

limit=${RINGLAB_SHORT:+200M}
for engine in threaded reference; do
	run 6 -m 128 -serial file:serial -kernel "$guests/amd64/vmlinuz" \
	    -append "console=ttyS0 earlyprintk=ttyS0" --engine $engine \
	    --limit-cycles "${limit:-1000000000}" --hash-log $engine.log
done
[ "$(wc -l <threaded.log)" -ge 3 ] || fail "no hash points"
diff threaded.log reference.log || fail "the engines differ"
