# tests/lab/lib.sh - what the scripts about labs share: their output is in log; read
# with "."

fail() {
	cat log
	echo "FAILED: $*"
	exit 1
}

# says REGEXP: in a line of the output
says() {
	grep -q -e "$1" log || fail "it does not say: $1"
}
