/*
 * base/filehash.c - content hashes of files, and the cache of them
 *
 * The cache is text, a line for each file: device, inode, size, modification
 * time in seconds and nanoseconds, hash.  A new one replaces the file as a
 * whole; of two programs that do so at once one loses its line, which costs
 * time and nothing else.
 */
#define _GNU_SOURCE	/* mkostemp */
#include "base/filehash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <xxhash.h>

#define CHUNK		(1u << 20)
#define CACHE_LINES	1000u		/* the oldest go */
#define LINE_ROOM	192

/*
 * A file written again within its clock's tick keeps its time: hashes of files
 * this young are not kept.
 */
#define SETTLED_SECONDS	2

/* What a line begins with; the rest is the hash. */
struct file_key {
	char		text[LINE_ROOM];
	bool		cached;		/* the file may be in the cache */
};

struct hash128
filehash_bytes(const void *p, size_t n)
{
	XXH128_hash_t h = XXH3_128bits(p, n);

	return (struct hash128){ h.low64, h.high64 };
}

/* --- the cache --- */

static void
file_key(struct file_key *k, const struct stat *st)
{
	struct timespec now;

	snprintf(k->text, sizeof(k->text), "%ju %ju %jd %jd.%09ld ",
	    (uintmax_t)st->st_dev, (uintmax_t)st->st_ino, (intmax_t)st->st_size,
	    (intmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	clock_gettime(CLOCK_REALTIME, &now);
	k->cached = S_ISREG(st->st_mode) &&
	    (st->st_mtim.tv_sec > now.tv_sec + SETTLED_SECONDS ||
	    st->st_mtim.tv_sec < now.tv_sec - SETTLED_SECONDS);
}

/* Its directory is made; false: there is no place for a cache. */
static bool
cache_path(char *path, size_t n)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int len;

	if (xdg && *xdg == '/')
		len = snprintf(path, n, "%s", xdg);
	else if (home && *home == '/')
		len = snprintf(path, n, "%s/.cache", home);
	else
		return false;
	if (len < 0 || (size_t)len + sizeof("/ringlab/hashes") > n)
		return false;
	mkdir(path, 0700);
	strcat(path, "/ringlab");
	mkdir(path, 0700);
	strcat(path, "/hashes");
	return true;
}

/* 32 hex digits and the line's end. */
static bool
parse_hash(const char *s, struct hash128 *h)
{
	char half[17] = "";

	if (strspn(s, "0123456789abcdef") != 32 || s[32] != '\n')
		return false;
	memcpy(half, s, 16);
	h->hi = strtoull(half, NULL, 16);
	memcpy(half, s + 16, 16);
	h->lo = strtoull(half, NULL, 16);
	return true;
}

static bool
cache_find(const char *cache, const struct file_key *k, struct hash128 *h)
{
	size_t len = strlen(k->text);
	FILE *in = fopen(cache, "re");
	char line[LINE_ROOM];
	bool found = false;

	if (!in)
		return false;
	while (!found && fgets(line, sizeof(line), in))
		found = !strncmp(line, k->text, len) && parse_hash(line + len, h);
	fclose(in);
	return found;
}

/* Lines of the old cache but for those of the same inode; damaged ones end it. */
static void
cache_copy(FILE *out, const char *cache, const struct file_key *k)
{
	size_t same = strcspn(k->text, " ") + 1;
	FILE *in = fopen(cache, "re");
	char line[LINE_ROOM];
	unsigned n = 1;

	if (!in)
		return;
	same += strcspn(k->text + same, " ") + 1;
	while (n < CACHE_LINES && fgets(line, sizeof(line), in) && strchr(line, '\n')) {
		if (strncmp(line, k->text, same)) {
			fputs(line, out);
			n++;
		}
	}
	fclose(in);
}

/* The newest line is the first. */
static void
cache_add(const char *cache, const struct file_key *k, struct hash128 h)
{
	char temp[4200], hex[33];
	FILE *out;
	bool ok;
	int fd;

	if ((size_t)snprintf(temp, sizeof(temp), "%s.XXXXXX", cache) >= sizeof(temp))
		return;
	fd = mkostemp(temp, O_CLOEXEC);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out) {
		if (fd >= 0)
			close(fd);
		return;
	}
	hash_hex(h, hex);
	fprintf(out, "%s%s\n", k->text, hex);
	cache_copy(out, cache, k);
	ok = !ferror(out);
	if (fclose(out) != 0 || !ok || rename(temp, cache) < 0)
		unlink(temp);
}

/* --- reading --- */

/* Everything from fd, by way of buf of CHUNK bytes. */
static int
hash_fd(int fd, struct hash_stream *s, uint8_t *buf, uint64_t *size)
{
	ssize_t got;

	*size = 0;
	for (;;) {
		got = read(fd, buf, CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		hash_stream_add(s, buf, (size_t)got);
		*size += (uint64_t)got;
	}
}

static int
hash_contents(int fd, struct hash128 *h, uint64_t *size)
{
	struct hash_stream *s = hash_stream_new();
	uint8_t *buf = malloc(CHUNK);
	int err = -ENOMEM;

	if (s && buf) {
		err = hash_fd(fd, s, buf, size);
		*h = hash_stream_digest(s);
	}
	free(buf);
	hash_stream_free(s);
	return err;
}

/* The file as it was when it was opened, or what it became meanwhile. */
static int
hash_opened(int fd, struct hash128 *h, uint64_t *size)
{
	struct file_key before, after;
	struct stat st;
	char cache[4096];
	bool cached;
	int err;

	if (fstat(fd, &st) < 0)
		return -errno;
	file_key(&before, &st);
	*size = (uint64_t)st.st_size;
	cached = before.cached && cache_path(cache, sizeof(cache));
	if (cached && cache_find(cache, &before, h))
		return 0;
	err = hash_contents(fd, h, size);
	if (err || !cached || fstat(fd, &st) < 0)
		return err;
	file_key(&after, &st);
	if (!strcmp(before.text, after.text))
		cache_add(cache, &before, *h);
	return 0;
}

int
filehash(const char *path, struct hash128 *h, uint64_t *size)
{
	uint64_t bytes;
	int fd, err;

	/* O_NONBLOCK: opening a FIFO must not hang. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	err = hash_opened(fd, h, &bytes);
	close(fd);
	if (!err && size)
		*size = bytes;
	return err;
}
