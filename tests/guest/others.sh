#!/bin/sh
# tests/guest/others.sh [IMAGE...] - guest images on qemu (TCG) and Bochs
#
# Each check that fails there and is not in docs/deviations-guest.md, and each
# row there that nothing needed, is an error.  Bochs has no multiboot loader:
# lib/bootsect.S loads the image from a disk; it leaves through Bochs' shutdown
# port.
set -u
. "$SRCDIR/tests/guest/verdict.sh"

qemu=qemu-system-x86_64
for tool in $qemu bochs objcopy script; do
	command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done

processors() {
	case $1 in svm/smp.*) echo "-smp 2" ;; esac
}

on_qemu() {
	# shellcheck disable=SC2046
	timeout 15 $qemu $(processors "$1") -accel tcg -cpu max -kernel "$guest_dir/$1.elf" -m 64 -nodefaults \
	    -display none -serial "file:$1.qemu" -no-reboot -rtc clock=vm \
	    -icount shift=0,sleep=off -device isa-debug-exit,iobase=0xf4,iosize=0x4 \
	    >"$1.qemu.log" 2>&1 </dev/null
}

# The AMD model, or the one of Intel that has UMIP and PCID
bochs_model() {
	case $1 in
	cr4_user.*|tlb_stale.*) echo corei7_icelake_u ;;
	*) echo ryzen ;;
	esac
}

on_bochs() {
	mkdir -p bochs.dir
	objcopy -O binary "$guest_dir/$1.elf" bochs.dir/flat
	cat "$guest_dir/bootsect.bin" bochs.dir/flat >bochs.dir/disk
	truncate -s $((20 * 16 * 63 * 512)) bochs.dir/disk
	echo c >bochs.dir/commands
	cat >bochs.dir/rc <<-EOF
	megs: 64
	cpu: model=$(bochs_model "$1"), ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=0
	romimage: file=/usr/share/bochs/BIOS-bochs-latest
	vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
	ata0-master: type=disk, path=bochs.dir/disk, mode=flat, cylinders=20, heads=16, spt=63
	boot: disk
	com1: enabled=1, mode=file, dev=$1.bochs
	clock: sync=none
	display_library: term
	log: $1.bochs.log
	panic: action=fatal
	EOF
	rm -f "$1.bochs"
	TERM=xterm timeout 60 script -qec "bochs -q -f bochs.dir/rc -rc bochs.dir/commands" \
	    /dev/null >/dev/null 2>&1 </dev/null
	test -e "$1.bochs" || : >"$1.bochs"
}

status=0
: >used
known_rows
mkdir -p svm
for image in ${*:-$(cat "$guest_dir/list" "$guest_dir/svm/list")}; do
	on_qemu "$image" &
	case $image in svm/*) ;; *) on_bochs "$image" ;; esac
	wait
	judge "$image" qemu "$image.qemu" || status=1
	case $image in svm/*) ;; *) judge "$image" bochs "$image.bochs" || status=1 ;; esac
done
if test $# -eq 0; then
	awk -F'\t' 'NR == FNR { used[$1]; next }
	    !($1 in used) && $3 ~ /qemu|bochs/ {
		print "docs/deviations-guest.md:" $1 ": nothing needs " $4; n++
	    }
	    END { exit n > 0 }' used known || status=1
fi
exit $status
