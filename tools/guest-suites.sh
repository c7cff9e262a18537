#!/bin/sh
#
# guest-suites.sh [-d DIR] SUITE... - fetch and build strangers' test suites
#
# Downloads Debian packages and sources, unpacks what is needed of them under
# DIR (default: guests) and builds it there with the suite's own makefile;
# nothing is installed, no setting of the machine's is changed.  What is there
# already is left as it is.
#
#   qemu-system    tests/tcg of qemu, bare-metal programs: qemu-source/,
#                  qemu-system/i386, qemu-system/x86_64
#   qemu-user      the same for Linux: qemu-user/i386, qemu-user/x86_64
#   kvm-selftests  tools/testing/selftests/kvm of Linux, static: kvm-selftests/
#   x86-selftests  tools/testing/selftests/x86, static: x86-selftests/
#
# The sources are left in qemu-source/ and linux-source/.

set -u
LC_ALL=C
export LC_ALL
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CFLAGS LDFLAGS CPPFLAGS

dir=guests

usage() {
	echo "usage: guest-suites.sh [-d DIR]" \
	    "qemu-system|qemu-user|kvm-selftests|x86-selftests..." >&2
	exit 1
}

die() {
	echo "guest-suites.sh: $*" >&2
	exit 1
}

# apt with its own lists of packages, made from the machine's, with sources
private_apt() {
	apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$PWD/apt/sources" \
	    -o "Dir::State::lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt/cache" \
	    -o APT::Sandbox::User=root "$@"
}

# The machine's own archives, for sources
private_lists() {
	mkdir -p apt/sources apt/lists/partial apt/cache/archives/partial
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -r "$file" ] || sed -n 's/^deb /deb-src /p' "$file"
	done >apt/sources/machine.list
	for file in /etc/apt/sources.list.d/*.sources; do
		[ ! -r "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" \
		    >"apt/sources/${file##*/}"
	done
	# An archive without sources is no reason to give up.
	private_apt update 2>/dev/null
	:
}

get_qemu_source() {
	echo "  APT     qemu (source)"
	mkdir qemu-source.new && cd qemu-source.new || die "cannot make a directory"
	private_lists
	private_apt source --download-only qemu || die "cannot download the source of qemu"
	rm -rf apt
	tar -xJf qemu_*.orig.tar.xz --strip-components=1 --wildcards '*/tests/tcg/*' \
	    '*/tests/guest-debug/*' || die "cannot unpack the source of qemu"
	rm -f qemu_*
	cd ..
}

get_linux_source() {
	package=$(apt-cache depends linux-source 2>/dev/null |
	    sed -n 's/^ *Depends: *\(linux-source-[0-9].*\)$/\1/p' | head -n 1)
	[ -n "$package" ] || die "apt-cache knows no linux-source"
	echo "  APT     $package"
	mkdir linux-source.new && cd linux-source.new || die "cannot make a directory"
	apt-get -qq -o APT::Sandbox::User=root download "$package" ||
	    die "cannot download $package"
	dpkg --fsys-tarfile "$package"_*.deb |
	    tar -xOf - "./usr/src/$package.tar.xz" |
	    tar -xJf - --strip-components=1 --wildcards '*/tools/testing/selftests/kvm' \
	    '*/tools/testing/selftests/x86' '*/tools/testing/selftests/rseq' \
	    '*/tools/testing/selftests/lib.mk' '*/tools/testing/selftests/*.h' \
	    '*/tools/include' '*/tools/lib' '*/tools/arch/x86' '*/tools/build' '*/arch/x86/include/asm/desc_defs.h' '*/tools/scripts' \
	    '*/scripts/subarch.include' || die "cannot unpack $package"
	rm -f "$package"_*.deb
	cd ..
}

# build DIRECTORY PROGRAM COMMAND...: what cannot be built in this version is left out,
# but PROGRAM must be there
build() {
	into=$1 program=$2
	shift 2
	echo "  MAKE    $into"
	"$@" >"$into/log" 2>&1
	[ -x "$into/$program" ] || {
		tail -n 20 "$into/log" >&2
		die "cannot build $into"
	}
}

# tcg TARGET DIRECTORY PROGRAM: of tests/tcg; CC is the compiler's whole command, as qemu's configure has it
tcg() {
	for arch in i386 x86_64; do
		mkdir -p "$2.new/$arch"
		case $arch in i386) bits=32 ;; *) bits=64 ;; esac
		build "$2.new/$arch" "$3" make -k -C "$2.new/$arch" -j2 \
		    -f "$PWD/qemu-source/tests/tcg/Makefile.target" SRC_PATH="$PWD/qemu-source" \
		    TARGET=$arch-$1 TARGET_NAME=$arch BUILD_STATIC=y PYTHON=python3 \
		    CROSS_CC_HAS_I386_NOPIE=y CC="gcc -m$bits" all
	done
}

get_kvm_selftests() {
	mkdir kvm-selftests.new
	# dirty_log_test uses a name that later versions have.
	build kvm-selftests.new x86_64/svm_vmcall_test \
	    env LDFLAGS=-static EXTRA_CFLAGS=-DTEST_ASSERT_EQ=ASSERT_EQ make \
	    -C linux-source/tools/testing/selftests/kvm -k -j2 ARCH=x86_64 OUTPUT="$PWD/kvm-selftests.new" all
	find kvm-selftests.new -name '*.o' -exec rm {} +
}

get_x86_selftests() {
	mkdir x86-selftests.new
	build x86-selftests.new sigreturn_64 env EXTRA_CFLAGS=-static make \
	    -C linux-source/tools/testing/selftests/x86 -k -j2 ARCH=x86_64 \
	    OUTPUT="$PWD/x86-selftests.new" all
}

get() {
	[ ! -d "$1" ] || return 0
	rm -rf "$1.new"
	case $1 in
	qemu-source)	get_qemu_source ;;
	linux-source)	get_linux_source ;;
	qemu-system)	get qemu-source; tcg softmmu qemu-system hello ;;
	qemu-user)	get qemu-source; tcg linux-user qemu-user sha1 ;;
	kvm-selftests)	get linux-source; get_kvm_selftests ;;
	x86-selftests)	get linux-source; get_x86_selftests ;;
	*)		usage ;;
	esac
	mv "$1.new" "$1"
}

while getopts d: option; do
	case $option in
	d)	dir=$OPTARG ;;
	*)	usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || usage

mkdir -p "$dir" && cd "$dir" || die "cannot make $dir"
# Two at a time would unpack into the same place.
exec 9>suites.lock
flock 9
for suite; do
	get "$suite"
done
