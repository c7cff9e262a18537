/*
 * cpu/block.c - the block cache
 *
 * Blocks live in one arena in units of 64 bytes and are never moved or freed
 * one by one: a dead block keeps its place (links may still point at it) until
 * the arena is full and the dispatcher empties everything.  A block is found by
 * host address and mode key, so all mappings of a page share it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hostmem.h"
#include "cpu/hot.h"
#include "cpu/timing.h"
#include "cpu/trace.h"

#define UNIT		64u
#define HASH_BITS	16
#define HASH_SIZE	(1u << HASH_BITS)
#define MODES_MAX	4096
/* Room the largest block needs. */
#define BLOCK_ROOM	(sizeof(struct block) + TR_SLOTS * (sizeof(struct slot) + 1) + \
			 (BLOCK_INSNS + 1) * (sizeof(struct imeta) + sizeof(struct insn)) + 256)

const struct engine_config engine_defaults = {
	.block_max = BLOCK_INSNS,
	.random_seed = 0,
	.links = true,
	.super = true,
	.cache_bytes = 48u << 20,
};

struct page_list {
	struct page_list *next;		/* hash chain */
	struct block	*blocks;
	uint32_t	id;
};

struct codecache {
	struct engine_config cfg;
	struct physmem	*pm;
	struct log	*log;
	uint8_t		*arena;
	size_t		size, used;	/* bytes; used is a multiple of UNIT */
	uint32_t	*start;		/* unit -> first unit of its block */
	struct block	**hash;
	struct page_list **pages;	/* hash by page id */
	struct jump_entry *jump;
	struct slot	null_store[(sizeof(struct block) / sizeof(struct slot)) + 2];
	uint32_t	modes[MODES_MAX];
	uint32_t	nmodes;
	uint32_t	numbering;	/* of modes: how often it began anew */
	uint64_t	random;
	bool		full;
};

static void	code_written(void *arg, uint32_t id, uint32_t off, uint32_t len);

struct slot *
codecache_null(struct codecache *cc)
{
	return ((struct block *)(void *)cc->null_store)->slot;
}

uint32_t
codecache_numbering(const struct codecache *cc)
{
	return cc->numbering;
}

bool
codecache_full(const struct codecache *cc)
{
	return cc->full;
}

struct jump_entry *
codecache_jump(struct codecache *cc)
{
	return cc->jump;
}

const struct engine_config *
codecache_config(const struct codecache *cc)
{
	return &cc->cfg;
}

struct codecache *
codecache_new(struct physmem *pm, const struct engine_config *cfg, struct log *l)
{
	struct codecache *cc = calloc(1, sizeof(*cc));

	if (!cc)
		goto fail;
	cc->cfg = *cfg;
	cc->pm = pm;
	cc->log = l;
	cc->random = cfg->random_seed;
	cc->size = (cfg->cache_bytes + UNIT - 1) / UNIT * UNIT;
	if (cc->size < 8 * BLOCK_ROOM)
		cc->size = 8 * BLOCK_ROOM / UNIT * UNIT;
	cc->arena = hostmem_reserve(cc->size);
	cc->start = hostmem_reserve(cc->size / UNIT * sizeof(*cc->start));
	cc->hash = calloc(HASH_SIZE, sizeof(struct block *));
	cc->pages = calloc(HASH_SIZE, sizeof(struct page_list *));
	cc->jump = calloc(JUMP_ENTRIES, sizeof(*cc->jump));
	if (!cc->arena || !cc->start || !cc->hash || !cc->pages || !cc->jump)
		goto fail;
	codecache_null(cc)->h = h_dead;
	physmem_set_code_hook(pm, code_written, cc);
	return cc;
fail:
	log_error(l, "no memory for the block cache");
	codecache_free(cc);
	return NULL;
}

static void
free_pages(struct codecache *cc)
{
	struct page_list *pl, *next;
	unsigned i;

	for (i = 0; i < HASH_SIZE; i++) {
		for (pl = cc->pages[i]; pl; pl = next) {
			next = pl->next;
			physmem_meta(cc->pm, pl->id)->code = 0;
			free(pl);
		}
		cc->pages[i] = NULL;
	}
}

void
codecache_free(struct codecache *cc)
{
	if (!cc)
		return;
	if (cc->pages)
		free_pages(cc);
	if (cc->pm)
		physmem_set_code_hook(cc->pm, NULL, NULL);
	hostmem_release(cc->arena, cc->size);
	hostmem_release(cc->start, cc->size / UNIT * sizeof(*cc->start));
	free(cc->hash);
	free(cc->pages);
	free(cc->jump);
	free(cc);
}

void
codecache_flush(struct codecache *cc)
{
	free_pages(cc);
	memset(cc->hash, 0, HASH_SIZE * sizeof(*cc->hash));
	memset(cc->jump, 0, JUMP_ENTRIES * sizeof(*cc->jump));
	cc->used = 0;
	cc->full = false;
}

uint32_t
codecache_mode_id(struct codecache *cc, uint32_t mode)
{
	uint32_t i;

	for (i = 0; i < cc->nmodes; i++)
		if (cc->modes[i] == mode)
			return i + 1;
	if (cc->nmodes == MODES_MAX) {
		codecache_flush(cc);
		cc->nmodes = 0;
		cc->numbering++;
	}
	cc->modes[cc->nmodes++] = mode;
	return cc->nmodes;
}

struct block *
codecache_block_of(struct codecache *cc, const struct slot *s)
{
	size_t unit = (size_t)((const uint8_t *)s - cc->arena) / UNIT;

	return (struct block *)(void *)(cc->arena + (size_t)cc->start[unit] * UNIT);
}

static unsigned
hash_of(const uint8_t *host, uint32_t mode_id)
{
	uint64_t k = ((uint64_t)(uintptr_t)host ^ (uint64_t)mode_id << 40) * 0x9e3779b97f4a7c15u;

	return (unsigned)(k >> (64 - HASH_BITS));
}

static struct page_list *
page_list(struct codecache *cc, uint32_t id, bool create)
{
	struct page_list **at = &cc->pages[id % HASH_SIZE], *pl;

	for (pl = *at; pl; pl = pl->next)
		if (pl->id == id)
			return pl;
	if (!create)
		return NULL;
	pl = calloc(1, sizeof(*pl));
	if (!pl)
		return NULL;
	pl->id = id;
	pl->next = *at;
	*at = pl;
	return pl;
}

/* ---- death ---- */

static void
block_kill(struct codecache *cc, struct block *b)
{
	struct jump_entry *j;
	struct block **at;
	uint64_t key = jump_key(b->host, (uint64_t)b->mode_id << 48);

	for (at = &cc->hash[hash_of(b->host, b->mode_id)]; *at; at = &(*at)->hash_next)
		if (*at == b) {
			*at = b->hash_next;
			break;
		}
	j = &cc->jump[jump_index(key)];
	if (j->key == key)
		*j = (struct jump_entry){ 0, NULL };
	b->dead = true;
	b->host = NULL;
	b->slot[0].h = h_dead;
}

/* A store hit decoded code: every block that used one of the granules dies. */
static void
code_written(void *arg, uint32_t id, uint32_t off, uint32_t len)
{
	struct codecache *cc = arg;
	struct page_list *pl = page_list(cc, id, false);
	struct block **at, *b;
	uint64_t hit, left = 0;

	if (!pl || !len)
		return;
	hit = LOW_BITS((off + len - 1) / 64 + 1) & ~LOW_BITS(off / 64);
	for (at = &pl->blocks; (b = *at); ) {
		if (b->granules & hit) {
			*at = b->page_next;
			block_kill(cc, b);
		} else {
			left |= b->granules;
			at = &b->page_next;
		}
	}
	physmem_meta(cc->pm, id)->code = left;
}

/* ---- birth ---- */

static unsigned
block_limit(struct codecache *cc)
{
	if (!cc->cfg.random_seed)
		return cc->cfg.block_max;
	cc->random ^= cc->random << 13;
	cc->random ^= cc->random >> 7;
	cc->random ^= cc->random << 17;
	return 1 + (unsigned)(cc->random % cc->cfg.block_max);
}

/* Decodes from off on until something ends the block.  Where a debugger wants
 * to look first, an empty block sends the dispatcher through the boundary. */
static void
gather(struct codecache *cc, struct cpu *c, struct tr *t, const uint8_t *page, unsigned off)
{
	unsigned max = block_limit(cc), dm = mode_decode(t->mode), room;
	const struct insn_info *info;
	struct tr_insn *ti;

	t->open_end = true;
	while (t->ninsn < max) {
		ti = &t->insn[t->ninsn];
		room = PAGE_SIZE - off;
		if (!room || cpu_stops_at(c, off))
			break;
		if (decode(page + off, room < INSN_MAX ? room : INSN_MAX, dm, &c->features,
		    &ti->in) != DEC_OK)
			break;
		info = insn_info(&ti->in);
		ti->off = (uint16_t)off;
		ti->cost = t->cost;
		ti->count = (uint8_t)t->ninsn;
		ti->keep = false;
		ti->cost_own = (uint8_t)c->cost[oper_table[ti->in.opr].cost];
		if (t->ninsn && t->cost + ti->cost_own > BLOCK_COST)
			break;
		t->cost = (uint16_t)(t->cost + ti->cost_own);
		t->ninsn++;
		off += ti->in.len;
		if (info->chk & (CK_JUMP | CK_ENDS)) {
			t->open_end = false;
			break;
		}
	}
	t->end_off = (uint16_t)off;
}

static void
put_metas(struct block *b, const struct tr *t, uint8_t **room)
{
	const struct tr_insn *ti;
	struct imeta *m;
	unsigned i;

	for (i = 0; i < t->ninsn; i++) {
		ti = &t->insn[i];
		m = &b->meta[i];
		m->off = ti->off;
		m->cost = ti->cost;
		m->count = ti->count;
		m->slot = ti->slot;
		m->flags = insn_info(&ti->in)->chk & CK_ENDS ? IM_ENDS : 0;
		if (ti->slot == UINT16_MAX && ti->in.opr == OPR_nop)
			m->flags |= IM_EMPTY;
		m->in = NULL;
		if (ti->keep) {
			m->in = (struct insn *)(void *)*room;
			*m->in = ti->in;
			*room += sizeof(struct insn);
		}
	}
	/* Sentinel: where the block falls through to. */
	m = &b->meta[t->ninsn];
	*m = (struct imeta){ .off = t->end_off, .cost = t->cost, .count = (uint8_t)t->ninsn,
	    .slot = UINT16_MAX };
	if (t->open_end)
		for (i = 0; i < t->nslots; i++)
			if (t->slot_insn[i] == t->ninsn) {
				m->slot = (uint16_t)i;
				break;
			}
}

#define FAR_SLOTS	3	/* handler, link, distance */

static bool
leaves_page(const struct tr_exit *x)
{
	return x->target < 0 || x->target >= (int32_t)PAGE_SIZE;
}

static unsigned
stub_slots(const struct tr *t)
{
	unsigned i, n = 0;

	for (i = 0; i < t->nexits; i++)
		n += leaves_page(&t->exit[i]) ? FAR_SLOTS : 1;
	return n;
}

/* In-page exits start at stubs behind the block's own slots; those to another
 * page that have no handler of their own (MK_BASED) stay with theirs. */
static void
put_stubs(struct block *b, const struct tr *t)
{
	struct slot *at = &b->slot[t->nslots];
	unsigned i, far;

	for (i = 0; i < t->nexits; i++) {
		const struct tr_exit *x = &t->exit[i];
		struct slot *link = &b->slot[x->link];

		link->target = at;
		if (leaves_page(x)) {
			at->h = hot_based_far;
			at[1].target = t->null_link;
			at[2].h = h_generic;
			at[2].imm = x->target;
			at += FAR_SLOTS;
			continue;
		}
		far = (unsigned)(at - link);
		at->h = h_resolve;
		at->imm = x->target;
		at->a = (uint8_t)far;
		at->b = (uint8_t)(far >> 8);
		at++;
	}
}

static struct block *
place(struct codecache *cc, const struct tr *t)
{
	unsigned nslots = t->nslots + stub_slots(t), i, keep = 0;
	size_t size, head, unit;
	struct block *b;
	uint8_t *room;

	for (i = 0; i < t->ninsn; i++)
		keep += t->insn[i].keep;
	head = sizeof(*b) + nslots * sizeof(struct slot);
	size = head + (t->ninsn + 1) * sizeof(struct imeta) + nslots;
	size = (size + 15) / 16 * 16 + keep * sizeof(struct insn);
	size = (size + UNIT - 1) / UNIT * UNIT;
	b = (struct block *)(void *)(cc->arena + cc->used);
	for (unit = 0; unit < size / UNIT; unit++)
		cc->start[cc->used / UNIT + unit] = (uint32_t)(cc->used / UNIT);
	cc->used += size;
	memset(b, 0, sizeof(*b));
	b->nslots = (uint16_t)nslots;
	b->ninsn = (uint8_t)t->ninsn;
	b->cost = t->cost;
	memcpy(b->slot, t->slot, t->nslots * sizeof(struct slot));
	b->meta = (struct imeta *)(void *)((uint8_t *)b + head);
	room = (uint8_t *)b + (head + (t->ninsn + 1) * sizeof(struct imeta) + nslots + 15) / 16 * 16;
	put_metas(b, t, &room);
	memcpy(block_slot_insn(b), t->slot_insn, t->nslots);
	put_stubs(b, t);
	return b;
}

static struct block *
build(struct codecache *cc, struct cpu *c, uint8_t *host, uint32_t mode_id)
{
	uint32_t id = (uint32_t)((size_t)(host - physmem_host(cc->pm, 0)) / PAGE_SIZE);
	unsigned off = (unsigned)((size_t)(host - physmem_host(cc->pm, 0)) % PAGE_SIZE);
	struct page_list *pl = page_list(cc, id, true);
	unsigned h = hash_of(host, mode_id), last;
	struct block *b;
	struct tr *t;

	t = malloc(sizeof(*t));
	if (!pl || !t) {
		free(t);
		return NULL;
	}
	t->cfg = &cc->cfg;
	t->mode = c->mode;
	t->null_link = codecache_null(cc);
	t->ninsn = t->nslots = t->nexits = 0;
	t->cost = 0;
	gather(cc, c, t, host - off, off);
	if (t->ninsn) {
		tr_emit(t);
	} else {
		/* The generic executor steps here: leave at once. */
		t->slot_insn[0] = t->slot_insn[1] = 0;
		t->slot[0] = (struct slot){ .h = hot_exit, .imm = (int32_t)off };
		t->slot[1] = (struct slot){ .h = h_generic, .charge = 0 };
		t->nslots = 2;
	}
	b = place(cc, t);
	b->host = host;
	b->page_id = id;
	b->mode_id = mode_id;
	b->off = (uint16_t)off;
	last = t->end_off > off ? t->end_off - 1u : off;
	if (!t->ninsn)
		last = off + INSN_MAX - 1 < PAGE_SIZE ? off + INSN_MAX - 1 : PAGE_SIZE - 1;
	b->granules = LOW_BITS(last / 64 + 1) & ~LOW_BITS(off / 64);
	b->hash_next = cc->hash[h];
	cc->hash[h] = b;
	b->page_next = pl->blocks;
	pl->blocks = b;
	physmem_add_code(cc->pm, id, b->granules);
	c->stats.blocks_built++;
	free(t);
	return b;
}

struct block *
codecache_get(struct codecache *cc, struct cpu *c, uint8_t *host)
{
	uint32_t mode_id = c->engine->mode_id;
	struct block *b;
	struct jump_entry *j;
	uint64_t key;

	for (b = cc->hash[hash_of(host, mode_id)]; b; b = b->hash_next)
		if (b->host == host && b->mode_id == mode_id)
			break;
	if (!b) {
		if (cc->size - cc->used < BLOCK_ROOM) {
			cc->full = true;
			return NULL;
		}
		b = build(cc, c, host, mode_id);
		if (!b)
			return NULL;
	}
	key = jump_key(host, (uint64_t)mode_id << 48);
	j = &cc->jump[jump_index(key)];
	j->key = key;
	j->target = b->slot;
	return b;
}
