/*
 * tests/fuzz/container.c - fuzz target: the container under every snapshot
 *
 * The bytes alone, without a machine, so that millions of files go by.  The first
 * byte says how the rest becomes a file: as it is, or as sections {name, version,
 * length, contents} with right checksums and a right end, into which the last
 * bytes then put a flipped bit, a cut or more bytes.
 */
#define _GNU_SOURCE		/* memfd_create() */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "snapshot/container_priv.h"

#define ROOM	((size_t)64 << 10)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
	uint8_t			bytes[ROOM];
	size_t			len;
	struct hash_stream	*sum, *all;
	int			fd;
	char			path[32];
};

static struct file *
file_new(void)
{
	struct file *f = calloc(1, sizeof(*f));

	if (!f || !(f->sum = hash_stream_new()) || !(f->all = hash_stream_new()))
		abort();
	f->fd = memfd_create("container", MFD_CLOEXEC);
	snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", f->fd);
	return f;
}

static void
put_section(struct file *f, const uint8_t name[CONTAINER_NAME], uint32_t version,
    const void *contents, size_t n)
{
	uint8_t *h = f->bytes + f->len;

	memset(h, 0, SECTION_HEADER);
	memcpy(h, name, CONTAINER_NAME);
	put_le32(h + SECTION_VERSION, version);
	put_le64(h + SECTION_LENGTH, n);
	container_put_sum(h + SECTION_SUM, container_sum(f->sum, contents, n));
	container_put_sum(h + SECTION_HEADER_SUM, container_sum(f->sum, h, SECTION_HEADER_SUM));
	hash_stream_add(f->all, h, SECTION_HEADER);
	memcpy(h + SECTION_HEADER, contents, n);
	f->len += SECTION_HEADER + n;
}

static void
put_end(struct file *f)
{
	static const uint8_t name[CONTAINER_NAME] = END_NAME;
	uint8_t end[END_CONTENTS];

	put_le64(end + END_LENGTH, f->len);
	container_put_sum(end + END_HASH, hash_stream_digest(f->all));
	put_section(f, name, 1, end, sizeof(end));
}

/* name length, name, version, contents length, contents; and so on. */
static void
put_sections(struct file *f, const uint8_t *p, size_t n)
{
	uint8_t name[CONTAINER_NAME];
	size_t len;

	memcpy(f->bytes, CONTAINER_MAGIC, 8);
	put_le32(f->bytes + FILE_VERSION, CONTAINER_VERSION);
	put_le32(f->bytes + FILE_ZERO, 0);
	f->len = FILE_HEADER;
	hash_stream_reset(f->all);
	hash_stream_add(f->all, f->bytes, FILE_HEADER);
	while (n > 3) {
		len = p[0] % (CONTAINER_NAME + 1);
		len = len < n - 3 ? len : n - 3;
		memset(name, 0, sizeof(name));
		memcpy(name, p + 1, len);
		p += 1 + len;
		n -= 1 + len;
		len = p[1] < n - 2 ? p[1] : n - 2;
		put_section(f, name, p[0], p + 2, len);
		p += 2 + len;
		n -= 2 + len;
	}
	put_end(f);
}

/* how: bits 1 and 2 of the first byte; at: where, by the last two bytes. */
static void
damage(struct file *f, unsigned how, size_t at)
{
	at %= f->len + 1;
	if (how == 1 && at < f->len)
		f->bytes[at] ^= (uint8_t)(1u << (at & 7));
	else if (how == 2)
		f->len = at;
	else if (how == 3)
		memset(f->bytes + f->len, 0x5a, at), f->len += at;
}

static bool
look(void *arg, const struct container_section *s, struct snapshot_error *e)
{
	uint64_t *sum = arg;
	size_t i;

	(void)e;
	for (i = 0; i < s->length; i++)
		*sum += s->contents[i];
	if (strnlen(s->name, sizeof(s->name)) == sizeof(s->name))
		abort();
	return true;
}

static void
read_it(struct file *f)
{
	struct snapshot_error e = { 0 };
	struct container_section first;
	struct hash128 id, said;
	struct container *c;
	uint64_t sum = 0;

	c = container_open(f->path, &e);
	if (!c) {
		if (!e.text[0])
			abort();
		return;
	}
	if (container_first(c, &first, &e))
		(void)!look(&sum, &first, &e);
	container_close(c);
	e.text[0] = '\0';
	c = container_open(f->path, &e);
	if (!c)
		return;
	/* What was read whole has the id that it says it has; else a reason. */
	if (container_each(c, look, &sum, &id, &e)) {
		if (!container_peek_id(f->path, &said) || !container_sums_equal(id, said))
			abort();
	} else if (!e.text[0]) {
		abort();
	}
	container_close(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct file *f;

	if (!f)
		f = file_new();
	/* A section of one byte becomes a header of 64. */
	if (size < 4 || size > ROOM / 64)
		return 0;
	f->len = 0;
	if (data[0] & 1) {
		put_sections(f, data + 1, size - 3);
		damage(f, data[0] >> 1 & 3, get_le16(data + size - 2) & 0x3fff);
	} else {
		memcpy(f->bytes, data + 1, f->len = size - 1);
	}
	if (ftruncate(f->fd, 0) != 0 ||
	    pwrite(f->fd, f->bytes, f->len, 0) != (ssize_t)f->len)
		abort();
	read_it(f);
	return 0;
}
