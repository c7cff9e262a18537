/*
 * snapshot/packing.c - libdeflate behind snapshot/packing.h
 */
#include "snapshot/packing.h"

#include <libdeflate.h>
#include <stdlib.h>

struct packing {
	struct libdeflate_compressor	*in;
	struct libdeflate_decompressor	*out;
};

struct packing *
packing_new(int level)
{
	struct packing *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->out = libdeflate_alloc_decompressor();
	if (level)
		p->in = libdeflate_alloc_compressor(level);
	if (p->out && (p->in || !level))
		return p;
	packing_free(p);
	return NULL;
}

void
packing_free(struct packing *p)
{
	if (!p)
		return;
	if (p->in)
		libdeflate_free_compressor(p->in);
	if (p->out)
		libdeflate_free_decompressor(p->out);
	free(p);
}

size_t
packing_pack(struct packing *p, const void *in, size_t n, void *out, size_t room)
{
	return libdeflate_zlib_compress(p->in, in, n, out, room);
}

bool
packing_unpack(struct packing *p, const void *in, size_t n, void *out, size_t size)
{
	size_t used;

	return libdeflate_zlib_decompress_ex(p->out, in, n, out, size, &used, NULL) ==
	    LIBDEFLATE_SUCCESS && used == n;
}
