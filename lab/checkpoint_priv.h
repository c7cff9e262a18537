/*
 * lab/checkpoint_priv.h - the parts of the lab "checkpoint"
 */
#ifndef LAB_CHECKPOINT_PRIV_H
#define LAB_CHECKPOINT_PRIV_H

#include "lab/shop.h"

#define MS		1000000u
#define US		1000u

/* The server, as the settings have it. */
struct shop_config checkpoint_shop(const struct lab_run *r, uint64_t every,
	    enum outbuf_hold hold);
const char *checkpoint_hold_name(enum outbuf_hold hold);

/* What an epoch costs and delays, by its length (lab/checkpoint_cost.c). */
bool	checkpoint_cost(struct lab_run *r);
/* What is made, held and lost over a few epochs. */
bool	checkpoint_timeline(struct lab_run *r);
/* One last book, two clients (lab/checkpoint_book.c). */
bool	checkpoint_book(struct lab_run *r);
/* Frames of every class through many rollbacks (lab/checkpoint_class.c). */
bool	checkpoint_classes(struct lab_run *r);
/* New inputs against the same ones (lab/checkpoint_seeds.c). */
bool	checkpoint_seeds(struct lab_run *r);

#endif
