/*
 * ui/standby.c - a run that waits for another to die
 *
 * The machine is made and its cables are plugged in, but nothing it hears is for it
 * and it says nothing.  What it could be is tried with the first epoch, while there is
 * somebody who can be told that it cannot.
 */
#include "ui/standby.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hw/machine_state.h"
#include "snapshot/standby.h"
#include "ui/net.h"

/* Signals are looked at so often. */
#define LOOK_MS		50

static bool
say_failed(const char *what, const struct snapshot_error *e)
{
	fprintf(stderr, "ringlab: --standby: %s%s\n", what, e->text);
	return false;
}

/* --- the primary --- */

static int
wait_for_primary(const struct endpoint *at)
{
	struct pollfd p = { .events = POLLIN };
	char name[NET_TEXT];
	const char *why;
	int fd = -1;

	endpoint_print(at, name, sizeof(name));
	p.fd = endpoint_listen(at, &why);
	if (p.fd < 0) {
		(void)option_bad("--standby", name, why);
		return -1;
	}
	fprintf(stderr, "ringlab: standby at %s\n", name);
	while (fd < 0 && poll(&p, 1, -1) >= 0)
		fd = endpoint_accept(p.fd);
	close(p.fd);
	return fd;
}

/* Until the first epoch is there, which is the whole machine. */
static bool
hear_machine(struct ui *u)
{
	struct snapshot_error e;
	enum standby_state state;
	struct pollfd p = { .events = POLLIN };

	while ((state = standby_poll(u->standby, &e)) == STANDBY_GREETING) {
		p.fd = standby_fd(u->standby);
		(void)poll(&p, 1, LOOK_MS);
	}
	return state != STANDBY_FAILED || say_failed("", &e);
}

bool
standby_begin(struct ui *u)
{
	int fd = wait_for_primary(&u->o.checkpoint.listen);
	struct snapshot_error e;

	if (fd < 0)
		return false;
	u->checkpoint_dir = checkpoint_dir_in_memory("--standby", &e);
	u->standby = u->checkpoint_dir ? standby_new(fd, u->checkpoint_dir) : NULL;
	if (!u->standby) {
		fprintf(stderr, "ringlab: out of memory\n");
		return false;
	}
	return hear_machine(u);
}

/* --- waiting --- */

static void
hear_nothing(struct ui *u)
{
	unsigned i;

	for (i = 0; i < MACHINE_NICS; i++)
		if (u->net[i])
			net_silence(u->net[i]);
	stdio_poll(&u->line);
}

static void
wait_for_anything(struct ui *u)
{
	struct pollfd p[1 + MACHINE_NICS * NET_FDS];
	uint64_t ms = standby_patience(u->standby) / 1000000u + 1;
	unsigned n = 0, i;

	if (standby_fd(u->standby) >= 0)
		p[n++] = (struct pollfd){ standby_fd(u->standby), POLLIN, 0 };
	for (i = 0; i < MACHINE_NICS; i++)
		if (u->net[i])
			n += net_fds(u->net[i], p + n, NET_FDS);
	(void)poll(p, n, (int)(ms < LOOK_MS ? ms : LOOK_MS));
}

static bool
told_to_leave(struct ui *u)
{
	if (!u->line.quit && !u->line.signal)
		return false;
	standby_leave(u->standby);
	return true;
}

/* It can be loaded: then all that follow can be, as far as anybody knows. */
static bool
try_machine(struct ui *u)
{
	struct snapshot_error e;

	if (machine_freeze_disks(u->m, NULL) &&
	    checkpoint_dir_load(u->checkpoint_dir, u->m, &u->o.cfg, u->outbuf, &e)) {
		standby_accept(u->standby);
		return true;
	}
	standby_refuse(u->standby, e.text);
	return say_failed("", &e);
}

static bool
take_over(struct ui *u)
{
	const struct checkpoint_info *info = checkpoint_dir_info(u->checkpoint_dir);

	fprintf(stderr, "ringlab: the primary is silent: going on after epoch %" PRIu64
	    ", at cycle %" PRIu64 "\n", info->number, info->cycle);
	return true;
}

bool
standby_hold(struct ui *u)
{
	struct snapshot_error e;
	enum standby_state state;

	if (!try_machine(u))
		return false;
	while ((state = standby_poll(u->standby, &e)) == STANDBY_WAITING) {
		if (told_to_leave(u))
			return false;
		wait_for_anything(u);
		hear_nothing(u);
	}
	if (state == STANDBY_TAKE_OVER)
		return take_over(u);
	if (state == STANDBY_FAILED)
		return say_failed("", &e);
	fprintf(stderr, "ringlab: the primary's run has ended\n");
	u->standby_over = true;
	return false;
}

bool
standby_end(struct ui *u)
{
	unsigned i;

	for (i = 0; i < MACHINE_NICS; i++)
		if (u->net[i])
			net_announce(u->net[i]);
	return true;
}
