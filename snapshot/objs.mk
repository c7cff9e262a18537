# snapshot/objs.mk - objects of libringlab.a, one per line:
#
#	snapshot_objs += snapshot/NAME.o
#
# and flags of single objects: snapshot/NAME.o: obj_cflags = ...


snapshot_objs += snapshot/history.o
snapshot_objs += snapshot/history_pages.o
snapshot_objs += snapshot/history_store.o
snapshot_objs += snapshot/history_tape.o
