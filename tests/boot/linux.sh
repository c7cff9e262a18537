#!/bin/sh
#
# Debian's kernel by -kernel, -initrd and -append, through SeaBIOS and our option
# ROM: runs a script of ours, is told its command line, and powers off.

. "$SRCDIR/tests/boot/lib.sh"
need amd64/vmlinuz

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
exec </dev/console >/dev/console 2>&1
echo "boot: runs on $(uname -m), told $(sed 's/.*told=//' /proc/cmdline)"
echo "boot: $(awk '/MemTotal/ { print ($2 > 190000 && $2 < 262144) ? "memory is right" : $2 }' /proc/meminfo)"
echo "boot: $(date -u +%Y-%m-%d)"
echo "boot: done"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"

run 0 -m 256 -serial file:serial -kernel "$guests/amd64/vmlinuz" \
    -initrd initrd.gz -append "console=ttyS0 told=everything" -no-reboot \
    --timeout 500 --stats stats.json --dump-state state.json
expect 'Linux version' 'boot: runs on x86_64, told everything' \
    'boot: memory is right' 'boot: 2024-01-01' 'boot: done'
grep -q '"interrupts": [1-9]' stats.json || fail "no interrupts in stats.json"
grep -q '"ram_hash": "0x[0-9a-f]\{32\}"' state.json || fail "no ram_hash"
