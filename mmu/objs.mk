# mmu/objs.mk - objects of libringlab.a, one per line:
#
#	mmu_objs += mmu/NAME.o
#
# and flags of single objects: mmu/NAME.o: obj_cflags = ...

