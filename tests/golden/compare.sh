#!/bin/sh
# tests/golden/compare.sh [GUEST...] - guests do what their recorded traces say
#
# With both engines.  A difference is shown with what surrounds it.
. "$SRCDIR/tests/golden/lib.sh"

# first_difference GOLDEN GOT: number of the first line that differs
first_difference() {
	awk 'NR == FNR { want[NR] = $0; n = NR; next }
	FNR > n || want[FNR] != $0 { exit }
	END { print FNR <= n && want[FNR] == $0 ? FNR + 1 : FNR }' "$1" "$2"
}

line_of() {
	sed -n "$1p" "$2"
}

# events FILE: without cycles and hashes
events() {
	sed -n '/^[0-9]* hash /d; /^#/d; s/^[0-9]* //p' "$1"
}

# show NAME GOLDEN GOT: what surrounds the first difference (a cycle that moved
# moves all that follow), and what to say at the end
show() {
	at=$(first_difference "$2" "$3")
	from=$((at > 6 ? at - 6 : 1))
	to=$((at + 9))
	sed -n "$from,${to}p" "$2" >window.recorded
	sed -n "$from,${to}p" "$3" >window.now
	diff -U 6 --label "$(basename "$2"), lines from $from" --label "$1" \
	    window.recorded window.now
	events "$2" >events.recorded
	events "$3" >events.now
	{
		echo "$1:"
		echo "    line $at: recorded \"$(line_of "$at" "$2")\""
		echo "    now \"$(line_of "$at" "$3")\""
		if cmp -s events.recorded events.now; then
			echo "    the events are the same; cycles or hashes differ"
		fi
	} >>firsts
}

test -x "$RINGLAB" || { echo "no program ringlab"; exit 77; }
different=
: >firsts
for guest in ${*:-$(guests)}; do
	recorded=$golden/$guest.trace
	test -f "$recorded" || { echo "$guest has no trace: make golden"; exit 1; }
	if [ "$(image_sum "$guest")" != "$(header "$recorded" image)" ]; then
		echo "$guest: the assembler made other bytes than those that were recorded;" \
		    "see tests/golden/README.md" | tee -a firsts
		different="$different $guest"
		continue
	fi
	for engine in threaded reference; do
		# Word splitting is wanted.
		# shellcheck disable=SC2046
		trace "$guest" $engine $(header "$recorded" hashes-at) >"$guest.$engine"
		cmp -s "$recorded" "$guest.$engine" && continue
		different="$different $guest"
		show "$guest, $engine engine" "$recorded" "$guest.$engine"
	done
done
test "$different" || exit 0
echo
echo "Differences from the recorded traces; the first lines:"
cat firsts
echo "If it is meant: a changed figure of the timing model needs a step of TIMING_VERSION"
echo "(docs/timing.md), then \"make golden\"; review the difference and commit it."
exit 1
