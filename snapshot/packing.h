/*
 * snapshot/packing.h - zlib streams, whole in memory
 *
 * libdeflate reads and writes the same streams as zlib in a third of the time.
 */
#ifndef SNAPSHOT_PACKING_H
#define SNAPSHOT_PACKING_H

#include "base/types.h"

struct packing;

/* level: of compression, 1..12; 0: packing_unpack() alone will be used.  NULL without
 * memory. */
struct packing *packing_new(int level);
void	packing_free(struct packing *p);

/* Bytes written to out; 0: it takes more than room. */
size_t	packing_pack(struct packing *p, const void *in, size_t n, void *out, size_t room);
/* False unless the stream is right, n bytes long, and unpacks to size bytes. */
bool	packing_unpack(struct packing *p, const void *in, size_t n, void *out, size_t size) MUST_CHECK;

#endif
