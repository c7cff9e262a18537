# tests/checkpoint/digest.awk - are these the lines of one run of count.c?
#
# Numbers follow each other, and each digest is what comes of those before.  With
# -v again=1 lines may come again, each as it was: what a wire may do.
{
	if ($1 == "DISK" || NF != 3) {
		if ($1 == "Kernel" || $1 == "")
			next
		print "line " NR ": " $0
		exit bad = 1
	}
	if (again && ($1 in seen)) {
		if (seen[$1] != $0) {
			print "line " NR ": " $0 ", and before: " seen[$1]
			exit bad = 1
		}
		next
	}
	digest = (digest * 31 + $1 + $2) % 65521
	if ($1 != n + 1 || $3 != digest) {
		print "line " NR ": " $0 " does not follow " n ", digest " digest
		exit bad = 1
	}
	n++
	if (again)
		seen[$1] = $0
}
END {
	if (!bad)
		print n + 0
	exit bad
}
