# tests/snapshot/lib.sh - the small machine whose snapshots are kept; read with "."

# byte HEX...: writes bytes
byte() {
	for hex; do
		# shellcheck disable=SC2059
		printf "\\$(printf '%03o' "0x$hex")"
	done
}

# at OFFSET: appends to the file firmware from there on
at() {
	dd of=firmware bs=1 seek="$(($1))" conv=notrunc 2>/dev/null
}

# 64 KiB of firmware: a timer interrupt counts, a loop writes all over 16 KiB.
make_firmware() {
	rm -f firmware
	: | at 65536
	{
		byte 31 c0			# xor ax, ax
		byte 8e d8			# mov ds, ax
		byte 8e d0			# mov ss, ax
		byte bc 00 70			# mov sp, 0x7000
		byte c7 06 20 00 60 00		# mov word [8 * 4], 0x60
		byte c7 06 22 00 00 f0		# mov word [8 * 4 + 2], 0xf000
		byte b0 11 e6 20		# 8259: ICW1
		byte b0 08 e6 21		# vectors from 8 on
		byte b0 04 e6 21
		byte b0 01 e6 21
		byte b0 fe e6 21		# all but IRQ 0 masked
		byte b0 34 e6 43		# 8254: channel 0, mode 2
		byte b0 00 e6 40
		byte b0 10 e6 40
		byte fb				# sti
		byte 81 06 00 05 39 30		# add word [0x500], 12345
		byte a1 00 05			# mov ax, [0x500]
		byte 89 c3			# mov bx, ax
		byte 81 e3 fe 3f		# and bx, 0x3ffe
		byte 89 87 00 10		# mov [bx + 0x1000], ax
		byte eb eb			# back to the add
	} | at 0
	{
		byte 50				# push ax
		byte ff 06 02 05		# inc word [0x502]
		byte b0 20 e6 20		# end of interrupt
		byte 58				# pop ax
		byte cf				# iret
	} | at 0x60
	byte ea 00 00 00 f0 | at 0xfff0		# jmp 0xf000:0
	dd if=/dev/zero of=firmware bs=1 seek=65535 count=1 conv=notrunc 2>/dev/null
}

# small_machine STATUS OPTION...: ends with this exit status
small_machine() {
	want=$1
	shift
	status=0
	"$RINGLAB" -m 1 -nodefaults -display none -pace max -bios firmware "$@" \
	    2>messages || status=$?
	[ $status -eq "$want" ] || {
		cat messages
		echo "FAILED: exit status $status, expected $want"
		exit 1
	}
}

# Cycles at which a snapshot is made, and until which it is run.
saved_at=2000000
run_to=12000000
