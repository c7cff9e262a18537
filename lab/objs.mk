# lab/objs.mk - objects of the program ringlab, one per line:
#
#	lab_objs += lab/NAME.o
#
# and flags of single objects: lab/NAME.o: obj_cflags = ...

