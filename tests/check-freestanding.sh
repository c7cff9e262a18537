#!/bin/sh
#
# One chip, two floors: these chips also run inside guest software, so they
# compile freestanding and need nothing but mem*, allocation and log_*.

. "$BUILDDIR/config.sh"

chips="i8259 i8254 mc146818 uart16550 ide ata atapi"
flags="-std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -mno-sse
    -mno-red-zone -fno-stack-protector -fno-pic"

bad=0
for chip in $chips; do
	if [ ! -f "$SRCDIR/hw/$chip.c" ]; then
		echo "hw/$chip.c does not exist"
		exit 77
	fi
	# shellcheck disable=SC2086
	if ! $CC -I"$BUILDDIR" -I"$SRCDIR" $CPPFLAGS $flags -c -o $chip.o \
	    "$SRCDIR/hw/$chip.c"; then
		bad=1
		continue
	fi
	$nm -u $chip.o | while read -r _ symbol; do
		case $symbol in
		memcpy | memmove | memset | memcmp | memchr) ;;
		ide_* | ata_* | atapi_*) ;;	# of each other
		malloc | calloc | free | log_*) ;;
		*)	echo "hw/$chip.c needs $symbol" ;;
		esac
	done >$chip.needs
	[ -s $chip.needs ] && bad=1
	cat $chip.needs
done
exit $bad
