/*
 * base/blob.c - a growing byte buffer, for what is built piece by piece
 */
#include "base/blob.h"

#include <stdlib.h>

#include "base/bits.h"

void
blob_fini(struct blob *b)
{
	free(b->p);
	*b = (struct blob){ NULL, 0, 0, false };
}

/* Room for n more bytes; NULL when there is none. */
static uint8_t *
blob_grow(struct blob *b, uint32_t n)
{
	uint64_t need = (uint64_t)b->len + n, room = b->room ? b->room : 1024;
	uint8_t *p;

	if (b->oom)
		return NULL;
	while (room < need)
		room *= 2;
	if (room > b->room) {
		p = room <= UINT32_MAX ? realloc(b->p, room) : NULL;
		if (!p) {
			b->oom = true;
			return NULL;
		}
		b->p = p;
		b->room = (uint32_t)room;
	}
	p = b->p + b->len;
	b->len += n;
	return p;
}

void
blob_int(struct blob *b, unsigned size, uint64_t v)
{
	uint8_t *p = blob_grow(b, size);

	if (p)
		put_le(p, size, v);
}

void
blob_bytes(struct blob *b, const void *s, uint32_t n)
{
	uint8_t *p = blob_grow(b, n);

	if (p && n)
		memcpy(p, s, n);
}

void
blob_zero(struct blob *b, uint32_t n)
{
	uint8_t *p = blob_grow(b, n);

	if (p)
		memset(p, 0, n);
}

void
blob_text(struct blob *b, const char *s, uint32_t n, char pad)
{
	uint32_t i, len = (uint32_t)strlen(s);
	uint8_t *p = blob_grow(b, n);

	for (i = 0; p && i < n; i++)
		p[i] = (uint8_t)(i < len ? s[i] : pad);
}

void
blob_align(struct blob *b, uint32_t align)
{
	blob_zero(b, (align - b->len % align) % align);
}

void
blob_set(struct blob *b, uint32_t off, unsigned size, uint64_t v)
{
	if (!b->oom)
		put_le(b->p + off, size, v);
}

void
blob_insert(struct blob *b, uint32_t off, uint32_t n)
{
	uint32_t len = b->len;

	if (!blob_grow(b, n))
		return;
	memmove(b->p + off + n, b->p + off, len - off);
	memset(b->p + off, 0, n);
}

uint8_t
blob_checksum(const struct blob *b, uint32_t off, uint32_t n)
{
	uint8_t sum = 0;

	while (!b->oom && n-- > 0)
		sum += b->p[off + n];
	return (uint8_t)-sum;
}
