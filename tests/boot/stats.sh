#!/bin/sh
#
# Counters of a run: JSON, CSV, and records in between, which change nothing: the
# state hash is that of a run without them, with one processor and with two.

. "$SRCDIR/tests/boot/lib.sh"

dd if=/dev/zero of=disk.img bs=1M count=2 2>/dev/null
printf '\364\353\375' | dd of=disk.img conv=notrunc 2>/dev/null	# hlt, again and again
printf '\125\252' | dd of=disk.img bs=1 seek=510 conv=notrunc 2>/dev/null

# hash_of OPTION...: of a machine that boots the disk
hash_of() {
	run 6 -m 32 -serial null -hda disk.img -snapshot --limit-cycles 200000000 \
	    -nic user,restrict=on --print-hash "$@"
}

# Names and values, a line each; without the host's, and exceptions that never were,
# of which a table has columns.
counters() {
	grep -v -e '^host\.' -e '^exceptions_by_vector.* 0$' | sort
}

# from_json FILE: its counters
from_json() {
	tr -d ' \n' <"$1" | sed 's/[{},]/\n&/g' | awk -F: '
	    /^}/ { sub(/[^.]*\.$/, "", path) }
	    /^[{,]"/ {
		name = substr($1, 3, length($1) - 3)
		if ($2 == "")
			path = path name "."
		else
			print path name, $2
	    }' | counters
}

# from_csv FILE: those of its last line
from_csv() {
	awk -F, 'NR == 1 { split($0, name) }
	    { split($0, value) }
	    END { for (i = 1; i in name; i++) print name[i], value[i] }' "$1" | counters
}

# fields FILE: how many each line has; one number when all have as many
fields() {
	awk -F, '{ print NF }' "$1" | sort -u
}

for cpus in 1 2; do
	hash_of -smp $cpus >without
	hash_of -smp $cpus --stats s.json >with
	cmp with without || fail "--stats changes the state"
	hash_of -smp $cpus --stats s.csv --stats-every 10ms >with
	cmp with without || fail "--stats-every changes the state"
	hash_of -smp $cpus --stats s.lines --stats-every 3333us >with
	cmp with without || fail "--stats-every changes the state"
	from_json s.json >from.json
	from_csv s.csv >from.csv
	cmp from.json from.csv || fail "JSON and CSV: $(diff from.json from.csv)"
	[ "$(wc -l <from.csv)" -gt 100 ] || fail "only $(wc -l <from.csv) counters"
	for name in disks.hda.write_bytes disks.hda.flushes devices.vga.mmio_writes \
	    nics.nic0.bytes_in nics.nic0.bytes_out nics.nic0.frames_out devices.ide.port_reads; do
		grep -q "^$name [0-9]" from.csv || fail "no $name"
	done
	grep -q '"version": 2,' s.json || fail "no version in $(cat s.json)"
	grep -q '"hda": {"reads": [1-9][0-9]*, "read_bytes": [1-9]' s.json ||
	    fail "no disk in $(cat s.json)"
	grep -q '"rtc": {"port_reads": [1-9]' s.json || fail "no rtc in $(cat s.json)"
	grep -q '"lapic": {.*"mmio_writes": [1-9]' s.json || fail "no lapic in $(cat s.json)"
	grep -q "\"$((cpus - 1))\": {\"cycles\": [1-9]" s.json || fail "$(cat s.json)"
	[ "$(fields s.csv | wc -l)" -eq 1 ] || fail "rows of $(fields s.csv)"
	[ "$(wc -l <s.csv)" -eq 22 ] || fail "$(wc -l <s.csv) lines, not 1 + 20 + 1"
	grep -q 'disks.hda.read_bytes' s.csv || fail "no disk in $(head -n 1 s.csv)"
	[ "$(wc -l <s.lines)" -eq 61 ] || fail "$(wc -l <s.lines) records"
	grep -vq '^{"version": 2, .*}$' s.lines && fail "no JSON lines"
done

# The same counters whoever asks, and in a replay
hash_of --stats one.csv --record journal >/dev/null
"$RINGLAB" --replay journal --stats two.csv --stats-every 50ms -serial null 2>messages
grep -v ^ringlab messages && fail "$(cat messages)"
column() {
	awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) n = i }
	    END { print $n }' "$2"
}
for name in instructions devices.rtc.port_reads disks.hda.read_bytes; do
	[ "$(column $name one.csv)" = "$(column $name two.csv)" ] ||
	    fail "$name: $(column $name one.csv) and $(column $name two.csv)"
done
hash_of --stats other --stats-format csv >/dev/null
head -n 1 other | grep -q '^version,' || fail "--stats-format csv"

# said TEXT: an error, which says so
said() {
	grep -qF -e "$1" messages || fail "no \"$1\" in $(cat messages)"
}
run 1 --stats-every 10ms;		said "need --stats"
run 1 --stats x --stats-every 5;	said "10us or more"
run 1 --stats x --stats-every 5h;	said "not a time"
run 1 --stats x --stats-format xml;	said "json and csv"
run 1 --stats /no/such/place --stats-every 1s -serial null;	said "/no/such/place"
echo "counters change nothing"
