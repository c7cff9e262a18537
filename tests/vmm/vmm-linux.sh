#!/bin/sh
#
# Debian's kernel, as it is, boots to a shell under nested and under shadow paging,
# and what is typed reaches it.

. "$SRCDIR/tests/vmm/vmm-lib.sh"

kernel=$BUILDDIR/guests/amd64/vmlinuz
[ -r "$kernel" ] || { echo "no guests/amd64/vmlinuz (make guests downloads it)"; exit 77; }

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
echo "shell: ready"
exec sh
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"

# Typed when it is ready: it asks for the answer to be made there.
mkfifo keys
type_it() {
	exec 3>keys
	until grep -q 'shell: ready' raw; do
		sleep 0.2
	done
	sleep 0.5
	printf 'echo "typed: $((6 * 7))"; poweroff -f\n' >&3
	exec 3>&-
}

for how in mem=nested "mem=shadow verify=1"; do
	: >raw
	type_it &
	timeout 200 "$RINGLAB" -cpu max -m 384 -pace max -display none -nodefaults \
	    -kernel "$vmm" -append "report=serial input=0 $how" -initrd \
	    "$kernel console=ttyS0 quiet vm.ram=160M,initrd.gz vm.module" \
	    -serial stdio <keys >raw 2>messages || { cat messages; fail "$how"; }
	wait
	tr -d '\r' <raw >serial
	grep -q '^typed: 42' serial || fail "$how: what was typed did not arrive"
	zero vm0.verify_bad
done
exit 0
