/*
 * ui/checkpoint_options.c - the options of checkpoints: how often, what waits for
 * them, what leads back, where they are kept
 */
#include "ui/checkpoint_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/standby.h"
#include "ui/options.h"

/* An epoch is long beside what its end costs, and a sum of two is a time. */
#define EVERY_MIN	10000u
#define EVERY_MAX	((uint64_t)1 << 50)
#define KEEP_MAX	1000u
/* What --replicate-to alone means. */
#define REPLICATE_EVERY	25000000u
#define LEASE		1000000000u
#define FAST_LEVEL	1

bool
checkpoint_option_every(struct checkpoint_options *c, const char *name, uint64_t ns)
{
	if (ns < EVERY_MIN || ns > EVERY_MAX)
		return option_bad(name, "", "not a time of 10us or more: 500us, 25ms, 1s");
	c->every = ns;
	return true;
}

bool
checkpoint_option_buffer(struct checkpoint_options *c, const char *name, const char *arg)
{
	c->hold_given = true;
	if (!strcmp(arg, "all"))
		c->hold = OUTBUF_ALL;
	else if (!strcmp(arg, "tcp"))
		c->hold = OUTBUF_TCP_ONLY;
	else if (!strcmp(arg, "none"))
		c->hold = OUTBUF_NOTHING;
	else
		return option_bad(name, arg, "there are all, tcp and none");
	return true;
}

/* panic=TEXT: what it says on a serial port or the console. */
static bool
panic_text(struct checkpoint_options *c, const char *name, const char *text)
{
	if (text && (!*text || strlen(text) > CHECKPOINT_PANIC_MAX))
		return option_bad(name, text, "a text of 1 to 64 characters, please");
	c->on |= CHECKPOINT_ON_PANIC;
	c->panic = text;
	return true;
}

bool
checkpoint_option_on(struct checkpoint_options *c, const char *name, char *arg)
{
	static const char *const known[] = { "triple-fault", "panic", "watchdog", NULL };
	char *key, *value;

	while (option_next(&arg, &key, &value)) {
		if (!value && !strcmp(key, "triple-fault"))
			c->on |= CHECKPOINT_ON_TRIPLE_FAULT;
		else if (!value && !strcmp(key, "watchdog"))
			c->on |= CHECKPOINT_ON_WATCHDOG;
		else if (strcmp(key, "panic"))
			return value ? option_bad_property(name, key, value) :
			    option_unknown(name, key, known);
		else if (!panic_text(c, name, value))
			return false;
	}
	return true;
}

bool
checkpoint_option_keep(struct checkpoint_options *c, const char *name, const char *arg)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end || n < 1 || n > KEEP_MAX)
		return option_bad(name, arg, "not a number from 1 to 1000");
	c->keep = (unsigned)n;
	return true;
}

static bool
replicate_property(struct checkpoint_options *c, const char *name, const char *key,
    const char *value)
{
	static const char *const known[] = { "lease", "compress", NULL };

	if (!strcmp(key, "lease"))
		return (value && option_time(value, &c->lease) && c->lease >= STANDBY_LEASE_MIN &&
		    c->lease <= STANDBY_LEASE_MAX) || option_bad_property(name, key, value);
	if (strcmp(key, "compress"))
		return option_unknown(name, key, known);
	c->level = value && !strcmp(value, "zlib") ? FAST_LEVEL : 0;
	return c->level || (value && !strcmp(value, "none")) ||
	    option_bad_property(name, key, value);
}

/* HOST:PORT[,lease=TIME][,compress=none|zlib] */
bool
checkpoint_option_replicate(struct checkpoint_options *c, const char *name, char *arg)
{
	char *rest = strchr(arg, ','), *key, *value;

	if (rest)
		*rest++ = '\0';
	if (endpoint_parse_tcp(&c->standby, arg))
		return option_bad(name, arg, "HOST:PORT of the standby, please");
	c->lease = LEASE;
	if (!c->every)
		c->every = REPLICATE_EVERY;
	while (rest && option_next(&rest, &key, &value))
		if (!replicate_property(c, name, key, value))
			return false;
	return true;
}

/* [[HOST]:]PORT */
bool
checkpoint_option_standby(struct checkpoint_options *c, const char *name, char *arg)
{
	if (*arg && strspn(arg, "0123456789") == strlen(arg))
		c->listen = (struct endpoint){ .host = "", .port = arg };
	else if (endpoint_parse_tcp(&c->listen, arg))
		return option_bad(name, arg, "a port or HOST:PORT to listen at, please");
	return true;
}

static bool
wrong(const char *text)
{
	fprintf(stderr, "ringlab: %s\n", text);
	return false;
}

static bool
has_user_net(const struct options *o)
{
	unsigned i;

	for (i = 0; i < o->nics; i++)
		if (o->net[i].kind == NET_USER)
			return true;
	return false;
}

static bool
replication_consistent(const struct options *o)
{
	const struct checkpoint_options *c = &o->checkpoint;

	if (!c->standby.port && !c->listen.port)
		return true;
	if (has_user_net(o))
		return wrong("--replicate-to, --standby: not with -nic user, whose connections "
		    "are those of its process and end with it; -nic stream to a ringlab hub "
		    "goes on");
	if (c->listen.port && (c->standby.port || c->resume))
		return wrong("--standby: not with --replicate-to or --resume");
	if (c->standby.port && c->hold_given && c->hold != OUTBUF_ALL)
		return wrong("--replicate-to needs --output-buffer=all: what left before the "
		    "standby has it, it would contradict");
	return true;
}

bool
checkpoint_options_consistent(const struct options *o)
{
	const struct checkpoint_options *c = &o->checkpoint;
	bool resumes = checkpoint_options_resume(c);

	if (!replication_consistent(o))
		return false;
	if (!c->every && !resumes && (c->hold_given || c->on || c->dir || c->keep))
		return wrong("--output-buffer, --rollback-on, --checkpoint-dir and "
		    "--checkpoint-keep need --checkpoint-every");
	if ((c->every || resumes) && o->replay)
		return wrong("--checkpoint-every: not with --replay, whose journal says where "
		    "the run went back");
	if ((c->standby.port || c->listen.port) && o->history)
		return wrong("--history: not with --replicate-to or --standby, who must not wait "
		    "for it; a recording can be replayed with one");
	if ((c->on & CHECKPOINT_ON_WATCHDOG) && !o->cfg.ib700 && !resumes)
		return wrong("--rollback-on watchdog needs one: -device ib700");
	if (c->keep && !c->dir && !c->resume)
		return wrong("--checkpoint-keep needs --checkpoint-dir");
	if (resumes && o->machine_option) {
		fprintf(stderr, "ringlab: -%s: not with --resume or --standby: what the machine is "
		    "has been said\n", o->machine_option);
		return false;
	}
	if (resumes && o->loadvm)
		return wrong("-loadvm: not with --resume or --standby: where the run goes on has "
		    "been said");
	if (c->resume && c->dir)
		return wrong("--checkpoint-dir: not with --resume, which goes on in its directory");
	if (c->listen.port && (c->dir || o->record))
		return wrong("--checkpoint-dir, --record: not with --standby");
	return true;
}
