/*
 * ui/checkpoint_options.h - the options of checkpoints
 */
#ifndef UI_CHECKPOINT_OPTIONS_H
#define UI_CHECKPOINT_OPTIONS_H

#include "snapshot/checkpoint.h"

#define CHECKPOINT_KEEP	4u	/* on disk, unless something else was said */

struct checkpoint_options {
	uint64_t		every;		/* 0: none */
	enum outbuf_hold	hold;
	bool			hold_given;
	unsigned		on;		/* CHECKPOINT_ON_ */
	const char		*panic;		/* NULL: Linux's text */
	const char		*dir, *resume;	/* NULL: none */
	unsigned		keep;		/* 0: CHECKPOINT_KEEP */
};

struct options;

/* Each false after a message. */
bool	checkpoint_option_every(struct checkpoint_options *c, const char *name, uint64_t ns);
bool	checkpoint_option_buffer(struct checkpoint_options *c, const char *name,
	    const char *arg);
bool	checkpoint_option_on(struct checkpoint_options *c, const char *name, char *arg);
bool	checkpoint_option_keep(struct checkpoint_options *c, const char *name,
	    const char *arg);
bool	checkpoint_options_consistent(const struct options *o);

#endif
