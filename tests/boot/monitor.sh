#!/bin/sh
#
# The monitor: over a socket, through pipes, and beside a serial port on a
# terminal; a machine that is looked at and stopped by it ends in the same state as
# one that is left alone.

. "$SRCDIR/tests/boot/monitor_lib.sh"

$CC -m32 -nostdlib -static -no-pie -Wl,-Ttext=0x101000 -Wl,--build-id=none \
    -Wl,-z,noexecstack -o guest.elf "$SRCDIR/tests/boot/gdb_guest.S" ||
    fail "cannot make the guest"
echo module >module

# headless OPTION...
headless() {
	start -display none -pace max --timeout 100 "$@"
}

# talk NAME: plays the script NAME
talk() {
	./client socket mon <"$1" >"$1.log" || fail "$1: $(cat "$1.log" messages)"
}

# said TEXT...: is in the answer
said() {
	for text; do
		grep -qF -e "$text" answer || fail "no \"$text\" in $(cat answer)"
	done
}

# --- over a socket

# What is in the way of the socket: one of a dead process is replaced
headless -serial null
kill -9 "$machine"
wait "$machine" 2>/dev/null
[ -S mon ] || fail "the socket went away by itself"
"$RINGLAB" -monitor unix:mon -display none -S >out 2>messages &
machine=$!
ask() {
	echo "info status" | ./client pipe mon >answer 2>/dev/null
}
soon ask
said 'stopped, cycle 0, 0 instructions'
answer 'info version';		said "ringlab "
answer 'help stop';		said "stands still"
answer 'info regsters';		said "did you mean 'info registers'?"
answer 'savevm';		said "usage: savevm NAME"
answer 'loadvm nothing';	said "nothing"
answer 'stop now';		said "takes no argument"
answer 'x/3i $pc';		said "00000000fffffff0: jmp 0xf000:0xe05b"
answer 'xp /2xb 0xffff0';	said "00000000000ffff0: 0xea 0x5b"
answer 'xp/s 0xffff5';		said ': "'
answer 'x/4dh $rip - ';		said "not a number"
answer 'x/4dh $rip-16+$rax';	said "00000000ffffffe0: "
answer 'xp /c 0xfffffff000000';	said "no memory at 0xfffffff000000"
answer 'x/4q 0';		said "'q' is no format"
answer 'info mem';		said "paging is off"
answer 'info pci';		said "8086:1237 i440fx"
answer 'info mtree';		said "rtc"
answer 'info pic';		said "pic1: irr="
answer 'info lapic';		said "LVT0 "
answer 'info ioapic';		said "pin 23 "
answer 'info device rtc';	said "rtc."
answer 'info device rtx';	said "did you mean 'rtc'?"
answer 'info stats';		said "walk references"
answer 'info replay';		said "neither"
answer 'sendkey ctrl-alt-delte'; said "did you mean 'delete'?"
answer "$(head -c 5000 /dev/zero | tr '\0' a)"
said 'line is too long'
printf 'info version\ninfo status' | ./client pipe mon >answer
said "ringlab " "stopped, cycle 0"
# A client that never reads is hung up on; the next one is served
./client flood mon "help" 100000 || fail "a client that does not read"
answer 'cont'
answer 'info status';		said "running, "
answer 'quit'
ended 0
[ ! -e mon ] || fail "the socket is left behind"

"$RINGLAB" -display none -monitor unix:/no/such/place 2>messages && fail "a bad path"
"$RINGLAB" -display none -S 2>messages && fail "-S, and nobody to start it"
"$RINGLAB" -serial stdio -monitor stdio 2>messages </dev/null && fail "stdio twice"
grep -q 'mon:stdio' messages || fail "$(cat messages)"

# --- drives

head -c 65536 /dev/zero >disk
cp disk disk.2
if command -v qemu-img >/dev/null; then
	qemu-img create -q -f qcow2 -b disk -F raw disk.qcow2 || fail "qemu-img create"
	headless -S -serial null -hda disk.qcow2 -drive file=disk,format=raw,if=virtio,readonly=on \
	    --record drives.rec
	answer 'info block'
	said 'hda: disk.qcow2 (qcow2)' '0.0625 MiB (65536 bytes), a disk' \
	    'Backing file:     disk (raw)' "Writes:           0 clusters of 4 KiB in $PWD/drives.rec.ovl" \
	    'vda: disk (raw, read-only)'
	answer 'quit'
	ended 0
fi
headless -S -serial null -hda disk -drive file=disk.2,format=raw,snapshot=on
answer 'info block'
said 'hda: disk (raw)' 'Writes:           go to the image' \
    'Writes:           0 clusters of 4 KiB in memory, thrown away at the end'
answer 'quit'
ended 0

# --- paging, 64-bit code

headless -kernel guest.elf -initrd module -serial null
long_mode() {
	answer 'info registers'
	grep -q '64-bit mode' answer
}
soon long_mode
said '64-bit mode' 'cr0  '
answer 'stop'
answer 'info status';		said "stopped, "
cp answer before
answer 'info status'
cmp -s answer before || fail "it does not stand still"
answer 'info mem';		said "0000000000000000-" "0000000040200000"
answer 'info walk 0x40000123';	said "level 4 at " "is at 000000200123"
answer 'info walk 0x7f0000000000'; said "page fault: not present"
answer 'info tlb';		said '-> 000000000000 2M'
answer 'x/2xg 0x40000000';	said "0x2142414c474e4952"
"$RINGLAB" monitor mon info walk 0x40000123 w >answer || fail "monitor: $(cat answer)"
said "is at 000000200123" "write at supervisor level: allowed"
"$RINGLAB" monitor unix:mon cpu 5 >answer && fail "a command that fails, with status 0"
said "there is no processor 5"
grep -q -e '^@' -e '(ringlab)' answer && fail "$(cat answer)"
printf 'info version\ncpu 5\ninfo status\n' | "$RINGLAB" monitor mon >answer &&
    fail "lines, one of which fails, with status 0"
said "ringlab " "no processor" "stopped, "
"$RINGLAB" monitor nothing info version 2>answer && fail "no socket, with status 0"
said "nothing: No such file"
answer 'xp/2xg 0x200000';	said "0x2142414c474e4952"
answer 'x/s 0x40000000';	said '"RINGLAB!"'
answer 'x/5i $pc';		said ': call 0x'
answer 'cont'
answer 'info cpus';		said "64-bit"
answer 'info fpu';		said "st7 "
answer 'quit'
ended 0

# --- buttons and keys

cat >keys <<'END'
< (ringlab) 
> sendkey esc\n
< (ringlab) 
> cont\ninfo status\n
< running
END
headless -serial null -S -boot menu=on --debugcon file:debug
talk keys
answer 'mouse_move 5 -3';	said "(ringlab)"
answer 'mouse_move 5 300';	said "at most 127"
answer 'mouse_button 9';	said "1 left"
answer 'mouse_button 1'
if grep -q '^#define HAVE_PNG' "$BUILDDIR/config.h"; then
	answer 'screendump screen.png'
	head -c 4 screen.png | grep -q PNG || fail "no picture"
	answer 'screendump /no/such/place'; said "/no/such/place: "
fi
boots() {
	answer 'sendkey 2 20'
	grep -q 'Booting from' debug
}
soon boots || fail "the boot menu heard no key: $(tail debug)"
answer 'system_powerdown'
answer 'system_reset'
said '(ringlab)'
answer 'info stats'
answer 'quit'
ended 0
headless -serial null -no-reboot
answer 'system_reset'
ended 0

# --- recorded, replayed, gone back in

headless -kernel guest.elf -initrd module -serial null --record journal
answer 'info replay';		said "recording to journal"
answer 'loadvm nothing';	said "nothing.rls: No such file"
answer 'sendkey a'
sleep 0.5
answer 'system_reset'
answer 'sendkey b'
sleep 0.5
answer 'system_powerdown'
answer 'quit'
ended 0
headless --replay journal -S
answer 'info replay';		said "replaying journal, the next input is of cycle "
for command in system_reset system_powerdown "sendkey a" "loadvm a"; do
	answer "$command";	said "replays a recording"
done
answer 'cont'
ended 0
headless -kernel guest.elf -initrd module -serial null --history=every=5M
sleep 1
answer 'info history';		said "cycles 0 to "
answer 'rewind start';		said "stopped at cycle 0"
answer 'info status';		said "stopped, in the past, cycle 0, 0 instructions"
answer 'system_reset';		said "this is the past"
answer 'info history';		said "now at 0, in the past"
answer 'rewind 1';		said "stopped at cycle 0"
answer 'branch'
answer 'branch';		said "this is the present"
answer 'cont'
sleep 0.5
answer 'info status';		said "running, cycle "
answer 'rewind 3000000';	said "stopped at cycle "
answer 'quit'
ended 0
headless -kernel guest.elf -initrd module -serial null --history=every=5M --record journal2
sleep 0.5
answer 'rewind start';		said "stopped at cycle 0"
answer 'branch'
answer 'info history';		said "cycles 0 to "
sleep 0.5
answer 'quit'
ended 0
"$RINGLAB" --replay journal2 -serial null --pace max || fail "a branch is not replayed"
headless -kernel guest.elf -initrd module -serial null --checkpoint-every 5ms
sleep 0.5
answer 'rollback';		said "at cycle "
answer 'info checkpoints';	said "rollbacks: 1,"
answer 'quit'
ended 0

# --- snapshots

headless -kernel guest.elf -initrd module -serial null -S
answer 'savevm begin'
answer 'cont'
soon long_mode
answer 'stop'
answer 'savevm later'
answer 'info status'
cp answer before
listed() {
	answer 'info snapshots'
	grep -q "^begin" answer && grep -q "^later" answer
}
soon listed || fail "no snapshots: $(cat answer)"
answer 'loadvm begin'
answer 'info status';		said "stopped, cycle 0, 0 instructions"
answer 'loadvm later'
answer 'info status'
cmp -s answer before || fail "loadvm: $(cat answer before)"
printf 'system_reset\nsavevm x\n' | ./client pipe mon >answer
said "the reset comes first"
answer 'delvm later'
answer 'info snapshots'
grep -q "^later" answer && fail "delvm: $(cat answer)"
answer 'quit'
ended 0

# --- looking changes nothing

cat >look <<'END'
< (ringlab) 
> info registers\ninfo mem\ninfo tlb\ninfo pci\ninfo mtree\ninfo pic\n
> info lapic\ninfo ioapic\ninfo block\ninfo cpus\ninfo stats\ninfo fpu\n
> info walk 0x40000000\nx/100i $pc\nxp/100xw 0\ninfo status\n
< stopped, cycle 0
> cont\n
END
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	cat <<'END'
> info registers\ninfo fpu\ninfo device cpu0\ninfo device machine\nx/50i $pc\n
> info mem\ninfo tlb\ninfo lapic\ninfo devices\nstop\ninfo pic\ncont\ninfo status\n
< running
~ 20
END
done >>look
for guest in "-serial null" "-kernel guest.elf -initrd module"; do
	# shellcheck disable=SC2086
	run 6 $guest --limit-cycles 400M --print-hash >without
	# shellcheck disable=SC2086
	headless $guest --limit-cycles 400M --print-hash -S
	./client socket mon <look >look.log 2>/dev/null
	grep -q 'stopped, cycle 0' look.log || fail "$(cat look.log)"
	case $guest in
	*kernel*) grep -q "running, cycle [1-9]" look.log || fail "not while it ran" ;;
	esac
	ended 6
	cmp -s out without || fail "$guest: looking changes the state: $(cat out without)"
done

# --- pipes

printf 'info version\nquit\n' | "$RINGLAB" -monitor stdio --timeout 50 >answer 2>messages ||
    fail "$(cat messages)"
said "ringlab "
printf 'info version\n' | "$RINGLAB" -monitor stdio -pace max --limit-cycles 10M \
    --print-hash >answer 2>messages
tail -n 1 answer | grep -q '^hash' || fail "the hash is not the last line: $(cat answer)"
printf '\001c\ninfo version\nquit\n' |
    "$RINGLAB" -display none -serial mon:stdio --timeout 50 >answer 2>messages ||
    fail "$(cat messages)"
said "ringlab "

# --- a terminal

cat >terminal <<'END'
< No bootable device
> \001h
< Ctrl-a c
> \001c
< "help" lists commands
< (ringlab) 
> info versxon
> \033[D\033[D\177i\r
< ringlab 0.
< (ringlab) 
> help sys\tr\t\r
< press the reset button
< (ringlab) 
> \033[A\r
< press the reset button
< (ringlab) 
> stop\r
< (ringlab) 
> info status\r
< stopped, cycle
< (ringlab) 
> nonsense\003
< (ringlab) 
> cont\r
< (ringlab) 
> info status\r
< running, cycle
< (ringlab) 
> \001c
> \001cinfo version\r
< ringlab 0.
> \001x
END
grep -q '^#define HAVE_EDIT' "$BUILDDIR/config.h" || {
	grep -v '033\|\\t' terminal >plain
	mv plain terminal
}
TERM=xterm ./client pty "$RINGLAB" -nographic --timeout 50 <terminal >terminal.log ||
    fail "terminal: $(cat -v terminal.log)"
printf '< (ringlab) \n> info version\\r\n< ringlab 0.\n< (ringlab) \n> quit\\r\n' >terminal
TERM=xterm ./client pty "$RINGLAB" -display none -monitor stdio --timeout 50 <terminal \
    >terminal.log || fail "-monitor stdio: $(cat -v terminal.log)"
echo "the monitor answers"
