# snapshot/objs.mk - objects of libringlab.a, one per line

snapshot_objs += snapshot/diffreplay.o
snapshot_objs += snapshot/digest.o
snapshot_objs += snapshot/journal.o
snapshot_objs += snapshot/player.o
snapshot_objs += snapshot/recorder.o
snapshot_objs += snapshot/history.o
snapshot_objs += snapshot/history_pages.o
snapshot_objs += snapshot/history_store.o
snapshot_objs += snapshot/history_tape.o
