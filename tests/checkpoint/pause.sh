#!/bin/sh
#
# How long checkpoints at 25 ms make the machine stand still, by pages written and by
# memory: in memory, and with a directory, whose disk it has to wait for (pause.csv,
# pause.svg).

. "$SRCDIR/tests/boot/lib.sh"
. "$BUILDDIR/config.sh"
command -v gnuplot >/dev/null || { echo "no gnuplot"; exit 77; }
rounds=${ROUNDS:-3}
results=$BUILDDIR/tests/cost
mkdir -p "$results"

# run PAGES MEMORY LIMIT DIR: how many epochs until LIMIT cycles, their dirty pages and
# seconds of standing still
run() {
	rm -rf epochs
	"$RINGLAB" -display none -vga none -nodefaults -m "$2" -kernel "dirty.$1" \
	    --checkpoint-every 25ms ${4:+--checkpoint-dir epochs} --limit-cycles "$3" \
	    --stats pause.json >pause.out 2>&1
	awk -v head="${4:-memory} $2 $1 $3" '
	/"epochs"/ { epochs = $2 + 0 }
	/"dirty_pages"/ { dirty = $2 + 0 }
	/"pause_seconds"/ { seconds = $2 + 0 }
	END {
		if (!epochs)
			exit 1
		print head, epochs, dirty, seconds
	}' FS=: pause.json >>runs || fail "no checkpoints: $(cat pause.out)"
}

# All memories in turn, so that what else the host does meets each of them.
for pages in 16 256 4096; do
	$CC -m32 -nostdlib -static -no-pie -Wl,-Ttext=0x200000 -Wl,--build-id=none \
	    -Wl,-z,noexecstack -DPAGES=$pages -DDELAY=500000 -o dirty.$pages \
	    "$SRCDIR/tests/checkpoint/dirty.S" || fail "cannot build the guest"
	round=0
	while [ $round -lt "$rounds" ]; do
		for memory in 64 512 4096; do
			for limit in 300000000 1300000000; do
				run $pages $memory $limit ""
				run $pages $memory $limit directory
			done
		done
		round=$((round + 1))
	done
done

# The least of the rounds.  The first checkpoint has all of the memory: what is told is
# what those between the two limits make of it.
sort -k 1,1 -k 2,2n -k 3,3n -k 4,4n -k 7,7g runs | awk '
BEGIN { print "# where memory pages dirty pause_ms" }
{ key = $1 " " $2 " " $3 }
key != last { last = key; few = $4; epochs = $5; dirty = $6; seconds = $7; next }
$4 != few && !(key in told) {
	told[key] = 1
	n = $5 - epochs
	printf "%s %.1f %.4f\n", key, ($6 - dirty) / n, 1000 * ($7 - seconds) / n
}' >pause.csv
cat pause.csv
cp pause.csv "$results"
gnuplot <<END || fail "no picture"
set terminal svg size 800,500 font 'sans-serif,14' background 'white'
set output '$results/pause.svg'
set logscale xy
set xlabel 'pages written in an epoch'
set ylabel 'the machine stands still, ms'
set key right center
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
