#!/bin/sh
#
# Strangers' firmware: U-Boot of 32 and 64 bits to its prompt, with -bios.

. "$SRCDIR/tests/boot/lib.sh"
sh "$SRCDIR/tools/guest-kernel.sh" -d "$guests" u-boot || { echo "no u-boot-qemu"; exit 77; }

# The empty line stops the countdown.
for rom in x86 x86_64; do
	printf '\nversion\nprintenv arch\nbdinfo\npci\nreset\n' |
	    "$RINGLAB" -display none -pace max -bios "$guests/u-boot/$rom.rom" -m 256 \
	    -serial stdio -no-reboot --timeout 100 >serial 2>messages
	echo "$rom: $?"
	cat messages
	expect 'U-Boot 2023' '=> ' 'resetting'
done
