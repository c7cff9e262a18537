#!/bin/sh
#
# mkinitramfs.sh [options] -o OUT INIT - make an initramfs
#
# INIT becomes /init; beside it there are busybox with all its commands as
# links in /bin, and the kernel modules asked for.
#
#   -k DIR       the kernel's modules, where modules.dep is
#   -m MODULES   names of modules, with - or _, separated by blanks; what they
#                depend on comes along
#   -f FILE=DEST add FILE as DEST; may be repeated
#   -b FILE      the static busybox [/bin/busybox]
#
# /etc/modules lists the paths of all modules in an order in which insmod can
# load them; /lib/modules/VERSION/modules.dep serves modprobe.  The same input
# gives the same bytes: names are sorted, times and owners are zero.

set -eu
LC_ALL=C
export LC_ALL
umask 022

out=
kernel=
modules=
files=
busybox=/bin/busybox

usage() {
	echo "usage: mkinitramfs.sh [-k MODULEDIR -m 'MODULE...']" \
	    "[-f FILE=DEST]... [-b BUSYBOX] -o OUT INIT" >&2
	exit 1
}

die() {
	echo "mkinitramfs.sh: $*" >&2
	exit 1
}

# absolute PATH
absolute() {
	case $1 in
	/*)	echo "$1" ;;
	*)	echo "$PWD/$1" ;;
	esac
}

# Prints the lines of modules.dep for the modules asked for and all they need,
# needed ones first.  Their names differ from file names in - for _.
# modules.dep lists what a module needs with the innermost last.
resolve_modules() {
	awk -v wanted="$modules" '
	function name(path) {
		sub(/.*\//, "", path)
		sub(/\.ko(\.[a-z]+)?$/, "", path)
		gsub(/-/, "_", path)
		return path
	}
	function add(path,    n, i, need) {
		if (path in done)
			return
		done[path] = 1
		n = split(needs[path], need, " ")
		for (i = n; i > 0; i--)
			add(need[i])
		print path ":" (n ? " " needs[path] : "")
	}
	FILENAME ~ /modules\.builtin$/ {
		builtin[name($1)] = 1
		next
	}
	{
		path = $1
		sub(/:$/, "", path)
		file[name(path)] = path
		needs[path] = $2
		for (i = 3; i <= NF; i++)
			needs[path] = needs[path] " " $i
	}
	END {
		n = split(wanted, want, " ")
		for (i = 1; i <= n; i++) {
			m = name(want[i])
			if (m in file) {
				add(file[m])
			} else if (!(m in builtin)) {
				print "mkinitramfs.sh: no module " want[i] >"/dev/stderr"
				exit 1
			}
		}
	}' "$kernel/modules.builtin" "$kernel/modules.dep"
}

# A module's path in modules.dep is below the version's directory.
add_modules() {
	version=$(basename "$(readlink -f "$kernel")")
	target=lib/modules/$version
	mkdir -p "$target" etc
	resolve_modules >"$target/modules.dep"
	sed 's/:.*//' "$target/modules.dep" | while read -r path; do
		mkdir -p "$target/$(dirname "$path")"
		cp "$kernel/$path" "$target/$path"
		echo "/$target/$path"
	done >etc/modules
	for file in modules.order modules.builtin modules.builtin.modinfo; do
		[ ! -f "$kernel/$file" ] || cp "$kernel/$file" "$target/$file"
	done
}

add_busybox() {
	mkdir -p bin
	cp "$busybox" bin/busybox
	"$busybox" --list | while read -r command; do
		[ "$command" = busybox ] || ln -s busybox "bin/$command"
	done
}

# $files: FILE=DEST, one per line
add_files() {
	printf '%s' "$files" | while IFS= read -r line; do
		source=${line%%=*} destination=${line#*=}
		mkdir -p "./$(dirname "$destination")"
		cp -L "$source" "./$destination"
	done
}

while getopts b:f:k:m:o: option; do
	case $option in
	b)	busybox=$OPTARG ;;
	f)	files="$files$(absolute "${OPTARG%%=*}")=${OPTARG#*=}
" ;;
	k)	kernel=$(absolute "$OPTARG") ;;
	m)	modules="$modules $OPTARG" ;;
	o)	out=$(absolute "$OPTARG") ;;
	*)	usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] && [ -n "$out" ] || usage
init=$(absolute "$1")
[ -f "$init" ] || die "$1: no such file"
[ -x "$busybox" ] || die "$busybox: no busybox (package busybox-static)"
[ -z "$modules" ] || [ -r "$kernel/modules.dep" ] ||
    die "-m needs -k with the kernel's modules.dep"

tree=$out.tree
rm -rf "$tree"
mkdir -p "$tree"
trap 'rm -rf "$tree" "$out.new"' EXIT
cd "$tree"
mkdir -p dev proc sys tmp mnt root etc
add_busybox
[ -z "$modules" ] || add_modules
cp "$init" init
chmod 755 init
add_files
find . -exec touch -h -d @0 {} +
find . -mindepth 1 -print0 | sort -z |
    cpio --quiet --null -o -H newc --reproducible --owner=+0:+0 >"$out.cpio"
gzip -1 -n -c "$out.cpio" >"$out.new"
rm -f "$out.cpio"
mv "$out.new" "$out"
