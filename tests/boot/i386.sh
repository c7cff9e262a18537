#!/bin/sh
#
# The kernel of Debian's i386 installer, which uses 2-level paging, with the
# installer's own initrd, to userspace: a script of ours, added to the initrd,
# runs the installer's busybox in the place of its init.

. "$SRCDIR/tests/boot/lib.sh"
need i386-netboot/linux i386-netboot/initrd.gz

mkdir -p extra
cat >extra/ringlab-init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
echo "boot: runs on $(uname -m), $(cat /etc/lsb-release 2>/dev/null | grep -c .) lines"
echo "boot: $(ls /bin | wc -l) commands"
echo "boot: pae $(grep -c ' pae ' /proc/cpuinfo)"
echo "boot: done"
sync
echo o >/proc/sysrq-trigger
sleep 100
END
chmod 755 extra/ringlab-init
(cd extra && echo ringlab-init | cpio --quiet -o -H newc --owner=+0:+0) >extra.cpio ||
    fail "no cpio"
cat "$guests/i386-netboot/initrd.gz" >initrd
gzip -c extra.cpio >>initrd

run 0 -m 512 -serial file:serial -kernel "$guests/i386-netboot/linux" \
    -initrd initrd -append "console=ttyS0 rdinit=/ringlab-init" -no-reboot \
    --timeout 800 --dump-state state.json
expect 'boot: runs on i' 'boot: done'

# CR4.PAE was never set: the walks had two levels.
cr4=$(sed -n 's/.*"cr4": "0x\([0-9a-f]*\)".*/\1/p' state.json)
[ $((0x$cr4 & 0x20)) -eq 0 ] || fail "CR4.PAE is set: $cr4"
