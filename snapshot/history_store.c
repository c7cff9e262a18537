/*
 * snapshot/history_store.c - pages as they were at checkpoints
 */
#include "snapshot/history_store.h"

#include <stdlib.h>
#include <string.h>

#define LINE		64u
#define ALL_LINES	~(uint64_t)0
#define MALLOC_HEAD	16u	/* what the allocator adds, about */

/* A page may have several at one checkpoint; the newer ones come first. */
struct hist_version {
	struct hist_version	*older, *newer;		/* of this page */
	struct hist_version	*prev, *next;		/* of this checkpoint */
	struct hist_checkpoint	*at;
	uint64_t		id;
	uint64_t		lines;			/* bit per line that follows */
	uint8_t			bytes[];
};

static_assert(HIST_PAGE / LINE == 64, "a bit for each line");

static unsigned
count_lines(uint64_t lines)
{
	return (unsigned)__builtin_popcountll(lines);
}

static size_t
version_size(uint64_t lines)
{
	return sizeof(struct hist_version) + count_lines(lines) * (size_t)LINE;
}

static const uint8_t *
version_line(const struct hist_version *v, unsigned i)
{
	return v->bytes + count_lines(v->lines & (((uint64_t)1 << i) - 1)) * (size_t)LINE;
}

static bool
not_after(const struct hist_checkpoint *a, const struct hist_checkpoint *b)
{
	return a->cycle < b->cycle || (a->cycle == b->cycle && a->records <= b->records);
}

/* --- the table --- */

bool
hist_store_init(struct hist_store *s, uint64_t pages, bool whole)
{
	s->pages = pages;
	s->whole = whole;
	/* Untouched, they cost nothing. */
	s->newest = calloc(pages, sizeof(*s->newest));
	s->ids = calloc(pages, sizeof(*s->ids));
	s->listed = calloc(pages / 64 + 1, sizeof(*s->listed));
	return s->newest && s->ids && s->listed;
}

void
hist_store_fini(struct hist_store *s)
{
	struct hist_version *v;
	uint64_t id;

	for (id = 0; s->newest && id < s->pages; id++) {
		while ((v = s->newest[id])) {
			s->newest[id] = v->older;
			free(v);
		}
	}
	free(s->newest);
	free(s->ids);
	free(s->listed);
	memset(s, 0, sizeof(*s));
}

void
hist_store_list(struct hist_store *s, uint64_t id)
{
	uint64_t bit = (uint64_t)1 << id % 64;

	if (s->listed[id / 64] & bit)
		return;
	s->listed[id / 64] |= bit;
	s->ids[s->count++] = id;
}

void
hist_store_list_of(struct hist_store *s, const struct hist_checkpoint *c)
{
	const struct hist_version *v;

	for (v = c->changed[s->which]; v; v = v->next)
		hist_store_list(s, v->id);
}

void
hist_store_unlist(struct hist_store *s)
{
	uint64_t i;

	for (i = 0; i < s->count; i++)
		s->listed[s->ids[i] / 64] = 0;
	s->count = 0;
}

/* --- versions --- */

/* Into the page's chain in front of older, which may be NULL: the oldest. */
static void
version_chain(struct hist_store *s, struct hist_version *v, struct hist_version *newer,
    struct hist_version *older)
{
	v->newer = newer;
	v->older = older;
	if (older)
		older->newer = v;
	if (newer)
		newer->older = v;
	else
		s->newest[v->id] = v;
}

static void
version_belongs(struct hist_store *s, struct hist_version *v, struct hist_checkpoint *c)
{
	struct hist_version **first = &c->changed[s->which];

	v->at = c;
	v->prev = NULL;
	v->next = *first;
	if (*first)
		(*first)->prev = v;
	*first = v;
}

static void
version_free(struct hist_store *s, struct hist_version *v)
{
	if (v->newer)
		v->newer->older = v->older;
	else
		s->newest[v->id] = v->older;
	if (v->older)
		v->older->newer = v->newer;
	if (v->prev)
		v->prev->next = v->next;
	else
		v->at->changed[s->which] = v->next;
	if (v->next)
		v->next->prev = v->prev;
	s->bytes -= version_size(v->lines) + MALLOC_HEAD;
	free(v);
}

static struct hist_version *
version_new(struct hist_store *s, uint64_t id, uint64_t lines, const uint8_t *page)
{
	struct hist_version *v = malloc(version_size(lines));
	uint8_t *to;
	unsigned i;

	if (!v)
		return NULL;
	v->id = id;
	v->lines = lines;
	to = v->bytes;
	for (i = 0; i < 64; i++) {
		if (!(lines >> i & 1))
			continue;
		memcpy(to, page + i * LINE, LINE);
		to += LINE;
	}
	s->bytes += version_size(lines) + MALLOC_HEAD;
	return v;
}

/* The lines that differ between page and the versions from v on. */
static uint64_t
lines_changed(const struct hist_version *v, const uint8_t *page)
{
	static const uint8_t zeros[LINE];
	uint64_t left = ALL_LINES, changed = 0, lines;
	unsigned i;

	for (; v && left; v = v->older) {
		for (lines = v->lines & left; lines; lines &= lines - 1) {
			i = (unsigned)__builtin_ctzll(lines);
			if (memcmp(page + i * LINE, version_line(v, i), LINE))
				changed |= (uint64_t)1 << i;
		}
		left &= ~v->lines;
	}
	for (; left; left &= left - 1) {
		i = (unsigned)__builtin_ctzll(left);
		if (memcmp(page + i * LINE, zeros, LINE))
			changed |= (uint64_t)1 << i;
	}
	return changed;
}

static void
collect_lines(const struct hist_version *v, uint64_t left, uint8_t *out)
{
	uint64_t lines;
	unsigned i;

	for (; v && left; v = v->older) {
		for (lines = v->lines & left; lines; lines &= lines - 1) {
			i = (unsigned)__builtin_ctzll(lines);
			memcpy(out + i * LINE, version_line(v, i), LINE);
		}
		left &= ~v->lines;
	}
	for (; left; left &= left - 1)
		memset(out + (unsigned)__builtin_ctzll(left) * LINE, 0, LINE);
}

/*
 * next was told apart from what was before; now c is between them, and lines
 * that c changed and next did not must be said again: as they were before.
 */
static bool
note_next(struct hist_store *s, struct hist_checkpoint *next, uint64_t changed,
    struct hist_version *newer, struct hist_version *older, uint64_t id,
    struct hist_version **out)
{
	uint8_t page[HIST_PAGE];
	const struct hist_version *v;

	*out = NULL;
	for (v = newer; v && v->at == next; v = v->newer)
		changed &= ~v->lines;
	if (!changed)
		return true;
	collect_lines(older, changed, page);
	*out = version_new(s, id, changed, page);
	return *out;
}

bool
hist_store_note(struct hist_store *s, struct hist_checkpoint *c,
    struct hist_checkpoint *next, uint64_t id, const uint8_t *page)
{
	struct hist_version *older = s->newest[id], *newer = NULL, *mine, *again = NULL;
	uint64_t changed;

	for (; older && !not_after(older->at, c); older = older->older)
		newer = older;
	changed = !older && s->whole ? ALL_LINES : lines_changed(older, page);
	if (!changed)
		return true;
	mine = version_new(s, id, changed, page);
	if (!mine)
		return false;
	if (next && !note_next(s, next, changed, newer, older, id, &again)) {
		s->bytes -= version_size(changed) + MALLOC_HEAD;
		free(mine);
		return false;
	}
	version_chain(s, mine, newer, older);
	version_belongs(s, mine, c);
	if (again) {
		version_chain(s, again, newer, mine);
		version_belongs(s, again, next);
	}
	return true;
}

bool
hist_store_get(const struct hist_store *s, const struct hist_checkpoint *c, uint64_t id,
    uint8_t out[HIST_PAGE])
{
	const struct hist_version *v = s->newest[id];

	while (v && !not_after(v->at, c))
		v = v->older;
	if (!v)
		return false;
	collect_lines(v, ALL_LINES, out);
	return true;
}

/* Leaves out lines; shrinking in place where the allocator can. */
static void
version_trim(struct hist_store *s, struct hist_version *v, uint64_t lines)
{
	struct hist_version *old = v;
	uint8_t page[HIST_PAGE], *to = v->bytes;
	uint64_t left = v->lines & ~lines;
	unsigned i;

	collect_lines(v, left, page);
	s->bytes -= version_size(v->lines) - version_size(left);
	v->lines = left;
	for (; left; left &= left - 1, to += LINE) {
		i = (unsigned)__builtin_ctzll(left);
		memcpy(to, page + i * LINE, LINE);
	}
	v = realloc(old, version_size(v->lines));
	if (!v)
		return;
	if (v->newer)
		v->newer->older = v;
	else
		s->newest[v->id] = v;
	if (v->older)
		v->older->newer = v;
	if (v->prev)
		v->prev->next = v;
	else
		v->at->changed[s->which] = v;
	if (v->next)
		v->next->prev = v;
}

static uint64_t
lines_at(const struct hist_version *v, const struct hist_checkpoint *c)
{
	uint64_t lines = 0;

	for (; v && v->at == c; v = v->newer)
		lines |= v->lines;
	return lines;
}

void
hist_store_fold(struct hist_store *s, struct hist_checkpoint *c,
    struct hist_checkpoint *next)
{
	struct hist_version **first = &c->changed[s->which], *v;
	uint64_t said;

	while ((v = *first)) {
		said = lines_at(v->newer, next);
		if (!(v->lines & ~said)) {
			version_free(s, v);
			continue;
		}
		*first = v->next;
		if (v->next)
			v->next->prev = NULL;
		version_belongs(s, v, next);
		if (v->lines & said)
			version_trim(s, v, said);
	}
}

void
hist_store_drop(struct hist_store *s, struct hist_checkpoint *c)
{
	while (c->changed[s->which])
		version_free(s, c->changed[s->which]);
}
