/*
 * lab/checkpoint_class.c - frames of every class through many rollbacks
 */
#include <stdio.h>
#include <string.h>

#include "lab/checkpoint_priv.h"

#define SHOWN		(OUTBUF_SERIAL + 1)	/* classes; "other" has no frames */
#define CLIENTS		4u
#define STOCK		1000000u

static const struct column class_columns[] = {
	{ "held", NULL, 0 }, { "class", NULL, 0 }, { "made", NULL, 0 }, { "left", NULL, 0 },
	{ "early", NULL, 0 }, { "taken_back", NULL, 0 }, { "lost", NULL, 0 }
};
static const struct column end_columns[] = {
	{ "held", NULL, 0 }, { "rollbacks", NULL, 0 }, { "replies_seen", NULL, 0 },
	{ "replies_denied", NULL, 0 }, { "names_outside", NULL, 0 }, { "names_denied", NULL, 0 }
};

struct class_count {
	uint64_t	made, left, early, taken_back, lost;
};

/* One kind of output buffer. */
struct course {
	enum outbuf_hold	hold;
	struct class_count	count[SHOWN];
	uint64_t		seen, denied, names, names_denied;
};

/* A frame of some kind each half to one and a half milliseconds. */
static void
plan(struct shop *s, struct lab_random *rnd, uint32_t *serial, uint64_t until)
{
	static const enum msg_op ops[] = { MSG_BUY, MSG_PAY, MSG_UPDATE };
	uint64_t at = shop_now(s);

	while ((at += MS / 4 + lab_random(rnd, MS / 2)) < until) {
		struct msg m = { .magic = MSG_MAGIC, .op = ops[lab_random(rnd, 3)], .number = 1 };
		enum wire_kind kind = (enum wire_kind)lab_random(rnd, 4);

		m.client = (unsigned)lab_random(rnd, CLIENTS);
		m.serial = ++*serial;
		shop_send(s, at, kind, m.client, &m);
	}
}

static bool
roll(struct lab_run *r, struct shop *s)
{
	uint64_t every = lab_number(r, "every"), n = lab_number(r, "rollbacks"), i, until;
	struct lab_random rnd;
	uint32_t serial = 0;

	lab_random_init(&rnd, r->seed);
	for (i = 0; i < n; i++) {
		until = shop_now(s) + every / 4 + lab_random(&rnd, 2 * every);
		plan(s, &rnd, &serial, until);
		if (!shop_run_to(s, until) || !shop_crash(s))
			return false;
	}
	plan(s, &rnd, &serial, shop_now(s) + every);
	return shop_run_to(s, shop_now(s) + 2 * every) && shop_commit(s) && shop_dump(s);
}

static void
count(struct course *c, const struct shop *s)
{
	size_t i;

	for (i = 0; i < s->sents; i++) {
		const struct sent *p = &s->sent[i];
		struct class_count *k = &c->count[p->class];

		k->made++;
		k->left += p->fate == SENT_LEFT;
		k->lost += p->fate == SENT_LOST;
		k->early += p->early;
		k->taken_back += p->retracted;
		if (p->fate != SENT_LEFT || !p->has_msg)
			continue;
		if (p->msg.op == MSG_TOLD) {
			c->names++;
			c->names_denied += !shop_remembers_name(s, p->msg.serial);
		} else {
			c->seen++;
			c->denied += !shop_remembers_reply(s, &p->msg);
		}
	}
}

static bool
one_course(struct lab_run *r, struct course *c)
{
	struct shop_config how = checkpoint_shop(r, lab_number(r, "every"), c->hold);
	struct shop s;
	bool ok;

	how.stock = STOCK;
	ok = shop_open(&s, r, &how) && roll(r, &s);
	if (ok)
		count(c, &s);
	shop_close(&s);
	return ok;
}

static void
put_rows(struct table *classes, struct table *ends, const struct lab_run *r,
    const struct course *c)
{
	unsigned i;

	for (i = 0; i < SHOWN; i++) {
		const struct class_count *k = &c->count[i];

		if (i == OUTBUF_OTHER)
			continue;
		table_text(classes, checkpoint_hold_name(c->hold));
		table_text(classes, outbuf_class_name((enum outbuf_class)i));
		table_number(classes, (int64_t)k->made);
		table_number(classes, (int64_t)k->left);
		table_number(classes, (int64_t)k->early);
		table_number(classes, (int64_t)k->taken_back);
		table_number(classes, (int64_t)k->lost);
	}
	table_text(ends, checkpoint_hold_name(c->hold));
	table_number(ends, (int64_t)lab_number(r, "rollbacks"));
	table_number(ends, (int64_t)c->seen);
	table_number(ends, (int64_t)c->denied);
	table_number(ends, (int64_t)c->names);
	table_number(ends, (int64_t)c->names_denied);
}

/* Those of a course that were taken back, in words; false: some class was not. */
static bool
taken_back(const struct course *c, uint64_t *sum, char *text, size_t room)
{
	bool all = true;
	size_t n = 0;
	unsigned i;

	*sum = 0;
	*text = '\0';
	for (i = 0; i < SHOWN; i++) {
		if (i == OUTBUF_OTHER || (c->hold == OUTBUF_TCP_ONLY && i == OUTBUF_TCP))
			continue;
		*sum += c->count[i].taken_back;
		all = all && c->count[i].taken_back;
		if (n < room)
			n += (size_t)snprintf(text + n, room - n, " %s %llu",
			    outbuf_class_name((enum outbuf_class)i),
			    (unsigned long long)c->count[i].taken_back);
	}
	return all;
}

static void
judge(struct lab_run *r, const struct course *c)
{
	char all[128], tcp[128], none[128];
	uint64_t sum[3];
	bool some;

	(void)taken_back(&c[0], &sum[0], all, sizeof(all));
	some = taken_back(&c[1], &sum[1], tcp, sizeof(tcp));
	some = taken_back(&c[2], &sum[2], none, sizeof(none)) && some;
	if (!sum[0] && some && !c[0].denied && c[2].denied)
		result_finding(r->result, "1h.1", VERDICT_HOLDS_IF,
		    "output of every class is held until its epoch is committed",
		    "taken back with all: 0 of every class; tcp:%s; none:%s; replies that "
		    "clients saw and the server "
		    "denies: %llu, %llu, %llu", tcp, none, (unsigned long long)c[0].denied,
		    (unsigned long long)c[1].denied, (unsigned long long)c[2].denied);
	else
		result_finding(r->result, "1h.1", VERDICT_FAILS, "the table `classes'",
		    "taken back with all:%s; tcp:%s; none:%s", all, tcp, none);
}

static void
judge_names(struct lab_run *r, const struct course *c)
{
	bool ok = c[0].names && !c[0].names_denied && c[1].names_denied;

	result_finding(r->result, "1h.2", ok ? VERDICT_HOLDS : VERDICT_FAILS,
	    ok ? "" : "the table `denied'", "names the outside server was told, and of these "
	    "the guest knows nothing "
	    "of: all held %llu and %llu; only TCP held %llu and %llu",
	    (unsigned long long)c[0].names,
	    (unsigned long long)c[0].names_denied, (unsigned long long)c[1].names,
	    (unsigned long long)c[1].names_denied);
}

bool
checkpoint_classes(struct lab_run *r)
{
	static const enum outbuf_hold holds[] = { OUTBUF_ALL, OUTBUF_TCP_ONLY, OUTBUF_NOTHING };
	struct table *classes = result_table(r->result, "classes", "What left before its epoch "
	    "was committed (early), "
	    "and what of it was taken back", class_columns, ARRAY_SIZE(class_columns));
	struct table *ends = result_table(r->result, "denied", "What somebody outside was told "
	    "and the server that is "
	    "left denies", end_columns, ARRAY_SIZE(end_columns));
	struct course c[ARRAY_SIZE(holds)];
	unsigned i;

	memset(c, 0, sizeof(c));
	for (i = 0; i < ARRAY_SIZE(holds); i++) {
		lab_progress(r, "rollbacks with output buffer %s", checkpoint_hold_name(holds[i]));
		c[i].hold = holds[i];
		if (!one_course(r, &c[i]))
			return false;
		put_rows(classes, ends, r, &c[i]);
	}
	judge(r, c);
	judge_names(r, c);
	return true;
}
