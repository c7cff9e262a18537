/*
 * ui/net_user.c - a network by libslirp: a router, DHCP and DNS at 10.0.2.x, and
 * this host's sockets behind it
 *
 * libslirp's clock is the machine's, so that its time-outs are the guest's.  It is
 * told of the guest's frames when they are sent and of its sockets when the machine
 * polls; what it answers waits in the queue of ui/net.c.
 */
#include "ui/net.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/options.h"

#include "config.h"

#ifdef HAVE_SLIRP

#include <arpa/inet.h>
#include <libslirp.h>

#define NS_PER_MS	1000000
#define TIMERS		8
/* After an exchange of packets another one may follow: so long, in host time that
 * the machine's idle time follows. */
#define RECENT_NS	1000000000u

struct user_timer {
	SlirpTimerCb	fn;
	void		*opaque;
	int64_t		when_ms;	/* -1: not set */
	bool		used;
};

struct net_user {
	struct net	*net;
	Slirp		*slirp;
	SlirpCb		cb;
	struct user_timer timer[TIMERS];
	struct pollfd	*fd;
	unsigned	fds, room;
	unsigned	listeners;	/* of hostfwd */
	bool		restricted;
	uint64_t	last;		/* time of the last frame either way */
	bool		any;		/* there was one */
};

/* --- what libslirp asks for --- */

static ssize_t
user_to_guest(const void *buf, size_t n, void *opaque)
{
	struct net_user *u = opaque;

	net_arrived(u->net, buf, n);
	u->last = net_now(u->net);
	u->any = true;
	return (ssize_t)n;
}

/* What guests send is not always what it should be; that is theirs. */
static void
user_guest_error(const char *msg, void *opaque)
{
	(void)msg;
	(void)opaque;
}

static int64_t
user_clock(void *opaque)
{
	const struct net_user *u = opaque;

	return (int64_t)net_now(u->net);
}

static void *
user_timer_new(SlirpTimerCb fn, void *cb_opaque, void *opaque)
{
	struct net_user *u = opaque;
	unsigned i;

	for (i = 0; i < TIMERS; i++) {
		if (u->timer[i].used)
			continue;
		u->timer[i] = (struct user_timer){ fn, cb_opaque, -1, true };
		return &u->timer[i];
	}
	return NULL;
}

static void
user_timer_free(void *timer, void *opaque)
{
	struct user_timer *t = timer;

	(void)opaque;
	if (t)
		t->used = false;
}

static void
user_timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
	struct user_timer *t = timer;

	(void)opaque;
	if (t)
		t->when_ms = expire_ms;
}

static void
user_fd(int fd, void *opaque)
{
	(void)fd;
	(void)opaque;
}

static void
user_notify(void *opaque)
{
	(void)opaque;
}

/* --- sockets --- */

static int
user_add_fd(int fd, int events, void *opaque)
{
	struct net_user *u = opaque;
	unsigned room = u->room ? 2 * u->room : 16;
	short want = 0;
	void *more;

	if (u->fds == u->room) {
		more = realloc(u->fd, room * sizeof(*u->fd));
		if (!more)
			return -1;
		u->fd = more;
		u->room = room;
	}
	want |= events & SLIRP_POLL_IN ? POLLIN : 0;
	want |= events & SLIRP_POLL_OUT ? POLLOUT : 0;
	want |= events & SLIRP_POLL_PRI ? POLLPRI : 0;
	u->fd[u->fds] = (struct pollfd){ fd, want, 0 };
	return (int)u->fds++;
}

static int
user_events(int i, void *opaque)
{
	const struct net_user *u = opaque;
	short got;

	if (i < 0 || (unsigned)i >= u->fds)
		return 0;
	got = u->fd[i].revents;
	return (got & POLLIN ? SLIRP_POLL_IN : 0) | (got & POLLOUT ? SLIRP_POLL_OUT : 0) |
	    (got & POLLPRI ? SLIRP_POLL_PRI : 0) | (got & POLLERR ? SLIRP_POLL_ERR : 0) |
	    (got & POLLHUP ? SLIRP_POLL_HUP : 0);
}

static void
user_list_fds(struct net_user *u)
{
	uint32_t timeout = UINT32_MAX;

	u->fds = 0;
	slirp_pollfds_fill(u->slirp, &timeout, user_add_fd, u);
}

static unsigned
user_fds(void *arg, struct pollfd *p, unsigned room)
{
	struct net_user *u = arg;
	unsigned n;

	user_list_fds(u);
	n = u->fds < room ? u->fds : room;
	if (n)
		memcpy(p, u->fd, n * sizeof(*p));
	return n;
}

static void
user_run_timers(struct net_user *u)
{
	int64_t now = user_clock(u) / NS_PER_MS;
	unsigned i;

	for (i = 0; i < TIMERS; i++) {
		struct user_timer *t = &u->timer[i];

		if (!t->used || t->when_ms < 0 || now < t->when_ms)
			continue;
		t->when_ms = -1;
		t->fn(t->opaque);
	}
}

static void
user_poll(void *arg)
{
	struct net_user *u = arg;
	int n;

	user_list_fds(u);
	n = u->fds ? poll(u->fd, u->fds, 0) : 0;
	slirp_pollfds_poll(u->slirp, n < 0, user_events, u);
	user_run_timers(u);
}

static void
user_send(void *arg, const uint8_t *frame, size_t n)
{
	struct net_user *u = arg;

	u->last = net_now(u->net);
	u->any = true;
	slirp_input(u->slirp, frame, (int)n);
}

/* Somebody outside may answer: a socket is open besides those that wait for
 * clients, or there was a packet a moment ago. */
static bool
user_attended(void *arg)
{
	struct net_user *u = arg;

	if (u->fds > u->listeners)
		return true;
	return u->any && net_now(u->net) - u->last < RECENT_NS;
}

static void
user_free(void *arg)
{
	struct net_user *u = arg;

	if (u->slirp)
		slirp_cleanup(u->slirp);
	free(u->fd);
	free(u);
}

/* --- hostfwd=tcp:[HOST]:PORT-[GUEST]:PORT --- */

struct forward {
	bool		udp;
	struct in_addr	host, guest;
	int		host_port, guest_port;
};

/* "[HOST]:PORT" in s, which is cut. */
static bool
forward_end(char *s, struct in_addr *host, int *port)
{
	char *colon = strchr(s, ':'), *end;
	long n;

	if (!colon)
		return false;
	*colon = '\0';
	if (*s && inet_pton(AF_INET, s, host) != 1)
		return false;
	errno = 0;
	n = strtol(colon + 1, &end, 10);
	*port = (int)n;
	return end != colon + 1 && !*end && !errno && n > 0 && n < 65536;
}

/* Without both, only the end that is this host's.  NULL, or what is wrong. */
static const char *
forward_parse(struct forward *f, const char *text, bool both)
{
	char copy[128], *to;
	bool ok;

	*f = (struct forward){ .udp = !strncmp(text, "udp:", 4) };
	if (!f->udp && strncmp(text, "tcp:", 4) && text[0] != ':')
		return "begins with neither tcp: nor udp:";
	ok = (size_t)snprintf(copy, sizeof(copy), "%s", text + (text[0] == ':' ? 1 : 4)) <
	    sizeof(copy);
	to = both ? strchr(copy, '-') : NULL;
	if (to)
		*to++ = '\0';
	if (!ok || (both && !to) || !forward_end(copy, &f->host, &f->host_port) ||
	    (both && !forward_end(to, &f->guest, &f->guest_port)))
		return both ? "not like tcp:[HOST]:PORT-[GUEST]:PORT" : "not like tcp:[HOST]:PORT";
	return NULL;
}

static const char *
user_forward(void *arg, const char *text, bool add)
{
	struct net_user *u = arg;
	struct forward f;
	const char *why = forward_parse(&f, text, add);

	if (why)
		return why;
	if (add) {
		if (slirp_add_hostfwd(u->slirp, f.udp, f.host, f.host_port, f.guest,
		    f.guest_port) < 0)
			return strerror(errno);
		u->listeners++;
		return NULL;
	}
	if (slirp_remove_hostfwd(u->slirp, f.udp, f.host, f.host_port) < 0)
		return "there is no such forwarding";
	u->listeners--;
	return NULL;
}

static void
user_describe(void *arg, char *buf, size_t n)
{
	const struct net_user *u = arg;

	snprintf(buf, n, "user, net=10.0.2.0/24,restrict=%s, %u hostfwd",
	    u->restricted ? "on" : "off", u->listeners);
}

/* --- from beginning to end --- */

static SlirpConfig
user_config(const struct net_options *o)
{
	SlirpConfig c = { .version = 1, .restricted = o->restricted, .in_enabled = true,
		.in6_enabled = true, .vprefix_len = 64, .vhostname = o->hostname,
		.tftp_path = o->tftp, .bootfile = o->bootfile };

	c.vnetwork.s_addr = htonl(0x0a000200);
	c.vnetmask.s_addr = htonl(0xffffff00);
	c.vhost.s_addr = htonl(0x0a000202);
	c.vnameserver.s_addr = htonl(0x0a000203);
	c.vdhcp_start.s_addr = htonl(0x0a00020f);
	inet_pton(AF_INET6, "fec0::", &c.vprefix_addr6);
	inet_pton(AF_INET6, "fec0::2", &c.vhost6);
	inet_pton(AF_INET6, "fec0::3", &c.vnameserver6);
	return c;
}

bool
net_user_open(struct net *n, const struct net_options *o, struct net_ops *ops, void **arg)
{
	struct net_user *u = calloc(1, sizeof(*u));
	SlirpConfig c = user_config(o);
	const char *why;
	unsigned i;

	if (!u)
		return option_bad("-nic", "user", strerror(ENOMEM));
	*ops = (struct net_ops){ .send = user_send, .fds = user_fds, .poll = user_poll,
		.attended = user_attended, .forward = user_forward, .describe = user_describe,
		.free = user_free };
	*arg = u;
	u->net = n;
	u->restricted = o->restricted;
	u->cb = (SlirpCb){ .send_packet = user_to_guest, .guest_error = user_guest_error,
		.clock_get_ns = user_clock, .timer_new = user_timer_new,
		.timer_free = user_timer_free, .timer_mod = user_timer_mod,
		.register_poll_fd = user_fd, .unregister_poll_fd = user_fd,
		.notify = user_notify };
	u->slirp = slirp_new(&c, &u->cb, u);
	if (!u->slirp)
		return option_bad("-nic", "user", "libslirp does not start");
	for (i = 0; i < o->forwards; i++) {
		why = user_forward(u, o->forward[i], true);
		if (why)
			return option_bad("-nic hostfwd", o->forward[i], why);
	}
	return true;
}

#else

bool
net_user_open(struct net *n, const struct net_options *o, struct net_ops *ops, void **arg)
{
	(void)n;
	(void)o;
	(void)ops;
	(void)arg;
	return option_bad("-nic", "user", "this ringlab was built without libslirp (Debian's "
	    "package libslirp-dev)");
}

#endif
