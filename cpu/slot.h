/*
 * cpu/slot.h - predecoded code: slots, links and blocks
 *
 * A block is a run of instructions of one page under one mode key, predecoded
 * into 16-byte slots.  A slot holds its handler and operands: byte offsets into
 * the register file at the start of struct cpu, a scale and a 32-bit constant.
 * Each handler ends in a sibling call of the next slot's handler.  A block has
 * several exits; a taken exit subtracts what the block has cost so far.
 *
 * n packs what is left of the budget: n starts at (budget << 32) - 1 and every
 * taken exit does n -= (cycles << 32) + instructions, so n < 0 exactly when the
 * budget is used up and (uint32_t)~n is the number of instructions retired
 * since then.  Inside a block n does not move; the cold table (struct imeta)
 * says what each instruction's start adds to it.
 */
#ifndef CPU_SLOT_H
#define CPU_SLOT_H

#include "cpu/cpu.h"
#include "cpu/engine.h"

struct slot;
typedef void (*slot_fn)(struct cpu *c, struct slot *s, int64_t n);

struct slot {
	union {
		slot_fn		h;
		struct slot	*target;	/* in a link slot */
	};
	union {
		struct {
			uint8_t	a, b, c, scale;
			int32_t	imm;
		};
		int64_t		charge;		/* in a link slot: (cost << 32) + count */
		uint64_t	u64;
	};
};
static_assert(sizeof(struct slot) == 16, "slots are 16 bytes");

#define BLOCK_INSNS	48		/* most instructions in a block */
#define BLOCK_COST	320		/* most static cycles of a block */

/* One instruction of a block, cold. */
struct imeta {
	uint16_t	off;		/* in the page */
	uint16_t	cost;		/* cycles from block entry to its start */
	uint16_t	slot;		/* its first slot */
	uint8_t		count;		/* instructions before it in the block */
	uint8_t		flags;		/* IM_* */
	struct insn	*in;		/* kept for slots that always run generically */
};
#define IM_ENDS		0x01		/* leave the block after it */
#define IM_EMPTY	0x02		/* does nothing and has no slot */

struct block {
	uint8_t		*host;		/* first byte; NULL when dead */
	struct block	*hash_next;
	struct block	*page_next;
	struct block	*forward;	/* a dead block's successor */
	uint64_t	granules;	/* 64-byte granules it was decoded from */
	struct imeta	*meta;
	uint32_t	mode_id;	/* small number of the mode key */
	uint32_t	page_id;
	uint16_t	off;		/* of host in its page */
	uint16_t	nslots;
	uint16_t	cost;		/* whole block */
	uint8_t		ninsn;		/* 0: let the generic executor step here */
	bool		dead;
	struct slot	slot[];
};
static_assert(sizeof(struct block) == 64, "slots follow the header");

static ALWAYS_INLINE struct block *
slot_head(struct slot *first)
{
	return CONTAINER_OF(first, struct block, slot[0]);
}

/* Instruction index of each slot lies behind the metas. */
static inline uint8_t *
block_slot_insn(struct block *b)
{
	return (uint8_t *)(b->meta + b->ninsn + 1);
}

struct jump_entry {			/* host address and mode -> block */
	uint64_t	key;
	struct slot	*target;
};
#define JUMP_ENTRIES	8192

static ALWAYS_INLINE uint64_t
jump_key(const uint8_t *host, uint64_t mode_key)
{
	return (uint64_t)(uintptr_t)host ^ mode_key;
}

static ALWAYS_INLINE unsigned
jump_index(uint64_t key)
{
	return (unsigned)((key ^ key >> 13) & (JUMP_ENTRIES - 1));
}

struct engine {
	struct jump_entry *jump;	/* the code cache's */
	uint64_t	mode_key;	/* mode_id << 48 */
	struct codecache *codes;
	uint32_t	mode;		/* c->mode that mode_key stands for */
	uint32_t	mode_id;
	uint32_t	numbering;	/* that mode_id belongs to */
	/* The current budget: n started at (budget << 32) - 1 then. */
	uint64_t	t0, i0;
	int64_t		budget;
	uint64_t	deadline;
	/* Loop dispatch (ENGINE_LOOP): next slot, NULL to leave. */
	struct slot	*loop_slot;
	int64_t		loop_n;
	struct log	*log;
};

/* ---- slow entries: normal functions reached by sibling calls ---- */

/* Run the instruction of slot s in the generic executor, go on behind it. */
void	slow(struct cpu *c, struct slot *s, int64_t n);
/* Data at va missed the fast TLB: fill it and run s again, or slow(). */
void	slow_rd(struct cpu *c, struct slot *s, int64_t n, gva_t va);
void	slow_wr(struct cpu *c, struct slot *s, int64_t n, gva_t va);
/* Taken exit s (charged already) used up the budget. */
void	expired(struct cpu *c, struct slot *s, int64_t n);
/* rip is set and n charged: back to the dispatcher. */
void	leave(struct cpu *c, struct slot *s, int64_t n);
/* Cross-page exit s towards ip (charged already): no valid link. */
void	cross(struct cpu *c, struct slot *s, int64_t n, uint64_t ip);
/* Indirect transfer to c->rip (charged already): not in the jump cache. */
void	indirect(struct cpu *c, struct slot *s, int64_t n);

/* ---- handlers that translation refers to by name ---- */
void	h_generic(struct cpu *c, struct slot *s, int64_t n);
void	h_resolve(struct cpu *c, struct slot *s, int64_t n);
void	h_dead(struct cpu *c, struct slot *s, int64_t n);

/* The block that slot s belongs to. */
struct block *codecache_block_of(struct codecache *cc, const struct slot *s);
/* Finds or builds the block at host (page id, offset) for the current mode;
 * NULL when the cache is full (flush at the dispatcher). */
struct block *codecache_get(struct codecache *cc, struct cpu *c, uint8_t *host);
/* The target of unresolved cross-page links: a block whose host is NULL. */
struct slot *codecache_null(struct codecache *cc);
bool	codecache_full(const struct codecache *cc);
struct jump_entry *codecache_jump(struct codecache *cc);
uint32_t codecache_mode_id(struct codecache *cc, uint32_t mode);
/* Changes when the numbers of modes are given anew. */
uint32_t codecache_numbering(const struct codecache *cc);
const struct engine_config *codecache_config(const struct codecache *cc);

/* ---- translation (cpu/translate.c) ---- */
#define TR_SLOTS	(BLOCK_INSNS * 5 + 8)
#define TR_EXITS	(BLOCK_INSNS + 2)

struct tr_insn {
	struct insn	in;
	uint16_t	off, cost, slot;
	uint8_t		count;
	bool		flags_live;	/* its arithmetic flags may be read */
	bool		keep;		/* keep struct insn for the generic executor */
	uint8_t		cost_own;
};

struct tr_exit {			/* an exit that needs a stub */
	uint16_t	link;		/* slot index of the link */
	int32_t		target;		/* page offset; MK_BASED: may lie outside */
};

struct tr {
	const struct engine_config *cfg;
	uint32_t	mode;		/* MK_* */
	struct slot	*null_link;
	const struct feat_set *features;
	struct tr_insn	insn[BLOCK_INSNS];
	unsigned	ninsn;
	uint16_t	cost;		/* of all */
	uint16_t	end_off;	/* page offset behind the last (may be 4096) */
	bool		open_end;	/* falls through at end_off */
	struct slot	slot[TR_SLOTS];
	uint8_t		slot_insn[TR_SLOTS];
	unsigned	nslots;
	struct tr_exit	exit[TR_EXITS];
	unsigned	nexits;
	unsigned	cur;		/* instruction being translated */
	int		producer;	/* cc_op of the last flag writer if static, -1 */
	bool		known;		/* the current instruction said what it leaves */
};

/* Fills slots from the decoded instructions. */
void	tr_emit(struct tr *t);

#endif
