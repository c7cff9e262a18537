#!/bin/sh
# tests/golden/record.sh - record the golden traces and timing tables again
#
# Run by "make golden".  A figure of a timing version that is recorded already
# does not change: then nothing is written.
. "$SRCDIR/tests/golden/lib.sh"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/golden.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# Of each row the name, to find those that are in timing.txt with another value
"$TIMING" >now
sort now >now.sorted
version=$(sed -n '1s/ .*//p' now)
touch "$golden/timing.txt" || exit 1
grep "^$version " "$golden/timing.txt" | sort >recorded
if comm -13 now.sorted recorded | grep .; then
	echo "These figures of timing version $version are others now. Take a step of"
	echo "TIMING_VERSION first (docs/timing.md); nothing was recorded."
	exit 1
fi
grep -vxF -f recorded now >>"$golden/timing.txt"

# positions END: where the state is hashed on the way
positions() {
	echo $(($1 / 4)) $(($1 / 2)) $(($1 / 4 * 3))
}

for guest in $(guests); do
	# shellcheck disable=SC2046
	set -- $(positions "$(end_of "$guest")")
	trace "$guest" reference "$@" >reference
	trace "$guest" threaded "$@" >threaded
	if ! cmp -s reference threaded; then
		echo "$guest: the engines differ; not recorded"
		diff -U 3 reference threaded | head -n 40
		exit 1
	fi
	if ! grep -q '^status 1$' threaded; then
		echo "$guest: it did not come to its end; not recorded"
		exit 1
	fi
	cmp -s threaded "$golden/$guest.trace" || echo "$guest: recorded"
	cp threaded "$golden/$guest.trace" || exit 1
done
