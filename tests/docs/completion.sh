#!/bin/sh
#
# bash completes every option and every command of the monitor, as they are in the
# tables, and arguments where there is a choice.

command -v bash >/dev/null || { echo "no bash"; exit 77; }
cat >try.bash <<'END'
. "$BUILDDIR/ui/ringlab.bash"

fail() {
	echo "FAILED: $*"
	exit 1
}

# offered WORD... : what is offered for the last word, one a line
offered() {
	COMP_WORDS=("$RINGLAB" "$@")
	COMP_CWORD=$#
	_ringlab
	printf '%s\n' "${COMPREPLY[@]}"
}

# gives "EXPECTED" WORD...
gives() {
	local want=$1 got
	shift
	got=$(offered "$@" | sort | tr '\n' ' ')
	[ "$got" = "$want " ] || fail "$*: offered \"$got\", not \"$want\""
}

n=0
for dash in - --; do
	offered $dash >all
	while read -r name; do
		grep -qx -e "$dash$name" all || fail "no $dash$name"
		n=$((n + 1))
	done < <(sed -n 's/^OPTION([a-z_]*, "\([^"]*\)".*/\1/p' "$SRCDIR/ui/options.def")
done
[ $n -gt 100 ] || fail "only $n options"
m=0
while read -r first rest; do
	if [ -n "$rest" ]; then
		offered monitor sock "$first" ""
	else
		offered monitor sock ""
	fi >all
	grep -qx -e "${rest:-$first}" all || fail "no $first $rest"
	m=$((m + 1))
done < <(sed -n 's/^COMMAND([a-z_]*, "\([^"]*\)".*/\1/p' "$SRCDIR/ui/monitor.def")
[ $m -gt 40 ] || fail "only $m commands"

mkdir dir
touch disk.img disk.iso
gives "--stats --stats-every --stats-format" --stats
gives "reference threaded" -engine ""
gives "threaded" --engine = thr
gives "std" -vga s
gives "disk.img disk.iso" -hda disk
gives "disk.img disk.iso" disk
gives "dir" --snapshot-dir di
gives "monitor" mon
gives "registers replay" monitor sock info re
gives "stats status" monitor sock help info sta
gives "system_powerdown system_reset" monitor sock sys
gives "disk.img disk.iso" monitor sock screendump disk
gives "" -m ""
gives "lab" la
gives "--seed --set --short" lab checkpoint --s
gives "wire=" lab checkpoint --set wi
gives "hold" lab checkpoint --break ho
gives "checkpoint claims cr3" lab c
echo "$n options, $m commands"
END
bash try.bash
