/*
 * mmu/physmem_priv.h - the bus as the files of mmu/ see it
 */
#ifndef MMU_PHYSMEM_PRIV_H
#define MMU_PHYSMEM_PRIV_H

#include "mmu/physmem.h"

#define PM_MAX_MMUS	64
#define PM_CONSUMERS	8
#define PM_SEG_CACHE	8

/* A mapping made by the board; seq orders them, the highest is on top. */
struct pm_map {
	bool			used, enabled, io;
	uint64_t		seq;
	hpa_t			at;
	uint64_t		len;
	uint32_t		rd_id, wr_id;
	const struct io_ops	*ops;
	void			*dev;
	const char		*name;
	struct io_count		count;
};

/*
 * What answers in [first, last]: the flattened map covers the whole address
 * space with these, in order, holes included.
 */
struct pm_seg {
	hpa_t			first, last;
	uint8_t			*rd, *wr;	/* host address of first */
	uint32_t		rd_id, wr_id;	/* page first is in */
	const struct io_ops	*ops;
	void			*dev;
	const char		*name;
	uint32_t		dev_off;	/* of first */
	struct io_count		*count;		/* with ops */
};

/* Pages written since a consumer looked: each at most once. */
struct pm_dirty {
	uint32_t	*ids;
	uint32_t	count;
	bool		open;
	void		(*before)(void *arg, uint32_t id, const uint8_t *page);
	void		*before_arg;
};

struct physmem {
	uint8_t			*host;
	struct page_meta	*meta;
	struct hash128		*hashes;	/* of each page when last summed */
	struct hash128		sum;
	struct physmem_part	part[PHYSMEM_PARTS];
	uint64_t		host_size;
	uint32_t		pages, room;	/* ids in use and in all */
	uint32_t		ram_pages;
	uint32_t		epoch;
	uint64_t		a20_mask;
	uint64_t		tables;		/* changes of what nested_memo.h keeps, from 1 */
	struct log		*log;

	struct pm_map		*maps;
	unsigned		map_count;
	uint64_t		map_seq;
	struct pm_seg		*segs;
	unsigned		seg_count;
	hpa_t			*edges;		/* work space of pm_flatten() */
	const struct pm_seg	*seg_cache[PM_SEG_CACHE];

	struct pm_dirty		dirty[PM_CONSUMERS];
	uint32_t		dirty_mask;	/* PAGE_LISTED() of open consumers */

	void			(*code_hook)(void *arg, uint32_t id, uint32_t off,
				    uint32_t len);
	void			*code_hook_arg;
	struct mmu		*mmus[PM_MAX_MMUS];
	unsigned		mmu_count;
};

/* In page_meta.flags: the page is in consumer c's list. */
#define PAGE_LISTED(c)	(0x100u << (c))

/* The segment at hpa, which has A20 applied. */
const struct pm_seg *pm_seg_search(struct physmem *pm, hpa_t hpa);

/*
 * Neighbouring look-ups mostly hit the same segment; one remembered segment
 * per gigabyte (modulo the table) keeps RAM below and above the hole apart.
 */
static inline const struct pm_seg *
pm_seg_at(struct physmem *pm, hpa_t hpa)
{
	const struct pm_seg *s = pm->seg_cache[hpa >> 30 & (PM_SEG_CACHE - 1)];

	if (likely(hpa >= s->first && hpa <= s->last))
		return s;
	return pm_seg_search(pm, hpa);
}

/* What is remembered of nested tables holds no longer. */
static inline void
physmem_tables_changed(struct physmem *pm)
{
	pm->tables++;
}

/* The page's entries are to be remembered: a store to it has to be seen. */
void	pm_watch_table(struct physmem *pm, uint32_t id);

/* A store to the page is about to be made. */
static inline void
pm_table_stored(struct physmem *pm, uint32_t id)
{
	if (likely(!(pm->meta[id].flags & PAGE_TABLE)))
		return;
	pm->meta[id].flags &= ~PAGE_TABLE;
	physmem_tables_changed(pm);
}

/* Lists the page for all consumers if it is not listed in this epoch. */
void	pm_mark_slow(struct physmem *pm, uint32_t id);

static inline void
pm_mark(struct physmem *pm, uint32_t id)
{
	if (unlikely(pm->meta[id].epoch != pm->epoch))
		pm_mark_slow(pm, id);
}

/* One that is not in plain memory; who only looks asks no device and sees ones. */
uint64_t pm_ld_entry_slow(struct physmem *pm, hpa_t hpa, unsigned size, bool look);

/* A page-table entry: 4 or 8 bytes, naturally aligned. */
static inline uint64_t
pm_ld_entry(struct physmem *pm, hpa_t hpa, unsigned size, bool look)
{
	hpa_t at = hpa & pm->a20_mask;
	const struct pm_seg *s = pm_seg_at(pm, at);
	const uint8_t *host;

	if (unlikely(!s->rd || s->last - at < size - 1))
		return pm_ld_entry_slow(pm, hpa, size, look);
	host = s->rd + (at - s->first);
	return size == 8 ? get_le64(host) : get_le32(host);
}

/* Rebuilds the flattened map after pm->maps changed. */
void	pm_flatten(struct physmem *pm);
/* Makes room for another mapping; false without memory. */
bool	pm_map_reserve(struct physmem *pm);

/* mmu/mmu.c: map or A20 changed; drops fast entries and fetch register. */
void	mmu_map_changed(struct mmu *m);

#endif
