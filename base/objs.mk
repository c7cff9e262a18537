# base/objs.mk - objects of libringlab.a, one per line:
#
#	base_objs += base/NAME.o
#
# and flags of single objects: base/NAME.o: obj_cflags = ...

base_objs += base/blob.o
base_objs += base/evheap.o
base_objs += base/filehash.o
base_objs += base/fileio.o
base_objs += base/frame_codec.o
base_objs += base/hash.o
base_objs += base/hostmem.o
base_objs += base/log.o
base_objs += base/nearest.o
base_objs += base/overlay.o
base_objs += base/overlay_commit.o
base_objs += base/overlay_file.o
base_objs += base/overlay_header.o
base_objs += base/overlay_index.o
base_objs += base/overlay_scan.o
base_objs += base/snap.o

base/filehash.o base/hash.o: obj_cflags = $(XXHASH_CFLAGS)
