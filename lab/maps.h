/*
 * lab/maps.h - V2P, P2M and V2M: the tables one access of a run goes through
 *
 * The first access of a program to its data that misses the TLB, after the workload
 * has begun, in each mode of virtualization that a lab's run has.
 */
#ifndef LAB_MAPS_H
#define LAB_MAPS_H

#include "lab/watch.h"

#define MAPS_MAX	6u

/* Whose tables the processor reads there. */
enum map_kind { MAP_NESTED, MAP_SHADOW, MAP_DIRECT };

struct map_seen {
	const char		*mode;		/* "svm+nested"... */
	enum map_kind		kind;
	struct watch_walk	walk;
	bool			taken;
};

/* Of one lab's run. */
struct maps {
	struct map_seen	seen[MAPS_MAX];
	unsigned	n;
};

/* This machine's will be one of them, unless that mode's is there already.  Before it
 * runs; mode must last. */
void	maps_watch(const struct lab_run *r, struct rig *g, const char *mode, enum map_kind kind);
/* Table "walk" and the picture of the same name. */
void	maps_show(struct lab_run *r, const struct map_seen *seen, unsigned n, const char *title,
	    const char *caption);
/* The same of what was watched, if anything was. */
void	maps_finish(struct lab_run *r);

#endif
