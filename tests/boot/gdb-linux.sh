#!/bin/sh
#
# gdb on Debian's kernel, booted with nokaslr: the guest prints its kallsyms, they
# become a symbol file, and with it gdb stops at kernel functions by name, says
# who called, reads per-CPU variables, and lets the guest power off.  The state
# at the end is that of a run nobody looked at.

. "$SRCDIR/tests/boot/lib.sh"
. "$BUILDDIR/config.sh"

command -v gdb >/dev/null 2>&1 || { echo "no gdb"; exit 77; }
need amd64/vmlinuz

cat >init <<'END'
#!/bin/sh
mount -t proc proc /proc
dmesg -n 1
exec </dev/console >/dev/console 2>&1
if grep -q print-symbols /proc/cmdline; then
	echo BEGIN
	gzip -c /proc/kallsyms | base64
	echo END
	sleep 1		# the line has to take it all
fi
echo "boot: done"
poweroff -f
END
sh "$SRCDIR/tools/mkinitramfs.sh" -o initrd.gz init || fail "no initramfs"
$CC -std=gnu11 -O1 -o kallsyms2elf "$SRCDIR/tools/kallsyms2elf.c" || fail "no kallsyms2elf"

# linux STATUS APPEND OPTION...
linux() {
	want=$1
	append=$2
	shift 2
	run "$want" -m 256 -nodefaults -serial file:serial -no-reboot --timeout 500 \
	    -kernel "$guests/amd64/vmlinuz" -initrd initrd.gz \
	    -append "console=ttyS0 nokaslr quiet $append" "$@"
}

linux 0 print-symbols
tr -d '\r' <serial | sed -n '/^BEGIN$/,/^END$/p' | sed '1d;$d' | base64 -d |
    gunzip >kallsyms || fail "no symbols on the serial port"
./kallsyms2elf kallsyms vmlinux || fail "no symbol file"

cat >look.gdb <<'END'
set confirm off
set pagination off
set width 0
set remotetimeout 60
file vmlinux
target remote gdb
hbreak *start_kernel
continue
printf "at start_kernel: %d\n", $rip == (long)&start_kernel
delete
break *kernel_power_off
continue
printf "at kernel_power_off: %d\n", $rip == (long)&kernel_power_off
backtrace 2
printf "per-CPU base: %d\n", {long}($gs_base + (long)&this_cpu_off) == $gs_base
printf "current task: %d\n", {long}($gs_base + (long)&current_task) < 0
printf "banner: %.14s\n", (char*)&linux_banner
printf "paging: %d, long mode: %d\n", ($cr0 >> 31) & 1, ($efer >> 10) & 1
x/3i $rip
stepi 3
info all-registers
delete
continue
END

rm -f gdb
(linux 0 "" -gdb unix:gdb -S --print-hash >with) &
machine=$!
for i in 1 2 3 4 5 6 7 8 9 10; do
	[ -S gdb ] && break
	sleep 0.2
done
timeout 500 gdb -nx -batch -x look.gdb >log 2>&1 </dev/null
wait "$machine" || fail "$(cat with log)"
for line in 'at start_kernel: 1' 'at kernel_power_off: 1' 'in __do_sys_reboot ()' \
    'per-CPU base: 1' 'current task: 1' 'banner: Linux version ' 'paging: 1, long mode: 1' \
    '<kernel_power_off>:' 'exited normally'; do
	grep -qF -e "$line" log || fail "no \"$line\" from gdb: $(cat log)"
done
expect 'boot: done'

linux 0 "" --print-hash >without
cmp -s with without || fail "a debugger changes the state: $(cat with without)"
