/*
 * snapshot/player_marks.c - the moments of a recorded run that it went back to later
 */
#include "snapshot/player_marks.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "hw/machine_tape.h"
#include "snapshot/undo.h"

/* One moment: the records before place were played, and it is this cycle. */
struct moment {
	uint64_t	place, cycle;
	size_t		last;		/* record that leads there, and none behind it */
};

struct player_marks {
	struct machine	*m;
	struct undo	*undo;
	struct moment	*moment;	/* in order */
	size_t		moments, next;
	struct moment	*marked;	/* those the undo has, in its order */
	size_t		count;
};

static int
compare(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	if (x->cycle != y->cycle)
		return x->cycle < y->cycle ? -1 : 1;
	return x->last < y->last ? -1 : x->last > y->last;
}

static struct moment
moment_of(size_t i, const struct journal_record *r)
{
	return (struct moment){ get_le64(r->data + 16), get_le64(r->data + 8), i };
}

static bool
same(const struct moment *a, const struct moment *b)
{
	return a->place == b->place && a->cycle == b->cycle;
}

/* Each once, with the last record that leads there. */
static void
sort_moments(struct player_marks *pm)
{
	size_t i, n = 0;

	qsort(pm->moment, pm->moments, sizeof(*pm->moment), compare);
	for (i = 0; i < pm->moments; i++) {
		if (n && same(&pm->moment[n - 1], &pm->moment[i]))
			n--;
		pm->moment[n++] = pm->moment[i];
	}
	pm->moments = n;
}

static void
list_moments(struct player_marks *pm, const struct journal *j)
{
	const struct journal_record *r;
	size_t i;

	for (i = 0; i < journal_count(j); i++) {
		r = journal_get(j, i);
		if (r->type == JOURNAL_BACK)
			pm->moment[pm->moments++] = moment_of(i, r);
	}
	sort_moments(pm);
}

static size_t
count_backs(const struct journal *j)
{
	size_t i, n = 0;

	for (i = 0; i < journal_count(j); i++)
		n += journal_get(j, i)->type == JOURNAL_BACK;
	return n;
}

bool
player_marks_new(struct player_marks **pm, const struct journal *j, struct machine *m)
{
	size_t n = count_backs(j);

	*pm = NULL;
	if (!n)
		return true;
	if (!machine_freeze_disks(m, NULL) || !(*pm = calloc(1, sizeof(**pm))))
		return false;
	(*pm)->m = m;
	(*pm)->moment = calloc(n, sizeof(struct moment));
	(*pm)->marked = calloc(n, sizeof(struct moment));
	(*pm)->undo = undo_new(m);
	if (!(*pm)->moment || !(*pm)->marked || !(*pm)->undo)
		return false;
	list_moments(*pm, j);
	return true;
}

void
player_marks_free(struct player_marks *pm)
{
	if (!pm)
		return;
	undo_free(pm->undo);
	free(pm->moment);
	free(pm->marked);
	free(pm);
}

uint64_t
player_marks_next(const struct player_marks *pm, uint64_t place)
{
	const struct moment *k = pm && pm->next < pm->moments ? &pm->moment[pm->next] : NULL;

	return k && k->place <= place ? k->cycle : ~(uint64_t)0;
}

/* A moment that was missed is none of this run: the record will say so. */
bool
player_marks_pass(struct player_marks *pm, uint64_t place)
{
	while (player_marks_next(pm, place) <= machine_cycles(pm->m)) {
		const struct moment *k = &pm->moment[pm->next++];

		if (k->cycle != machine_cycles(pm->m))
			continue;
		if (!undo_mark(pm->undo))
			return false;
		pm->marked[pm->count++] = *k;
	}
	return true;
}

static void
forget_oldest(struct player_marks *pm)
{
	undo_forget_oldest(pm->undo);
	pm->count--;
	memmove(pm->marked, pm->marked + 1, pm->count * sizeof(*pm->marked));
}

const char *
player_marks_back(struct player_marks *pm, size_t i, const struct journal_record *r)
{
	const struct moment to = moment_of(i, r);
	uint64_t from = machine_cycles(pm->m);
	size_t k = pm->count;

	while (k && !same(&pm->marked[k - 1], &to))
		k--;
	if (!k)
		return "it goes back to where it was not";
	if (!undo_back(pm->undo, k - 1))
		return "no memory to go back";
	pm->count = k;
	machine_took_back(pm->m, from - machine_cycles(pm->m));
	machine_set_timeline(pm->m, get_le64(r->data + 24));
	while (pm->next < pm->moments && pm->moment[pm->next].place <= r->offset)
		pm->next++;
	while (pm->count && pm->marked[0].last <= i)
		forget_oldest(pm);
	return NULL;
}
