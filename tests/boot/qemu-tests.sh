#!/bin/sh
#
# Strangers' bare-metal programs, alone and with -smp 2: qemu's tests/tcg for i386
# (multiboot) and x86_64 (PVH), built and run by qemu's own makefile, which takes
# ringlab for qemu.

. "$SRCDIR/tests/boot/lib.sh"
sh "$SRCDIR/tools/guest-suites.sh" -d "$guests" qemu-system || { echo "no source of qemu"; exit 77; }

cat >qemu <<'END'
#!/bin/sh
exec "$RINGLAB" -pace max --timeout 60 $MORE "$@"
END
chmod 755 qemu
tests="hello memory"
unset MAKEFLAGS MFLAGS MAKELEVEL

# their_make ARCH RUN...
their_make() {
	arch=$1
	shift
	make -C "$arch" -f "$guests/qemu-source/tests/tcg/Makefile.target" \
	    SRC_PATH="$guests/qemu-source" TARGET="$arch-softmmu" TARGET_NAME="$arch" \
	    CC=false QEMU="$PWD/qemu" V=1 "$@" >"$arch.log" 2>&1
}

for arch in i386 x86_64; do
	cp -pr "$guests/qemu-system/$arch" .
	for MORE in '-engine threaded' '-engine reference' '-smp 2' '-cpu qemu64' '-cpu pg'; do
		export MORE
		rm -f "$arch"/*.out
		for test in $tests; do
			their_make "$arch" "run-$test" || { tail -n 20 "$arch.log"; fail "$arch $test $MORE"; }
		done
		grep -q 'Hello World' "$arch/hello.out" || fail "$arch hello $MORE says something else"
		grep -q 'Test complete: PASSED' "$arch/memory.out" || fail "$arch memory $MORE"
	done
done
