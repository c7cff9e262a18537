/*
 * lab/checkpoint_timeline.c - what is made, held, committed and lost over a few epochs
 */
#include "lab/checkpoint_priv.h"

#define EPOCHS		4u
#define ASK_EVERY	(2 * MS)
#define CRASH_AT	70u		/* per cent of the third epoch */

enum lane { LANE_LOST, LANE_LEFT, LANE_COMMITTED, LANE_MADE };

static const char *const lanes[] = { "lost", "left", "committed", "made", NULL };

static void
ask(struct shop *s, uint64_t from, uint64_t until)
{
	struct msg m = { .magic = MSG_MAGIC, .op = MSG_PAY, .number = 1 };

	for (; from < until; from += ASK_EVERY) {
		m.serial++;
		shop_send(s, from, WIRE_TCP, 0, &m);
	}
}

static void
draw(struct lab_run *r, const struct shop *s, uint64_t base, uint64_t crash)
{
	static const struct figure f = { .name = "timeline", .title = "Made, held, committed, "
	    "left, lost",
		.caption = "Replies leave when their epoch is committed. The machine fails in "
		    "the third epoch: what it "
		"made since the last commit is lost and was never seen; outside time goes on.",
		.xlabel = "outside time, ms", .ylabel = "", .xdecimals = 3, .lanes = lanes };
	struct drawn *d = result_figure(r->result, &f);
	struct series *made = figure_series(r->result, d, SERIES_POINTS, "made by the guest");
	struct series *commit = figure_series(r->result, d, SERIES_POINTS, "epoch committed");
	struct series *left = figure_series(r->result, d, SERIES_POINTS, "left");
	struct series *lost = figure_series(r->result, d, SERIES_POINTS, "lost in the rollback");
	struct series *back = figure_series(r->result, d, SERIES_PUBLISHED, "the machine fails");
	size_t i;

	for (i = 0; i < s->commits; i++)
		series_point(commit, (int64_t)((s->commit[i] - base) / US), LANE_COMMITTED, NULL);
	for (i = 0; i < s->sents; i++) {
		const struct sent *p = &s->sent[i];

		series_point(made, (int64_t)((p->made - base) / US), LANE_MADE, NULL);
		if (p->fate == SENT_LEFT)
			series_point(left, (int64_t)((p->left - base) / US), LANE_LEFT, NULL);
		else if (p->fate == SENT_LOST)
			series_point(lost, (int64_t)((crash - base) / US), LANE_LOST, NULL);
	}
	series_point(back, (int64_t)((crash - base) / US), LANE_COMMITTED, "fails, goes back");
}

bool
checkpoint_timeline(struct lab_run *r)
{
	uint64_t every = lab_number(r, "every"), base, crash;
	struct shop_config how = checkpoint_shop(r, every, OUTBUF_ALL);
	struct shop s;
	bool ok;

	lab_progress(r, "timeline");
	ok = shop_open(&s, r, &how);
	if (ok) {
		base = shop_now(&s);
		crash = base + 2 * every + every * CRASH_AT / 100;
		ask(&s, base + ASK_EVERY / 2, base + EPOCHS * every + every / 2);
		ok = shop_run_to(&s, crash) && shop_crash(&s) &&
		    shop_run_to(&s, base + (EPOCHS + 1) * every);
		draw(r, &s, base, crash);
	}
	shop_close(&s);
	return ok;
}
