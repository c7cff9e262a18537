#!/bin/sh
#
# How long checkpoints at 25 ms make the machine stand still, by pages written and by
# memory: in memory, and with a directory, whose disk it has to wait for (pause.csv,
# pause.svg).

. "$SRCDIR/tests/boot/lib.sh"
command -v gnuplot >/dev/null || { echo "no gnuplot"; exit 77; }
rounds=${ROUNDS:-3}
results=$BUILDDIR/tests/cost
mkdir -p "$results"

# epochs LIMIT MEMORY DIR: how many until LIMIT cycles, their dirty pages and seconds of
# standing still: the least of ROUNDS, what else the host does left out
epochs() {
	i=0
	while [ $i -lt "$rounds" ]; do
		rm -rf epochs
		"$RINGLAB" -display none -vga none -nodefaults -m "$2" -kernel dirty.elf \
		    --checkpoint-every 25ms ${3:+--checkpoint-dir epochs} --limit-cycles "$1" \
		    --stats pause.json >pause.out 2>&1
		awk '
		/"epochs"/ { epochs = $2 + 0 }
		/"dirty_pages"/ { dirty = $2 + 0 }
		/"pause_seconds"/ { seconds = $2 + 0 }
		END {
			if (!epochs)
				exit 1
			print epochs, dirty, seconds
		}' FS=: pause.json || fail "no checkpoints: $(cat pause.out)"
		i=$((i + 1))
	done >rounds.out || fail "$(cat rounds.out)"
	sort -k 3,3g rounds.out | head -n 1
}

# pause PAGES MEMORY DIR: dirty pages and milliseconds of an epoch's end.  The first
# checkpoint has all of the memory: what is told is what later ones make of it.
pause() {
	$CC -m32 -nostdlib -static -no-pie -Wl,-Ttext=0x200000 -Wl,--build-id=none \
	    -Wl,-z,noexecstack -DPAGES=$1 -DDELAY=500000 -o dirty.elf \
	    "$SRCDIR/tests/checkpoint/dirty.S" || fail "cannot build the guest"
	few=$(epochs 300000000 "$2" "$3") && many=$(epochs 1300000000 "$2" "$3") ||
	    fail "$few $many"
	echo "${3:-memory} $2 $1 $few $many" | awk '{
		printf "%s %d %d %.1f %.4f\n", $1, $2, $3, ($8 - $5) / ($7 - $4),
		    1000 * ($9 - $6) / ($7 - $4)
	}'
}

echo "# where memory pages dirty pause_ms" >pause.csv
for memory in 64 512 4096; do
	for pages in 16 256 4096; do
		pause $pages $memory "" >>pause.csv || exit 1
		pause $pages $memory directory >>pause.csv || exit 1
	done
done
cat pause.csv
cp pause.csv "$results"
gnuplot <<END || fail "no picture"
set terminal svg size 800,500 font 'sans-serif,14' background 'white'
set output '$results/pause.svg'
set logscale xy
set xlabel 'pages written in an epoch'
set ylabel 'the machine stands still, ms'
set key top left
plot for [where in 'memory directory'] for [m in '64 512 4096'] \
    "< grep '^".where." ".m." ' pause.csv" using 4:5 with linespoints \
    title where.', '.m.' MiB'
END
# By memory: at most half as much again from 64 MiB to 4 GiB, plus what a clock tells.
# By pages: 16 times as many at most 16 times as long, and as much again.
awk '$1 !~ /#/ { p[$1, $2, $3] = $5 }
END {
	for (k in p) {
		split(k, f, SUBSEP)
		if (f[2] == 4096 && p[k] > 1.5 * p[f[1], 64, f[3]] + 0.1) {
			print "with 4 GiB " p[k] " ms, with 64 MiB " p[f[1], 64, f[3]]
			bad = 1
		}
		if (f[3] > 16 && p[k] > 1.5 * 16 * p[f[1], f[2], f[3] / 16] + 0.1) {
			print f[3] " pages " p[k] " ms, a 16th " p[f[1], f[2], f[3] / 16]
			bad = 1
		}
	}
	exit bad
}' pause.csv || fail "the pause is not as the pages written"
