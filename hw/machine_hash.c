/*
 * hw/machine_hash.c - one number for the whole state of a machine
 *
 * Processors (registers, model TLB, walk cache, fetch register), then every
 * device by its field table, armed timers with time and order among them, then
 * the sum over memory.  The machine's own section, host settings and caches are
 * not in it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hw/machine_priv.h"
#include "hw/machine_state.h"

bool
machine_hash_init(struct machine *m)
{
	unsigned i;

	for (i = 0; i < machine_sections(m); i++) {
		size_t n = machine_section(m, i).size;

		if (n > m->encoded_room)
			m->encoded_room = n;
	}
	m->encoded = malloc(m->encoded_room ? m->encoded_room : 1);
	m->hash = hash_stream_new();
	if (m->encoded && m->hash)
		return true;
	log_error(m->log, "out of memory for a state hash");
	return false;
}

void
machine_hash_fini(struct machine *m)
{
	hash_stream_free(m->hash);
	free(m->encoded);
}

static void
hash_section(struct machine *m, unsigned i)
{
	struct machine_section s = machine_section(m, i);

	machine_section_save(m, i, m->encoded);
	hash_stream_add(m->hash, s.name, strlen(s.name) + 1);
	hash_stream_add(m->hash, m->encoded, s.size);
}

struct hash128
machine_state_hash(struct machine *m)
{
	struct hash128 ram = physmem_hash(m->pm);
	uint8_t sum[16];
	unsigned i;

	hash_stream_reset(m->hash);
	for (i = 1; i < machine_sections(m); i++)	/* 0 is the machine's own */
		hash_section(m, i);
	put_le64(sum, ram.lo);
	put_le64(sum + 8, ram.hi);
	hash_stream_add(m->hash, sum, sizeof(sum));
	return hash_stream_digest(m->hash);
}

void
machine_hash_line(struct machine *m, char out[MACHINE_HASH_LINE])
{
	uint64_t start = machine_host_ns();
	char hex[33];

	hash_hex(machine_state_hash(m), hex);
	snprintf(out, MACHINE_HASH_LINE, "hash %" PRIu64 " %" PRIu64 " %u %s", m->timeline,
	    machine_cycles(m), m->cur->index, hex);
	m->hash_ns += machine_host_ns() - start;
}

void
machine_hash_point(struct machine *m)
{
	char line[MACHINE_HASH_LINE];
	uint64_t now = machine_cycles(m);

	if (m->cfg.hash_point && !machine_muted(m)) {
		machine_hash_line(m, line);
		m->cfg.hash_point(m->cfg.hash_arg, line);
	}
	if (m->tape && m->tape->hash_point)
		m->tape->hash_point(m->tape->arg, m);
	m->next_hash = now - now % MACHINE_HASH_EVERY + MACHINE_HASH_EVERY;
}
