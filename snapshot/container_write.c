/*
 * snapshot/container_write.c - a container that appears all at once
 *
 * A lock on the temporary file tells a writer that is at work from one that was
 * killed: the system drops it with the process.
 */
#define _GNU_SOURCE		/* asprintf() */
#include "snapshot/container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fileio.h"
#include "snapshot/container_priv.h"

#define TEMP_SUFFIX	".tmp."
#define TEMP_TRIES	1000u

struct container_writer {
	int			fd;
	char			*path, *temp;
	uint64_t		offset;
	struct hash_stream	*headers, *part;
};

static bool
write_failed(struct snapshot_error *e, const struct container_writer *w, const char *what)
{
	return snapshot_fail(e, "%s: cannot %s: %s", w->path, what, strerror(errno));
}

/* --- names --- */

/* The directory of path, to be opened: "." or with its slash; allocated. */
static char *
directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
}

static void
remove_if_left(const char *dir, const char *name)
{
	char *path;
	int fd;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlink(path);
	if (fd >= 0)
		close(fd);
	free(path);
}

/* Nobody is told when this fails: it is no part of the task. */
static void
remove_leftovers(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	char *dir = directory_of(path);
	DIR *d = dir ? opendir(dir) : NULL;
	size_t n = strlen(base), suffix = strlen(TEMP_SUFFIX);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (!strncmp(entry->d_name, base, n) &&
		    !strncmp(entry->d_name + n, TEMP_SUFFIX, suffix))
			remove_if_left(dir, entry->d_name);
	if (d)
		closedir(d);
	free(dir);
}

/* Whoever cleans up may take the file away between its making and its lock. */
static bool
temp_is_ours(int fd)
{
	struct stat st;

	return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 && st.st_nlink;
}

static bool
temp_open(struct container_writer *w)
{
	unsigned i;

	for (i = 0; i < TEMP_TRIES; i++) {
		if (asprintf(&w->temp, "%s" TEMP_SUFFIX "%ld-%u", w->path,
		    (long)getpid(), i) < 0) {
			w->temp = NULL;
			return false;
		}
		w->fd = open(w->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (w->fd >= 0 && temp_is_ours(w->fd))
			return true;
		if (w->fd < 0 && errno != EEXIST)
			return false;
		if (w->fd >= 0)
			close(w->fd);
		w->fd = -1;
		free(w->temp);
		w->temp = NULL;
	}
	errno = EEXIST;
	return false;
}

/* --- bytes --- */

static bool
write_all(struct container_writer *w, const void *p, size_t n, struct snapshot_error *e)
{
	int err = file_write(w->fd, p, n);

	w->offset += n;
	errno = -err;
	return err ? write_failed(e, w, "write") : true;
}

static bool
write_header(struct container_writer *w, struct snapshot_error *e)
{
	uint8_t h[FILE_HEADER] = { 0 };

	memcpy(h + FILE_MAGIC, CONTAINER_MAGIC, FILE_VERSION - FILE_MAGIC);
	put_le32(h + FILE_VERSION, CONTAINER_VERSION);
	hash_stream_add(w->headers, h, sizeof(h));
	return write_all(w, h, sizeof(h), e);
}

bool
container_put(struct container_writer *w, const char *name, uint32_t version,
    const void *contents, size_t n, struct snapshot_error *e)
{
	uint8_t h[SECTION_HEADER] = { 0 };

	if (strlen(name) >= CONTAINER_NAME || n > CONTAINER_SECTION_MAX)
		return snapshot_fail(e, "%s: the section %s has too long a name or "
		    "contents", w->path, name);
	memcpy(h, name, strlen(name));
	put_le32(h + SECTION_VERSION, version);
	put_le64(h + SECTION_LENGTH, n);
	container_put_sum(h + SECTION_SUM, container_sum(w->part, contents, n));
	container_put_sum(h + SECTION_HEADER_SUM, container_sum(w->part, h, SECTION_HEADER_SUM));
	hash_stream_add(w->headers, h, sizeof(h));
	return write_all(w, h, sizeof(h), e) && write_all(w, contents, n, e);
}

/* --- beginning and end --- */

/* A device or directory of that name would be replaced. */
static bool
may_replace(const char *path, struct snapshot_error *e)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return snapshot_fail(e, "%s: not a regular file", path);
	return true;
}

static struct container_writer *
writer_new(const char *path, struct snapshot_error *e)
{
	struct container_writer *w = calloc(1, sizeof(*w));

	if (w) {
		w->fd = -1;
		w->path = strdup(path);
		w->headers = hash_stream_new();
		w->part = hash_stream_new();
	}
	if (w && w->path && w->headers && w->part) {
		hash_stream_reset(w->headers);
		return w;
	}
	snapshot_fail(e, "%s: out of memory", path);
	container_abandon(w);
	return NULL;
}

/* w, if it is open and has its header. */
static struct container_writer *
begun(struct container_writer *w, struct snapshot_error *e)
{
	if (w->fd < 0)
		write_failed(e, w, "create");
	else if (write_header(w, e))
		return w;
	container_abandon(w);
	return NULL;
}

struct container_writer *
container_create(const char *path, struct snapshot_error *e)
{
	struct container_writer *w = may_replace(path, e) ? writer_new(path, e) : NULL;

	if (!w)
		return NULL;
	remove_leftovers(path);
	(void)temp_open(w);
	return begun(w, e);
}

struct container_writer *
container_create_fd(int fd, const char *name, struct snapshot_error *e)
{
	struct container_writer *w = writer_new(name, e);

	if (!w)
		return NULL;
	w->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return begun(w, e);
}

static void
writer_free(struct container_writer *w)
{
	if (w->fd >= 0)
		close(w->fd);
	hash_stream_free(w->headers);
	hash_stream_free(w->part);
	free(w->path);
	free(w->temp);
	free(w);
}

void
container_abandon(struct container_writer *w)
{
	if (!w)
		return;
	if (w->temp && w->fd >= 0)
		unlink(w->temp);
	writer_free(w);
}

/* The new name is on the disk, too. */
static bool
sync_directory(struct container_writer *w, struct snapshot_error *e)
{
	char *dir = directory_of(w->path);
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool ok = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);

	if (!ok)
		write_failed(e, w, "write its directory");
	if (fd >= 0)
		close(fd);
	free(dir);
	return ok;
}

static bool
writer_publish(struct container_writer *w, struct snapshot_error *e)
{
	if (fsync(w->fd) != 0)
		return write_failed(e, w, "write");
	if (!may_replace(w->path, e))
		return false;
	if (rename(w->temp, w->path) != 0)
		return write_failed(e, w, "rename");
	free(w->temp);
	w->temp = NULL;
	return sync_directory(w, e);
}

bool
container_finish(struct container_writer *w, struct hash128 *id, struct snapshot_error *e)
{
	uint8_t end[END_CONTENTS];
	bool ok;

	*id = hash_stream_digest(w->headers);
	put_le64(end + END_LENGTH, w->offset);
	container_put_sum(end + END_HASH, *id);
	ok = container_put(w, END_NAME, CONTAINER_VERSION, end, sizeof(end), e) &&
	    (!w->temp || writer_publish(w, e));
	container_abandon(w);
	return ok;
}
