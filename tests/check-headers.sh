#!/bin/sh
#
# Every header compiles alone, without a warning.

. "$BUILDDIR/config.sh"
cd "$SRCDIR" || exit 1

bad=0
count=0
for header in base/*.h mmu/*.h cpu/*.h hw/*.h snapshot/*.h lab/*.h ui/*.h vmm/*.h vmm/*/*.h; do
	[ -f "$header" ] || continue
	count=$((count + 1))
	# shellcheck disable=SC2086
	echo "#include \"$header\"" |
	    $CC -I"$BUILDDIR" -I. $CPPFLAGS -std=gnu11 -Wall -Wextra -Werror \
	    -fsyntax-only -x c - || { echo "$header does not compile alone"; bad=1; }
done
echo "check-headers: $count headers"
exit $bad
