/*
 * cpu/memo.h - decoded instructions remembered for the generic fetch
 *
 * A direct-mapped cache from the host address of an instruction's first byte to
 * its decoding.  An entry is used only if the bytes are still the same, so
 * nothing ever has to invalidate it and it cannot change what executes.
 */
#ifndef CPU_MEMO_H
#define CPU_MEMO_H

#include <string.h>

#include "cpu/decode.h"

#define MEMO_ENTRIES	4096u

struct memo_entry {
	const uint8_t	*host;
	uint8_t		bytes[16];
	uint32_t	mode;
	struct insn	in;
};

struct memo {
	struct memo_entry e[MEMO_ENTRIES];
};

static inline struct memo_entry *
memo_at(struct memo *m, const uint8_t *host)
{
	uintptr_t k = (uintptr_t)host;

	return &m->e[(k ^ k >> 12) & (MEMO_ENTRIES - 1)];
}

/* room: bytes that may be read at host.  NULL: not remembered. */
static inline const struct insn *
memo_find(struct memo *m, const uint8_t *host, unsigned room, uint32_t mode)
{
	struct memo_entry *e = memo_at(m, host);

	if (e->host != host || e->mode != mode || e->in.len > room ||
	    memcmp(e->bytes, host, e->in.len))
		return NULL;
	return &e->in;
}

static inline void
memo_put(struct memo *m, const uint8_t *host, uint32_t mode, const struct insn *in)
{
	struct memo_entry *e = memo_at(m, host);

	e->host = host;
	e->mode = mode;
	e->in = *in;
	memcpy(e->bytes, host, in->len);
}

#endif
