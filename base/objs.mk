# base/objs.mk - objects of libringlab.a, one per line:
#
#	base_objs += base/NAME.o
#
# and flags of single objects: base/NAME.o: obj_cflags = ...

