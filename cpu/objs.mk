# cpu/objs.mk - objects of libringlab.a, one per line:
#
#	cpu_objs += cpu/NAME.o
#
# and flags of single objects: cpu/NAME.o: obj_cflags = ...

# Objects of the hot engine also go into frame_objs, for check-frames, and get
# its flags: cpu/NAME.o: obj_cflags = $(ENGINE_CFLAGS)

