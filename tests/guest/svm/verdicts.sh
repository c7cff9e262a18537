#!/bin/sh
# tests/guest/svm/verdicts.sh - who answers what about virtualization
#
# Runs the images on ringlab, with both engines, and on qemu (TCG), and prints a
# table of files and then one of the questions that are not answered alike.
#	make && tests/guest/svm/verdicts.sh [IMAGE...]
# from the build directory; SRCDIR, BUILDDIR and RINGLAB as for other tests.
set -u
BUILDDIR=${BUILDDIR:-$(pwd)}
SRCDIR=${SRCDIR:-$(cd "$(dirname "$0")/../../.." && pwd)}
RINGLAB=${RINGLAB:-$BUILDDIR/ringlab}
guest_dir=$BUILDDIR/tests/guest
images=${*:-$(cat "$guest_dir/svm/list")}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/svm"

on_ringlab() {
	timeout 120 "$RINGLAB" -cpu max,+monitor --engine "$2" -kernel "$guest_dir/$1.elf" -m 64 \
	    -display none -nodefaults -serial "file:$work/$1.$2" -no-reboot --timeout 60 \
	    -device isa-debug-exit,iobase=0xf4,iosize=0x4 >/dev/null 2>&1 </dev/null
}

on_qemu() {
	timeout 15 qemu-system-x86_64 -accel tcg -cpu max -kernel "$guest_dir/$1.elf" -m 64 \
	    -nodefaults -display none -serial "file:$work/$1.qemu" -no-reboot -rtc clock=vm \
	    -icount shift=0,sleep=off -device isa-debug-exit,iobase=0xf4,iosize=0x4 \
	    >/dev/null 2>&1 </dev/null
}

for image in $images; do
	on_qemu "$image" &
	on_ringlab "$image" threaded
	on_ringlab "$image" reference
	wait
	for machine in threaded reference qemu; do
		tr -d '\r' <"$work/$image.$machine" | sed 's/ # .*$//' |
		    awk -v image="$image" -v machine="$machine" '
			/^ok / { print image "\t" machine "\tok\t" substr($0, 4) }
			/^not ok / { print image "\t" machine "\tno\t" substr($0, 8) }
			/^skip / { print image "\t" machine "\tskip\t" substr($0, 6) }
			/^verdict/ { seen = 1; print image "\t" machine "\tverdict\t" $2 }
			END { if (!seen) print image "\t" machine "\tverdict\tnone" }'
	done
done >"$work/all"

awk -F '\t' '
function cell(image, machine) {
	if (verdict[image, machine] ~ /skip/)
		return "not there"
	return ok[image, machine] + 0 " of " ok[image, machine] + no[image, machine] + 0 \
	    (verdict[image, machine] == "none" ? ", then stops" : "")
}
!($1 in known) { known[$1]; order[++n] = $1 }
$3 == "ok" { ok[$1, $2]++; total[$2 " ok"]++ }
$3 == "no" { no[$1, $2]++; total[$2 " no"]++ }
$3 == "verdict" { verdict[$1, $2] = $4 }
END {
	print "| file | ringlab, threaded | ringlab, reference | qemu |"
	print "| --- | --- | --- | --- |"
	for (i = 1; i <= n; i++)
		print "| `" order[i] "` | " cell(order[i], "threaded") " | " \
		    cell(order[i], "reference") " | " cell(order[i], "qemu") " |"
	print "| all | " total["threaded ok"] + 0 " of " total["threaded ok"] + total["threaded no"] \
	    " | " total["reference ok"] + 0 " of " total["reference ok"] + total["reference no"] \
	    " | " total["qemu ok"] + 0 " of " total["qemu ok"] + total["qemu no"] " |"
}' "$work/all"
echo
awk -F '\t' '
function say(v) { return v == "" ? "-" : v }
$3 == "verdict" { next }
{
	key = $1 "\t" $4
	if (!(key in known)) {
		known[key]
		order[++n] = key
	}
	if (result[key, $2] != "no")
		result[key, $2] = $3
}
END {
	print "| file | question | ringlab, threaded | ringlab, reference | qemu |"
	print "| --- | --- | --- | --- | --- |"
	for (i = 1; i <= n; i++) {
		t = result[order[i], "threaded"]
		r = result[order[i], "reference"]
		q = result[order[i], "qemu"]
		if (t == r && (q == t || q == ""))
			if (t == "ok" || t == "skip")
				continue
		if (t == "ok" && r == "ok" && q == "skip")
			continue
		split(order[i], part, "\t")
		print "| `" part[1] "` | " part[2] " | " say(t) " | " say(r) " | " say(q) " |"
	}
}' "$work/all"
