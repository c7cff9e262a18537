/*
 * lab/cpio.c - an initramfs, made in memory
 */
#include "lab/cpio.h"

#include <stdio.h>
#include <string.h>

#define HEADER		110u		/* "070701" and 13 numbers of 8 digits */
#define S_FILE		0100000u
#define S_DIRECTORY	0040000u

static void
entry(struct cpio *c, const char *name, unsigned mode, const void *data, size_t n)
{
	unsigned links = mode & S_DIRECTORY ? 2 : 1;
	char head[HEADER + 1];

	c->data.oom |= n > UINT32_MAX;
	snprintf(head, sizeof(head), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
	    c->files++, mode, 0u, 0u, links, 0u, (unsigned)n, 0u, 0u, 0u, 0u,
	    (unsigned)strlen(name) + 1, 0u);
	blob_bytes(&c->data, head, HEADER);
	blob_bytes(&c->data, name, (uint32_t)strlen(name) + 1);
	blob_align(&c->data, 4);
	blob_bytes(&c->data, data, (uint32_t)n);
	blob_align(&c->data, 4);
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
	return !c->data.oom;
}
