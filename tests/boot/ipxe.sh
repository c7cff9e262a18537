#!/bin/sh
#
# iPXE in three ways, from the boot ROM of the card, a CD and as a kernel: a lease,
# and the file that DHCP names by HTTP.  What went over the wire is read by tshark;
# a replay, without the network, writes the same frames.

. "$SRCDIR/tests/boot/lib.sh"

for file in /usr/lib/ipxe/ipxe.iso /usr/lib/ipxe/ipxe.lkrn; do
	[ -r $file ] || { echo "no $file (package ipxe)"; exit 77; }
done
[ -r /usr/lib/ipxe/qemu/pxe-e1000.rom ] || { echo "no pxe-e1000.rom (package ipxe-qemu)"; exit 77; }
command -v tshark >/dev/null || { echo "no tshark (package tshark)"; exit 77; }

port=$((30000 + $$ % 10000))
mkdir www
cat >www/boot.ipxe <<'END'
#!ipxe
echo net: lease ${net0/ip} from ${net0/gateway}
imgfetch --name file ${cwuri}file && echo net: fetched || echo net: not fetched
echo net: end
reboot
END
sed -i "s|\${cwuri}|http://10.0.2.2:$port/|" www/boot.ipxe
head -c 50000 /dev/urandom >www/file
/bin/busybox httpd -f -p "127.0.0.1:$port" -h www &
httpd=$!
trap 'kill $httpd' EXIT

# boot NAME OPTION...: iPXE's words on the serial port, by the firmware
boot() {
	name=$1
	shift
	"$RINGLAB" -nographic -m 64 -no-reboot -serial file:serial --timeout 600 \
	    -nic "user,bootfile=http://10.0.2.2:$port/boot.ipxe,pcap=$name.pcap" "$@" \
	    >messages 2>&1 </dev/null
	status=$?
	[ $status -eq 0 ] || { cat messages; fail "$name: exit status $status"; }
	expect 'net: lease 10.0.2.15 from 10.0.2.2' 'net: fetched'
	mv serial "$name.serial"
}

boot rom -boot n --record rom.rec
[ -n "${RINGLAB_SHORT-}" ] || boot lkrn -kernel /usr/lib/ipxe/ipxe.lkrn
[ -n "${RINGLAB_SHORT-}" ] || boot iso -cdrom /usr/lib/ipxe/ipxe.iso -boot d

# frames FILTER: how many of them tshark finds
frames() {
	tshark -n -r rom.pcap -Y "$1" 2>tshark.err | wc -l
}
[ "$(frames 'dhcp.option.dhcp == 5')" -ge 1 ] || { cat tshark.err; fail "no DHCP ACK"; }
[ "$(frames 'http.request.uri == "/file"')" -ge 1 ] || fail "no request for the file"
[ "$(frames 'http.content_length == 50000')" -ge 1 ] || fail "no answer"
[ "$(frames '_ws.malformed')" -eq 0 ] || fail "malformed frames"
tshark -n -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -r rom.pcap \
    -Y 'ip.checksum.status == 0 || tcp.checksum.status == 0' >bad 2>/dev/null
[ ! -s bad ] || { head bad; fail "bad checksums"; }

"$RINGLAB" --replay rom.rec -nic replay,pcap=again.pcap -serial file:again 2>messages ||
    { cat messages; fail "the replay"; }
cmp rom.serial again || fail "the output differs"
cmp rom.pcap again.pcap || fail "the frames differ"
echo "$(frames frame) frames"
