#!/bin/sh
#
# What checkpoints at 25 ms cost: an idle Debian guest, and one that compiles.

. "$SRCDIR/tests/boot/monitor_lib.sh"
need amd64/vmlinuz
rounds=${ROUNDS:-3}
patience=120

# cpu COMMAND...: runs it; its user and system seconds into $cpu, its status is kept
cpu() {
	env time -f '%U %S' -o cpu.time "$@"
	status=$?
	cpu=$(awk 'NF == 2 { print $1 + $2 }' cpu.time)
	return $status
}

at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }

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
