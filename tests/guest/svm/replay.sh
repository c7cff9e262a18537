#!/bin/sh
#
# The images about virtualization, recorded on one engine and replayed on the other:
# every digest is the same, and what they say.
set -u
. "$SRCDIR/tests/guest/verdict.sh"

status=0 n=0
for image in $(cat "$guest_dir/svm/list"); do
	rm -f journal* said again
	# shellcheck disable=SC2046
	"$RINGLAB" $(model "$image") -kernel "$guest_dir/$image.elf" -m 64 -display none -nodefaults \
	    -serial file:said -no-reboot --timeout 60 --record journal \
	    -device isa-debug-exit,iobase=0xf4,iosize=0x4 >log 2>&1 </dev/null
	want=$?
	"$RINGLAB" --replay journal --engine reference -serial file:again >log 2>&1 </dev/null
	got=$?
	if [ $got -ne $want ] || ! cmp -s said again; then
		echo "$image: replay ends with $got, not $want: $(tail -n 3 log)"
		status=1
	fi
	n=$((n + 1))
done
echo "$n images replayed"
[ $n -gt 0 ] && exit $status
