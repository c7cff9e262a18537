/*
 * cpu/engine.h - the threaded engine
 *
 * Runs predecoded blocks of slots (cpu/slot.h).  It obeys the same law as the
 * reference engine (cpu/run.c): an event is taken at the first instruction
 * boundary where cycles >= deadline, and every charge is the same.  Nothing
 * configured here may change a count or a hash.
 */
#ifndef CPU_ENGINE_H
#define CPU_ENGINE_H

#include "cpu/cpu.h"

struct engine_config {
	unsigned	block_max;	/* instructions per block, 1..48 */
	uint64_t	random_seed;	/* != 0: random block length up to block_max */
	bool		links;		/* patch direct links */
	bool		super;		/* superinstructions (fused compare and branch) */
	size_t		cache_bytes;	/* block cache */
};

extern const struct engine_config engine_defaults;

/* The block cache of one machine; hooks itself into pm's code writes. NULL with
 * a message on l. */
struct codecache *codecache_new(struct physmem *pm, const struct engine_config *cfg,
	    struct log *l);
void	codecache_free(struct codecache *cc);
/* Forgets every block (map changes, snapshot load). Safe at any boundary. */
void	codecache_flush(struct codecache *cc);

struct engine *engine_new(struct codecache *cc, struct log *l);
void	engine_free(struct engine *e);

/* As cpu_run(), for a processor with c->engine set. */
enum cpu_stop threaded_run(struct cpu *c);

#endif
