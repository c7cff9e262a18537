# tests/guest/verdict.sh - what an image's output means, and what machine it is for;
# read by the scripts that run images
#
# docs/deviations-guest.md lists the checks that fail on a machine: rows
#	| `IMAGE` | `CHECK`, `CHECK` | machine, machine | why |
# with shell patterns for IMAGE and CHECK.  CHECK may also be "(skipped)" or
# "(no verdict)".

guest_dir=$BUILDDIR/tests/guest

# model IMAGE: the machine it is for, as options of ringlab
model() {
	case $1 in
	svm/smp.*) echo "-cpu max -smp 2" ;;
	svm/*) echo "-cpu max,+monitor" ;;
	pg_*) echo "-cpu pg" ;;
	esac
}

# known_rows FILE: FILE.NUMBER<TAB>image<TAB>machines<TAB>check per line
known_rows() {
	awk -F' *[|] *' '/^[|] `/ {
		image = $2
		gsub(/`/, "", image)
		n = split($3, part, "`")
		for (i = 2; i <= n; i += 2)
			printf "%d\t%s\t%s\t%s\n", NR, image, $4, part[i]
	}' "$SRCDIR/docs/deviations-guest.md" >known
}

# findings OUTPUT: what is not as it should be, one per line
findings() {
	tr -d '\r' <"$1" | sed -n 's/^.*not ok \(.*\)$/\1/p' | sed 's/ # .*$//' | sort -u
	if grep -aq '^verdict skip' "$1"; then
		echo '(skipped)'
	elif ! grep -aq '^verdict' "$1"; then
		echo '(no verdict)'
	fi
}

# is_known IMAGE MACHINE CHECK: sets row
is_known() {
	while IFS='	' read -r row row_image machines check; do
		case $1 in $row_image) ;; *) continue ;; esac
		case ,$machines, in *[,\ ]$2,*) ;; *) continue ;; esac
		# shellcheck disable=SC2254
		case $3 in $check) echo "$row" >>used; return 0 ;; esac
	done <known
	return 1
}

# judge IMAGE MACHINE OUTPUT: prints what is not known; false if there is any
judge() {
	verdict_ok=yes
	findings "$3" >"$3.findings"
	while IFS= read -r finding; do
		if ! is_known "$1" "$2" "$finding"; then
			echo "$1 on $2: $(grep -a -m1 -F -- "$finding" "$3" || echo "$finding")"
			verdict_ok=no
		fi
	done <"$3.findings"
	test $verdict_ok = yes
}
