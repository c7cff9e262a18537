#!/bin/sh
#
# guest-kernel.sh [-d DIR] KIND... - fetch kernels to boot
#
# Downloads Debian packages and unpacks them under DIR (default: guests);
# nothing is installed.  What is there already is left as it is.
#
#   amd64         the kernel linux-image-amd64 depends on:
#                 amd64/vmlinuz, amd64/modules, amd64/System.map, amd64/version
#   i386-netboot  Debian installer: i386-netboot/linux, i386-netboot/initrd.gz
#   amd64-netboot the same for amd64
#   memtest       memtest86+: memtest/x64.bin, memtest/ia32.bin
#   xen           the hypervisor, a multiboot kernel: xen/xen
#   xen-tools     what dom0 needs to make guests, below xen-tools/root: xl,
#                 xenstored, xenconsoled, hvmloader, qemu, their libraries
#   u-boot        firmware: u-boot/x86.rom, u-boot/x86_64.rom
#   ovmf          firmware: ovmf/OVMF.fd

set -u
LC_ALL=C
export LC_ALL

dir=guests

usage() {
	echo "usage: guest-kernel.sh [-d DIR]" \
	    "amd64|i386-netboot|amd64-netboot|memtest|xen|xen-tools|u-boot|ovmf..." >&2
	exit 1
}

die() {
	echo "guest-kernel.sh: $*" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo -n "$@"
	else
		return 1
	fi
}

# The package lists are fetched at most once, when they turn out to be needed.
updated=no
update() {
	[ $updated = no ] || return 1
	updated=yes
	echo "  APT     update"
	as_root apt-get -qq update
}

# download PACKAGE: leaves one PACKAGE_*.deb in the current directory.
download() {
	echo "  APT     $1"
	rm -f "$1"_*.deb
	# Root's downloads need no other user, who could not write here.
	apt-get -qq -o APT::Sandbox::User=root download "$1" && return 0
	update && apt-get -qq -o APT::Sandbox::User=root download "$1"
}

# unpack KIND PACKAGE...: into KIND.new/root, which becomes KIND when complete.
unpack() {
	rm -rf "$1.new"
	mkdir "$1.new" || return 1
	new=$1.new
	shift
	for package_name; do
		(
			cd "$new" || exit 1
			download "$package_name" && dpkg -x "$package_name"_*.deb root &&
			    rm -f "$package_name"_*.deb
		) || die "cannot download and unpack $package_name"
	done
}

# The metapackage is empty; the kernel is what it depends on.
kernel_package() {
	apt-cache depends linux-image-amd64 2>/dev/null |
	    sed -n 's/^ *Depends: *\(linux-image-[0-9].*-amd64\)$/\1/p' | head -n 1
}

# depmod is not in the path of every user.
make_modules_dep() {
	PATH=$PATH:/usr/sbin:/sbin depmod -b "$1" "$2"
}

get_amd64() {
	package=$(kernel_package)
	if [ -z "$package" ]; then
		update
		package=$(kernel_package)
	fi
	[ -n "$package" ] || die "apt-cache knows no linux-image-amd64"
	unpack amd64 "$package"
	version=${package#linux-image-}
	make_modules_dep amd64.new/root "$version" || die "depmod failed"
	echo "$version" >amd64.new/version
	ln -s "root/boot/vmlinuz-$version" amd64.new/vmlinuz
	ln -s "root/boot/System.map-$version" amd64.new/System.map
	ln -s "root/lib/modules/$version" amd64.new/modules
	[ -r amd64.new/vmlinuz ] && [ -r amd64.new/modules/modules.dep ] ||
	    die "$package is not the kernel it should be"
}

# get_netboot ARCH
get_netboot() {
	unpack "$1-netboot" "debian-installer-12-netboot-$1"
	images=usr/lib/debian-installer/images/12/$1/text/debian-installer/$1
	ln -s "root/$images/linux" "$1-netboot.new/linux"
	ln -s "root/$images/initrd.gz" "$1-netboot.new/initrd.gz"
	[ -r "$1-netboot.new/linux" ] && [ -r "$1-netboot.new/initrd.gz" ] ||
	    die "the installer package has changed"
}

get_memtest() {
	unpack memtest 'memtest86+'
	ln -s root/boot/memtest86+x64.bin memtest.new/x64.bin
	ln -s root/boot/memtest86+ia32.bin memtest.new/ia32.bin
	[ -r memtest.new/x64.bin ] && [ -r memtest.new/ia32.bin ] ||
	    die "the memtest86+ package has changed"
}

get_xen() {
	unpack xen xen-hypervisor-4.17-amd64
	gunzip -c xen.new/root/boot/xen-4.17-amd64.gz >xen.new/xen ||
	    die "the xen-hypervisor package has changed"
}

# Other libraries are those of the system.
get_xen_tools() {
	unpack xen-tools xen-utils-4.17 xenstore-utils libxencall1 libxendevicemodel1 \
	    libxenevtchn1 libxenforeignmemory1 libxengnttab1 libxenhypfs1 libxenmisc4.17 \
	    libxenstore4 libxentoolcore1 libxentoollog1 libyajl2 qemu-system-xen \
	    libspice-server1 libusb-1.0-0
	[ -x xen-tools.new/root/usr/lib/xen-4.17/bin/xl ] ||
	    die "the xen-utils package has changed"
}

get_u_boot() {
	unpack u-boot u-boot-qemu
	ln -s root/usr/lib/u-boot/qemu-x86/u-boot.rom u-boot.new/x86.rom
	ln -s root/usr/lib/u-boot/qemu-x86_64/u-boot.rom u-boot.new/x86_64.rom
	[ -r u-boot.new/x86.rom ] && [ -r u-boot.new/x86_64.rom ] ||
	    die "the u-boot-qemu package has changed"
}

get_ovmf() {
	unpack ovmf ovmf
	ln -s root/usr/share/ovmf/OVMF.fd ovmf.new/OVMF.fd
	[ -r ovmf.new/OVMF.fd ] || die "the ovmf package has changed"
}

get() {
	[ ! -d "$1" ] || return 0
	case $1 in
	amd64)		get_amd64 ;;
	i386-netboot|amd64-netboot)
			get_netboot "${1%-netboot}" ;;
	memtest)	get_memtest ;;
	xen)		get_xen ;;
	xen-tools)	get_xen_tools ;;
	u-boot)		get_u_boot ;;
	ovmf)		get_ovmf ;;
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
exec 9>lock
flock 9
for kind; do
	get "$kind"
done
