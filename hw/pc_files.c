/*
 * hw/pc_files.c - firmware, kernels and other files, mapped for reading
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/filehash.h"
#include "hw/pc_priv.h"

/* Debian's seabios and qemu, and installations by hand. */
static const char *const firmware_dirs[] = {
	"/usr/share/seabios",
	"/usr/share/qemu",
	"/usr/local/share/seabios",
	"/usr/local/share/qemu",
};

static bool
file_refused(const struct pc *pc, const char *option, const char *name,
    const char *why)
{
	log_error(pc->m->log, "%s %s: %s", option, name, why);
	return false;
}

/* Maps the whole of fd; an empty file cannot be mapped and is useless here. */
static bool
file_map(const struct pc *pc, const char *option, const char *name, int fd,
    struct pc_file *f)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return file_refused(pc, option, name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return file_refused(pc, option, name, "is a directory");
	if (!S_ISREG(st.st_mode))
		return file_refused(pc, option, name, "is not a regular file");
	if (st.st_size == 0)
		return file_refused(pc, option, name, "is empty");
	f->len = (uint64_t)st.st_size;
	f->data = mmap(NULL, f->len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (f->data == MAP_FAILED)
		return file_refused(pc, option, name, strerror(errno));
	f->name = strdup(name);
	f->option = option;
	if (f->name)
		return true;
	munmap(f->data, f->len);
	return file_refused(pc, option, name, strerror(ENOMEM));
}

const struct pc_file *
pc_open_file(struct pc *pc, const char *option, const char *name)
{
	struct pc_file *f = &pc->mapped[pc->mapped_count];
	int fd;
	bool ok;

	if (pc->mapped_count == PC_FILES) {
		file_refused(pc, option, name, "too many files");
		return NULL;
	}
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		file_refused(pc, option, name, strerror(errno));
		return NULL;
	}
	ok = file_map(pc, option, name, fd, f);
	close(fd);
	if (!ok)
		return NULL;
	pc->mapped_count++;
	return f;
}

const struct pc_file *
pc_open_firmware(struct pc *pc, const char *option, const char *name)
{
	char path[256];
	unsigned i;

	if (strchr(name, '/') || access(name, R_OK) == 0)
		return pc_open_file(pc, option, name);
	for (i = 0; i < ARRAY_SIZE(firmware_dirs); i++) {
		int n = snprintf(path, sizeof(path), "%s/%s", firmware_dirs[i], name);

		if (n < (int)sizeof(path) && access(path, R_OK) == 0)
			return pc_open_file(pc, option, path);
	}
	file_refused(pc, option, name, "not found here nor in /usr/share/seabios "
	    "(Debian's package seabios has it)");
	return NULL;
}

const struct pc_file *
pc_open_optional(struct pc *pc, const char *option, const char *const *paths)
{
	for (; *paths; paths++)
		if (access(*paths, R_OK) == 0)
			return pc_open_file(pc, option, *paths);
	return NULL;
}

/* The i-th file of disk images and what they are based on, the n-th of a unit's; NULL
 * after the last. */
static const char *
disk_file(struct pc *pc, unsigned i, unsigned *unit, unsigned *n)
{
	const char *path;

	for (*unit = 0; *unit < MACHINE_DISKS; (*unit)++) {
		for (*n = 0; (path = blockimage_file(pc->image[*unit], *n)); ++*n)
			if (!i--)
				return path;
	}
	return NULL;
}

/* Mapped files first, then disk images. */
int
pc_file_info(struct pc *pc, unsigned i, struct machine_file *out)
{
	static const char *const drive[MACHINE_IDE_DISKS] = { "-hda", "-hdb", "-hdc", "-hdd" };
	static const char *const floppy[MACHINE_FLOPPIES] = { "-fda", "-fdb" };
	const char *path, *option;
	unsigned unit, n;
	int err;

	if (i < pc->mapped_count) {
		const struct pc_file *f = &pc->mapped[i];

		*out = (struct machine_file){ f->option, f->name,
			filehash_bytes(f->data, f->len), f->len };
		return 0;
	}
	path = disk_file(pc, i - pc->mapped_count, &unit, &n);
	if (!path)
		return -ENOENT;
	option = unit < MACHINE_IDE_DISKS ? drive[unit] :
	    unit >= MACHINE_FLOPPY0 ? floppy[unit - MACHINE_FLOPPY0] : "-drive";
	*out = (struct machine_file){ .option = option, .path = path };
	err = blockimage_file_hash(pc->image[unit], n, &out->hash, &out->size);
	if (err)
		file_refused(pc, option, path, strerror(-err));
	return err;
}

void
pc_close_files(struct pc *pc)
{
	while (pc->mapped_count) {
		struct pc_file *f = &pc->mapped[--pc->mapped_count];

		munmap(f->data, f->len);
		free(f->name);
	}
}
