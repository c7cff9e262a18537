#!/bin/sh
#
# "make distclean" knows everything the makefile makes: each file of the build
# directory that comes from a source file which is still there.

unset MAKEFLAGS MFLAGS MAKELEVEL

make -C "$BUILDDIR" -n distclean >log || exit 1
grep '^rm' log | tr ' ' '\n' | tr -d "'" | sort -u >removed
(cd "$BUILDDIR" && find . -name guests -prune -o -name fuzz -prune -o \
    -name scratch -prune -o -type f -print) | sed 's,^\./,,' |
    grep -E '\.(o|d|a|o16|elf|bin)$' | sort >made
[ -s made ] || { echo "nothing is built"; exit 1; }

comm -13 removed made | while IFS= read -r file; do
	# x.o and x.32.o are made from x.c or x.S
	name=${file%.*}
	for source in "$name" "${name%.*}"; do
		[ -e "$SRCDIR/$source.c" ] || [ -e "$SRCDIR/$source.S" ] || continue
		echo "distclean leaves $file"
		break
	done
done >left
cat left
[ ! -s left ]
