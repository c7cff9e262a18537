/*
 * lab/checkpoint_book.c - one last book, two clients, and a failure in between
 *
 * Ann asks first and is served; the machine fails before that epoch is committed.  In
 * the new future Bob comes first, and Ann asks again.  Ann also registered a name, of
 * which an outside server is told by UDP; she does not do that again.
 */
#include <stdio.h>
#include <string.h>

#include "lab/checkpoint_priv.h"

enum { ANN, BOB };

struct scene {
	enum outbuf_hold	hold;
	enum wire_kind		wire;
};

static const struct scene scenes[] = {
	{ OUTBUF_ALL, WIRE_TCP }, { OUTBUF_TCP_ONLY, WIRE_TCP }, { OUTBUF_TCP_ONLY, WIRE_UDP },
	{ OUTBUF_NOTHING, WIRE_TCP }
};

/* What came of it. */
struct outcome {
	const char	*ann_first, *bob, *ann_again;
	unsigned	receipts, sold;
	unsigned	names_outside, names_inside;
};

static const struct column columns[] = {
	{ "held", NULL, 0 }, { "by", NULL, 0 }, { "ann_before", NULL, 0 }, { "bob_after", NULL, 0 },
	{ "ann_after", NULL, 0 }, { "receipts", NULL, 0 }, { "books_sold", NULL, 0 },
	{ "names_outside", NULL, 0 }, { "names_inside", NULL, 0 }
};

static void
ask(struct shop *s, uint64_t at, enum wire_kind wire, unsigned client, unsigned serial)
{
	struct msg m = { .magic = MSG_MAGIC, .op = MSG_BUY, .client = client, .serial = serial };

	shop_send(s, at, wire, client, &m);
}

/* What a client saw as the answer to one of its questions. */
static const char *
answer(const struct shop *s, unsigned client, unsigned serial)
{
	size_t i;

	for (i = 0; i < s->sents; i++) {
		const struct sent *p = &s->sent[i];

		if (p->fate == SENT_LEFT && p->has_msg && p->msg.op == MSG_BUY &&
		    p->msg.client == client && p->msg.serial == serial)
			return p->msg.answer ? "sold to you" : "sold out";
	}
	return "nothing";
}

static void
look(const struct shop *s, struct outcome *o)
{
	size_t i;

	o->ann_first = answer(s, ANN, 1);
	o->bob = answer(s, BOB, 1);
	o->ann_again = answer(s, ANN, 2);
	for (i = 0; i < s->sents; i++) {
		const struct sent *p = &s->sent[i];

		if (p->fate != SENT_LEFT || !p->has_msg)
			continue;
		o->receipts += p->msg.op == MSG_BUY && p->msg.answer;
		o->names_outside += p->msg.op == MSG_TOLD;
	}
	for (i = 0; i < s->rig.values; i++) {
		o->sold += s->rig.value[i].key == SERVER_KEY_REPLY && (s->rig.value[i].value & 1);
		o->names_inside += s->rig.value[i].key == SERVER_KEY_NAME;
	}
}

static bool
play(struct lab_run *r, const struct scene *sc, struct outcome *o)
{
	uint64_t every = lab_number(r, "every"), base;
	struct shop_config how = checkpoint_shop(r, every, sc->hold);
	struct msg name = { .magic = MSG_MAGIC, .op = MSG_UPDATE, .client = ANN, .serial = 7 };
	struct shop s;
	bool ok = shop_open(&s, r, &how);

	if (ok) {
		base = shop_now(&s);
		ask(&s, base + every / 8, sc->wire, ANN, 1);
		shop_send(&s, base + every / 4, WIRE_UDP, ANN, &name);
		ok = shop_run_to(&s, base + every / 2) && shop_crash(&s);
		ask(&s, base + every / 2 + every / 8, sc->wire, BOB, 1);
		ask(&s, base + every / 2 + every / 4, sc->wire, ANN, 2);
		ok = ok && shop_run_to(&s, base + 3 * every) && shop_commit(&s) && shop_dump(&s);
		look(&s, o);
	}
	shop_close(&s);
	return ok;
}

static void
put_row(struct table *t, const struct scene *sc, const struct outcome *o)
{
	table_text(t, checkpoint_hold_name(sc->hold));
	table_text(t, sc->wire == WIRE_TCP ? "tcp" : "udp");
	table_text(t, o->ann_first);
	table_text(t, o->bob);
	table_text(t, o->ann_again);
	table_number(t, o->receipts);
	table_number(t, o->sold);
	table_number(t, o->names_outside);
	table_number(t, o->names_inside);
}

/* Held: one receipt, and who was first in the lost future is told that it is sold
 * out.  Not held: two. */
static void
judge_book(struct lab_run *r, const struct outcome *o)
{
	const struct outcome *all = &o[0], *none = &o[3];
	bool ok = all->receipts == 1 && none->receipts == 2 && none->sold == 1;

	result_finding(r->result, "1g.2", ok ? VERDICT_HOLDS : VERDICT_FAILS,
	    ok ? "" : "the row of the table `book' with the other number of receipts",
	    "one book: held, %u receipt%s, Ann is told \"%s\" when she asks again; not held, "
	    "%u receipts, and Ann "
	    "was told \"%s\" before and \"%s\" after", all->receipts, all->receipts == 1 ? "" : "s",
	    all->ann_again, none->receipts, none->ann_first, none->ann_again);
}

bool
checkpoint_book(struct lab_run *r)
{
	struct table *t = result_table(r->result, "book", "The last book, and a name (Ann asks, "
	    "the machine fails, "
	    "Bob asks, Ann asks again)", columns, ARRAY_SIZE(columns));
	struct outcome o[ARRAY_SIZE(scenes)];
	unsigned i;

	memset(o, 0, sizeof(o));
	for (i = 0; i < ARRAY_SIZE(scenes); i++) {
		lab_progress(r, "the last book (%u of %u)", i + 1, (unsigned)ARRAY_SIZE(scenes));
		if (!play(r, &scenes[i], &o[i]))
			return false;
		put_row(t, &scenes[i], &o[i]);
	}
	judge_book(r, o);
	return true;
}
