#!/bin/sh
#
# ringlab(1) has every option and every command of the monitor; --help and "help"
# have those that are listed.

fail() {
	echo "FAILED: $*"
	exit 1
}

sed 's/\\-/-/g; s/\\f[A-Z]//g' "$SRCDIR/docs/ringlab.1" >page
sed -n '/^.SH MONITOR/,/^.SH EXIT/p' page >monitor
"$RINGLAB" --help >help || fail "--help"

# has FILE WORD: as a word of its own
has() {
	grep -qE -e "(^|[^-A-Za-z0-9_])$2([^-A-Za-z0-9_]|\$)" "$1"
}

# rows MACRO TABLE: "listed NAME" or "other NAME" of each row
rows() {
	awk -F '"' -v macro="$1(" 'index($0, macro) == 1 {
		print ($0 ~ /NULL\)$/ ? "other " : "listed ") $2 }' "$SRCDIR/ui/$2"
}

rows OPTION options.def >options
rows COMMAND monitor.def >commands
missing=
while read -r kind name; do
	has page "--?$name" || missing="$missing -$name"
	[ "$kind" = other ] || has help "--?$name" || missing="$missing -$name(--help)"
done <options
while read -r kind name; do
	[ "$kind" = other ] || has monitor "${name#info }" || missing="$missing \"$name\""
done <commands
[ -z "$missing" ] || fail "not there:$missing"
if command -v groff >/dev/null; then
	groff -man -ww -Tascii -z "$SRCDIR/docs/ringlab.1" 2>&1 |
	    grep -v 'cannot adjust' >warnings
	[ ! -s warnings ] || fail "$(cat warnings)"
fi
echo "$(wc -l <options) options, $(wc -l <commands) commands"
