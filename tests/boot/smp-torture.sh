#!/bin/sh
#
# Five minutes of several processors: a lock torture and parallel makes in
# Debian with -smp 4, until --timeout stops it.  What one make builds is what the
# host's make builds; the torture's counters all agree.

. "$SRCDIR/tests/boot/lib.sh"

minutes=${RINGLAB_TORTURE_MINUTES:-5}
need amd64/vmlinuz
make=$(command -v make)

# What the guest makes, with busybox for everything.
cat >Makefile <<'END'
SHELL = /bin/busybox sh
files := $(foreach i,1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16,part$i)
all: sum
sum: $(files)
	busybox cat $(files) | busybox sha256sum > $@
part%:
	busybox seq 1 $*000 | busybox sort -r | busybox gzip -n -c | busybox sha256sum > $@
END
"$make" -s -j2 sum || fail "make on the host"
expected=$(cat sum)
rm -f sum part*

set --
for lib in $(libraries "$make"); do
	set -- "$@" -f "$lib=$lib"
done
cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
echo "smp: nproc $(nproc)"
cd /work
while :; do
	rm -f sum part*
	make -s -j6 sum && echo "smp: made $(cat sum)"
	torture 6 2
	torture 4 1
done
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz -f "$make=bin/make" -f Makefile=work/Makefile \
    -f "$BUILDDIR/tests/boot/torture=bin/torture" "$@" init || fail "no initramfs"

run 6 -smp 4 -m 256 -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
    -append "console=ttyS0" -no-reboot -serial file:serial -timeout $((minutes * 60))
expect 'smp: nproc 4' "smp: made $expected" 'torture: 6 threads'
! grep -a -e WRONG -e 'BUG:' -e 'rcu: INFO' -e 'soft lockup' -e 'Call Trace' serial ||
	fail "something broke"
made=$(grep -a -c "smp: made" serial)
[ "$made" -eq "$(grep -a -c "smp: made $expected" serial)" ] || fail "a make made something else"
echo "$made makes; $(grep -a -c 'all held' serial) tortures held"
