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
snapshot_objs += snapshot/changes.o
snapshot_objs += snapshot/packing.o
snapshot_objs += snapshot/chunk.o
snapshot_objs += snapshot/container_read.o
snapshot_objs += snapshot/container_write.o
snapshot_objs += snapshot/error.o
snapshot_objs += snapshot/snapshot_child.o
snapshot_objs += snapshot/snapshot_dir.o
snapshot_objs += snapshot/snapshot_disks.o
snapshot_objs += snapshot/snapshot_files.o
snapshot_objs += snapshot/snapshot_info.o
snapshot_objs += snapshot/snapshot_load.o
snapshot_objs += snapshot/snapshot_names.o
snapshot_objs += snapshot/snapshot_save.o
snapshot_objs += snapshot/snapshots.o
snapshot_objs += snapshot/stores.o
