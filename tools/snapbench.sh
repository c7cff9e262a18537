#!/bin/sh
#
# snapbench.sh - saving and loading a Debian guest of 512 MiB, ours and qemu's
#
# "make bench-snapshot" calls it in the build directory; REPEAT=N rounds [3], one
# after the other in the same run, so that what else the host does hits both.
# The table has medians.  Both save after the same script of the guest said that
# it is ready.  qemu stops its guest while it saves, ours goes on; qemu has
# nothing like the save of what changed in one second.

set -u
LC_ALL=C
export LC_ALL
: "${SRCDIR:?}" "${BUILDDIR:?}" "${RINGLAB:?}"

repeat=${REPEAT:-3}
dir=$BUILDDIR/bench-snapshot
guests=$BUILDDIR/guests
kernel=$guests/amd64/vmlinuz
append=console=ttyS0

die() {
	echo "bench-snapshot: $*" >&2
	exit 1
}

# Boots, fills some memory, then works for ever.
make_guest() {
	cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t tmpfs tmpfs /tmp
exec </dev/console >/dev/console 2>&1
cp -r /bin /tmp/bin
echo "snapbench: ready"
while :; do
	find / -xdev -type f 2>/dev/null | xargs cat 2>/dev/null | md5sum >/tmp/sum
done
END
	sh "$SRCDIR/tools/guest-kernel.sh" -d "$guests" amd64 ||
	    die "there is no kernel to boot"
	sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || die "no initramfs"
}

milliseconds() {
	echo $(($(date +%s%N) / 1000000))
}

# wait_for COMMAND...: true in the end, or a minute has passed
wait_for() {
	deadline=$(($(milliseconds) + 60000))
	until "$@"; do
		[ "$(milliseconds)" -lt "$deadline" ] || die "waited in vain for: $*"
		sleep 0.01
	done
}

monitor_has() {
	[ "$(grep -ac 'VM status' monitor.out)" -ge "$1" ]
}

# Its monitor does one command after the other: the answer to a question comes
# when the command before it is done.
qemu_command() {
	questions=$((questions + 1))
	printf '%s\ninfo status\n' "$1" >&3
	wait_for monitor_has $questions
}

qemu_start() {
	rm -f monitor.in monitor.out serial
	mkfifo monitor.in
	: >serial
	qemu-system-x86_64 -accel tcg -m 512 -display none -serial file:serial \
	    -nic none -drive if=none,id=state,file=state.qcow2,format=qcow2 \
	    -kernel "$kernel" -initrd initrd.gz -append "$append" \
	    -monitor stdio "$@" <monitor.in >monitor.out 2>qemu.err &
	qemu=$!
	exec 3>monitor.in
	questions=0
}

qemu_end() {
	echo quit >&3
	exec 3>&-
	wait $qemu
}

bench_qemu() {
	rm -f state.qcow2
	qemu-img create -q -f qcow2 state.qcow2 16G || die "no qcow2 image"
	qemu_start
	wait_for grep -aq 'snapbench: ready' serial
	start=$(milliseconds)
	qemu_command 'savevm full'
	echo "$(($(milliseconds) - start))" >>qemu_save
	start=$(milliseconds)
	qemu_command 'loadvm full'
	echo "$(($(milliseconds) - start))" >>qemu_load
	qemu_end
	echo "$(du -B1 state.qcow2 | cut -f 1)" >>qemu_bytes
	start=$(milliseconds)
	qemu_start -loadvm full
	qemu_command 'info name'
	echo "$(($(milliseconds) - start))" >>qemu_start
	qemu_end
}

bench_ours() {
	rm -rf snapshots
	mkdir snapshots
	"$BUILDDIR/tools/snapbench" 512 "$kernel" initrd.gz "$append" snapshots \
	    >ours.out || die "no result of ours"
	while read -r name value; do
		echo "$value" >>"ours_$name"
	done <ours.out
	start=$(milliseconds)
	"$RINGLAB" -m 512 -display none -serial null -pace max -kernel "$kernel" \
	    -initrd initrd.gz -append "$append" -loadvm snapshots/full.rls \
	    --limit-cycles 1 2>ours.err
	[ $? -eq 6 ] || die "cannot load: $(cat ours.err)"
	echo "$(($(milliseconds) - start))" >>ours_start
}

median() {
	sort -n "$1" | awk '{ t[NR] = $1 }
	    END { printf "%.1f\n", NR % 2 ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2 }'
}

# row TEXT OURS QEMU: of milliseconds or bytes
row() {
	awk -v text="$1" -v ours="$2" -v qemu="$3" 'BEGIN {
		printf "%-44s%14.1f%14s%8s\n", text, ours, qemu, qemu == "-" ? "-" : \
		    sprintf("%.2f", ours / qemu)
	}'
}

table() {
	printf '%-44s%14s%14s%8s\n' "" ringlab qemu ratio
	row "file, bytes" "$(median ours_full_bytes)" "$(median qemu_bytes)"
	row "guest stands still, ms" "$(median ours_full_pause_ms)" "$(median qemu_save)"
	row "saved after, ms" "$(median ours_full_total_ms)" "$(median qemu_save)"
	row "loaded into a running program, ms" "$(median ours_full_load_ms)" \
	    "$(median qemu_load)"
	row "from the program's start, ms" "$(median ours_start)" "$(median qemu_start)"
	row "a second later: file, bytes" "$(median ours_second_bytes)" -
	row "a second later: guest stands still, ms" "$(median ours_second_pause_ms)" -
	row "a second later: saved after, ms" "$(median ours_second_total_ms)" -
	row "a second later: loaded, ms" "$(median ours_second_load_ms)" -
}

mkdir -p "$dir" && cd "$dir" || die "cannot make $dir"
for command in qemu-system-x86_64 qemu-img; do
	command -v $command >/dev/null ||
	    die "no $command; try ./configure --install-deps=long"
done
make_guest
rm -f qemu_* ours_*
round=1
while [ "$round" -le "$repeat" ]; do
	printf '  BENCH   round %d\n' "$round"
	bench_qemu
	bench_ours
	round=$((round + 1))
done
table
