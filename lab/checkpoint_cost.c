/*
 * lab/checkpoint_cost.c - what an epoch costs and delays, by its length
 */
#include <inttypes.h>

#include "lab/checkpoint_priv.h"

#define EPOCHS_MIN	4u		/* in a run */

static const uint32_t lengths[] = { 5, 10, 25, 50, 100, 250, 500, 1000 };	/* ms */
#define SHORT_LENGTHS	5u

/* One run of the sweep. */
struct cost {
	uint64_t	every, epochs;
	uint64_t	pages;		/* in all epochs */
	uint64_t	model;		/* pages of an epoch, tenths */
	uint64_t	delay, most;	/* mean and most of what waits, cycles */
	uint64_t	replies;	/* to the closed client */
	uint64_t	length;		/* of the run */
};

/* --- the clients --- */

struct clients {
	uint64_t		wire, until;
	struct lab_random	rnd;
	uint32_t		serial;
	uint64_t		delay, delayed, most, replies;
};

static void
ask_again(struct clients *c, struct shop *s, uint64_t at)
{
	struct msg m = { .magic = MSG_MAGIC, .op = MSG_PAY, .client = 0, .number = 1 };

	m.serial = ++c->serial;
	if (at < c->until)
		shop_send(s, at, WIRE_TCP, 0, &m);
}

/* One client asks when it has been answered; pings come as they like. */
static void
seen(void *arg, struct shop *s, const struct sent *what)
{
	struct clients *c = arg;
	uint64_t waited = what->left - what->made;

	if (what->class == OUTBUF_ICMP) {
		c->delay += waited;
		c->delayed++;
		c->most = waited > c->most ? waited : c->most;
	} else if (what->has_msg) {
		c->replies++;
		ask_again(c, s, shop_now(s) + 2 * c->wire);
	}
}

static void
plan_pings(struct clients *c, struct shop *s)
{
	uint64_t at;

	for (at = shop_now(s); at < c->until; at += MS / 2 + lab_random(&c->rnd, MS))
		shop_send(s, at, WIRE_PING, 1, NULL);
}

/* --- one run --- */

/* Of `set' pages written one by one at random: how many in n writes, in tenths.  p is
 * the share not yet written, in 2^-40. */
static uint64_t
model_pages(uint64_t set, uint64_t n)
{
	uint64_t one = (uint64_t)1 << 40, p = one;

	while (n-- && p)
		p -= p / set;
	return (uint64_t)(((unsigned __int128)set * 10 * (one - p)) >> 40);
}

static void
take_counts(struct cost *k, const struct clients *c, struct shop *s)
{
	struct checkpoints_stats st = { .epochs = 0 };

	if (s->c)
		checkpoints_get_stats(s->c, &st);
	k->epochs = st.epochs ? st.epochs - 1 : 0;	/* not the beginning */
	k->pages = st.pages;
	k->delay = c->delayed ? c->delay / c->delayed : 0;
	k->most = c->most;
	k->replies = c->replies;
}

static bool
one_run(struct lab_run *r, struct cost *k)
{
	struct clients c = { .wire = lab_number(r, "wire") };
	struct shop_config how = checkpoint_shop(r, k->every, OUTBUF_ALL);
	struct shop s;
	bool ok = shop_open(&s, r, &how);

	if (ok) {
		lab_random_init(&c.rnd, r->seed);
		c.until = shop_now(&s) + k->length;
		s.seen = seen;
		s.arg = &c;
		plan_pings(&c, &s);
		ask_again(&c, &s, shop_now(&s) + c.wire);
		ok = shop_run_to(&s, c.until);
		take_counts(k, &c, &s);
	}
	shop_close(&s);
	if (k->every)
		k->model = model_pages(how.set, k->every / how.gap);
	return ok;
}

/* --- tables and pictures --- */

static const struct column columns[] = {
	{ "T", "ms", 0 }, { "epochs", NULL, 0 }, { "pages", "per epoch", 1 },
	{ "model_pages", "per epoch", 1 }, { "stop_copy", "%", 2 }, { "first_write", "%", 2 },
	{ "delay", "ms", 3 }, { "delay_most", "ms", 3 }, { "replies", "1/s", 1 }
};
enum { COLUMNS = ARRAY_SIZE(columns) };

/* In hundredths of a per cent. */
static int64_t
overhead(const struct lab_run *r, const struct cost *k, bool first_write)
{
	uint64_t page = lab_number(r, "copy") + (first_write ? lab_number(r, "fault") : 0);
	uint64_t cycles = k->epochs * lab_number(r, "pause") + k->pages * page;

	return scaled((int64_t)cycles, 10000, (int64_t)(k->epochs * k->every));
}

/* What left is of the epochs that were committed. */
static int64_t
per_second(const struct cost *k)
{
	uint64_t length = k->every ? k->epochs * k->every : k->length;

	return scaled((int64_t)k->replies, 10000 * (int64_t)MS, (int64_t)length);
}

static void
put_row(struct table *t, const struct lab_run *r, const struct cost *k)
{
	table_number(t, (int64_t)(k->every / MS));
	table_number(t, (int64_t)k->epochs);
	table_number(t, scaled((int64_t)k->pages, 10, (int64_t)k->epochs));
	table_number(t, (int64_t)k->model);
	table_number(t, overhead(r, k, false));
	table_number(t, overhead(r, k, true));
	table_number(t, (int64_t)(k->delay / US));
	table_number(t, (int64_t)(k->most / US));
	table_number(t, per_second(k));
}

/* Others' overheads: Remus (Cully et al., NSDI 2008), kernel compile; the series is from
 * memory but for 20 a second.  VM-uCheckpoint: SPEC CINT2006, mean. */
static void
put_published(struct result *res, struct drawn *d)
{
	struct series *s = figure_series(res, d, SERIES_PUBLISHED, "published");

	series_point(s, 25, 10300, "Remus, 40/s (remembered)");
	series_point(s, 50, 5200, "Remus, 20/s");
	series_point(s, 100, 3100, "Remus, 10/s (remembered)");
	series_point(s, 50, 630, "VM-uCheckpoint");
}

static void
draw_overhead(struct lab_run *r, const struct cost *k, unsigned n)
{
	static const struct figure f = { .name = "overhead", .title = "Overhead against the "
	    "length of an epoch",
		.caption = "Fewer epochs copy a page that is written often less often. Once an "
		    "epoch is long enough to "
		"write the whole working set, twice the length is half the cost.",
		.xlabel = "length of an epoch, ms", .ylabel = "overhead, %", .ydecimals = 2,
		    .logx = true,
		.logy = true };
	struct drawn *d = result_figure(r->result, &f);
	struct series *stop = figure_series(r->result, d, SERIES_LINE, "stop and copy");
	struct series *first = figure_series(r->result, d, SERIES_LINE, "copy at first write");
	unsigned i;

	for (i = 0; i < n; i++) {
		series_point(stop, (int64_t)(k[i].every / MS), overhead(r, &k[i], false), NULL);
		series_point(first, (int64_t)(k[i].every / MS), overhead(r, &k[i], true), NULL);
	}
	put_published(r->result, d);
}

static void
draw_pages(struct lab_run *r, const struct cost *k, unsigned n)
{
	static const struct figure f = { .name = "pages", .title = "Dirty pages of an epoch",
		.caption = "The count bends where the guest comes back to pages it has written "
		    "already: set * (1 - (1 - "
		"1/set)^(T/gap)), and some pages of its own.", .xlabel = "length of an epoch, ms",
		.ylabel = "pages", .ydecimals = 1, .logx = true, .model_table = "epochs",
		    .model_x = "T",
		.model_y = "pages" };
	struct drawn *d = result_figure(r->result, &f);
	struct series *is = figure_series(r->result, d, SERIES_LINE, "measured");
	struct series *model = figure_series(r->result, d, SERIES_MODEL, "random writes");
	unsigned i;

	for (i = 0; i < n; i++) {
		series_point(is, (int64_t)(k[i].every / MS),
		    scaled((int64_t)k[i].pages, 10, (int64_t)k[i].epochs), NULL);
		series_point(model, (int64_t)(k[i].every / MS), (int64_t)k[i].model, NULL);
	}
}

static void
draw_delay(struct lab_run *r, const struct cost *k, unsigned n)
{
	static const struct figure f = { .name = "delay", .title = "How long replies wait",
		.caption = "A reply waits for the end of its epoch: those that come at any "
		    "moment half an epoch, "
		"at most a whole one.", .xlabel = "length of an epoch, ms", .ylabel = "ms",
		    .ydecimals = 3,
		.logx = true, .logy = true };
	struct drawn *d = result_figure(r->result, &f);
	struct series *mean = figure_series(r->result, d, SERIES_LINE, "mean");
	struct series *most = figure_series(r->result, d, SERIES_LINE, "most");
	struct series *model = figure_series(r->result, d, SERIES_MODEL, "T/2");
	unsigned i;

	for (i = 0; i < n; i++) {
		series_point(mean, (int64_t)(k[i].every / MS), (int64_t)(k[i].delay / US), NULL);
		series_point(most, (int64_t)(k[i].every / MS), (int64_t)(k[i].most / US), NULL);
		series_point(model, (int64_t)(k[i].every / MS), (int64_t)(k[i].every / 2 / US),
		    NULL);
	}
}

/* N/(RTT + wait) with a wait of half and of a whole epoch, tenths. */
static int64_t
model_replies(const struct lab_run *r, uint64_t wait)
{
	return (int64_t)(10000 * (uint64_t)MS / (2 * lab_number(r, "wire") + wait));
}

static void
draw_replies(struct lab_run *r, const struct cost *k, unsigned n)
{
	static const struct figure f = { .name = "replies", .title = "A client that asks again "
	    "when it is answered",
		.caption = "Replies leave together at the end of an epoch, so the next request "
		    "comes at the beginning of the "
		"next one and waits for nearly all of it: 1/T, not 1/(T/2).",
		.xlabel = "length of an epoch, ms", .ylabel = "replies per second",
		    .ydecimals = 1, .logx = true,
		.logy = true };
	struct drawn *d = result_figure(r->result, &f);
	struct series *is = figure_series(r->result, d, SERIES_LINE, "measured");
	struct series *half = figure_series(r->result, d, SERIES_MODEL, "1/(RTT + T/2)");
	struct series *whole = figure_series(r->result, d, SERIES_MODEL, "1/T");
	unsigned i;

	for (i = 0; i < n; i++) {
		series_point(is, (int64_t)(k[i].every / MS), per_second(&k[i]), NULL);
		series_point(half, (int64_t)(k[i].every / MS), model_replies(r,
		    k[i].every / 2), NULL);
		series_point(whole, (int64_t)(k[i].every / MS),
		    (int64_t)(10000 * (uint64_t)MS / k[i].every), NULL);
	}
}

bool
checkpoint_cost(struct lab_run *r)
{
	unsigned n = r->brief ? SHORT_LENGTHS : ARRAY_SIZE(lengths), i;
	struct cost k[ARRAY_SIZE(lengths)] = { { 0 } }, none = { .length = lab_number(r, "time") };
	struct table *t = result_table(r->result, "epochs", "Epochs of length T: pages, modelled "
	    "overhead, delay of output, replies to one client", columns, COLUMNS);
	char text[NUMBER_MAX];

	lab_progress(r, "no checkpoints");
	if (!one_run(r, &none))
		return false;
	for (i = 0; i < n; i++) {
		lab_progress(r, "epochs of %u ms (%u of %u)", lengths[i], i + 1, n);
		k[i].every = lengths[i] * (uint64_t)MS;
		k[i].length = none.length > EPOCHS_MIN * k[i].every ? none.length :
		    EPOCHS_MIN * k[i].every;
		k[i].length += k[i].every / 2;	/* the last epoch's end is in it */
		if (!one_run(r, &k[i]))
			return false;
		put_row(t, r, &k[i]);
	}
	draw_overhead(r, k, n);
	draw_pages(r, k, n);
	draw_delay(r, k, n);
	draw_replies(r, k, n);
	number_print(text, per_second(&none), 1);
	result_note(r->result, "Without checkpoints the closed client gets %s replies a second; "
	    "with them one "
	    "an epoch: it falls into step with the epochs and waits a whole one, where random "
	    "arrivals "
	    "wait half of one.", text);
	result_note(r->result, "Remus's overhead has page tables, the network and disk writes "
	    "in it; ours is a "
	    "model of copies alone. The shape is to be compared (falls with T, and slower "
	    "where the pages still grow), not the height.");
	return true;
}
