#!/bin/sh
#
# Every boot test with a recorder before it: tests/replay/wrap.sh.

. "$SRCDIR/tests/boot/lib.sh"
command -v gdb >/dev/null || { echo "no gdb"; exit 77; }

PROGRAM=$RINGLAB
WRAP_LOG=$PWD/wrap.log
RINGLAB=$PWD/ringlab
TMPDIR=$PWD
export PROGRAM WRAP_LOG RINGLAB TMPDIR
printf '#!/bin/sh\nexec sh "%s/tests/replay/wrap.sh" "$@"\n' "$SRCDIR" >ringlab
chmod +x ringlab

boots=0
for boot in ${BOOTS:-linux cd-grub cd-isolinux i386 memtest-x64 memtest-ia32}; do
	boots=$((boots + 1))
	mkdir -p "$boot"
	echo "--- $boot" >>"$WRAP_LOG"
	(cd "$boot" && sh "$SRCDIR/tests/boot/$boot.sh") || fail "$boot itself"
done
cat "$WRAP_LOG"
! grep -q FAILED "$WRAP_LOG" || fail "a replay is not the recorded run"
[ "$(grep -c '^ok' "$WRAP_LOG")" -ge $((6 * boots)) ] || fail "hardly anything was replayed"
