/*
 * base/evheap.c - the machine's event heap
 *
 * A binary heap in heap[1..count]; each queued timer knows its place, so that
 * moving and removing one needs no search.
 */
#include "base/evheap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* More than one board has; the heap still grows when more come. */
#define EVHEAP_ROOM	64

static bool
evheap_before(const struct vtimer *a, const struct vtimer *b)
{
	return a->when < b->when || (a->when == b->when && a->seq < b->seq);
}

static void
evheap_put(struct evheap *h, uint32_t pos, struct vtimer *t)
{
	h->heap[pos] = t;
	t->heap_pos = pos;
}

static void
evheap_up(struct evheap *h, uint32_t pos)
{
	struct vtimer *t = h->heap[pos];

	while (pos > 1 && evheap_before(t, h->heap[pos / 2])) {
		evheap_put(h, pos, h->heap[pos / 2]);
		pos /= 2;
	}
	evheap_put(h, pos, t);
}

static void
evheap_down(struct evheap *h, uint32_t pos)
{
	struct vtimer *t = h->heap[pos];
	uint32_t child;

	while ((child = pos * 2) <= h->count) {
		if (child < h->count &&
		    evheap_before(h->heap[child + 1], h->heap[child]))
			child++;
		if (!evheap_before(h->heap[child], t))
			break;
		evheap_put(h, pos, h->heap[child]);
		pos = child;
	}
	evheap_put(h, pos, t);
}

static void
evheap_remove(struct evheap *h, struct vtimer *t)
{
	uint32_t pos = t->heap_pos;
	struct vtimer *moved = h->heap[h->count--];

	t->heap_pos = 0;
	if (moved == t)
		return;
	evheap_put(h, pos, moved);
	evheap_up(h, pos);
	evheap_down(h, moved->heap_pos);
}

/*
 * The number of timers is the board's, not the guest's: when the host has no
 * memory for another pointer the machine cannot go on.
 */
static void
evheap_grow(struct evheap *h)
{
	uint32_t room = h->room * 2;
	struct vtimer **heap = realloc(h->heap, (room + 1) * sizeof(*heap));

	if (!heap) {
		fprintf(stderr, "ringlab: out of memory for %u timers\n", room);
		abort();
	}
	h->heap = heap;
	h->room = room;
}

static void
evheap_insert(struct evheap *h, struct vtimer *t)
{
	if (h->count == h->room)
		evheap_grow(h);
	evheap_put(h, ++h->count, t);
	evheap_up(h, h->count);
}

uint64_t
evheap_next(const struct evheap *h)
{
	return h->count ? h->heap[1]->when : VTIMER_IDLE;
}

static void
evheap_tell(struct evheap *h, uint64_t before)
{
	uint64_t next = evheap_next(h);

	if (next != before && h->changed)
		h->changed(h->changed_arg, next);
}

static uint64_t
evheap_now(struct vclock *vc)
{
	struct evheap *h = CONTAINER_OF(vc, struct evheap, clock);

	return h->read_now ? h->read_now(h->read_now_arg) : h->now;
}

static void
evheap_disarm(struct vclock *vc, struct vtimer *t)
{
	struct evheap *h = CONTAINER_OF(vc, struct evheap, clock);
	uint64_t before = evheap_next(h);

	t->when = VTIMER_IDLE;
	if (!t->heap_pos)
		return;
	evheap_remove(h, t);
	evheap_tell(h, before);
}

static void
evheap_arm(struct vclock *vc, struct vtimer *t, uint64_t when)
{
	struct evheap *h = CONTAINER_OF(vc, struct evheap, clock);
	uint64_t before = evheap_next(h);

	if (when == VTIMER_IDLE) {
		evheap_disarm(vc, t);
		return;
	}
	if (t->heap_pos)
		evheap_remove(h, t);
	t->when = when;
	t->seq = h->next_seq++;
	evheap_insert(h, t);
	evheap_tell(h, before);
}

int
evheap_init(struct evheap *h)
{
	*h = (struct evheap){
		.clock = { evheap_now, evheap_arm, evheap_disarm },
		.room = EVHEAP_ROOM,
	};
	h->heap = malloc((EVHEAP_ROOM + 1) * sizeof(*h->heap));
	return h->heap ? 0 : -ENOMEM;
}

void
evheap_fini(struct evheap *h)
{
	free(h->heap);
	h->heap = NULL;
	h->count = h->room = 0;
}

unsigned
evheap_run(struct evheap *h, uint64_t now)
{
	uint64_t before = evheap_next(h);
	struct vtimer *t;
	unsigned fired = 0;

	h->now = now;
	while (h->count && h->heap[1]->when <= now) {
		t = h->heap[1];
		/* Not queued any more, but t->when stays for the callback:
		 * periodic chips compute the next deadline from it. */
		evheap_remove(h, t);
		fired++;
		t->fn(t->arg);
		if (!t->heap_pos)
			t->when = VTIMER_IDLE;
	}
	evheap_tell(h, before);
	return fired;
}

void
evheap_restore(struct evheap *h, struct vtimer *t)
{
	uint64_t before = evheap_next(h);

	if (t->heap_pos || t->when == VTIMER_IDLE)
		return;
	if (h->next_seq <= t->seq)
		h->next_seq = t->seq + 1;
	evheap_insert(h, t);
	evheap_tell(h, before);
}

void
evheap_clear(struct evheap *h)
{
	uint64_t before = evheap_next(h);

	while (h->count) {
		h->heap[h->count]->when = VTIMER_IDLE;
		h->heap[h->count]->heap_pos = 0;
		h->count--;
	}
	evheap_tell(h, before);
}
