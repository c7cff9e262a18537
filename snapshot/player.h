/*
 * snapshot/player.h - runs a journal again
 *
 *	p = player_new(path, log);
 *	player_config(p, &cfg);		what to make the machine of
 *	m = machine_new(&cfg);		in player_dir(), relative names are from there
 *	player_attach(p, m)		checks files, sets the tape
 *	end = machine_run(m)		until it ends
 *	player_finish(p, end)		was it the same run?
 *
 * At each recorded digest the machine is compared with it; the first difference
 * stops the machine.
 */
#ifndef SNAPSHOT_PLAYER_H
#define SNAPSHOT_PLAYER_H

#include "base/hash.h"
#include "hw/machine.h"

struct journal;
struct player;

enum player_verdict {
	PLAYER_SAME,		/* to the recorded end */
	PLAYER_CUT,		/* the same as far as the journal goes: the recording
				 * was killed */
	PLAYER_LEFT,		/* somebody ended the replay before; the same so far */
	PLAYER_DIVERGED
};

/* NULL after a message on log. */
struct player *player_new(const char *path, struct log *log);
/* Takes j over, also when it fails; name is for messages and must stay. */
struct player *player_new_journal(struct journal *j, const char *name, struct log *log);
void	player_free(struct player *p);

/* Over what is in cfg; its strings belong to the player. */
bool	player_config(struct player *p, struct machine_config *cfg) MUST_CHECK;
/* Directory in which the recording was made. */
const char *player_dir(const struct player *p);
/* false after a message that names the file that is not what it was. */
bool	player_attach(struct player *p, struct machine *m) MUST_CHECK;

/* Snapshots that were loaded are loaded again by fn: false after a message when
 * the file is not there or not what h says. */
void	player_set_loader(struct player *p,
	    bool (*fn)(void *arg, const char *path, struct hash128 h), void *arg);

/* Called when the replay has gone back, as the recorded run did. */
void	player_on_back(struct player *p, void (*fn)(void *arg), void *arg);
/* The recorded run went back somewhere. */
bool	player_goes_back(const struct player *p);

/* Where the recording ends. */
uint64_t player_last_cycle(const struct player *p);
/* The i-th input of the journal; false when there are not so many. */
struct player_input {
	uint64_t		cycle;
	enum machine_source	source;
	const uint8_t		*payload;
	size_t			n;
};
bool	player_input(const struct player *p, size_t i, struct player_input *in);
/* The machine has stopped because the journal is at its end, or differs. */
bool	player_stopped(const struct player *p);
/* After machine_run(): end is what it returned.  Messages on the log. */
enum player_verdict player_finish(struct player *p, enum machine_end end);
/* How the recorded run ended, when player_finish() says PLAYER_SAME. */
enum machine_end player_recorded_end(const struct player *p, uint32_t *exit_status);

#endif
