#!/bin/sh
#
# Debian's kernel is saved while it boots and while its script runs, loaded by
# another program, and ends as if nothing had happened: same output, same hash.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
exec </dev/console >/dev/console 2>&1
echo "boot: $(find / -xdev -type f | xargs cat | md5sum)"
echo "boot: done"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"

machine() {
	want=$1
	shift
	run "$want" -m 256 -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
	    -append console=ttyS0 -no-reboot --timeout 500 --print-hash "$@" >hash.line
}

# position: of the last machine's end, in cycles
position() {
	awk '/^hash / { print $3 }' hash.line
}

# To the power-off, or only some way.
whole=0 limit=
[ -z "${RINGLAB_SHORT-}" ] || whole=6 limit="--limit-cycles 600000000"
# shellcheck disable=SC2086
machine $whole -serial file:serial $limit
[ $whole -ne 0 ] || expect 'boot: done'
cp hash.line whole.hash
cp serial whole.serial
end=$(position)

: >pieces
from=
for part in 3 6 9; do
	machine 6 -serial file:serial --limit-cycles $((end / 10 * part)) $from \
	    --save-at-end part$part.rls --snapshot-incremental
	cat serial >>pieces
	from="-loadvm part$part.rls"
done
# shellcheck disable=SC2086
machine $whole -serial file:rest $from $limit --engine reference
cat rest >>pieces
cmp hash.line whole.hash || fail "another end: $(cat hash.line whole.hash)"

cmp pieces whole.serial || fail "another output"

# In the middle of the chain, without what it was made with.
run 1 -m 256 -serial file:serial -loadvm part6.rls
grep -q "part6.rls: made on another machine: append=" messages || fail "$(cat messages)"
rm part3.rls
run 1 -m 256 -serial file:serial -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
    -append console=ttyS0 -loadvm part6.rls
grep -q "part3.rls: No such file" messages || fail "$(cat messages)"
