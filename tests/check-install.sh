#!/bin/sh
#
# "make install" puts a program that runs, its man page and its option ROMs
# below DESTDIR and PREFIX, and nothing elsewhere; "make uninstall" takes them
# away.

unset MAKEFLAGS MFLAGS MAKELEVEL

fail() {
	echo "FAILED: $*"
	exit 1
}

# in_build TARGET: with a prefix that is not the configured one
in_build() {
	make -C "$BUILDDIR" "$1" DESTDIR="$PWD/root" PREFIX=/opt/lab \
	    >log 2>&1 || { cat log; fail "make $1"; }
}

in_build install
find root -type f | sort >installed
for file in bin/ringlab share/man/man1/ringlab.1 \
    share/bash-completion/completions/ringlab share/ringlab/linuxboot.bin \
    share/ringlab/multiboot.bin share/ringlab/multiboot_low.bin share/ringlab/pvh.bin \
    share/ringlab/guest.elf share/ringlab/guest-pv.elf share/ringlab/linux-kvm.elf \
    share/ringlab/linux-work.elf share/ringlab/server.elf share/ringlab/vmm.elf; do
	echo "root/opt/lab/$file"
done | sort >expected
diff expected installed || fail "other files are installed"
root/opt/lab/bin/ringlab --version | grep -q '^ringlab [0-9]' ||
    fail "the installed program does not run"
in_build uninstall
find root -type f >left
[ ! -s left ] || { cat left; fail "files are left"; }
[ ! -d root/opt/lab/share/ringlab ] || fail "a directory of ours is left"
