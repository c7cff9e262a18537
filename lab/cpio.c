/*
 * lab/cpio.c - an initramfs, made in memory
 */
#include "lab/cpio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER		110u		/* "070701" and 13 numbers of 8 digits */
#define S_FILE		0100000u
#define S_DIRECTORY	0040000u

static bool
make_room(struct cpio *c, size_t n)
{
	size_t room = c->room ? c->room : 65536;
	uint8_t *p;

	while (n > room - c->n)
		room *= 2;
	if (room == c->room)
		return true;
	p = realloc(c->data, room);
	if (!p)
		return false;
	c->data = p;
	c->room = room;
	return true;
}

static void
put(struct cpio *c, const void *data, size_t n)
{
	c->failed = c->failed || !make_room(c, n);
	if (c->failed)
		return;
	memcpy(c->data + c->n, data, n);
	c->n += n;
}

static void
align(struct cpio *c)
{
	put(c, "\0\0\0", (4 - c->n % 4) % 4);
}

static void
entry(struct cpio *c, const char *name, unsigned mode, const void *data, size_t n)
{
	unsigned links = mode & S_DIRECTORY ? 2 : 1;
	char head[HEADER + 1];

	c->failed |= n > UINT32_MAX;
	snprintf(head, sizeof(head), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
	    c->files++, mode, 0u, 0u, links, 0u, (unsigned)n, 0u, 0u, 0u, 0u,
	    (unsigned)strlen(name) + 1, 0u);
	put(c, head, HEADER);
	put(c, name, strlen(name) + 1);
	align(c);
	put(c, data, n);
	align(c);
}

void
cpio_file(struct cpio *c, const char *name, unsigned mode, const void *data, size_t n)
{
	entry(c, name, S_FILE | mode, data, n);
}

void
cpio_directory(struct cpio *c, const char *name)
{
	entry(c, name, S_DIRECTORY | 0755, "", 0);
}

bool
cpio_end(struct cpio *c)
{
	entry(c, "TRAILER!!!", 0, "", 0);
	return !c->failed;
}
