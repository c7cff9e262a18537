/*
 * lab/checkpoint_seeds.c - after a rollback: new inputs against the same ones
 *
 * One state, one last book, two clients.  What they were told in the future that is lost
 * is compared with what they are told when they come at other moments, and when their
 * frames are fed again at the instructions where they came.
 */
#include <inttypes.h>

#include "lab/checkpoint_priv.h"

#define WINDOW		(20 * MS)	/* in which both come */
#define LENGTH		(25 * MS)	/* of a future */
#define NO_COMMIT	(1000000 * (uint64_t)MS)
#define SHIFT		(7 * MS)	/* of the broken log */
#define CLIENTS		2u

/* What one future was. */
struct future {
	size_t		first, n;	/* in shop.sent */
	size_t		arrival;	/* the first of CLIENTS */
	uint64_t	base;
};

static const struct column columns[] = {
	{ "inputs", NULL, 0 }, { "futures", NULL, 0 }, { "answers_differ", NULL, 0 },
	{ "share", "%", 1 }, { "bytes_differ", NULL, 0 }, { "first_difference", NULL, 0 }
};

static void
come(struct shop *s, struct lab_random *rnd)
{
	unsigned i;

	for (i = 0; i < CLIENTS; i++) {
		struct msg m = { .magic = MSG_MAGIC, .op = MSG_BUY, .client = i, .serial = 1 };

		shop_send(s, shop_now(s) + lab_random(rnd, WINDOW), WIRE_TCP, i, &m);
	}
}

/* Runs what is planned, goes back. */
static bool
live(struct shop *s, struct future *f)
{
	f->base = shop_now(s);
	f->first = s->sents;
	f->arrival = s->arrivals - CLIENTS;
	if (!shop_run_to(s, f->base + LENGTH))
		return false;
	f->n = s->sents - f->first;
	return shop_crash(s);
}

static bool
new_future(struct shop *s, struct lab_random *rnd, struct future *f)
{
	come(s, rnd);
	return live(s, f);
}

static bool
same_future(struct shop *s, const struct future *was, uint64_t shift, struct future *f)
{
	struct arrival a;
	unsigned i;

	for (i = 0; i < CLIENTS; i++) {
		a = s->arrival[was->arrival + i];
		a.cycle += i ? 0 : shift;
		shop_repeat(s, &a);
	}
	return live(s, f);
}

/* The client that was told another thing than in the other future, or CLIENTS. */
static unsigned
other_answer(const struct shop *s, const struct future *a, const struct future *b)
{
	unsigned told[2][CLIENTS] = { { 0 } }, i;
	const struct future *f[2] = { a, b };
	size_t k;

	for (i = 0; i < 2; i++)
		for (k = f[i]->first; k < f[i]->first + f[i]->n; k++)
			if (s->sent[k].has_msg)
				told[i][s->sent[k].msg.client % CLIENTS] = s->sent[k].msg.answer;
	for (i = 0; i < CLIENTS && told[0][i] == told[1][i]; i++)
		;
	return i;
}

static bool
other_bytes(const struct shop *s, const struct future *a, const struct future *b)
{
	size_t k;

	if (a->n != b->n)
		return true;
	for (k = 0; k < a->n; k++)
		if (s->sent[a->first + k].hash != s->sent[b->first + k].hash)
			return true;
	return false;
}

struct arm {
	uint64_t	futures, answers, bytes;
	unsigned	who;
};

static void
compare(struct arm *arm, const struct shop *s, const struct future *a, const struct future *b)
{
	unsigned who = other_answer(s, a, b);

	arm->futures++;
	if (who < CLIENTS && !arm->answers++)
		arm->who = who;
	arm->bytes += other_bytes(s, a, b);
}

static bool
try_all(struct lab_run *r, struct shop *s, struct arm arm[2])
{
	uint64_t n = lab_number(r, "seeds"), shift = lab_is_broken(r, "log") ? SHIFT : 0, i;
	struct future lost, other, again;
	struct lab_random rnd;

	lab_random_init(&rnd, r->seed);
	if (!new_future(s, &rnd, &lost))
		return false;
	for (i = 0; i < n; i++) {
		if (i % 10 == 0)
			lab_progress(r, "arrivals %" PRIu64 " of %" PRIu64, i, n);
		lab_random_init(&rnd, r->seed + 1 + i);
		if (!new_future(s, &rnd, &other) || !same_future(s, &other, shift, &again))
			return false;
		compare(&arm[0], s, &lost, &other);
		compare(&arm[1], s, &other, &again);
	}
	return true;
}

static void
put_row(struct table *t, const char *name, const struct arm *a)
{
	table_text(t, name);
	table_number(t, (int64_t)a->futures);
	table_number(t, (int64_t)a->answers);
	table_number(t, scaled((int64_t)a->answers, 1000, (int64_t)a->futures));
	table_number(t, (int64_t)a->bytes);
	table_text(t, !a->answers ? "none" : a->who ? "the second client is told another answer" :
	    "the first client is told another answer");
}

static void
judge(struct lab_run *r, const struct arm arm[2])
{
	bool ok = arm[0].answers && !arm[1].answers && !arm[1].bytes;

	result_finding(r->result, "1g.1", ok ? VERDICT_HOLDS_IF : VERDICT_FAILS,
	    ok ? "the inputs are new; logged and fed again they lead to the lost output" :
	    "the table `futures', inputs that were logged",
	    "another answer in %" PRIu64 " of %" PRIu64 " futures with new inputs; with logged "
	    "inputs %" PRIu64
	    " of %" PRIu64 ", other bytes in %" PRIu64, arm[0].answers, arm[0].futures,
	    arm[1].answers, arm[1].futures, arm[1].bytes);
}

bool
checkpoint_seeds(struct lab_run *r)
{
	struct table *t = result_table(r->result, "futures", "One state, many futures: two "
	    "clients, one book",
	    columns, ARRAY_SIZE(columns));
	struct shop_config how = checkpoint_shop(r, NO_COMMIT, OUTBUF_ALL);
	struct arm arm[2] = { { 0 } };
	struct shop s;
	bool ok = shop_open(&s, r, &how) && try_all(r, &s, arm);

	shop_close(&s);
	if (!ok)
		return false;
	put_row(t, "new", &arm[0]);
	put_row(t, "logged", &arm[1]);
	judge(r, arm);
	return true;
}
