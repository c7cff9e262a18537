#!/bin/sh
#
# Wrong options, files and sizes end the program before the machine runs: exit
# status 1 and one message, which names the option or the file.

. "$SRCDIR/tests/boot/lib.sh"

cases=0
wrong=0

complain() {
	echo "$*"
	sed 's/^/    /' messages
	wrong=$((wrong + 1))
}

# attempt OPTION...: sets status; a machine that starts reaches its limit at once
attempt() {
	cases=$((cases + 1))
	timeout 30 "$RINGLAB" -display none -serial null --limit-cycles 1 "$@" \
	    </dev/null >out 2>messages
	status=$?
}

# bad TEXT OPTION...: refused, in one line that contains TEXT
bad() {
	text=$1
	shift
	attempt "$@"
	if [ $status -ne 1 ]; then
		complain "$*: status $status"
	elif [ "$(wc -l <messages)" -ne 1 ] || ! grep -q '^ringlab: ' messages; then
		complain "$*: not one message"
	elif ! grep -qF -e "$text" messages; then
		complain "$*: no \"$text\""
	fi
}

# good OPTION...: what the bad cases differ from is accepted
good() {
	attempt "$@"
	[ $status -eq 6 ] || complain "$*: status $status"
}

# late TEXT OPTION...: a file that cannot be written, found when the run is over
late() {
	text=$1
	shift
	attempt "$@"
	[ $status -eq 1 ] || complain "$*: status $status"
	[ "$(grep -cF -e "$text" messages)" -eq 1 ] ||
	    complain "$*: not one message with \"$text\""
}

# put FILE OFFSET BYTES: BYTES as printf has them
put() {
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

size() {
	rm -f "$1"
	truncate -s "$2" "$1"
}

# ---------------------------------------------------------------- the files

: >empty
mkdir dir
mkfifo fifo
echo "not a kernel" >text
size zeros 64K
size odd 1000
size three 3
size large 5M
size odd-rom 70000
size disk 1M
size huge 300M
size giant 5G
size sectors 2560
echo "secret" >locked
chmod 0 locked

# The least bzImage that is accepted: 5 sectors of set-up code, 4 KiB of kernel
size linux $((5 * 512 + 4096))
put linux $((0x1f1)) '\004'
put linux $((0x1f4)) '\000\001\000\000'
put linux $((0x1fe)) '\125\252'
put linux $((0x202)) 'HdrS\017\002'
put linux $((0x211)) '\001'
put linux $((0x22c)) '\377\377\377\177'
put linux $((0x238)) '\377\007\000\000'
put linux $((0x25a)) '\020'
put linux $((0x262)) '\001'

# change NAME OFFSET BYTES: a copy of that kernel that differs there
change() {
	cp linux "$1"
	put "$1" "$2" "$3"
}
change no-signature $((0x1fe)) '\000'
change old-protocol $((0x206)) '\000'
change loads-low $((0x211)) '\000'
change much-setup $((0x1f1)) '\100'
change wrong-size $((0x1f4)) '\001\001'

# A multiboot image: ELF32 header, one segment, the multiboot header behind it
size multiboot 4096
put multiboot 0 '\177ELF\001\001\001'
put multiboot 16 '\002\000\003\000\001\000\000\000'
put multiboot 24 '\000\000\020\000\064\000\000\000'
put multiboot 40 '\064\000\040\000\001\000'
put multiboot 52 '\001\000\000\000\000\000\000\000'
put multiboot 60 '\000\000\020\000\000\000\020\000'
put multiboot 68 '\000\020\000\000\000\020\000\000'
put multiboot 256 '\002\260\255\033\000\000\000\000\376\117\122\344'

alter() {
	cp multiboot "$1"
	put "$1" "$2" "$3"
}
alter elf64 4 '\002'
alter elf-arm 18 '\050'
alter phentsize 42 '\041'
alter phoff 28 '\377\377\377\177'
alter phnum 44 '\377\377'
alter filesz 68 '\000\040'
alter memsz 72 '\000\020\000\200'
alter low-segment 64 '\000\000\000\000'
alter bad-entry 24 '\000\000\100\000'
alter nothing 52 '\000'
alter no-elf 0 '\000'
alter bad-checksum 264 '\000'
alter mb-flags 260 '\010\000\000\000\366'

# ---------------------------------------------------------------- the options

good
bad "unknown option -kernal; did you mean -kernel?" -kernal linux
bad "unknown option --timeuot; did you mean --timeout?" --timeuot=5
bad "unknown option -hde; did you mean -hd" -hde disk
bad "unknown option --" --
for option in -m -kernel -hda -drive -gdb --stats --trace --limit-cycles; do
	bad "$option" "$option"
done
bad "-cost yes" --cost=yes
bad "-nographic" --nographic=1

for memory in 0 1T -1 foo '' 12Q 1023K 99999999999999999999 size= 0x; do
	bad "-m $memory" -m "$memory"
done
good -m 1M
good -m size=16M
for cpus in 0 many ''; do
	bad "-smp $cpus" -smp "$cpus"
done
bad "-cpu unknown" -cpu unknown
bad "unknown" -cpu qemu64,+unknown
bad "unknown" -cpu qemu64,unknown=on
bad "-cpu " -cpu ''
bad "unknown device 'isa-debug-exitt'; did you mean 'isa-debug-exit'?" \
    -device isa-debug-exitt
bad "iobase=garbage" -device isa-debug-exit,iobase=garbage
bad "iobase" -device isa-debug-exit,iobase=0xffff,iosize=4
bad "iosize=5" -device isa-debug-exit,iosize=5
bad "pc-testdev" -device pc-testdev,x=1
bad "-vga nonsense" -vga nonsense
bad "-device VGA" -device VGA,vgamem_mb=1000
for base in garbage 2024-13-01 2024-01-01T25:00:00 2024-01-01x 1960-01-01 ''; do
	bad "base=$base" -rtc base="$base"
done
bad "-rtc" -rtc base
bad "-seed x" -seed x
bad "-timing nonsense" -timing nonsense
bad "-display nonsense" -display nonsense
bad "-monitor nonsense" -monitor nonsense
bad "-nic nonsense" -nic nonsense
bad "-nic hostfwd" -nic user,hostfwd=tcp::99999-:22
bad "-nic hostfwd" -nic user,hostfwd=nonsense
bad "network card 'nonsense'" -nic user,model=nonsense
bad "-nic mac" -nic user,mac=52:54
bad "-nic nonsense" -nic user,nonsense=1
bad "-nic pcap" -nic user,pcap=missing/dir
bad "-nic stream" -nic stream
bad "-nic addr.type" -nic stream,addr.type=unix
bad "-nic addr.type" -nic stream,addr.type=nonsense,addr.path=x
bad "-nic addr.type" -nic stream,addr.type=unix,addr.path=x,addr.port=1
bad "-nic stream unix:missing" -nic stream,addr.type=unix,addr.path=missing
bad "-nic stream tcp:127.0.0.1:1:" -nic stream,addr.type=inet,addr.host=127.0.0.1,addr.port=1
bad "ports end" -nic stream,addr.type=inet,addr.port=65536
bad "-nic hostfwd" -nic stream,hostfwd=tcp::1-:1
bad "-nic server" -nic stream,server=perhaps
bad "-nic reconnect" -nic stream,addr.type=unix,addr.path=x,server=on,reconnect=1
bad "needs --replay" -nic replay

for cycles in abc -1 0 1x '' 99999999999999999999; do
	bad "limit-cycles $cycles" --limit-cycles "$cycles"
done
for seconds in -1 0 x 1s inf nan ''; do
	bad "timeout $seconds" --timeout "$seconds"
done
bad "-engine nonsense" --engine nonsense
bad "engine-set: cannot use foo=1" --engine-set foo=1
bad "fast-tlb=100" --engine-set fast-tlb=100
bad "block-max=0" --engine-set block-max=0
bad "block-cache=1" --engine-set links=on,block-cache=1
bad "links=maybe" --engine-set links=maybe
bad "-pace nonsense" --pace nonsense
bad "-boot" -boot z
bad "-boot" -boot order=
bad "-boot" -boot menu=perhaps
bad "-append needs -kernel" -append x
bad "-initrd needs -kernel" -initrd zeros
bad "-S needs" -S

# -------------------------------------------------------- firmware and disks

bad "-bios missing" -bios missing
bad "-bios ./missing" -bios ./missing
for file in empty dir fifo three large odd odd-rom zeros; do
	[ $file = zeros ] || bad "-bios ./$file" -bios ./$file
done
good -bios zeros
bad "-bios /dev/zero" -bios /dev/zero

for option in -hda -hdb -hdc -hdd -cdrom; do
	bad "missing" $option missing
	for file in empty dir fifo odd /dev/zero; do
		bad "$file" $option $file
	done
done
bad "sectors" -cdrom sectors
good -hda sectors
bad "missing" missing
bad "-hda ''" ''
bad "-drive ''" -drive file=
good -hda disk
bad "disk" -hda disk -hda disk
bad "disk" -hda disk -drive file=disk,index=0
bad "disk" -hda disk -hdb disk
bad "missing" -drive file=missing
bad "format=nonsense" -drive file=disk,format=nonsense
bad "index=4" -drive file=disk,index=4
bad "media=nonsense" -drive file=disk,media=nonsense
bad "if=nonsense" -drive file=disk,if=nonsense
good -drive file=disk,if=virtio,index=5
good -device virtio-blk-pci,drive=a -drive file=disk,if=none,id=a
bad "index=6" -drive file=disk,if=virtio,index=6
bad "needs an id=" -drive file=disk,if=none
bad "a: is there twice" -drive file=disk,if=none,id=a -drive file=disk,if=none,id=a
bad "no -drive if=none has this id" -device virtio-blk-pci,drive=a
bad "is taken by another" -drive file=disk,if=none,id=a -device ide-hd,drive=a -device ide-hd,drive=a
bad "needs a drive=" -device virtio-blk-pci
bad "nonsense=1" -device virtio-blk-pci,drive=a,nonsense=1
bad "model" -nic user,model
bad "did you mean 'virtio-net-pci'" -nic user,model=virtio-net
bad "needs -device virtio-serial-pci" -chardev null,id=a -device virtconsole,chardev=a
bad "no -chardev has this id" -device virtio-serial-pci -device virtconsole,chardev=a
bad "needs a chardev=" -device virtio-serial-pci -device virtconsole
bad "a serial port is there" -serial stdio -chardev stdio,id=a
bad "there are stdio, null and file" -chardev pty,id=a
bad "needs a path=" -chardev file,id=a
bad "a: is there twice" -chardev null,id=a -chardev null,id=a
bad "there is one already" -device virtio-balloon-pci -device virtio-balloon-pci
good -device virtio-balloon-pci -device virtio-serial-pci -device virtconsole,chardev=a -chardev null,id=a
bad "nonsense=1" -drive file=disk,nonsense=1
bad "readonly=maybe" -drive file=disk,readonly=maybe
bad "-drive" -drive index=1
bad "-drive" -drive ''
cp disk qcow2
put qcow2 0 'QFI\373\000\000\000\003'
bad "qcow2: qcow2: clusters of 2^0 bytes are not supported" -hda qcow2
cp disk vmdk
put vmdk 0 'KDMV\001'
bad "vmdk: a VMDK image" -hdb vmdk -snapshot
cp disk vdi
put vdi 64 '\177\020\332\276'
bad "vdi: a VDI image" -drive file=vdi
[ -r locked ] || {
	for option in -hda -cdrom -kernel -bios; do
		bad locked $option ./locked
	done
}

# -------------------------------------------------------------------- kernels

good -kernel linux
good -kernel linux -initrd zeros
good -kernel multiboot
for file in missing empty dir fifo /dev/zero; do
	bad "-kernel $file" -kernel $file
	bad "-initrd $file" -kernel linux -initrd $file
done
bad "text" -kernel text
bad "zeros" -kernel zeros
bad "giant" -kernel giant
for bytes in 1 511 514 518 611 612 1024 2559 2560 2561 6640; do
	head -c $bytes linux >cut
	bad "cut" -kernel cut
done
if [ -r "$guests/amd64/vmlinuz" ]; then
	for bytes in 600 20000 4000000; do
		head -c $bytes "$guests/amd64/vmlinuz" >cut
		bad "cut" -kernel cut
	done
fi
for file in no-signature old-protocol loads-low much-setup wrong-size; do
	bad "$file" -kernel $file
done
bad "linux" -kernel linux -append "$(printf '%02048d' 0)"
bad "huge" -m 256 -kernel linux -initrd huge
bad "linux" -m 1 -kernel linux
for bytes in 4 51 83 100 267 300 4095; do
	head -c $bytes multiboot >cut
	bad "cut" -kernel cut
done
for file in elf64 elf-arm phentsize phoff phnum filesz memsz low-segment \
    bad-entry nothing no-elf bad-checksum mb-flags; do
	bad "$file" -kernel $file
done
bad "missing" -kernel multiboot -initrd "zeros one,missing two"
bad "huge" -m 256 -kernel multiboot -initrd "zeros,huge"

# ---------------------------------------------------------------- connections

for to in 'file:' nonsense ''; do
	bad "-serial $to" -serial "$to"
	bad "-debugcon $to" --debugcon "$to"
done
bad "-serial" -serial stdio -serial stdio
bad "-serial null" -serial null -serial null
for path in /nonexistent/x dir; do
	bad "$path" -serial file:$path
	bad "$path" --debugcon file:$path
	bad "$path" --hash-log $path
	bad "$path" --trace $path
done
bad "unknown trace event 'instn'; did you mean 'insn'?" --trace t,events=instn
bad "--trace" --trace t,events=
for where in x tcp: tcp::70000 tcp::port tcp:no.such.host.invalid:1 \
    unix:/nonexistent/x unix: ''; do
	bad "-gdb $where" -gdb "$where"
done

# A port that is taken, found by taking one
port=20000
holder=
while [ $port -lt 20050 ] && [ -z "$holder" ]; do
	"$RINGLAB" -display none -serial null -gdb tcp::$port -S --timeout 60 \
	    </dev/null >/dev/null 2>&1 &
	sleep 1
	if kill -0 $! 2>/dev/null; then
		holder=$!
	else
		port=$((port + 1))
	fi
done
if [ -n "$holder" ]; then
	bad "-gdb tcp::$port" -gdb tcp::$port
	kill $holder
	wait $holder 2>/dev/null
fi

# ------------------------------------------- what is written during the run

if [ -c /dev/full ]; then
	for option in --stats --dump-state --trace --hash-log; do
		late /dev/full $option /dev/full
	done
fi
for option in --stats --dump-state; do
	late "$option /nonexistent/x" $option /nonexistent/x
	late "$option dir" $option dir
done

echo "$cases cases, $wrong wrong"
[ $wrong -eq 0 ]
