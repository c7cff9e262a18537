#!/bin/sh
#
# What cannot be is said in one line, with status 1.

. "$SRCDIR/tests/vmm/vmm-lib.sh"

# refuse TEXT OPTION...: the VMM says TEXT; exit status 1
refuse() {
	text=$1
	shift
	timeout 60 "$RINGLAB" -pace max -display none -nodefaults -device isa-debug-exit,iobase=0xf4,iosize=4 \
	    -kernel "$vmm" -serial stdio "$@" </dev/null >raw 2>messages
	status=$?
	tr -d '\r' <raw >serial
	[ $status -eq 1 ] || fail "status $status: $*"
	grep -q "^vmm: .*$text" serial || fail "no \"$text\": $*"
}

refuse "no SVM" -initrd "$guest"
refuse "no guest" -cpu max
refuse "no such mem: nonsense" -cpu max -initrd "$guest vm.mem=nonsense"
refuse "no such time: never" -cpu max -append time=never -initrd "$guest"
refuse "share wants a number" -cpu max -initrd "$guest vm.share=x"
refuse "ram is from" -cpu max -initrd "$guest vm.ram=1K"
refuse "too little memory" -cpu max -m 32 -initrd "$guest vm.ram=64M"
echo nonsense >file
refuse "no multiboot header" -cpu max -initrd file
head -c 9000 "$guest" >file
refuse "not in the file" -cpu max -initrd file
exit 0
