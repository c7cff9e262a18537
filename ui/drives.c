/*
 * ui/drives.c - disks and CDs on the command line
 */
#include "ui/drives.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/options.h"

#define CD_UNIT		2

/* Where drives go: units of struct machine_config. */
struct drive_bus {
	const char	*name;
	unsigned	first, units;
};

static const struct drive_bus buses[] = {
	{ "ide", 0, MACHINE_IDE_DISKS },
	{ "virtio", MACHINE_IDE_DISKS, MACHINE_VIRTIO_DISKS },
	{ "floppy", MACHINE_FLOPPY0, MACHINE_FLOPPIES },
	{ "none", 0, 0 },
};
#define IDE	(&buses[0])
#define VIRTIO	(&buses[1])
#define FLOPPY	(&buses[2])
#define NONE	(&buses[3])

static const struct {
	const char		*name;
	const struct drive_bus	*bus;
	bool			cd;
} drive_devices[] = {
	{ "virtio-blk-pci", VIRTIO, false },
	{ "virtio-blk", VIRTIO, false },
	{ "ide-hd", IDE, false },
	{ "ide-cd", IDE, true },
};

/* Its number on its bus. */
static unsigned
unit_index(unsigned unit)
{
	const struct drive_bus *b = buses;

	while (unit - b->first >= b->units)
		b++;
	return unit - b->first;
}

bool
drives_add(struct options *o, const char *name, unsigned unit, const struct machine_disk *d)
{
	const struct machine_disk *there = &o->cfg.disk[unit];
	char option[24], why[120], known[4];

	snprintf(option, sizeof(option), "-%s", name);
	if (d->file && !*d->file)
		return option_bad(option, "''", "names no file");
	if (there->present) {
		machine_disk_name(unit, known);
		snprintf(why, sizeof(why), "drive %u (%s) is taken by %s", unit_index(unit), known,
		    there->file ? there->file : "an empty CD drive");
		return option_bad(option, d->file ? d->file : "", why);
	}
	o->cfg.disk[unit] = *d;
	o->cfg.disk[unit].present = true;
	return true;
}

/* The first free place; the last, which drives_add() refuses, when there is none. */
static unsigned
free_unit(const struct options *o, const struct drive_bus *bus, bool cd)
{
	unsigned unit = cd ? CD_UNIT : bus->first, last = bus->first + bus->units - 1;

	while (unit < last && o->cfg.disk[unit].present)
		unit++;
	return unit;
}

bool
drives_cdrom(struct options *o, const char *name, const char *file)
{
	return drives_add(o, name, CD_UNIT, &(struct machine_disk){ .file = file, .cd = true });
}

/* --- -drive --- */

struct drive {
	struct machine_disk	disk;
	const struct drive_bus	*bus;
	const char		*id;
	unsigned long		index;
	bool			index_given;
};

static bool
drive_bus(struct drive *d, const char *value)
{
	const struct drive_bus *b;

	for (b = buses; b < buses + ARRAY_SIZE(buses); b++)
		if (!strcmp(value, b->name)) {
			d->bus = b;
			return true;
		}
	return false;
}

static bool
drive_media(struct drive *d, const char *value)
{
	d->disk.cd = !strcmp(value, "cdrom");
	return d->disk.cd || !strcmp(value, "disk");
}

static bool
drive_format(struct drive *d, const char *value)
{
	d->disk.format = value;
	return !strcmp(value, "raw") || !strcmp(value, "qcow2");
}

static bool
drive_index(struct drive *d, const char *value)
{
	char *end;

	errno = 0;
	d->index = strtoul(value, &end, 10);
	d->index_given = true;
	return *value >= '0' && *value <= '9' && !*end && !errno && d->index < MACHINE_DISKS;
}

static bool
drive_property(struct drive *d, const char *key, char *value)
{
	static const char *const ignored[] = { "cache", "aio", "discard", "detect-zeroes",
	    "werror", "rerror" };
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(ignored); i++)
		if (!strcmp(key, ignored[i]))
			return true;
	if (!strcmp(key, "file"))
		d->disk.file = value;
	else if (!strcmp(key, "id"))
		d->id = value;
	else if (!strcmp(key, "format"))
		return drive_format(d, value);
	else if (!strcmp(key, "if"))
		return drive_bus(d, value);
	else if (!strcmp(key, "media"))
		return drive_media(d, value);
	else if (!strcmp(key, "readonly") || !strcmp(key, "read-only"))
		return option_on_off(value, &d->disk.readonly);
	else if (!strcmp(key, "snapshot"))
		return option_on_off(value, &d->disk.snapshot);
	else
		return !strcmp(key, "index") && drive_index(d, value);
	return true;
}

static const struct drive_loose *
find_loose(const struct options *o, const char *id)
{
	const struct drive_options *x = &o->drives;
	unsigned i;

	for (i = 0; i < x->loose_count; i++)
		if (!strcmp(x->loose[i].id, id))
			return &x->loose[i];
	return NULL;
}

static bool
drive_set_aside(struct options *o, const struct drive *d)
{
	struct drive_options *x = &o->drives;

	if (!d->id)
		return option_bad("-drive", "if=none", "needs an id=");
	if (find_loose(o, d->id))
		return option_bad("-drive id", d->id, "is there twice");
	if (x->loose_count == ARRAY_SIZE(x->loose))
		return option_bad("-drive", d->id, "so many are enough");
	x->loose[x->loose_count++] = (struct drive_loose){ .disk = d->disk, .id = d->id };
	return true;
}

/* A virtio disk has no tray: a CD in it is a disk that cannot be written. */
static bool
drive_place(struct options *o, const char *name, struct machine_disk *d,
    const struct drive_bus *bus, const unsigned long *index)
{
	char text[24], why[24];

	if (bus == VIRTIO && d->cd) {
		d->cd = false;
		d->readonly = true;
	}
	if (!index)
		return drives_add(o, name, free_unit(o, bus, d->cd), d);
	if (*index < bus->units)
		return drives_add(o, name, bus->first + (unsigned)*index, d);
	snprintf(text, sizeof(text), "index=%lu", *index);
	snprintf(why, sizeof(why), "%s has 0 to %u", bus == IDE ? "IDE" : bus->name, bus->units - 1);
	return option_bad("-drive", text, why);
}

bool
drives_option(struct options *o, const char *name, char *arg)
{
	struct drive d = { .bus = IDE };
	char *key, *value;

	while (option_next(&arg, &key, &value))
		if (!value || !drive_property(&d, key, value))
			return option_bad_property(name, key, value);
	if ((!d.disk.file && (!d.disk.cd || d.bus != IDE)) || (d.disk.cd && d.bus == FLOPPY))
		return option_bad_property(name, "no file", NULL);
	if (d.bus == NONE)
		return drive_set_aside(o, &d);
	return drive_place(o, name, &d.disk, d.bus, d.index_given ? &d.index : NULL);
}

/* --- -device NAME,drive=ID --- */

bool
drives_device(struct options *o, const char *device, char *props)
{
	struct drive_options *x = &o->drives;
	struct drive_device d = { .device = device };
	char option[40], *key, *value;

	snprintf(option, sizeof(option), "device %s", device);
	while (option_next(&props, &key, &value)) {
		if (value && !strcmp(key, "drive"))
			d.id = value;
		else if (!value || strcmp(key, "id"))
			return option_bad_property(option, key, value);
	}
	if (!d.id)
		return option_bad("-device", device, "needs a drive=");
	if (x->device_count == ARRAY_SIZE(x->device))
		return option_bad("-device", device, "so many are enough");
	x->device[x->device_count++] = d;
	return true;
}

static bool
device_finish(struct options *o, const struct drive_device *d)
{
	struct drive_loose *l = (struct drive_loose *)find_loose(o, d->id);
	unsigned i = 0;

	while (strcmp(d->device, drive_devices[i].name))
		i++;
	if (!l)
		return option_bad("-device drive", d->id, "no -drive if=none has this id");
	if (l->used)
		return option_bad("-device drive", d->id, "is taken by another device");
	l->used = true;
	if (drive_devices[i].bus == IDE)
		l->disk.cd = drive_devices[i].cd;
	return drive_place(o, "device", &l->disk, drive_devices[i].bus, NULL);
}

bool
drives_finish(struct options *o)
{
	const struct drive_options *x = &o->drives;
	unsigned i;

	for (i = 0; i < x->device_count; i++)
		if (!device_finish(o, &x->device[i]))
			return false;
	for (i = 0; i < x->loose_count; i++)
		if (!x->loose[i].used)
			fprintf(stderr, "ringlab: note: -drive id=%s is in no device\n",
			    x->loose[i].id);
	return true;
}
