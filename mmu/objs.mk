# mmu/objs.mk - objects of libringlab.a, one per line:
#
#	mmu_objs += mmu/NAME.o
#
# and flags of single objects: mmu/NAME.o: obj_cflags = ...

mmu_objs += mmu/access.o
mmu_objs += mmu/ftlb.o
mmu_objs += mmu/mmu.o
mmu_objs += mmu/mmu_state.o
mmu_objs += mmu/nested_memo.o
mmu_objs += mmu/physio.o
mmu_objs += mmu/physmap.o
mmu_objs += mmu/physmem.o
mmu_objs += mmu/pwc.o
mmu_objs += mmu/tlb_model.o
mmu_objs += mmu/tlb_state.o
mmu_objs += mmu/walk.o
