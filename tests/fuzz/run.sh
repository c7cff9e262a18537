#!/bin/sh
#
# run.sh SRCDIR SECONDS NAME... - run the fuzz targets fuzz/NAME one after the
# other, in the build directory; for each SECONDS or, when that is empty, two
# minutes, ten for the names in $FUZZ_LONG.  Fails if one of them finds
# something, after all have run.

srcdir=$1 seconds=$2
shift 2

time_for() {
	if [ -n "$seconds" ]; then
		echo "$seconds"
		return
	fi
	case " ${FUZZ_LONG-} " in
	*" $1 "*)	echo 600 ;;
	*)		echo 120 ;;
	esac
}

[ $# -gt 0 ] || { echo "no fuzz targets in tests/fuzz" >&2; exit 1; }

found=
for name; do
	corpus=fuzz/corpus/$name
	findings=fuzz/findings/$name
	mkdir -p "$corpus" "$findings"
	echo "fuzz: $name for $(time_for "$name") s"
	set -- "$corpus"
	[ ! -d "$srcdir/tests/fuzz/corpus/$name" ] ||
	    set -- "$@" "$srcdir/tests/fuzz/corpus/$name"
	UBSAN_OPTIONS=print_stacktrace=1 "fuzz/$name" -verbosity=0 \
	    -print_final_stats=1 -max_total_time="$(time_for "$name")" -timeout=20 \
	    -rss_limit_mb=2048 -artifact_prefix="$findings/" "$@" || found="$found $name"
done
if [ -n "$found" ]; then
	echo "fuzz: findings in$found, see fuzz/findings" >&2
	exit 1
fi
echo "fuzz: no findings"
