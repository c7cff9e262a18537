/*
 * hw/machine_hash.c - one number for the whole state of a machine
 *
 * Processors (registers, model TLB, walk cache, fetch register), then every
 * device by its field table, armed timers with time and order among them, then
 * the sum over memory.  Host settings and caches are not in it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hw/machine_priv.h"

#define TIMELINE	0

bool
machine_hash_init(struct machine *m)
{
	unsigned i;

	for (i = 0; i < m->devs; i++) {
		size_t n = snap_size(m->dev[i].class->fields);

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
hash_device(struct machine *m, const struct machine_device *d)
{
	size_t n = snap_size(d->class->fields);

	snap_encode(d->class->fields, d->dev, m->encoded);
	hash_stream_add(m->hash, d->name, strlen(d->name) + 1);
	hash_stream_add(m->hash, m->encoded, n);
}

static struct hash128
machine_hash(struct machine *m)
{
	struct hash128 ram = physmem_hash(m->pm);
	uint8_t sum[16];
	unsigned i;

	hash_stream_reset(m->hash);
	for (i = 0; i < m->cpus; i++)
		cpu_hash(m->cpu[i], m->hash);
	for (i = 0; i < m->devs; i++)
		hash_device(m, &m->dev[i]);
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

	hash_hex(machine_hash(m), hex);
	snprintf(out, MACHINE_HASH_LINE, "hash %d %" PRIu64 " %u %s", TIMELINE,
	    m->cur->cycles, m->cur->index, hex);
	m->hash_ns += machine_host_ns() - start;
}

void
machine_hash_point(struct machine *m)
{
	char line[MACHINE_HASH_LINE];
	uint64_t now = m->cur->cycles;

	machine_hash_line(m, line);
	m->cfg.hash_point(m->cfg.hash_arg, line);
	m->next_hash = now - now % MACHINE_HASH_EVERY + MACHINE_HASH_EVERY;
}
