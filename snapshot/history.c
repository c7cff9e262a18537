/*
 * snapshot/history.c - checkpoints of a running machine, and going to them
 *
 * What may have changed since the base checkpoint, the last one that was taken or
 * restored, is in the stores' lists and in the lists of dirty pages.  Another one
 * differs from the machine at most there and in what the checkpoints between
 * the two brought.
 */
#include "snapshot/history.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "snapshot/history_priv.h"

/* On a long way to a position a checkpoint is taken shortly before it: whoever
 * goes there often takes small steps back next. */
#define VISIT_FAR	8000000u
#define VISIT_NEAR	400000u
#define VISITS		2

/* With fewer checkpoints the oldest goes when memory is short. */
#define KEEP		8

static uint64_t
host_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- what is in a checkpoint --- */

/* What the checkpoints in (from, to] brought. */
static void
list_between(struct history *h, size_t from, size_t to)
{
	unsigned s;
	size_t i;

	for (i = from + 1; i <= to; i++)
		for (s = 0; s < HIST_STORES; s++)
			hist_store_list_of(&h->store[s], h->checkpoint[i]);
}

static void
unlist(struct history *h)
{
	unsigned s;

	for (s = 0; s < HIST_STORES; s++)
		hist_store_unlist(&h->store[s]);
}

static void
save_sections(struct history *h, uint8_t *out)
{
	unsigned i;

	for (i = 0; i < machine_sections(h->m); i++) {
		machine_section_save(h->m, i, out);
		out += machine_section(h->m, i).size;
	}
}

static void
load_sections(struct history *h, const uint8_t *in)
{
	struct machine_section s;
	unsigned i;
	int err;

	for (i = 0; i < machine_sections(h->m); i++) {
		s = machine_section(h->m, i);
		err = machine_section_load(h->m, i, in, s.size);
		assert(!err);	/* they come from this machine */
		(void)err;
		in += s.size;
	}
}

/* --- the table of checkpoints --- */

static size_t
history_bytes(const struct history *h)
{
	size_t n = h->checkpoints * (sizeof(struct hist_checkpoint) + h->section_bytes);
	unsigned s;

	for (s = 0; s < HIST_STORES; s++)
		n += h->store[s].bytes;
	return n + hist_log_bytes(h);
}

uint64_t
hist_busy(const struct history *h)
{
	return machine_cycles(h->m) - machine_cpu(h->m, 0)->stats.halt_cycles;
}

static struct hist_checkpoint *
checkpoint_new(struct history *h, bool visited)
{
	struct hist_checkpoint *c = calloc(1, sizeof(*c));

	if (!c || !(c->sections = malloc(h->section_bytes))) {
		free(c);
		return NULL;
	}
	c->cycle = machine_cycles(h->m);
	c->records = h->played;
	c->busy = hist_busy(h);
	c->visited = visited;
	save_sections(h, c->sections);
	return c;
}

static void
checkpoint_free(struct hist_checkpoint *c)
{
	free(c->sections);
	free(c);
}

static bool
table_room(struct history *h)
{
	size_t room = h->checkpoint_room ? 2 * h->checkpoint_room : 64;
	struct hist_checkpoint **bigger;

	if (h->checkpoints < h->checkpoint_room)
		return true;
	bigger = realloc(h->checkpoint, room * sizeof(*bigger));
	if (!bigger)
		return false;
	h->checkpoint = bigger;
	h->checkpoint_room = room;
	return true;
}

static void
table_insert(struct history *h, size_t i, struct hist_checkpoint *c)
{
	memmove(&h->checkpoint[i + 1], &h->checkpoint[i],
	    (h->checkpoints - i) * sizeof(*h->checkpoint));
	h->checkpoint[i] = c;
	h->checkpoints++;
}

static void
table_remove(struct history *h, size_t i)
{
	checkpoint_free(h->checkpoint[i]);
	h->checkpoints--;
	memmove(&h->checkpoint[i], &h->checkpoint[i + 1],
	    (h->checkpoints - i) * sizeof(*h->checkpoint));
	if (h->base > i)
		h->base--;
}

/* Merges checkpoint i, which is not the base, into the one behind it. */
static void
fold(struct history *h, size_t i)
{
	unsigned s;

	for (s = 0; s < HIST_STORES; s++)
		hist_store_fold(&h->store[s], h->checkpoint[i], h->checkpoint[i + 1]);
	table_remove(h, i);
}

/* The first checkpoint behind (cycle, records). */
static size_t
first_behind(const struct history *h, uint64_t cycle, size_t records)
{
	size_t lo = 0, hi = h->checkpoints;

	while (lo < hi) {
		size_t i = lo + (hi - lo) / 2;
		const struct hist_checkpoint *c = h->checkpoint[i];

		if (c->cycle > cycle || (c->cycle == cycle && c->records > records))
			hi = i;
		else
			lo = i + 1;
	}
	return lo;
}

size_t
hist_present(const struct history *h)
{
	return first_behind(h, machine_cycles(h->m), h->played) - 1;
}

/* --- keeping within bounds --- */

/*
 * The past gets sparser with its distance: what goes is the one whose absence
 * makes the smallest gap for its age.  The ends stay, the base, what the log
 * refers to.
 */
static size_t
least_useful(const struct history *h)
{
	size_t i, last = h->checkpoints - 1, best = 0;
	double worth, least = 0;

	for (i = 1; i < last; i++) {
		const struct hist_checkpoint *const *c =
		    (const struct hist_checkpoint *const *)&h->checkpoint[i];

		if (i == h->base || c[0]->pinned)
			continue;
		worth = (double)(c[1]->busy - c[-1]->busy + 1) /
		    (double)(h->checkpoint[last]->busy - c[0]->busy + h->every);
		if (!best || worth < least) {
			best = i;
			least = worth;
		}
	}
	return best;
}

/* A few near ones are worth more than the far past, and one interval remains
 * whatever it takes. */
static bool
thin_one(struct history *h)
{
	size_t i = h->checkpoints > KEEP ? least_useful(h) : 0;

	if (h->checkpoints < 3 || (!i && !h->base))
		return false;
	fold(h, i);
	return true;
}

static void
thin(struct history *h)
{
	while (history_bytes(h) > h->memory && thin_one(h))
		;
}

/* The oldest of too many checkpoints beside the regular ones. */
static void
thin_visits(struct history *h)
{
	size_t i, n = 0, first = 0;

	for (i = 1; i + 1 < h->checkpoints; i++) {
		if (!h->checkpoint[i]->visited || i == h->base)
			continue;
		first = n++ ? first : i;
	}
	if (n >= VISITS)
		fold(h, first);
}

/* --- taking --- */

static bool
note_all(struct history *h, struct hist_checkpoint *c, struct hist_checkpoint *next)
{
	unsigned s;

	if (hist_note(h, c, next))
		return true;
	for (s = 0; s < HIST_STORES; s++) {
		if (next)
			hist_store_fold(&h->store[s], c, next);
		else
			hist_store_drop(&h->store[s], c);
	}
	return false;
}

static bool
take_at(struct history *h, size_t i, bool visited)
{
	struct hist_checkpoint *next = i < h->checkpoints ? h->checkpoint[i] : NULL;
	struct hist_checkpoint *c;

	hist_list_dirty(h);
	if (!table_room(h) || !(c = checkpoint_new(h, visited)))
		return false;
	if (!note_all(h, c, next)) {
		checkpoint_free(c);
		return false;
	}
	table_insert(h, i, c);
	h->base = i;
	unlist(h);
	return true;
}

bool
hist_take(struct history *h, bool visited)
{
	uint64_t start = host_ns();
	size_t i = hist_present(h);
	const struct hist_checkpoint *last = h->checkpoint[i];
	bool ok = true;

	if (last->cycle != machine_cycles(h->m) || last->records != h->played) {
		list_between(h, h->base, i);
		ok = take_at(h, i + 1, visited);
		if (visited)
			thin_visits(h);
		thin(h);
	}
	h->taken++;
	h->taken_ns += host_ns() - start;
	return ok;
}

/* --- going back --- */

void
hist_restore(struct history *h, size_t i)
{
	const struct hist_checkpoint *c = h->checkpoint[i];
	int err;

	hist_list_dirty(h);
	list_between(h, i < h->base ? i : h->base, i < h->base ? h->base : i);
	machine_load_begin(h->m);
	load_sections(h, c->sections);
	hist_load(h, c);
	h->base = i;
	h->played = c->records;
	err = machine_load_end(h->m);
	assert(!err);
	(void)err;
	hist_list_dirty(h);		/* what was loaded now */
	unlist(h);
}

void
hist_truncate(struct history *h)
{
	size_t keep = hist_present(h) + 1;
	unsigned s;

	while (h->checkpoints > keep) {
		for (s = 0; s < HIST_STORES; s++)
			hist_store_drop(&h->store[s], h->checkpoint[h->checkpoints - 1]);
		table_remove(h, h->checkpoints - 1);
	}
}

enum machine_end
history_run(struct history *h, uint64_t cycle)
{
	enum machine_end end;

	if (!h->in_past)
		return END_LIMIT;
	if (cycle > h->live_end)
		cycle = h->live_end;
	do
		end = machine_run_apart(h->m, cycle);
	while (end == END_STOPPED);
	return end;
}

static void
run_quietly(struct history *h, uint64_t cycle)
{
	struct cpu_debugger *d = machine_cpu(h->m, 0)->debugger;

	machine_set_debugger(h->m, NULL);
	(void)history_run(h, cycle);
	machine_set_debugger(h->m, d);
}

int
history_goto(struct history *h, uint64_t cycle)
{
	uint64_t from = machine_cycles(h->m);
	size_t i;

	if (h->broken)
		return -ENOMEM;
	if (machine_in_slice(h->m))
		return -EBUSY;
	if (cycle < history_oldest(h) || cycle > history_live(h))
		return -ERANGE;
	if (!h->in_past && cycle == from)
		return 0;
	if (!h->in_past)
		hist_go_past(h);
	i = first_behind(h, cycle, SIZE_MAX) - 1;
	if (cycle <= from || h->checkpoint[i]->cycle > from) {
		hist_restore(h, i);
		from = h->checkpoint[i]->cycle;
	}
	if (cycle - from > VISIT_FAR) {
		run_quietly(h, cycle - VISIT_NEAR);
		(void)hist_take(h, true);
	}
	run_quietly(h, cycle);
	return 0;
}

/* --- asked --- */

uint64_t
history_oldest(const struct history *h)
{
	return h->checkpoint[0]->cycle;
}

uint64_t
history_live(const struct history *h)
{
	return h->in_past ? h->live_end : machine_cycles(h->m);
}

bool
history_in_past(const struct history *h)
{
	return h->in_past;
}

uint64_t
history_before(const struct history *h, uint64_t cycle)
{
	size_t i = cycle ? first_behind(h, cycle - 1, SIZE_MAX) : 0;

	return h->checkpoint[i ? i - 1 : 0]->cycle;
}

void
history_get_stats(const struct history *h, struct history_stats *s)
{
	*s = (struct history_stats){ .checkpoints = h->checkpoints, .bytes = history_bytes(h),
	    .taken = h->taken, .taken_ns = h->taken_ns, .inputs = h->records };
}

/* --- life --- */

struct history *
history_new(struct machine *m, const struct history_config *how)
{
	struct history *h = calloc(1, sizeof(*h));
	unsigned i;

	if (!h)
		return NULL;
	h->m = m;
	h->every = how->every ? how->every : HISTORY_EVERY;
	h->memory = how->memory ? how->memory : HISTORY_MEMORY;
	for (i = 0; i < HIST_STORES; i++)
		h->consumer[i] = -1;
	for (i = 0; i < machine_sections(m); i++)
		h->section_bytes += machine_section(m, i).size;
	hist_tape_init(h);
	/* The first is a full copy. */
	if (!machine_freeze_disks(m, NULL) || !hist_open(h) || !take_at(h, 0, false)) {
		history_free(h);
		return NULL;
	}
	hist_go_live(h);
	return h;
}

void
history_free(struct history *h)
{
	size_t i;

	if (!h)
		return;
	if (machine_tape(h->m) == &h->live || machine_tape(h->m) == &h->past)
		machine_set_tape(h->m, h->inner);
	hist_close(h);
	for (i = 0; i < h->checkpoints; i++)
		checkpoint_free(h->checkpoint[i]);
	free(h->checkpoint);
	hist_tape_fini(h);
	free(h);
}
