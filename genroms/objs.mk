# genroms/objs.mk - option ROMs, made from genroms/NAME.S, linked into the
# library as NAME_rom[] and NAME_rom_size:
#
#	roms += NAME

roms += linuxboot
roms += multiboot
roms += multiboot_low
roms += pvh
