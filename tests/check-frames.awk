# tests/check-frames.awk - reads "objdump -dr -w", see check-frames.sh
#
# With -w a relocation follows its instruction on the same line.

function bad(why) {
	printf "%s: %s: %s\n", file, name, why
	failed = 1
}

# A jump without relocation has its target as <symbol+0xoffset>.
function check_target(insn, target) {
	if (insn !~ /<[^>]*>/) {
		bad("jump to nowhere: " insn)
		return
	}
	target = insn
	sub(/^[^<]*</, "", target)
	sub(/>.*/, "", target)
	if (target ~ /\+0x/) {
		sub(/\+0x.*/, "", target)
		if (target != name)
			bad("jump into another function: " insn)
	}
}

function check_jump(op, insn) {
	if (insn ~ /\*/) {
		if (op !~ /^(notrack )?jmp/)
			bad("not a jump: " insn)
		return
	}
	if (insn ~ /R_X86_64_(PLT32|PC32)/) {
		# -0x4 is the start of the symbol; .text sections are named
		# where gcc splits off a cold part of the same handler.
		if (insn !~ /-0x4$/ && insn !~ /\.text\.unlikely/)
			bad("jump into another function: " insn)
		return
	}
	check_target(insn)
}

/file format/ {
	file = $1
	sub(/:$/, "", file)
	next
}

/^[0-9a-f]+ <.*>:$/ {
	name = $2
	gsub(/[<>:]/, "", name)
	hot = (name ~ /^h_/)
	if (hot)
		count++
	next
}

hot && /^ *[0-9a-f]+:\t/ {
	insn = $0
	sub(/^ *[0-9a-f]+:\t/, "", insn)
	op = insn
	sub(/[ \t].*/, "", op)
	if (op ~ /^(push|pop|call|enter|leave)/ && op !~ /^popcnt/)
		bad(insn)
	else if (insn ~ /%[er]?sp([^a-z]|$)/)
		bad("uses the stack: " insn)
	else if (op ~ /^(j|notrack)/)
		check_jump(op, insn)
}

END {
	if (count == 0) {
		print "no handler (h_*) in these objects"
		failed = 1
	}
	printf "check-frames: %d handlers\n", count
	exit failed
}
