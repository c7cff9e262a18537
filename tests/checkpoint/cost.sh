#!/bin/sh
#
# What checkpoints at 25 ms cost: an idle Debian guest, one that compiles, and how
# long the machine stands still by pages written and by memory (pause.csv, pause.svg).

. "$SRCDIR/tests/boot/monitor_lib.sh"
need amd64/vmlinuz
command -v gnuplot >/dev/null || { echo "no gnuplot"; exit 77; }
rounds=${ROUNDS:-3}
patience=120
results=$BUILDDIR/tests/cost
mkdir -p "$results"

# cpu COMMAND...: runs it; its user and system seconds into $cpu, its status is kept
cpu() {
	env time -f '%U %S' -o cpu.time "$@"
	status=$?
	cpu=$(awk 'NF == 2 { print $1 + $2 }' cpu.time)
	return $status
}

at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }

# --- how long the machine stands still -------------------------------------

# pause PAGES MEMORY DIR: milliseconds of an epoch's end, and its dirty pages
pause() {
	$CC -m32 -nostdlib -static -no-pie -Wl,-Ttext=0x200000 -Wl,--build-id=none \
	    -Wl,-z,noexecstack -DPAGES=$1 -DDELAY=500000 -o dirty.elf \
	    "$SRCDIR/tests/checkpoint/dirty.S" || fail "cannot build the guest"
	rm -rf epochs
	"$RINGLAB" -display none -vga none -nodefaults -m "$2" -kernel dirty.elf \
	    --checkpoint-every 25ms ${3:+--checkpoint-dir epochs} --limit-cycles 1000000000 \
	    --stats pause.json >pause.out 2>&1
	awk -v pages="$1" -v memory="$2" -v where="${3:-memory}" '
	/"epochs"/ { epochs = $2 + 0 }
	/"dirty_pages"/ { dirty = $2 + 0 }
	/"pause_seconds"/ { seconds = $2 + 0 }
	END {
		if (!epochs)
			exit 1
		printf "%s %d %d %.1f %.4f\n", where, memory, pages, dirty / epochs,
		    1000 * seconds / epochs
	}' FS=: pause.json || fail "no checkpoints: $(cat pause.out)"
}

echo "# where memory pages dirty pause_ms" >pause.csv
for memory in 64 512 4096; do
	for pages in 16 64 256 1024 4096; do
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
awk '$1 !~ /#/ { p[$1, $2, $3] = $5 }
END {
	for (k in p) {
		split(k, f, SUBSEP)
		if (f[2] == 4096 && p[k] > 1.5 * p[f[1], 64, f[3]] + 0.1) {
			print "with 4 GiB " p[k] " ms, with 64 MiB " p[f[1], 64, f[3]]
			bad = 1
		}
	}
	exit bad
}' pause.csv || fail "the pause depends on the memory"

# --- a guest that compiles --------------------------------------------------

cc1=$(gcc -print-prog-name=cc1)
as=$(command -v as)
files="-f $cc1=bin/cc1 -f $as=bin/as"
for lib in $(libraries "$cc1" "$as"); do
	files="$files -f $lib=${lib#/}"
done
$CC $CPPFLAGS -I"$SRCDIR" -I"$BUILDDIR" -E -o source.i "$SRCDIR/cpu/exec_alu.c" ||
    fail "cannot preprocess"
cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
echo "guest: ready"
read -r n
while [ "$n" -gt 0 ]; do
	cc1 -quiet -O2 source.i -o source.s && as source.s -o source.o || echo "guest: failed"
	n=$((n - 1))
done
echo "guest: compiled $(wc -c <source.o)"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" $files -f source.i=source.i -o initrd.gz init ||
    fail "no initramfs"
debian="-display none -vga none -m 512 -kernel $guests/amd64/vmlinuz -initrd initrd.gz
    -append console=ttyS0 --snapshot-dir ."
start $debian -serial file:serial
soon grep -aq 'guest: ready' serial || fail "the compiler's guest does not start"
answer 'savevm ready'
soon [ -s ready.rls ] || fail "no snapshot"
answer quit
ended 0

# compile NAME OPTION...
compile() {
	name=$1
	shift
	echo "${COMPILES:-2}" | cpu "$RINGLAB" $debian -loadvm ready -serial stdio "$@" \
	    >"$name.out" 2>"$name.messages" || fail "$name: $(cat "$name.messages")"
	grep -aq 'guest: compiled' "$name.out" || fail "$name: $(tail -n 5 "$name.out")"
	echo "$cpu" >>"$name.cpu"
}
i=0
while [ $i -lt "$rounds" ]; do
	compile alone
	compile checkpoints --checkpoint-every 25ms --stats compile.json
	rm -rf epochs
	compile directory --checkpoint-every 25ms --checkpoint-dir epochs
	i=$((i + 1))
done
alone=$(median alone.cpu)
for way in checkpoints directory; do
	with=$(median $way.cpu)
	echo "compiling: $alone s alone, $with s with 25 ms epochs ($way)"
	at_most "$with" "$(echo "$alone" | awk '{ print 1.5 * $1 }')" ||
	    fail "$way cost more than half of the run"
done
sed -n '/"checkpoints"/,/}/p' compile.json

# --- an idle guest ----------------------------------------------------------

# idle NAME OPTION...: processor seconds of 20 s at a prompt
idle() {
	name=$1
	shift
	cpu "$RINGLAB" $debian -loadvm ready -serial null -pace real --timeout 20 "$@" \
	    >"$name.out" 2>"$name.messages"
	echo "$cpu" >>"$name.cpu"
}
i=0
while [ $i -lt "$rounds" ]; do
	idle quiet
	idle held --checkpoint-every 25ms
	i=$((i + 1))
done
quiet=$(median quiet.cpu) held=$(median held.cpu)
echo "idle, 20 s: $quiet s alone, $held s with 25 ms epochs"
at_most "$held" "$(echo "$quiet" | awk '{ print $1 + 0.02 * 20 }')" ||
    fail "an idle guest costs more than 2 % of a core more"
