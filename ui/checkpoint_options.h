/*
 * ui/checkpoint_options.h - the options of checkpoints
 */
#ifndef UI_CHECKPOINT_OPTIONS_H
#define UI_CHECKPOINT_OPTIONS_H

#include "snapshot/checkpoint.h"
#include "ui/endpoint.h"

#define CHECKPOINT_KEEP	4u	/* on disk, unless something else was said */

struct checkpoint_options {
	uint64_t		every;		/* 0: none */
	enum outbuf_hold	hold;
	bool			hold_given;
	unsigned		on;		/* CHECKPOINT_ON_ */
	const char		*panic;		/* NULL: Linux's text */
	const char		*dir, *resume;	/* NULL: none */
	unsigned		keep;		/* 0: CHECKPOINT_KEEP */
	struct endpoint		standby;	/* where the standby is; port NULL: none */
	uint64_t		lease;		/* ns */
	int			level;		/* of zlib, for what is sent there */
	struct endpoint		listen;		/* this one is a standby, there; the same */
};

/* The machine is not the command line's. */
static inline bool
checkpoint_options_resume(const struct checkpoint_options *c)
{
	return c->resume || c->listen.port;
}

struct options;

/* Each false after a message. */
bool	checkpoint_option_every(struct checkpoint_options *c, const char *name, uint64_t ns);
bool	checkpoint_option_buffer(struct checkpoint_options *c, const char *name,
	    const char *arg);
bool	checkpoint_option_on(struct checkpoint_options *c, const char *name, char *arg);
bool	checkpoint_option_keep(struct checkpoint_options *c, const char *name,
	    const char *arg);
bool	checkpoint_option_replicate(struct checkpoint_options *c, const char *name, char *arg);
bool	checkpoint_option_standby(struct checkpoint_options *c, const char *name, char *arg);
bool	checkpoint_options_consistent(const struct options *o);

#endif
