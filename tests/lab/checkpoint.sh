#!/bin/sh
#
# The lab "checkpoint", short: all of its files, the same digits again, claims that
# fail when a mechanism is turned off, and what is refused.

. "$SRCDIR/tests/lab/lib.sh"

# lab STATUS ARGUMENT...: output in log
lab() {
	want=$1
	shift
	"$RINGLAB" lab "$@" >log 2>&1 </dev/null
	got=$?
	[ $got -eq "$want" ] || fail "lab $*: status $got, not $want"
}

short="--short --set time=50ms --set rollbacks=4 --set seeds=6"

lab 0 list
says '^checkpoint  '
lab 0 checkpoint --help
says '--break NAME'
lab 0 claims
says '^1h.2   checkpoint '
says '^4b.3   not decided by a lab yet '

# shellcheck disable=SC2086
lab 0 checkpoint $short --out one
says '^  1g.1  holds if: the inputs are new'
says '^  1g.2  holds'
says '^  1h.1  holds if: output of every class is held'
says '^  1h.2  holds'
for file in table.txt data.csv result.json index.html; do
	[ -s "one/checkpoint/$file" ] || fail "no $file"
done
[ -s one/index.html ] || fail "no index"
if command -v gnuplot >/dev/null; then
	for name in overhead pages delay replies timeline; do
		grep -q 'prefers-color-scheme' "one/checkpoint/$name.svg" || fail "no $name.svg"
	done
fi
! grep -q 'src=\|href="http\|@import' one/checkpoint/index.html || fail "it needs something from outside"

lab 0 verify one/checkpoint/result.json
says 'the same digits'
sed 's/"names_outside"/"names_inside"/' one/checkpoint/result.json >other.json
lab 8 verify other.json
says 'not the same digits'

# Without what it is about, and without gnuplot
mkdir nothing
# shellcheck disable=SC2086
PATH=$PWD/nothing lab 2 checkpoint $short --break hold --out two
says 'no gnuplot'
says '^  1g.2  fails here'
says '^  1h.1  fails here'
# shellcheck disable=SC2086
lab 2 checkpoint $short --break log --out two
says '^  1g.1  fails here'

lab 1 checkpoint --set evry=5ms
says 'no setting evry; did you mean every?'
lab 1 checkpoint --set every=5h
says 'every=5h: expected 2ms to 1s'
lab 1 checkpoint --break hlod
says 'did you mean hold?'
lab 1 checkpiont
says 'did you mean checkpoint?'
lab 1 checkpoint --seed x
lab 1 checkpoint --fast
lab 1 checkpoint hold
lab 1 claims 7x
lab 1 verify nothing
lab 1 verify log
# shellcheck disable=SC2086
lab 1 checkpoint $short --out log
says 'Not a directory'
