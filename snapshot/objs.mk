# snapshot/objs.mk - objects of libringlab.a, one per line:
#
#	snapshot_objs += snapshot/NAME.o
#
# and flags of single objects: snapshot/NAME.o: obj_cflags = ...
snapshot_objs += snapshot/changes.o
snapshot_objs += snapshot/chunk.o
snapshot_objs += snapshot/container_read.o
snapshot_objs += snapshot/container_write.o
snapshot_objs += snapshot/error.o
snapshot_objs += snapshot/snapshot_child.o
snapshot_objs += snapshot/snapshot_config.o
snapshot_objs += snapshot/snapshot_dir.o
snapshot_objs += snapshot/snapshot_disks.o
snapshot_objs += snapshot/snapshot_files.o
snapshot_objs += snapshot/snapshot_info.o
snapshot_objs += snapshot/snapshot_load.o
snapshot_objs += snapshot/snapshot_names.o
snapshot_objs += snapshot/snapshot_save.o
snapshot_objs += snapshot/snapshots.o
snapshot_objs += snapshot/stores.o
