#!/bin/sh
#
# Strangers' firmware: U-Boot of 32 and 64 bits to its prompt, with -bios, where it
# is told to list PCI devices and to reset the machine.
#
# The one of 32 bits has no VGA: it would run SeaVGABIOS in real mode with segments
# of 64 KiB, which SeaVGABIOS does not expect.  Processors that check limits end
# there in #GP.

. "$SRCDIR/tests/boot/lib.sh"
sh "$SRCDIR/tools/guest-kernel.sh" -d "$guests" u-boot || { echo "no u-boot-qemu"; exit 77; }

# wait_for TEXT COUNT: on the serial port, that often
wait_for() {
	i=0
	until [ "$(grep -ac -e "$1" serial)" -ge "$2" ]; do
		i=$((i + 1))
		[ $i -lt 1000 ] || fail "no \"$1\" on the serial port"
		sleep 0.2
	done
}

# boot ROM OPTION...
boot() {
	rom=$guests/u-boot/$1.rom
	shift
	rm -f keys serial
	mkfifo keys
	"$RINGLAB" -display none -pace max -bios "$rom" -m 256 -serial stdio -no-reboot \
	    --timeout 200 "$@" <keys >serial 2>messages &
	exec 3>keys
	# It tries all ways to boot first.
	wait_for '^=> ' 1
	printf 'pci\n' >&3
	wait_for 'Bridge device' 2
	printf 'reset\n' >&3
	wait $! || fail "exit status $?: $(cat messages)"
	exec 3>&-
	expect 'U-Boot 2023.01' 'QEMU x86 (I440FX)' 'resetting'
}

boot x86 -vga none
boot x86_64
