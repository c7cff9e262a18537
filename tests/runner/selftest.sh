#!/bin/sh
#
# What does the runner make of tests that pass, fail, skip, crash and hang?

selftest=$BUILDDIR/tests/runner/selftest.bin
RINGLAB_SCRATCH=$PWD/scratch
HANG_PID=$PWD/hang.pid
CK_TIMEOUT_MULTIPLIER=1
export RINGLAB_SCRATCH HANG_PID CK_TIMEOUT_MULTIPLIER
unset CI RINGLAB_NO_SKIP RINGLAB_KEEP

failures=0

# expect STATUS 'CLOSING LINE' TEXT -- ARGUMENT...: the runner's exit status,
# its last line, and a text it must print
expect() {
	status=$1 closing=$2 text=$3
	shift 4
	"$selftest" "$@" >out 2>&1
	got=$?
	if [ $got -eq "$status" ] && [ "$(tail -n 1 out)" = "$closing" ] &&
	    grep -qF -e "$text" out; then
		return 0
	fi
	echo "selftest $*: expected status $status, '$closing' and '$text'"
	echo "got status $got and:"
	cat out
	failures=$((failures + 1))
}

expect 0 '100%: Checks: 2, Failures: 0, Errors: 0' '0 skipped' --
expect 0 '100%: Checks: 1, Failures: 0, Errors: 0' 'passes' -- passes/passes
expect 1 '0%: Checks: 1, Failures: 1, Errors: 0' '6 * 9 == 54' -- fails
expect 1 '0%: Checks: 1, Failures: 0, Errors: 1' 'signal 6' -- crashes
expect 0 '100%: Checks: 1, Failures: 0, Errors: 0' \
    'skipped unit/skips: no unit of this kind' -- skips
expect 0 '100%: Checks: 1, Failures: 0, Errors: 0' \
    'skipped script/skips: the moon is not full' -- script/skips
expect 1 '0%: Checks: 1, Failures: 1, Errors: 0' 'exit status 3' -- script/fails
expect 1 '0%: Checks: 1, Failures: 1, Errors: 0' '| line 99' -- script/fails
expect 1 '50%: Checks: 2, Failures: 1, Errors: 0' '| line 70' -- passes script/fails
expect 1 'tests/run: no such suite or test: nothing' nothing -- nothing
expect 1 '0%: Checks: 1, Failures: 1, Errors: 0' '| before the hang' -- script/hangs
for jobs in 1 2 5; do
	rm -f "$HANG_PID"
	for text in '| before the hang' 'exit status 3' 'stopped after' \
	    'skipped script/skips: the moon is not full' '1 impossible on this machine'; do
		expect 1 '60%: Checks: 5, Failures: 2, Errors: 0' "$text" -- -j $jobs script
	done
	[ -s "$HANG_PID" ] || { echo "-j $jobs: nothing hung"; failures=$((failures + 1)); }
done

# A killed process may stay as a zombie where nobody collects it.
if grep '^State:' "/proc/$(cat "$HANG_PID")/status" 2>/dev/null |
    grep -qv zombie; then
	echo "a script's child outlived the time-out"
	failures=$((failures + 1))
fi
if [ -e scratch/script/passes ] || [ ! -e scratch/script/fails/output ]; then
	echo "files are kept for tests that fail, and for no others"
	failures=$((failures + 1))
fi

CI=true
export CI
expect 1 '0%: Checks: 1, Failures: 1, Errors: 0' \
    'skipped, which is not allowed here: the moon is not full' -- script/skips
expect 0 '100%: Checks: 1, Failures: 0, Errors: 0' \
    'impossible script/cannot: the sun is too far away' -- script/cannot
expect 0 '100%: Checks: 1, Failures: 0, Errors: 0' \
    '1 impossible on this machine' -- script/cannot
unset CI
RINGLAB_NO_SKIP=1
export RINGLAB_NO_SKIP
expect 1 '0%: Checks: 1, Failures: 1, Errors: 0' \
    'not allowed here: no unit of this kind' -- skips

exit $((failures > 0))
