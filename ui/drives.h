/*
 * ui/drives.h - disks and CDs on the command line: -hda, -drive, -device NAME,drive=ID
 */
#ifndef UI_DRIVES_H
#define UI_DRIVES_H

#include "hw/machine.h"

struct options;

/* if=none: waits for a -device that names it. */
struct drive_loose {
	struct machine_disk	disk;
	const char		*id;
	bool			used;
};

/* A -device for a drive, which may come later. */
struct drive_device {
	const char	*device, *id;
};

struct drive_options {
	struct drive_loose	loose[MACHINE_DISKS];
	unsigned		loose_count;
	struct drive_device	device[MACHINE_DISKS];
	unsigned		device_count;
};

/* Each false after a message. */
bool	drives_add(struct options *o, const char *name, unsigned unit,
	    const struct machine_disk *d) MUST_CHECK;
bool	drives_cdrom(struct options *o, const char *name, const char *file) MUST_CHECK;
bool	drives_option(struct options *o, const char *name, char *arg) MUST_CHECK;
/* device: ide-hd, ide-cd, virtio-blk-pci; props: what is said of it. */
bool	drives_device(struct options *o, const char *device, char *props) MUST_CHECK;
/* Behind the last option. */
bool	drives_finish(struct options *o) MUST_CHECK;

#endif
