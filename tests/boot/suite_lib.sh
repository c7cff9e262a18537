# tests/boot/suite_lib.sh - a stranger's suite of Linux programs, run in Debian
#
# Read with "." after lib.sh.  A table says what each program is expected to do:
# lines
#	PROGRAM ARGUMENTS | RESULT... | why
# with one RESULT for every run of the suite: pass, skip, fail or hang (too slow
# for the limit).  A result that the table does not have is an error, so that a
# change for the better is seen, too.

seconds=30			# of a program, by the guest's clock

# suite_programs TABLE: "PROGRAM ARGUMENTS", one per line
suite_programs() {
	sed -n 's/[ 	]*|.*//; /^[a-z]/p' "$1"
}

# suite_initrd TABLE DIRECTORY [OPTION...]: makes initrd.gz, which runs the programs of
# the table, from the directory, after the commands on standard input; the options
# are mkinitramfs.sh's
suite_initrd() {
	table=$1 from=$2
	shift 2
	{
		cat <<-'END'
		#!/bin/sh
		mount -t proc proc /proc
		mount -t sysfs sys /sys
		mount -t devtmpfs dev /dev
		mkdir -p /dev/shm /tmp
		mount -t tmpfs tmpfs /dev/shm
		mount -t tmpfs tmpfs /tmp
		ip link set lo up
		exec </dev/console >/dev/console 2>&1
		END
		cat
		cat <<-END
		cd /suite
		while read -r program arguments; do
			timeout $seconds ./\$program \$arguments >/tmp/out 2>&1 </dev/null
			status=\$?
		END
		cat <<-'END'
			case $status in
			0)	verdict=pass ;;
			4)	verdict=skip ;;
			143)	verdict=hang ;;
			*)	verdict=fail ;;
			esac
			echo
			echo "suite: $program: $verdict ($status)"
			echo "printed: $program: $(md5sum </tmp/out | cut -c -32)"
			[ $verdict = pass ] || {
				grep -a -i -B 1 fail /tmp/out | head -n 20
				tail -n 8 /tmp/out
			} | sed 's/^/   /'
		done <programs
		echo "suite: done"
		poweroff -f
		END
	} >init
	suite_programs "$table" >programs
	set -- "$@" -f programs=suite/programs
	while read -r program arguments; do
		[ ! -x "$from/$program" ] || set -- "$@" -f "$from/$program=suite/$program"
	done <programs
	sh "$SRCDIR/tools/mkinitramfs.sh" "$@" -o initrd.gz init || fail "no initramfs"
}

# suite_compare TABLE COLUMN: what is on the serial port with a column of the table,
# 1 for the first; false if they differ
suite_compare() {
	tr -d '\r' <serial | sed -n 's/^.*suite: \([^ ]*\): \([a-z]*\) (.*/\1 \2/p' >results
	awk -v column="$2" '
	FNR == NR {
		got[$1] = $2
		next
	}
	/^[a-z]/ {
		split($0, field, "|")
		split(field[1], word, " ")
		split(field[2], want, " ")
		is = word[1] in got ? got[word[1]] : "nothing"
		n[is]++
		if (is != want[column]) {
			print word[1] ": " is ", the table says " want[column]
			bad = 1
		}
	}
	END {
		for (is in n)
			line = line " " n[is] " " is
		print "results:" line
		exit bad
	}' results "$1"
}
