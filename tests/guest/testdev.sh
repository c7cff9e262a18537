#!/bin/sh
# tests/guest/testdev.sh - images written as qemu's bare-metal test suites are
#
# At 4 MiB, one at 16 KiB, with pc-testdev, isa-debug-exit and fw_cfg, on one processor and two,
# with both engines; suspend to RAM, also in the middle of a recording.
set -u

dir=$BUILDDIR/tests/guest

# go STATUS IMAGE OPTION...
go() {
	want=$1 image=$2
	shift 2
	timeout 60 "$RINGLAB" -nodefaults -device pc-testdev \
	    -device isa-debug-exit,iobase=0xf4,iosize=0x4 -vnc none -serial stdio \
	    -device pci-testdev -machine accel=tcg -m 64 -no-reboot "$@" \
	    -kernel "$dir/$image.elf" >out 2>err </dev/null
	status=$?
	[ $status -eq "$want" ] || {
		echo "$image $*: exit status $status, not $want"
		cat out err
		exit 1
	}
}

for engine in threaded reference; do
	go 1 low -engine $engine -append args
	grep -qx 'Real mode and firmware work.' out || { echo "low $engine: serial port"; exit 1; }
	for smp in 1 2 4; do
		go 1 testdev.4m -smp $smp -engine $engine
		go 1 testdev.4m -smp $smp -engine $engine -cpu qemu64,+x2apic,+tsc-deadline
	done
	for smp in 1 2; do
		go 1 suspend.4m -smp $smp -engine $engine -print-hash
		tail -n 1 out >hash.$engine.$smp
	done
done
for smp in 1 2; do
	cmp hash.threaded.$smp hash.reference.$smp || {
		echo "-smp $smp: the engines suspend differently"
		exit 1
	}
	go 1 suspend.4m -smp $smp -record run.rec
	timeout 60 "$RINGLAB" -serial null -replay run.rec 2>err
	[ $? -eq 1 ] || { echo "a recording of a suspend does not play"; cat err; exit 1; }
done
