#!/bin/sh
# tests/golden/plant.sh - a changed figure does not pass
#
# The program is linked again with a few sources of its own, each time with one
# change: compare.sh has to fail and to name a line, and a change of a table
# has to be refused by timing.sh.  Without a change both pass.
. "$SRCDIR/tests/golden/lib.sh"

scratch=$(pwd)
make=${MAKE:-make}
unset MAKEFLAGS MFLAGS MAKELEVEL
status=0
bad() {
	echo "FAILED: $*"
	status=1
}

# build DIR OBJECT...: DIR/ringlab and DIR/timing, with DIR's sources first
build() {
	into=$scratch/$1
	shift
	$make -s -C "$BUILDDIR" plant PLANT="$into" PLANT_OBJS="$*" >"$into/log" 2>&1 || {
		tail -n 5 "$into/log"
		echo "the program cannot be built with a change"
		exit 1
	}
}

# passes DIR SCRIPT ARGUMENT...: its output is DIR/SCRIPT.out
passes() {
	cd "$scratch/$1" || exit 1
	script=$2
	shift 2
	RINGLAB=$PWD/ringlab TIMING=$PWD/timing sh "$golden/$script" "$@" >"$script.out" 2>&1
	passed=$?
	cd "$scratch" || exit 1
	return $passed
}

# plant NAME FILE SED OBJECTS TABLE [GUEST...]: one change; TABLE says if timing.sh
# has to see it
number=0
plant() {
	number=$((number + 1))
	dir=plant$number
	name=$1 file=$2 change=$3 objects=$4 table=$5
	shift 5
	mkdir -p "$dir/$(dirname "$file")"
	sed "$change" "$SRCDIR/$file" >"$dir/$file"
	if cmp -s "$SRCDIR/$file" "$dir/$file"; then
		bad "$name: $file is not what it was; nothing was changed"
		return
	fi
	# Word splitting is wanted.
	# shellcheck disable=SC2086
	build "$dir" $objects
	echo "$name:"
	if passes "$dir" compare.sh "$@"; then
		bad "compare.sh passes"
	elif ! grep -q '^    line [0-9]*: recorded ".' "$dir/compare.sh.out"; then
		bad "compare.sh names no line"
	fi
	grep -A 2 '^[a-z]*, [a-z]* engine:$' "$dir/compare.sh.out" | head -n 3
	case $table in
	table) ! passes "$dir" timing.sh || bad "timing.sh passes" ;;
	esac
	[ $# -eq 0 ] || return
	hit=$(grep -c '^[a-z]*, threaded engine:$' "$dir/compare.sh.out")
	echo "    in $hit of $(guests | wc -l) guests"
}

mkdir same
build same cpu/timing.o
passes same compare.sh || { cat same/compare.sh.out; bad "unchanged, and compare.sh fails"; }
passes same timing.sh || { cat same/timing.sh.out; bad "unchanged, and timing.sh fails"; }

tlb='mmu/access.o mmu/ftlb.o mmu/mmu.o mmu/mmu_state.o mmu/pwc.o mmu/tlb_model.o
    mmu/tlb_state.o'
# Each class; cost.S has one instruction of it at least.
for class in $(sed -n 's/^COST(\([A-Z0-9]*\),.*/\1/p' "$SRCDIR/cpu/timing.def"); do
	plant "the cost of class $class, one more" cpu/timing.def \
	    "/^COST($class,/s/\([0-9]*\))/1 + \1)/" cpu/timing.o table cost
done
plant "the charge of an interrupt" cpu/timing.c '/\.interrupt =/s/150/149/' cpu/timing.o table
plant "the charge of a walk reference" cpu/timing.c '/\.walk_ref =/s/12/13/' cpu/timing.o table
plant "ways of the model TLB" mmu/tlb_model.h '/define TLB_WAYS/s/12u/11u/' "$tlb" table
plant "ways of the walk cache" mmu/tlb_model.h '/define PWC_WAYS/s/4u/3u/' "$tlb" table
plant "the number of references of a walk" mmu/walk.c \
    '/^walk_count/,/^}/s/i = 0/i = 1/' mmu/walk.o -
plant "directory entries that are not in the walk cache" mmu/pwc.c \
    's/if (r->last)/if (r->last || r->level == 2)/' mmu/pwc.o -
plant "the 8254 as a rate generator, a clock late" hw/i8254.c \
    's/return c->base;/return c->base + 1;/' hw/i8254.o -
plant "the APIC timer's one shot, a cycle late" hw/lapic.c \
    's/return l->timer_start + period;/return l->timer_start + period + 1;/' hw/lapic.o -
plant "the time a disk needs" hw/ide_priv.h '/define IDE_T_ACCESS/s/20 /21 /' \
    'hw/ata.o hw/atapi.o hw/ide.o' -
exit $status
