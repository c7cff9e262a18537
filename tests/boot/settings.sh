#!/bin/sh
#
# Host settings change no count and no hash: a whole Debian boot has the same
# state every 50 M cycles under each of them as with the defaults.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz

cat >init <<'END'
#!/bin/sh
echo "boot: done"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"

# boot NAME OPTION...
boot() {
	name=$1
	shift
	run 0 -m 256 -serial file:serial -kernel "$guests/amd64/vmlinuz" \
	    -initrd initrd.gz -append "console=ttyS0" -no-reboot \
	    --hash-log "$name.log" "$@"
	expect 'boot: done'
	[ "$name" = default ] && return
	diff default.log "$name.log" >difference || {
		head -n 4 difference
		fail "$*: differs from the defaults"
	}
	echo "the same: $*"
}

boot default
boot tlb64 --engine-set fast-tlb=64
boot tlb4096 --engine-set fast-tlb=4096
boot tlboff --engine-set fast-tlb=off
boot random --engine-set block-max=random:7
boot links --engine-set links=off
boot cache --engine-set block-cache=1M
boot super --engine-set super=off
boot reference --engine reference
