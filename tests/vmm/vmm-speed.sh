#!/bin/sh
#
# The same VMM and workloads on ringlab and on qemu (TCG), in turns: user seconds of the
# programs, medians of SPEED_ROUNDS.  Where there is an exit or a nested walk in each 2000
# instructions ringlab must take less, and computing at most 1.3 of qemu's time.  What
# computing takes of a qemu that counts instructions as ringlab does (-icount, as in
# tools/bench.sh) is in the table, too.
#
# SPEED_WAYS and SPEED_WORKLOADS choose; each run takes SPEED_SECONDS at least on both, so
# that what comes before the workload does not matter.  The table is for
# docs/performance.md.  With direct paging there are no large pages.

. "$SRCDIR/tests/boot/lib.sh"
. "$SRCDIR/tests/vmm/vmm-lib.sh"

for tool in qemu-system-x86_64:qemu-system-x86 /usr/bin/time:time; do
	command -v "${tool%:*}" >/dev/null || { echo "no ${tool%:*} (package ${tool#*:})"; exit 77; }
done
rounds=${SPEED_ROUNDS:-5}
least=${SPEED_SECONDS:-1}
ways=${SPEED_WAYS:-"native shadow shadow-lazy nested nested-2M pv-direct"}
loads=${SPEED_WORKLOADS:-"churn fork switch random random-2M syscall compute"}
pv=$BUILDDIR/vmm/guest/guest-pv.elf

# words_of WAY: the VMM's
words_of() {
	case $1 in
	shadow)		echo "cpu=svm mem=shadow sync=wp" ;;
	shadow-lazy)	echo "cpu=svm mem=shadow sync=lazy" ;;
	nested)		echo "cpu=svm mem=nested large=0" ;;
	nested-2M)	echo "cpu=svm mem=nested large=1" ;;
	pv-direct)	echo "cpu=paravirt mem=direct" ;;
	*)		fail "no way $1" ;;
	esac
}

# load_of WORKLOAD N
load_of() {
	case $1 in
	random-2M)	echo "workload=random large=1 n=$2 mem=48M" ;;
	*)		echo "workload=$1 n=$2 mem=48M" ;;
	esac
}

# timed PROGRAM COMMAND...: its user seconds are in PROGRAM.time
timed() {
	program=$1
	shift
	/usr/bin/time -o "$program.time" -f %U timeout 300 "$@" </dev/null >"$program.raw" 2>messages ||
	    { cat messages; fail "$*"; }
	grep -aq '^end 0' "$program.raw" || { cat "$program.raw"; fail "no end: $*"; }
}

# on PROGRAM WAY WORKLOAD N
on() {
	where=$1
	case $2 in
	native)	set -- -kernel "$guest" -append "$(load_of "$3" "$4")" ;;
	*)
		kernel=$guest
		[ "$2" != pv-direct ] || kernel=$pv
		set -- -kernel "$vmm" -append "report=serial $(words_of "$2")" \
		    -initrd "$kernel $(load_of "$3" "$4") vm.ram=48M" ;;
	esac
	if [ "$where" = ringlab ]; then
		timed ringlab "$RINGLAB" -cpu max -m 96 -pace max -display none -nodefaults \
		    -stats stats.json -serial stdio "$@"
	else
		counts=
		[ "$where" = qemu ] || counts="-accel tcg,thread=single -icount shift=0,sleep=off"
		# shellcheck disable=SC2086
		timed "$where" qemu-system-x86_64 ${counts:--accel tcg} -cpu max,+svm -m 96 \
		    -display none -nodefaults -serial stdio "$@"
	fi
}

# A first number, which is made larger until both take long enough.
begin_with() {
	case $1 in
	compute)	echo 100000000 ;;
	syscall)	echo 2000000 ;;
	random*)	echo 4000000 ;;
	switch)		echo 10000 ;;
	churn)		echo 1000 ;;
	fork)		echo 300 ;;
	esac
}

calibrate() {
	n=$(begin_with "$2")
	while :; do
		on ringlab "$1" "$2" "$n"
		on qemu "$1" "$2" "$n"
		factor=$(awk -v least="$least" '
		    { if (FNR == 1 && (!some || $1 < t)) t = $1; some = 1 }
		    END {
			f = 1.3 * least / (t > 0.17 ? t - 0.15 : 0.02)
			print (t >= least ? 1 : f > 64 ? 64 : f < 1.3 ? 1.3 : f)
		    }' ringlab.time qemu.time)
		[ "$factor" != 1 ] || break
		n=$(awk -v n="$n" -v f="$factor" 'BEGIN { printf "%d", n * f }')
	done
}

# sum_of OBJECT FILE: of all members of an object of that name
sum_of() {
	tr -d ' \n' <"$2" | grep -o "\"$1\":{[^}]*}" | head -n 1 | grep -o ':[0-9][0-9]*' |
	    awk -F: '{ sum += $2 } END { printf "%d", sum }'
}

# member OBJECT NAME FILE
member() {
	tr -d ' \n' <"$3" | grep -o "\"$1\":{[^}]*}" | head -n 1 | grep -o "\"$2\":[0-9]*" |
	    sed 's/.*://' | grep . || echo 0
}

# Exits and walks in two dimensions, which have 5 references each to a nested table of the
# fourth level, in 2000 instructions.
events() {
	insns=$(tr -d ' \n' <stats.json | sed 's/.*"instructions":\([0-9]*\).*/\1/')
	exits=$(sum_of exits stats.json)
	nested=$(member nested_references 4 stats.json)
	awk -v i="$insns" -v e="$exits" -v w="$nested" 'BEGIN { printf "%.2f", (e + w / 5) * 2000 / i }'
}

# row WAY WORKLOAD
row() {
	calibrate "$1" "$2"
	rate=$(events)
	programs="ringlab qemu"
	[ "$2" != compute ] || programs="ringlab qemu icount"
	rm -f ./*.all
	for program in ringlab qemu; do
		sed -n 's/\r//; s/^# checksum=//p' $program.raw >$program.sum
	done
	cmp -s ringlab.sum qemu.sum || fail "$1, $2: another checksum"
	round=0
	while [ $round -lt "$rounds" ]; do
		for program in $programs; do
			on $program "$1" "$2" "$n"
			cat $program.time >>$program.all
		done
		round=$((round + 1))
	done
	ours=$(median ringlab.all) theirs=$(median qemu.all) counted=
	[ ! -f icount.all ] || counted=$(median icount.all)
	verdict=$(awk -v o="$ours" -v t="$theirs" -v i="$counted" -v e="$rate" 'BEGIN {
	    ok = i != "" ? o / t <= 1.3 : o / t < 1
	    printf "%.2f | %s | %s | %s", o / t, i == "" ? "" : sprintf("%.2f", o / i), e,
		i == "" && e < 1 ? "" : ok ? "yes" : "NO" }')
	echo "| $2 | $1 | $n | $ours | $theirs | $counted | $verdict |" | tee -a table
}

echo '| workload | way | n | ringlab, s | qemu, s | -icount, s | ratio | by -icount | events | as it must be |'
echo '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |'
for load in $loads; do
	for way in $ways; do
		[ "$way,$load" = pv-direct,random-2M ] || row "$way" "$load"
	done
done
! grep -q 'NO |$' table || fail "slower than qemu: $(grep -c 'NO |$' table) of $(wc -l <table)"
echo "vmm-speed: $(wc -l <table) rows"
