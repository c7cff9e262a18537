#!/bin/sh
#
# What -nic pcap= writes is read by tshark: the boot ROM asks for an address and gets
# an offer; no frame is malformed, no checksum wrong.

. "$SRCDIR/tests/boot/lib.sh"
[ -r /usr/lib/ipxe/qemu/pxe-e1000.rom ] || { echo "no pxe-e1000.rom (package ipxe-qemu)"; exit 77; }
command -v tshark >/dev/null || { echo "no tshark (package tshark)"; exit 77; }

run 6 -serial null -m 16 -boot n -nic user,pcap=net.pcap --limit-cycles 2300000000

# frames FILTER: how many of them tshark finds
frames() {
	tshark -n -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -r net.pcap -Y "$1" \
	    2>tshark.err | wc -l
}
[ "$(frames 'dhcp.option.dhcp == 1')" -ge 1 ] || { cat tshark.err; fail "no DHCP discover"; }
[ "$(frames 'dhcp.option.dhcp == 2')" -ge 1 ] || fail "no DHCP offer"
[ "$(frames 'eth.src == 52:54:00:12:34:56')" -ge 2 ] || fail "nothing from the card"
[ "$(frames '_ws.malformed')" -eq 0 ] || fail "malformed frames"
[ "$(frames 'ip.checksum.status == 0 || udp.checksum.status == 0')" -eq 0 ] ||
    fail "bad checksums"
tshark -n -r net.pcap 2>/dev/null
