/*
 * lab/watch.h - what the processor of a world did, one thing after the other
 *
 * Page faults a kernel gets, world switches, walks for a program's data and commands to
 * disks, each with its cycle.  Nothing of it costs the guest anything.
 */
#ifndef LAB_WATCH_H
#define LAB_WATCH_H

#include "cpu/trace.h"
#include "lab/rig.h"

#define WATCH_MAX	((size_t)1 << 20)
#define WATCH_STEPS	32u
#define WATCH_DATA	((gva_t)0x10000000)	/* USER_MAP of vmm/guest/layout.h */
#define WATCH_FIRST_ATA	0x1f7u			/* command registers */
#define WATCH_SECOND_ATA	0x177u

enum watch_kind { WATCH_FAULT, WATCH_RUN, WATCH_EXIT, WATCH_WALK, WATCH_DISK };

struct watch_event {
	uint64_t	cycle, insns;
	uint64_t	what;		/* exit code, or the port of a disk's command */
	uint64_t	injected;	/* so many events by then, all VMRUNs */
	gva_t		va;		/* of a walk */
	uint8_t		kind;
	uint8_t		command;	/* of a disk */
	uint8_t		refs[2];	/* of a walk, by dimension */
	bool		failed;		/* ... */
	bool		guest;		/* an SVM guest runs, or did */
	bool		user;		/* a program, not a kernel */
};

/* A walk that succeeded, for a program's data. */
struct watch_walk {
	uint64_t		cycle;
	gva_t			va;
	hpa_t			hpa;
	uint64_t		cr3;
	unsigned		n;
	struct walk_step	step[WATCH_STEPS];
};

struct watch {
	struct rig		*rig;
	/* At such a walk, in the world it was made in; NULL: not asked for. */
	void			(*walked)(void *arg, const struct cpu *c,
				    const struct watch_walk *walk);
	void			*arg;
	struct cpu_trace	trace;
	struct watch_event	*event;
	struct watch_walk	*walk;
	size_t			events, event_room, walks, walk_room;
	bool			lost;		/* memory, or more than WATCH_MAX */
};

/* Before the machine runs; w is 0 but for walked and arg. */
void	watch_begin(struct watch *w, struct rig *g);
void	watch_end(struct watch *w);
/* An access of a program to what it has mapped. */
bool	watch_is_data(const struct walk_req *req);
/* Its walk, entry by entry, which it makes again and changes nothing; false: it
 * fails. */
bool	watch_explain(const struct cpu *c, gva_t va, struct watch_walk *k);
/* The first event at or after a cycle. */
size_t	watch_from(const struct watch *w, uint64_t cycle);
/* VMRUN number i took an exception or interrupt into the guest. */
bool	watch_injects(const struct watch *w, size_t i);

#endif
