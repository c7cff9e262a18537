#!/bin/sh
#
# What the program itself needs: resident memory is guest pages touched plus at
# most 96 MiB after a whole boot; a 4 GiB machine starts like a 64 MiB one; the
# firmware's first byte on port 402h comes within 0.2 s, median of 5 (more is
# allowed under sanitizers).

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz

# host FIELD: of the host part of stats.json
host() {
	sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" stats.json
}

printf '#!/bin/sh\npoweroff -f\n' >init
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"
if [ -z "${RINGLAB_SHORT:-}" ]; then
	run 0 -m 4G -serial file:serial -kernel "$guests/amd64/vmlinuz" \
	    -initrd initrd.gz -append "console=ttyS0 quiet" --stats stats.json
	own=$(($(host max_rss_bytes) - $(host ram_resident_bytes)))
	echo "resident beside guest memory: $((own >> 20)) MiB"
	[ "$own" -le $((96 << 20)) ] || fail "more than 96 MiB"
fi

# first MEMORY: median milliseconds to the first byte
mkfifo console
first() {
	for i in 1 2 3 4 5; do
		start=$(date +%s%N)
		"$RINGLAB" -display none -m "$1" -serial null -debugcon stdio \
		    --timeout 20 >console 2>/dev/null &
		head -c 1 <console >byte
		end=$(date +%s%N)
		kill $! 2>/dev/null
		wait $! 2>/dev/null
		[ -s byte ] || fail "nothing on port 402h"
		echo $(((end - start) / 1000000))
	done | sort -n | sed -n 3p
}

# On a host that is busy with other things a median may say more about them.
limit=${RINGLAB_SHORT:+2000}
for pause in 1 3 10 20 0; do
	small=$(first 64)
	large=$(first 4G)
	echo "first byte: $small ms with 64 MiB, $large ms with 4 GiB"
	[ "$large" -gt "${limit:-200}" ] || exit 0
	sleep $pause
done
fail "later than 200 ms, five times"
