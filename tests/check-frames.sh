#!/bin/sh
#
# No handler of the hot engine has a stack frame.  In every function h_* of the
# objects that tests/frame-objs lists (frame_objs in cpu/objs.mk) there is no
# push, pop, call, enter or leave, nothing that mentions the stack pointer, and
# each jump stays in its function or is a tail jump: indirect, or to the start
# of another function.

. "$BUILDDIR/config.sh"

if [ "$engine" = loop ]; then
	echo "check-frames: does not apply to the loop engine"
	exit 0
fi
if [ "$sanitize" = yes ]; then
	echo "check-frames: does not apply with sanitizers"
	exit 0
fi
objects=$(cat "$BUILDDIR/tests/frame-objs")
if [ -z "$objects" ]; then
	echo "there are no objects of the hot engine"
	exit 77
fi

cd "$BUILDDIR" || exit 1
# Word splitting is wanted.
# shellcheck disable=SC2086
$objdump -dr --no-show-raw-insn -w $objects |
    awk -f "$SRCDIR/tests/check-frames.awk"
