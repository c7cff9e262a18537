/*
 * tests/unit/evheap_test.c - the event heap: order, re-arming, restoring
 */
#include "base/evheap.h"

#include <stdlib.h>

#include "tests/runner/runner.h"

#define TIMERS		100u
#define FIRED		2000u

struct rig {
	struct evheap	h;
	struct source {
		struct rig	*rig;
		struct vtimer	t;
		uint64_t	period;		/* 0: once */
	} src[TIMERS];
	struct { unsigned src; uint64_t when; } fired[FIRED];
	unsigned	count;
	uint64_t	earliest;		/* as told by changed() */
};

static void
on_timer(void *arg)
{
	struct source *s = arg;
	struct rig *r = s->rig;

	ck_assert_uint_lt(r->count, FIRED);
	r->fired[r->count].src = (unsigned)(s - r->src);
	r->fired[r->count++].when = s->t.when;
	if (s->period)
		vtimer_arm(&r->h.clock, &s->t, s->t.when + s->period);
}

static void
on_changed(void *arg, uint64_t earliest)
{
	((struct rig *)arg)->earliest = earliest;
}

static struct rig *
rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));
	unsigned i;

	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(evheap_init(&r->h), 0);
	r->h.changed = on_changed;
	r->h.changed_arg = r;
	r->earliest = VTIMER_IDLE;
	for (i = 0; i < TIMERS; i++) {
		r->src[i].rig = r;
		vtimer_init(&r->src[i].t, on_timer, &r->src[i]);
	}
	return r;
}

static void
rig_free(struct rig *r)
{
	evheap_fini(&r->h);
	free(r);
}

static void
arm(struct rig *r, unsigned i, uint64_t when)
{
	vtimer_arm(&r->h.clock, &r->src[i].t, when);
}

START_TEST(equal_deadlines_fire_in_arming_order)
{
	struct rig *r = rig_new();
	unsigned i;

	for (i = 0; i < TIMERS; i++)
		arm(r, i * 37 % TIMERS, 5);
	ck_assert_uint_eq(evheap_run(&r->h, 4), 0);
	ck_assert_uint_eq(evheap_run(&r->h, 5), TIMERS);
	for (i = 0; i < TIMERS; i++)
		ck_assert_uint_eq(r->fired[i].src, i * 37 % TIMERS);
	ck_assert_uint_eq(evheap_next(&r->h), VTIMER_IDLE);
	rig_free(r);
}
END_TEST

START_TEST(rearming_moves_a_timer_behind_its_equals)
{
	struct rig *r = rig_new();

	arm(r, 0, 5);
	arm(r, 1, 5);
	arm(r, 0, 5);
	evheap_run(&r->h, 9);
	ck_assert_uint_eq(r->count, 2);
	ck_assert_uint_eq(r->fired[0].src, 1);
	ck_assert_uint_eq(r->fired[1].src, 0);
	rig_free(r);
}
END_TEST

/* A late run catches up on every period, in the order of deadlines. */
START_TEST(timers_armed_by_callbacks_for_the_past_also_fire)
{
	struct rig *r = rig_new();
	unsigned i;

	r->src[0].period = 3;
	r->src[1].period = 5;
	arm(r, 0, 3);
	arm(r, 1, 5);
	ck_assert_uint_eq(evheap_run(&r->h, 30), 16);
	for (i = 1; i < r->count; i++)
		ck_assert_uint_ge(r->fired[i].when, r->fired[i - 1].when);
	ck_assert_uint_eq(r->src[0].t.when, 33);
	ck_assert_uint_eq(r->src[1].t.when, 35);
	ck_assert_uint_eq(vclock_now(&r->h.clock), 30);
	rig_free(r);
}
END_TEST

START_TEST(a_fired_or_disarmed_timer_is_idle)
{
	struct rig *r = rig_new();

	arm(r, 0, 1);
	arm(r, 1, 2);
	vtimer_disarm(&r->h.clock, &r->src[1].t);
	vtimer_disarm(&r->h.clock, &r->src[1].t);
	arm(r, 2, VTIMER_IDLE);
	evheap_run(&r->h, 10);
	ck_assert_uint_eq(r->count, 1);
	ck_assert(!vtimer_armed(&r->src[0].t));
	ck_assert(!vtimer_armed(&r->src[1].t));
	ck_assert(!vtimer_armed(&r->src[2].t));
	rig_free(r);
}
END_TEST

START_TEST(changes_of_the_earliest_deadline_are_told)
{
	struct rig *r = rig_new();

	arm(r, 0, 50);
	ck_assert_uint_eq(r->earliest, 50);
	arm(r, 1, 60);
	ck_assert_uint_eq(r->earliest, 50);
	arm(r, 2, 40);
	ck_assert_uint_eq(r->earliest, 40);
	vtimer_disarm(&r->h.clock, &r->src[2].t);
	ck_assert_uint_eq(r->earliest, 50);
	evheap_run(&r->h, 55);
	ck_assert_uint_eq(r->earliest, 60);
	evheap_clear(&r->h);
	ck_assert_uint_eq(r->earliest, VTIMER_IDLE);
	ck_assert(!vtimer_armed(&r->src[1].t));
	rig_free(r);
}
END_TEST

/* Restored in any order, timers fire as they would have. */
START_TEST(restoring_keeps_order_and_sequence)
{
	struct rig *r = rig_new(), *q = rig_new();
	unsigned i, j;

	for (i = 0; i < TIMERS; i++)
		arm(r, i, i * 61 % 7);
	for (i = 0; i < TIMERS; i++) {
		j = i * 13 % TIMERS;
		q->src[j].t.when = r->src[j].t.when;
		q->src[j].t.seq = r->src[j].t.seq;
		evheap_restore(&q->h, &q->src[j].t);
		evheap_restore(&q->h, &q->src[j].t);
	}
	ck_assert_uint_eq(q->h.next_seq, r->h.next_seq);
	ck_assert_uint_eq(evheap_run(&r->h, 10), evheap_run(&q->h, 10));
	for (i = 0; i < TIMERS; i++)
		ck_assert_uint_eq(r->fired[i].src, q->fired[i].src);
	rig_free(r);
	rig_free(q);
}
END_TEST

/* Against a search for the least (when, seq) over all timers. */
START_TEST(random_arming_agrees_with_a_search)
{
	struct rig *r = rig_new();
	uint64_t s = 1, now = 0;
	unsigned n, i, best;

	for (n = 0; n < 20000; n++) {
		s = s * 6364136223846793005u + 1442695040888963407u;
		i = (unsigned)(s >> 33) % TIMERS;
		if (s >> 62)
			arm(r, i, now + (s >> 40) % 1000);
		else
			vtimer_disarm(&r->h.clock, &r->src[i].t);
		for (best = 0, i = 1; i < TIMERS; i++) {
			const struct vtimer *a = &r->src[i].t, *b = &r->src[best].t;

			if (a->when < b->when || (a->when == b->when &&
			    vtimer_armed(a) && a->seq < b->seq))
				best = i;
		}
		ck_assert_uint_eq(evheap_next(&r->h), r->src[best].t.when);
		if (n % 16 == 0 && vtimer_armed(&r->src[best].t)) {
			r->count = 0;
			now = r->src[best].t.when;
			ck_assert_uint_ge(evheap_run(&r->h, now), 1);
			ck_assert_uint_eq(r->fired[0].src, best);
		}
	}
	rig_free(r);
}
END_TEST

/* More timers than the heap begins with. */
START_TEST(the_heap_grows)
{
	struct rig *r = rig_new();
	struct vtimer *t = calloc(1000, sizeof(*t));
	unsigned i;

	for (i = 0; i < 1000; i++) {
		vtimer_init(&t[i], on_timer, &r->src[0]);
		vtimer_arm(&r->h.clock, &t[i], 1000 - i);
	}
	ck_assert_uint_eq(evheap_next(&r->h), 1);
	ck_assert_uint_eq(evheap_run(&r->h, 1000), 1000);
	free(t);
	rig_free(r);
}
END_TEST

Suite *evheap_suite(void);

Suite *
evheap_suite(void)
{
	Suite *s = suite_create("evheap");
	TCase *tc = tcase_create("evheap");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, equal_deadlines_fire_in_arming_order);
	tcase_add_test(tc, rearming_moves_a_timer_behind_its_equals);
	tcase_add_test(tc, timers_armed_by_callbacks_for_the_past_also_fire);
	tcase_add_test(tc, a_fired_or_disarmed_timer_is_idle);
	tcase_add_test(tc, changes_of_the_earliest_deadline_are_told);
	tcase_add_test(tc, restoring_keeps_order_and_sequence);
	tcase_add_test(tc, random_arming_agrees_with_a_search);
	tcase_add_test(tc, the_heap_grows);
	suite_add_tcase(s, tc);
	return s;
}
