# tests/vmm/hostile-lib.sh - guests that try to get out, and who would notice; read with "."

. "$SRCDIR/tests/vmm/vmm-lib.sh"

hostile=$BUILDDIR/tests/vmm/hostile.elf
kinds="tables access cr3 port msr call self alias twice control other jump"
for d in 1 2; do truncate -s 24M "disk$d.img"; done

# Each way to run a guest: the processor, anywhere= of the guest's words, the VMM's words.
# Not deprivileged with sync=off: on tables that are out of date this guest may repeat one
# fault for ever, and the VMM reports when all have ended.
modes() {
	cat <<-'END'
	max 2 cpu=svm mem=nested
	max 2 cpu=svm mem=nested large=1
	max 1 cpu=svm mem=shadow
	max 1 cpu=svm mem=shadow sync=lazy
	max 0 cpu=svm mem=shadow sync=off
	max 2 cpu=paravirt mem=nested
	max 1 cpu=paravirt mem=shadow
	max 0 cpu=paravirt mem=direct
	pg 1 cpu=deprivileged mem=shadow
	pg 1 cpu=deprivileged mem=shadow sync=lazy
	END
}

# run CPU ANYWHERE VMM-WORDS SEED N WORDS: beside it are one that has secrets and one that
# minds its own business, in a way of their own: with SVM the same one whatever it is.
run() {
	own="vm.mem=nested vm.cpu=svm"
	[ "$1" != pg ] || own=
	timeout 600 "$RINGLAB" -cpu "$1" -m 128 -pace max -display none -nodefaults \
	    -hda disk.img -hdb disk1.img -hdc disk2.img -snapshot -limit-cycles 30000000000 \
	    -kernel "$vmm" -append "report=serial canary=1 verify=1 $3" \
	    -initrd "$hostile seed=$4 n=$5 anywhere=$2 ${6:-},$guest workload=image mem=16M vm.disk=1 $own,$guest workload=secret n=300 mem=16M vm.disk=2 $own" \
	    -serial stdio </dev/null >raw 2>messages
	status=$?
	tr -d '\r' <raw >serial
}

# guest NAME: what the hostile guest says of it
guest() {
	v=$(sed -n "s/^0: hostile: $1=//p" serial)
	echo "${v:-0}"
}

# It never ends, which is its own affair: the others have.  The VMM reports at the end of
# all, so there is no report.
endless() {
	[ "$status" -eq 6 ] && grep -q '^1: end 0' serial && grep -q '^2: end 0' serial
}

# What the last run did to others, in words; nothing: nothing.
harm() {
	[ "$status" -eq 0 ] || endless || echo "the machine's exit status is $status"
	for c in leaks holes; do
		[ "$(guest $c)" -eq 0 ] || echo "$c: $(guest $c)"
	done
	for c in vmm.canaries_lost vmm.own_lost; do
		endless || grep -q "^vmm: $c=0\$" serial || echo "$c: $(counter $c)"
	done
	grep -q '^2: # lost=0$' serial || echo "its neighbour has lost a secret"
	[ "$(counter vm0.verify_bad)" -eq 0 ] || echo "shadow entries are wrong"
	grep '^1: ' serial >theirs
	timeless theirs | grep -Ev '^1: # (cycles|ticks)' | cmp -s - expected ||
	    echo "its neighbour is not what it is alone"
}

# What the neighbour says when it is alone.
native workload=image mem=16M
timeless serial | sed 's/^/1: /' | grep -Ev '^1: # (cycles|ticks)' >expected

# attack CPU ANYWHERE VMM-WORDS SEED N: it does no harm.  It may do so to itself, and not
# be able to go on, or to end: false.
attack() {
	last=
	case $3 in *sync=off*) ;; *shadow*) last=last=1 ;; esac
	run "$@" $last
	harm >harm
	[ ! -s harm ] || { cat harm messages; fail "$3, seed $4"; }
	if [ "$(guest operations)" -ne "$5" ]; then
		endless || grep -q '^vmm: VM 0 ends: triple fault' serial || fail "$3, seed $4: it did not end"
		return 1
	fi
	[ "$(guest exceptions)" -gt 0 ] || fail "$3, seed $4: nothing was refused"
}

# unguarded CPU ANYWHERE VMM-WORDS: without checks there is harm, and it is seen
unguarded() {
	run "$1" "$2" "$3" 1 3000 "trusted=1 vm.check=off"
	harm >harm
	[ -s harm ] || fail "$3 check=off: nobody notices"
	echo "$3 check=off: $(tr '\n' ';' <harm)"
}
