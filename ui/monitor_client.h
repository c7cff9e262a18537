/*
 * ui/monitor_client.h - one conversation with the monitor
 *
 * Bytes come in and become lines, answers wait in a buffer until the owner has
 * passed them on.  Lines are executed when the owner says so.  A client that
 * takes no answers costs memory up to a bound, and then its conversation.
 */
#ifndef UI_MONITOR_CLIENT_H
#define UI_MONITOR_CLIENT_H

#include "ui/monitor.h"

#define MONITOR_ANSWERS	(16u << 20)	/* bytes that may wait */

struct monitor_client {
	struct monitor	*mon;
	bool		prompts;	/* after each answer */
	bool		at_prompt;	/* that was the last thing said */
	bool		eof;		/* no more input */
	bool		lost;		/* nobody reads: answers are thrown away */
	bool		overrun;	/* it does not read: hang up */
	bool		skipping;	/* to the end of a line that is too long */
	size_t		in_len;
	char		in[MONITOR_LINE];
	char		*out;
	size_t		out_start, out_len, out_room;
};

/* Says the first prompt. */
void	monitor_client_init(struct monitor_client *c, struct monitor *mon, bool prompts);
void	monitor_client_fini(struct monitor_client *c);

/* Takes up to n bytes; returns how many. */
size_t	monitor_client_feed(struct monitor_client *c, const uint8_t *buf, size_t n);
static inline bool
monitor_client_has_room(const struct monitor_client *c)
{
	return c->in_len < sizeof(c->in) && !c->eof;
}
void	monitor_client_eof(struct monitor_client *c);
/* A line waits to be executed. */
bool	monitor_client_pending(const struct monitor_client *c);
/* Executes one. */
void	monitor_client_serve(struct monitor_client *c);

/* What waits for the client, *n bytes, and how many of them it took. */
const char *monitor_client_answer(const struct monitor_client *c, size_t *n);
void	monitor_client_taken(struct monitor_client *c, size_t n);
/* Nobody reads any more. */
void	monitor_client_lost(struct monitor_client *c);
/* Leaves the line with the prompt. */
void	monitor_client_bye(struct monitor_client *c);
/* All is said. */
bool	monitor_client_done(const struct monitor_client *c);

#endif
