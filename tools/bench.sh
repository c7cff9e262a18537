#!/bin/sh
#
# bench.sh - user seconds of ringlab, qemu and bochs for booting the same CD
#
# "make bench" calls it in the build directory; REPEAT=N rounds [5].  Each round
# boots the CD once in each of them, so that what else the host does hits all
# alike; the table has the medians and what ringlab's is of the others'.  A boot
# counts only if /init came to its end, which is the power-off.  qemu counts instructions as ringlab
# does and runs in one thread; bochs does not wait for the host's clock.

set -u
LC_ALL=C
export LC_ALL
: "${SRCDIR:?}" "${BUILDDIR:?}" "${RINGLAB:?}"

repeat=${REPEAT:-5}
programs=${PROGRAMS:-"ringlab qemu bochs"}
dir=$BUILDDIR/bench
guests=$BUILDDIR/guests

die() {
	echo "bench: $*" >&2
	exit 1
}

make_cd() {
	sh "$SRCDIR/tools/guest-kernel.sh" -d "$guests" amd64 ||
	    die "there is no kernel to boot"
	sh "$SRCDIR/tools/mkinitramfs.sh" -k "$guests/amd64/modules" \
	    -m 'ata_piix sr_mod isofs' -o initrd.gz "$SRCDIR/tools/cd-init" &&
	    sh "$SRCDIR/tools/mkcd.sh" -l grub -o cd.iso \
	    "$guests/amd64/vmlinuz" initrd.gz console=ttyS0 \
	    "$guests/amd64/System.map=data" || die "cannot make a CD"
}

# At power-off bochs stops with what it calls a panic, which ends it.
bochs_config() {
	cat >bochsrc <<EOF
megs: 512
cpu: count=1, ips=1000000000, reset_on_triple_fault=0
clock: sync=none
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
ata1-master: type=cdrom, path=cd.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=bochs.serial
display_library: term
log: bochs.log
panic: action=fatal
error: action=report
info: action=ignore
EOF
	echo continue >bochs.commands
}

run_ringlab() {
	"$RINGLAB" -m 512 -cdrom cd.iso -display none -serial file:ringlab.serial \
	    -no-reboot -pace max
}

run_qemu() {
	qemu-system-x86_64 -accel tcg,thread=single -icount shift=0,sleep=off \
	    -m 512 -cdrom cd.iso -display none -serial file:qemu.serial \
	    -nic none -no-reboot
}

# Its debugger must be told to go.  Its display is a pseudo terminal of which it
# prints the name, and it stops when nobody reads there.
run_bochs() {
	TERM=linux bochs -q -f bochsrc -rc bochs.commands >bochs.screen 2>&1 &
	bochs=$!
	until terminal=$(sed -n 's/.*connected to screen "\(.*\)".*/\1/p' \
	    bochs.screen) && [ -c "$terminal" ]; do
		kill -0 $bochs 2>/dev/null || return
		sleep 0.1
	done
	cat "$terminal" >/dev/null 2>&1 &
	wait $bochs
}

# seconds PROGRAM: prints its user time, with that of its children
seconds() {
	rm -f "$1.serial"
	(
		"run_$1" </dev/null >"$1.out" 2>&1
		times
	) | sed -n '2s/^\([0-9]*\)m\([0-9.]*\)s.*/\1 \2/p' |
	    awk '{ printf "%.2f\n", $1 * 60 + $2 }'
	grep -aq 'reboot: Power down' "$1.serial" ||
	    die "$1 did not boot the CD, see $dir/$1.out and $1.serial"
}

median() {
	sort -n "$1" | awk '{ t[NR] = $1 }
	    END { printf "%.2f\n", NR % 2 ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2 }'
}

table() {
	own=$(median ringlab.times)
	printf '%-10s%10s%12s\n' program seconds "ringlab's"
	for program in $programs; do
		t=$(median "$program.times")
		awk -v p="$program" -v t="$t" -v o="$own" \
		    'BEGIN { printf "%-10s%10.2f%12.2f\n", p, t, o / t }'
	done
}

mkdir -p "$dir" && cd "$dir" || die "cannot make $dir"
for command in qemu-system-x86_64 bochs; do
	command -v $command >/dev/null ||
	    die "no $command; try ./configure --install-deps=long"
done
make_cd
bochs_config
rm -f ./*.times
round=1
while [ "$round" -le "$repeat" ]; do
	for program in $programs; do
		t=$(seconds "$program") || exit 1
		echo "$t" >>"$program.times"
		printf '  BENCH   %s %d: %s s\n' "$program" "$round" "$t"
	done
	round=$((round + 1))
done
table
