# ui/objs.mk - objects of the program ringlab, one per line:
#
#	ui_objs += ui/NAME.o
#
# and flags of single objects: ui/NAME.o: obj_cflags = ...

