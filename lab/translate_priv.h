/*
 * lab/translate_priv.h - the parts of the lab "translate"
 */
#ifndef LAB_TRANSLATE_PRIV_H
#define LAB_TRANSLATE_PRIV_H

#include "lab/world.h"

/* The five lives of an access, as the workload numbers them. */
enum life { LIFE_HIT, LIFE_MISS, LIFE_GUEST, LIFE_VMM, LIFE_BOTH, LIVES };
enum way { WAY_NATIVE, WAY_NESTED, WAY_SHADOW, WAYS };

extern const char *const translate_life[LIVES + 1];
extern const char *const translate_way[WAYS];

#define LIFE_STEPS	96u

enum runner { RUN_PROGRAM, RUN_KERNEL, RUN_VMM };

/* From then on it is he who runs. */
struct life_step {
	uint64_t	cycle;		/* since the mark before the access */
	enum runner	who;
	char		what[40];
};

/* One access. */
struct life_seen {
	uint64_t	cycles, exits, vmm_cycles, vmm_insns;
	uint64_t	refs[2];	/* of the last walk for it, which succeeded */
	uint64_t	guest_faults;	/* page faults the guest's kernel got */
	uint64_t	p2m_faults;	/* nested page faults */
	bool		guest_first;	/* its kernel had it before the VMM did anything */
	unsigned	steps;
	struct life_step step[LIFE_STEPS];
};

/* A walk of the case "miss", and in the shadow world what it should be. */
struct walk_seen {
	struct watch_walk	walk;
	uint64_t		guest_cr3;	/* wanted */
	uint64_t		v2p, p2m;	/* by the guest's table; of that */
	hpa_t			table[5];	/* machine addresses of the guest's, by level */
	uint64_t		entry[5];
	bool			known, present;
};

/* The shadow way's, which a mechanism may be missing from. */
const char *translate_sync(const struct lab_run *r);
enum world_mode translate_mode(const struct lab_run *r, enum way way);

/* Case by case (lab/translate.c); walks are its by-product. */
bool	translate_lives(struct lab_run *r, struct walk_seen seen[WAYS]) MUST_CHECK;
/* Tables and picture of the walks (lab/translate_walk.c). */
void	translate_walks(struct lab_run *r, const struct walk_seen seen[WAYS], uint64_t verified,
	    uint64_t bad);
/* A hook: keeps the walk that belongs to the case "miss". */
void	translate_walked(void *arg, const struct cpu *c, const struct watch_walk *w);
/* How shadows are kept, and whose faults are whose (lab/translate_sync.c). */
bool	translate_follow(struct lab_run *r, uint64_t *verified, uint64_t *bad) MUST_CHECK;

#endif
