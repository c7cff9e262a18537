#!/bin/sh
#
# docs/tutorial.md is true: its files are written, its commands typed, and what they
# answer is what it says.  "..." in an answer stands for anything; on a line of its
# own, or at the end of one before others, for any lines.

command -v gdb >/dev/null || { echo "no gdb"; exit 77; }
[ -r "$BUILDDIR/guests/amd64/vmlinuz" ] || { echo "no guests/amd64/vmlinuz"; exit 77; }
grep -q '^#define HAVE_SLIRP' "$BUILDDIR/config.h" || { echo "no libslirp"; exit 77; }
echo 'int main(void) { return 0; }' >m32.c
gcc -m32 -o m32 m32.c 2>/dev/null || { echo "no gcc -m32"; exit 77; }

SRC=$SRCDIR BUILD=$BUILDDIR PATH=$BUILDDIR:$PATH
export SRC BUILD PATH
mkdir steps hour

# Files into hour/, commands into steps/N.sh, their answers into steps/N.expected;
# a port of this run's own for the one in the text
port=$((20000 + $$ % 10000))
sed "s/8089/$port/g" "$SRCDIR/docs/tutorial.md" | awk '
/^<!-- file: / { file = "hour/" $3; next }
/^```/ {
	if (inside) {
		inside = 0
		file = ""
	} else if (file != "") {
		inside = 1
		printf "" >file
	} else if ($0 == "```console") {
		inside = 2
	} else {
		inside = 3
	}
	next
}
inside == 1 { print >file }
inside == 2 && /^\$ / {
	n++
	name = sprintf("steps/%03d", n)
	print substr($0, 3) >(name ".sh")
	printf "" >(name ".expected")
	next
}
inside == 2 { print >(name ".expected") }'

# One shell types all of it
cat >type.sh <<'END'
cd hour
for step in ../steps/*.sh; do
	( exit $last )
	. "$step" >"${step%.sh}.answer" 2>&1
	last=$?
done
END
last=0 timeout ${RINGLAB_SHORT:+2}400 sh type.sh || { echo "FAILED: it hangs at $(ls steps/*.answer | tail -n 1)"; exit 1; }

# matches EXPECTED ANSWER: status 1, and the first line that is not as expected
matches() {
	awk '
	function fits(text, line,    n, i, part, at) {
		n = split(text, part, /\.\.\./)
		if (n == 1)
			return text == line
		if (index(line, part[1]) != 1)
			return 0
		line = substr(line, length(part[1]) + 1)
		for (i = 2; i <= n; i++) {
			at = part[i] == "" ? 1 : index(line, part[i])
			if (!at)
				return 0
			line = substr(line, at + length(part[i]))
			if (i == n && part[i] != "" && line != "")
				return 0
		}
		return 1
	}
	FNR == NR { want[++n] = $0; next }
	{ got[++m] = $0 }
	END {
		j = 1
		for (i = 1; i <= n; i++) {
			if (want[i] == "...") {
				any = 1
				continue
			}
			while (any && j <= m && !fits(want[i], got[j]))
				j++
			if (j > m || !fits(want[i], got[j])) {
				print "expected: " want[i]
				exit 1
			}
			any = 0
			j++
		}
		if (!any && j <= m) {
			print "unexpected: " got[j]
			exit 1
		}
	}' "$1" "$2"
}

bad=0
count=0
for step in steps/*.sh; do
	step=${step%.sh}
	tr -d '\r' <"$step.answer" | tr '\t' ' ' >answer
	tr '\t' ' ' <"$step.expected" >expected
	matches expected answer >why || {
		echo "FAILED: $(cat "$step.sh")"
		cat why
		sed 's/^/    /' answer
		bad=1
	}
	count=$((count + 1))
done
[ $count -gt 40 ] || { echo "FAILED: only $count commands"; exit 1; }
[ $bad -eq 0 ] && echo "$count commands"
