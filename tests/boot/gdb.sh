#!/bin/sh
#
# gdb on a small multiboot guest: from the first instruction in real mode through
# SeaBIOS into 32-bit and 64-bit code, on both engines.  Then the same machine
# with a debugger that only looks must end in the same state as without one.

. "$SRCDIR/tests/boot/lib.sh"
. "$BUILDDIR/config.sh"

command -v gdb >/dev/null 2>&1 || { echo "no gdb"; exit 77; }

$CC -m32 -nostdlib -static -no-pie -Wl,-Ttext=0x101000 -Wl,--build-id=none \
    -Wl,-z,noexecstack -o guest.elf "$SRCDIR/tests/boot/gdb_guest.S" ||
    fail "cannot make the guest"
$CC -std=gnu11 -O1 -o client "$SRCDIR/tests/boot/monitor_client.c" -lutil ||
    fail "no monitor_client"
echo module >module

# Guest addresses as variables of gdb
nm guest.elf | sed -n 's/^\([0-9a-f]*\) [A-Za-z] \([a-z0-9_]*\)$/set $\2 = 0x\1/p' >symbols.gdb
cat >check.gdb <<'END'
set confirm off
set pagination off
set width 0
set remotetimeout 30
set tcp connect-timeout 30
source symbols.gdb
# check EXPRESSION WHAT: no blanks in either
define check
  if $arg0
    printf "ok $arg1\n"
  else
    printf "NOT $arg1\n"
  end
end
END

# start OPTION...: the machine, waiting for gdb at the socket "gdb"
start() {
	rm -f gdb
	"$RINGLAB" -nodefaults -display none -pace max -gdb unix:gdb -S \
	    -kernel guest.elf -device isa-debug-exit,iobase=0xf4,iosize=4 \
	    --timeout 100 "$@" >out 2>messages &
	machine=$!
	for i in 1 2 3 4 5 6 7 8 9 10; do
		[ -S gdb ] && return
		sleep 0.2
	done
	fail "no socket: $(cat messages)"
}

# debug NAME CHECKS: runs NAME.gdb, which makes CHECKS checks
debug() {
	timeout 100 gdb -nx -batch -x check.gdb -ex 'target remote gdb' -x "$1.gdb" \
	    >"$1.log" 2>&1 </dev/null
	if grep -q '^NOT' "$1.log" || [ "$(grep -c '^ok' "$1.log")" -ne "$2" ]; then
		cat "$1.log"
		fail "$1: checks failed, or not $2 of them"
	fi
}

# ended STATUS
ended() {
	wait "$machine"
	status=$?
	[ "$status" -eq "$1" ] || fail "exit status $status, expected $1: $(cat messages)"
}

cat >modes.gdb <<'END'
check $rip==0xfff0&&$cs==0xf000&&$cs_base==0xffff0000 reset_vector
check ({char}($cs_base+$rip)&0xff)==0xea far_jump_there
stepi
check $rip==0xe05b&&$cs_base==0xf0000 stepped_into_seabios
set $steps = 0
while ($cr0 & 1) == 0 && $steps < 2000
  stepi
  set $steps = $steps + 1
end
check ($cr0&1)==1&&$steps<2000 stepped_into_protected_mode
monitor description 16
unset tdesc filename
check $eip!=0&&sizeof($eip)==4 i8086_registers
monitor description auto
unset tdesc filename
check sizeof($rip)==8 long_registers_again
break *$_start
continue
check $rip==$_start&&$rax==0x2badb002&&($cr0&0x80000001)==1 loaded_by_multiboot
hbreak *$to_long
continue
check $rip==$to_long&&($efer&0x500)==0x500 long_mode_active
check $cr3==$pml4&&($cr0&0x80000000)&&($cr4&0x220)==0x220 control_registers
stepi
check $rip==$long64&&$cs==8 in_64_bit_code
check {long}0x40000000==0x2142414c474e4952 virtual_memory
monitor phys on
check {long}0x200000==0x2142414c474e4952 physical_memory
check ({long}$pd_high&0x20)==0 no_accessed_bit
monitor phys off
delete
break *$gave
continue
check $r12==1000&&$rax==1 first_call
check $xmm3.v2_int64[0]==0x123 sse_register
check $st0>3.1415926&&$st0<3.1415927 x87_register
check $ftag==0x3fff x87_tags
check $gs_base==0&&$cs_base==0 bases
set $r13 = 41
ignore 3 97
continue
check $r12==902&&$r13==41+98 counted_hits
delete
END
# Watchpoints, memory that changes under decoded code, a register, Ctrl-C
cat >change.gdb <<'END'
break *$spin
continue
check $rip==$spin&&$r13==1000 thousand_calls
delete
watch {long}0x40000008
set {int}$go = 1
continue
check $rip==$count+8&&{long}0x40000008==1 write_watched
delete
rwatch {long}0x40000000
continue
check $rip==$count+16 read_watched
delete
set {char}($give+1) = 32
check {char}($give+1)==32 code_written
monitor phys on
check {char}($give+1)==32 code_written_physically
monitor phys off
break *$leave_it+10
continue
check $rip==$leave_it+10&&$rax==32 changed_code_ran
set $rax = 33
continue
END

# Leaves the guest spinning; the next gdb finds it there.
cat >leave.gdb <<'END'
break *$spin
continue
check $rip==$spin spins
detach
END
cat >again.gdb <<'END'
check $rip>=$spin&&$rip<$leave_it still_spins
check $r13==1000 same_guest
shell (sleep 1; kill -INT $PPID) &
continue
check $rip>=$spin&&$rip<$leave_it interrupted
kill
END

# Only looks
cat >look.gdb <<'END'
stepi 300
break *$_start
continue
delete
break *$give
ignore 2 500
watch {long}0x200000
continue
check {long}0x200000==0x474e4952 watched
continue
delete 3
info all-registers
monitor registers
x/100i $rip
stepi 100
continue
p $r12
check $r12==500 five_hundred_and_one
continue
continue
delete
continue
END

# Beside the monitor: what the debugger lets run runs, and stands still while it holds
# it, whatever the monitor says
cat >both.gdb <<'END'
break *$spin
shell echo stop | ./client pipe mon >monitor.log
continue
check $rip==$spin went_on
shell echo cont | ./client pipe mon >>monitor.log
shell echo info status | ./client pipe mon >>monitor.log
check $rip==$spin stands_still
monitor info statsu
monitor info status
monitor xp /xg 0x200000
monitor quit
END

[ -n "${RINGLAB_SHORT-}" ] && engines=threaded || engines="threaded reference"
for engine in $engines; do
	start --engine $engine
	debug modes 19
	ended 3
	start --engine $engine -initrd module
	debug change 6
	ended 67
	start --engine $engine -initrd module
	debug leave 1
	debug again 3
	ended 0
	start --engine $engine -initrd module -monitor unix:mon
	debug both 2
	ended 0
	grep -q "the debugger holds" monitor.log || fail "cont beside gdb: $(cat monitor.log)"
	grep -q "stopped by the debugger" monitor.log || fail "$(cat monitor.log)"
	grep -q "did you mean .info status.?" both.log || fail "$(cat both.log)"
	grep -q "0x2142414c474e4952" both.log || fail "$(cat both.log)"
	start --engine $engine --print-hash
	debug look 2
	ended 3
	with=$(tail -n 1 out)
	"$RINGLAB" -nodefaults -display none -kernel guest.elf --engine $engine \
	    -device isa-debug-exit,iobase=0xf4,iosize=4 --print-hash >out
	[ "$with" = "$(tail -n 1 out)" ] ||
	    fail "$engine: a debugger that looks changes the state: $with, $(cat out)"
done
