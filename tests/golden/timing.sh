#!/bin/sh
# tests/golden/timing.sh - the timing tables are those of their version
#
# timing.txt has the rows of each TIMING_VERSION.  Rows may be added to a
# version, none may change.  docs/timing.md says the same.
. "$SRCDIR/tests/golden/lib.sh"

status=0
bad() {
	echo "$*"
	status=1
}

"$TIMING" | sort >now
version=$(sed -n '1s/ .*//p' now)
grep "^$version " "$golden/timing.txt" | sort >recorded
test -s recorded || bad "timing version $version is not in tests/golden/timing.txt:" \
    "\"make golden\" enters it"

sed 's/ [0-9]*$//' recorded >names
comm -13 now recorded | while read -r v kind name value; do
	echo "$kind $name was $value in timing version $v and is now" \
	    "$(sed -n "s/^$v $kind $name //p" now)"
done >changed
if [ -s changed ]; then
	cat changed
	bad "a figure of a version never changes: take a step of TIMING_VERSION (docs/timing.md)"
fi
sed 's/ [0-9]*$//' now | grep -vxF -f names >new
if [ -s recorded ] && [ -s new ]; then
	cat new
	bad "new rows: \"make golden\" enters them"
fi

# Rows of its tables: | `NAME` | VALUE | ...
sed -n 's/^| `\([A-Za-z0-9_]*\)` | \([0-9 ]*[0-9]\) |.*/\1 \2/p' "$SRCDIR/docs/timing.md" |
    awk '{ v = $2; for (i = 3; i <= NF; i++) v = v $i; print $1, v }' | sort >documented
cut -d ' ' -f 3- now | sort >values
if ! cmp -s values documented; then
	diff -U 0 --label "the tables" --label docs/timing.md values documented
	bad "docs/timing.md differs from the tables"
fi
grep -q "is version $version\." "$SRCDIR/docs/timing.md" ||
    bad "docs/timing.md does not speak of version $version"
case $("$RINGLAB" --version) in
*"timing version $version"*) ;;
*) bad "ringlab --version does not say timing version $version" ;;
esac
exit $status
