# hw/objs.mk - objects of libringlab.a, one per line:
#
#	hw_objs += hw/NAME.o
#
# and flags of single objects: hw/NAME.o: obj_cflags = ...

