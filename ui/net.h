/*
 * ui/net.h - what the machine's network cards are plugged into
 *
 * A struct net is the other end of one card's cable: frames the guest sends go to
 * a back end, what comes from there waits in a queue until the card takes it, and
 * a pcap file hears both, in virtual time.  In a replay there is no back end: the
 * journal has what came.
 */
#ifndef UI_NET_H
#define UI_NET_H

#include <poll.h>

#include "hw/machine.h"
#include "ui/endpoint.h"

#define NET_FORWARDS	16
#define NET_FDS		64	/* of one card, that a sleeping machine is woken by */
#define NET_TEXT	256	/* of a line about one */

enum net_kind { NET_NONE, NET_USER, NET_STREAM, NET_REPLAY };

/* One -nic. */
struct net_options {
	enum net_kind	kind;
	const char	*id;		/* NULL: nic and its number */
	const char	*pcap;		/* file, or NULL */
	const char	*forward[NET_FORWARDS];
	unsigned	forwards;
	const char	*hostname, *tftp, *bootfile;
	bool		restricted;
	bool		server;
	const char	*address;	/* addr.type= */
	struct endpoint	at;
	uint32_t	reconnect_ms;	/* 0: never */
};

/* Fills o and nic, number i, from the argument of -nic, which it cuts.  "none" and
 * "replay" leave nic absent.  False after a message. */
bool	net_options_parse(struct net_options *o, struct machine_nic *nic, unsigned i,
	    char *arg) MUST_CHECK;

struct net;

/* A back end; each may be NULL. */
struct net_ops {
	void		(*send)(void *arg, const uint8_t *frame, size_t n);
	/* What to wait for, up to room. */
	unsigned	(*fds)(void *arg, struct pollfd *p, unsigned room);
	/* Takes what has come: net_arrived(). */
	void		(*poll)(void *arg);
	bool		(*attended)(void *arg);
	/* hostfwd= while it runs; NULL, or what is wrong. */
	const char	*(*forward)(void *arg, const char *rule, bool add);
	/* What was sent leaves now, as far as it can. */
	void		(*flush)(void *arg);
	/* A few words about it. */
	void		(*describe)(void *arg, char *buf, size_t n);
	void		(*free)(void *arg);
};

/* Puts itself into nic->out and nic->in.  NULL after a message. */
struct net *net_new(const struct net_options *o, struct machine_nic *nic, unsigned i);
void	net_free(struct net *n);
unsigned net_fds(struct net *n, struct pollfd *p, unsigned room);
/* Between instructions: takes what has come and offers it to m. */
void	net_poll(struct net *n, struct machine *m);
void	net_flush(struct net *n);
/* For a machine that another one is for now: what has come is not for it.  Who says
 * that he has its address is remembered. */
void	net_silence(struct net *n);
/* The machine is here now: switches and neighbours hear of it. */
void	net_announce(struct net *n);
bool	net_attended(const struct net *n);
const char *net_id(const struct net *n);
/* Its back end knows hostfwd. */
bool	net_forwards(const struct net *n);
/* As net_ops.forward. */
const char *net_forward(struct net *n, const char *rule, bool add);
/* For people, a line at a time. */
void	net_describe(struct net *n, void (*line)(void *arg, const char *text), void *arg);

/* --- for back ends --- */

void	net_arrived(struct net *n, const uint8_t *frame, size_t len);
/* So many more find room in the queue. */
unsigned net_room(const struct net *n);
/* The cable is plugged in, or not any more. */
void	net_link(struct net *n, bool up);
uint64_t net_now(const struct net *n);	/* machine_outside() */

/* ui/net_user.c, ui/net_stream.c: fill *ops and *arg; false after a message. */
bool	net_user_open(struct net *n, const struct net_options *o, struct net_ops *ops,
	    void **arg) MUST_CHECK;
bool	net_stream_open(struct net *n, const struct net_options *o, struct net_ops *ops,
	    void **arg) MUST_CHECK;

#endif
