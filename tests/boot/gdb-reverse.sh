#!/bin/sh
#
# gdb goes back on a small guest with interrupts, sleep, exceptions and
# repetitions, on both engines: what reverse-stepi shows is what stepi had shown;
# reverse-continue finds breakpoints and who wrote last; then the run goes on and
# ends as one that nobody looked at.  A change in the past makes another future.

. "$SRCDIR/tests/boot/lib.sh"
. "$BUILDDIR/config.sh"

command -v gdb >/dev/null 2>&1 || { echo "no gdb"; exit 77; }

$CC -m32 -nostdlib -static -no-pie -Wl,-Ttext=0x101000 -Wl,--build-id=none \
    -Wl,-z,noexecstack -o guest.elf "$SRCDIR/tests/boot/gdb_reverse_guest.S" ||
    fail "cannot make the guest"
nm guest.elf | sed -n 's/^\([0-9a-f]*\) [A-Za-z] \([a-z0-9_]*\)$/set $\2 = 0x\1/p' >symbols.gdb
cat >check.gdb <<'END'
set confirm off
set pagination off
set width 0
set remotetimeout 60
set tcp connect-timeout 30
source symbols.gdb
define check
  if $arg0
    printf "ok $arg1\n"
  else
    printf "NOT $arg1\n"
    info registers
  end
end
END

machine() {
	"$RINGLAB" -nodefaults -display none -pace max -kernel guest.elf \
	    -device isa-debug-exit,iobase=0xf4,iosize=4 --print-hash --timeout 200 "$@"
}

# debug NAME STATUS OPTION...: runs NAME.gdb, whose checks must all be made
debug() {
	name=$1
	want=$2
	checks=$(grep -c '^check' "$name.gdb")
	shift 2
	rm -f gdb
	machine -gdb unix:gdb -S "$@" >"$name.out" 2>messages &
	machine=$!
	for i in 1 2 3 4 5 6 7 8 9 10; do
		[ -S gdb ] && break
		sleep 0.2
	done
	timeout 200 gdb -nx -batch -x check.gdb -ex 'target remote gdb' -x "$name.gdb" \
	    >"$name.log" 2>&1 </dev/null
	if grep -q '^NOT' "$name.log" || [ "$(grep -c '^ok' "$name.log")" -ne "$checks" ]; then
		cat "$name.log"
		fail "$name: checks failed, or not $checks of them"
	fi
	wait "$machine"
	status=$?
	[ "$status" -eq "$want" ] || fail "exit status $status, expected $want: $(cat messages)"
}

# Steps through a turn, sleep and all, and back; and through one further on
cat >back.gdb <<'END'
define note
  set $i = 0
  while $i < $steps
    eval "set $pc%d = $rip", $i
    eval "set $sp%d = $rsp", $i
    eval "set $cx%d = $rcx", $i
    eval "set $di%d = $rdi", $i
    eval "set $fl%d = $eflags", $i
    stepi
    set $i = $i + 1
  end
end
define unnote
  set $same = 0
  while $i > 0
    set $i = $i - 1
    reverse-stepi
    eval "set $same = $same + ($pc%d == $rip && $sp%d == $rsp && $cx%d == $rcx)", $i, $i, $i
    eval "set $same = $same + ($di%d == $rdi && $fl%d == $eflags)", $i, $i
  end
end
set $steps = 80
hbreak *$turn
continue
check $rip==$turn&&$rbx==0 first_turn
note
set $ticks_seen = {int}$ticks
unnote
check $same==2*$steps steps_back
check $rip==$turn&&$rbx==0&&{int}$ticks==0 first_turn_again
delete
continue
check {int}$ticks==$ticks_seen known_ground_ends
hbreak *$turn if $rbx==205
continue
check $rip==$turn&&$rbx==205 far_turn
delete
hbreak *$turn
note
unnote
check $same==2*$steps steps_back_far
check $rip==$turn&&$rbx==205 far_turn_again
reverse-continue
check $rip==$turn&&$rbx==204 breakpoint_before
reverse-continue
check $rip==$turn&&$rbx==203 breakpoint_before_that
continue
check $rip==$turn&&$rbx==204 and_on
delete
watch *(int *)$seldom
reverse-continue
check $rip==$writer&&$rbx==200&&{int}$seldom==190 who_wrote
stepi
check {int}$seldom==200 wrote_it
reverse-stepi
check $rip==$writer&&{int}$seldom==190 unwrote_it
reverse-continue
check $rip==$writer&&$rbx==190&&{int}$seldom==180 who_wrote_before
delete
hbreak *$copy if $rbx==3
reverse-continue
check $rip==$copy&&$rbx==3 condition
stepi
check $rip==$oops&&$rcx==0 one_repetition
reverse-stepi
check $rip==$copy&&$rcx==3000 unrepeated
delete
reverse-continue
check $rip==0xfff0&&$cs==0xf000 begin
continue
check $rbx>=206&&$rbx<230 live_end
hbreak *$done
continue
check $rbx==400 turned_on
delete
watch *(int *)$often
reverse-continue
check $rbx==400&&{int}$often==399 often
delete
continue
continue
END
# A register that is changed, before which one can go and come back; then another
# change in the past
cat >change.gdb <<'END'
hbreak *$turn
ignore 1 20
continue
check $rbx==20 twenty
set $rbp = 30
set {int}$seldom = 77
ignore 1 4
continue
check $rbx==25&&$rbp==25 changed
reverse-stepi
reverse-continue
check $rbx==24 before
delete
watch *(int *)$seldom
reverse-continue
check $rip==$writer&&$rbx==20 watched
delete
hbreak *$turn
continue
check $rbx==20&&$rbp==30&&{int}$seldom==77 changed_again
continue
check $rbx==21&&$rbp==29 on_from_the_change
reverse-continue
check $rbx==20&&$rbp==30 back_to_the_change
reverse-continue
check $rbx==19&&$rbp==381&&{int}$seldom==10 before_the_change
set $rbp = 2
continue
check $rbx==20&&$rbp==1&&{int}$seldom==20 another_future
reverse-continue
check $rbx==19&&$rbp==2 back_to_the_branch
reverse-continue
check $rbx==18&&$rbp==382 before_the_branch
delete
hbreak *$done
continue
continue
check $rip==$done&&$rbx==21 done
continue
END

# With -timing none several boundaries share a cycle.
for setting in "--engine threaded" "--engine reference" "-timing none"; do
	# shellcheck disable=SC2086
	machine $setting >plain
	[ $? -eq 33 ] || fail "the guest does not end: $(cat plain)"
	# shellcheck disable=SC2086
	debug back 33 $setting --history=every=10M
	[ "$(tail -n 1 plain)" = "$(tail -n 1 back.out)" ] ||
	    fail "$setting: going back changes the end: $(cat plain back.out)"
	[ -z "${RINGLAB_SHORT-}" ] || break
	# shellcheck disable=SC2086
	debug change 43 $setting --history=every=10M
done
