/*
 * snapshot/page_set.h - a set of page or cluster numbers
 */
#ifndef SNAPSHOT_PAGE_SET_H
#define SNAPSHOT_PAGE_SET_H

#include <stdlib.h>

#include "base/bits.h"

struct page_set {
	uint64_t	*word;
	uint64_t	size;		/* numbers are below */
};

static inline uint64_t
page_set_words(const struct page_set *s)
{
	return s->size / 64 + 1;
}

/* Empty; false without memory. */
static inline bool
page_set_init(struct page_set *s, uint64_t size)
{
	s->size = size;
	s->word = calloc(page_set_words(s), sizeof(*s->word));
	return s->word;
}

static inline void
page_set_fini(struct page_set *s)
{
	free(s->word);
	*s = (struct page_set){ NULL, 0 };
}

static inline void
page_set_clear(struct page_set *s)
{
	if (s->word)
		memset(s->word, 0, page_set_words(s) * sizeof(*s->word));
}

static inline bool
page_set_has(const struct page_set *s, uint64_t n)
{
	return s->word[n / 64] >> n % 64 & 1;
}

/* True if n was not in it. */
static inline bool
page_set_add(struct page_set *s, uint64_t n)
{
	bool had = page_set_has(s, n);

	s->word[n / 64] |= BIT(n % 64);
	return !had;
}

/* The least number in it from n on; its size if there is none. */
static inline uint64_t
page_set_next(const struct page_set *s, uint64_t n)
{
	uint64_t i, w;

	for (i = n / 64; n < s->size; n = ++i * 64) {
		w = s->word[i] >> n % 64;
		if (w)
			return n + (unsigned)__builtin_ctzll(w);
	}
	return s->size;
}

#endif
