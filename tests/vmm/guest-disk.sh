#!/bin/sh
#
# The guest kernel with a disk: faults by cause, swap, the page cache, and the
# hashes of its memory.

. "$SRCDIR/tests/vmm/guest-lib.sh"

both workload=faults n=8
for cause in zero protection copy cached; do
	is $cause 8 $cause.reads 0
done
for cause in swap-in file-read; do
	is $cause 8 $cause.reads 8
done
is major 16 evictions 8

for how in "" victim=fifo victim=random pattern=random; do
	both workload=swap mem=4M n=2 $how
	[ "$(value evictions)" -gt 100 ] || fail "few evictions: $how"
done
# In turn, more than fits: the clock takes what is needed next.
both workload=swap mem=4M n=2
[ "$(value major)" -ge "$(value pages)" ] || fail "the clock is no LRU"

# Children share, copy, are evicted: fork with less memory than it takes
both workload=fork mem=3M pages=420 writes=400 touches=40 n=2
[ "$(value evictions)" -gt 0 ] || fail "no evictions"
sum=$(value checksum)
both workload=fork mem=32M pages=420 writes=400 touches=40 n=2
is checksum "$sum" evictions 0

# The hashes do not depend on where the loader puts things, nor on words.
both workload=image mem=8M
grep '^hash' serial >hashes
[ "$(sort -u hashes | wc -l)" -eq 7 ] || fail "not seven hashes"
both some=word workload=image mem=8M vm.mem=shadow
grep '^hash' serial | cmp - hashes || fail "hashes depend on words"
echo "guest-disk: $runs runs on both engines"
