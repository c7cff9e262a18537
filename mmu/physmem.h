/*
 * mmu/physmem.h - the emulated bus: RAM, ROM, holes and memory-mapped devices
 *
 * All memory that has contents (RAM, ROM, video RAM) is one host mapping cut
 * into 4 KiB pages; a page's number in it is its RAM page id, which never
 * changes and is what decoded code, hashes and snapshots refer to.  The map
 * says which id answers at which hpa, separately for reads and writes (PAM:
 * reads from ROM, writes to RAM), or which device does, or nothing (reads all
 * ones, writes vanish).
 *
 * Every store to memory that does not come from the engine's fast path goes
 * through phys_st*() / phys_write(), which keep dirty epochs and tell the code
 * cache about stores to pages with decoded code.  Nothing here charges cycles.
 */
#ifndef MMU_PHYSMEM_H
#define MMU_PHYSMEM_H

#include "base/bits.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/log.h"
#include "base/types.h"

#define RAM_PAGE_NONE	UINT32_MAX

/* Per RAM page. */
struct page_meta {
	uint64_t	code;		/* 64-byte granules that hold decoded code */
	uint32_t	epoch;		/* dirty epoch of the last write */
	uint32_t	flags;		/* PAGE_* */
};
#define PAGE_WFAST	0x01		/* some fast TLB may hold a write entry */
#define PAGE_ROM	0x02
#define PAGE_TABLE	0x04		/* a nested table whose entries are remembered */

/* What answers at one page of the bus. */
struct phys_page {
	uint8_t			*rd;	/* host page for reads, NULL: device or hole */
	uint8_t			*wr;	/* host page for writes; NULL: device, ROM or hole */
	uint32_t		rd_id;	/* RAM page ids, RAM_PAGE_NONE without */
	uint32_t		wr_id;
	const struct io_ops	*ops;	/* device, or NULL */
	void			*dev;
	uint32_t		dev_off; /* offset in the device of this page's start */
};

struct physmem;
struct mmu;

/*
 * ram bytes of RAM at ids 0..; further memory (ROM, VRAM) is taken from an
 * area of extra bytes behind it.  Both are rounded up to pages; host memory is
 * reserved, not touched.  NULL with a message on l when the host refuses.
 */
struct physmem *physmem_new(uint64_t ram, uint64_t extra, struct log *l);
void	physmem_free(struct physmem *pm);

uint64_t physmem_ram_size(const struct physmem *pm);
uint32_t physmem_pages(const struct physmem *pm);	/* ids in use */
uint8_t	*physmem_host(struct physmem *pm, uint32_t id);
struct page_meta *physmem_meta(struct physmem *pm, uint32_t id);
/* Bytes of RAM and extra memory that have host memory behind them now. */
uint64_t physmem_resident(struct physmem *pm);

/* Takes len bytes (rounded up) from the extra area; returns the first id, or
 * RAM_PAGE_NONE when none is left. */
uint32_t physmem_alloc_extra(struct physmem *pm, uint64_t len, bool rom);

/*
 * Map changes.  Addresses and lengths are multiples of 4096, except that
 * map_io takes any 16-byte multiple (two devices may share a page).  A later
 * map covers an earlier one; unmap uncovers what is below (priorities are map
 * order).  Each change empties the fast TLBs and fetch registers of all MMUs.
 * rd_id or wr_id may be RAM_PAGE_NONE (reads float, writes vanish).
 * Handles are > 0; 0 means out of memory.
 */
int	physmem_map_ram(struct physmem *pm, hpa_t at, uint64_t len, uint32_t rd_id,
	    uint32_t wr_id);
int	physmem_map_io(struct physmem *pm, hpa_t at, uint64_t len,
	    const struct io_ops *ops, void *dev, const char *name);
void	physmem_unmap(struct physmem *pm, int handle);
/* Moves or (enabled = false) hides a mapping: PCI BARs, PAM. */
void	physmem_remap(struct physmem *pm, int handle, hpa_t at, bool enabled);
/* Changes the targets of a map_ram mapping: PAM. */
void	physmem_retarget(struct physmem *pm, int handle, uint32_t rd_id, uint32_t wr_id);
/* How often each device's registers were read and written, in map order. */
void	physmem_each_count(const struct physmem *pm,
	    void (*fn)(void *arg, const char *name, const struct io_count *c), void *arg);
/* One line per region, for `info mtree`. */
void	physmem_print(struct physmem *pm, void (*line)(void *arg, const char *s), void *arg);

/* A20 gate: closed forces hpa bit 20 to 0.  Empties fast TLBs and fetch registers. */
void	physmem_set_a20(struct physmem *pm, bool open);
bool	physmem_a20(const struct physmem *pm);

/* The page at hpa (any offset in it), A20 applied. */
void	physmem_lookup(struct physmem *pm, hpa_t hpa, struct phys_page *out);

/* Typed accesses; little-endian; any alignment; may cross pages; device or
 * hole included.  Writes to ROM vanish. */
uint64_t phys_ld(struct physmem *pm, hpa_t hpa, unsigned size);
void	phys_st(struct physmem *pm, hpa_t hpa, unsigned size, uint64_t v);
static inline uint8_t phys_ld8(struct physmem *pm, hpa_t a) { return (uint8_t)phys_ld(pm, a, 1); }
static inline uint16_t phys_ld16(struct physmem *pm, hpa_t a) { return (uint16_t)phys_ld(pm, a, 2); }
static inline uint32_t phys_ld32(struct physmem *pm, hpa_t a) { return (uint32_t)phys_ld(pm, a, 4); }
static inline uint64_t phys_ld64(struct physmem *pm, hpa_t a) { return phys_ld(pm, a, 8); }
static inline void phys_st8(struct physmem *pm, hpa_t a, uint8_t v) { phys_st(pm, a, 1, v); }
static inline void phys_st16(struct physmem *pm, hpa_t a, uint16_t v) { phys_st(pm, a, 2, v); }
static inline void phys_st32(struct physmem *pm, hpa_t a, uint32_t v) { phys_st(pm, a, 4, v); }
static inline void phys_st64(struct physmem *pm, hpa_t a, uint64_t v) { phys_st(pm, a, 8, v); }
/* DMA and loaders; devices are accessed bytewise or in words as aligned. */
void	phys_read(struct physmem *pm, hpa_t hpa, void *buf, size_t n);
void	phys_write(struct physmem *pm, hpa_t hpa, const void *buf, size_t n);
/* As phys_read() from memory only, no device is touched: short count at the
 * first byte that is not memory. */
size_t	phys_peek(struct physmem *pm, hpa_t hpa, void *buf, size_t n);
/* Debugger writes: memory only, ROM included. */
size_t	phys_poke(struct physmem *pm, hpa_t hpa, const void *buf, size_t n);

/*
 * A store of [off, off + len) inside RAM page id is about to be made by other
 * means than phys_st (the slow path with a host pointer).  Marks the page dirty,
 * which may keep what it holds, and invalidates decoded code.
 */
void	phys_touched(struct physmem *pm, uint32_t id, uint32_t off, uint32_t len);

/* Decoded code.  The code cache adds granules; a page that gains its first one
 * loses its fast write entries in every MMU.  on_code_write is called by
 * stores that hit a granule (before or after the bytes change). */
void	physmem_add_code(struct physmem *pm, uint32_t id, uint64_t granules);
void	physmem_set_code_hook(struct physmem *pm,
	    void (*fn)(void *arg, uint32_t id, uint32_t off, uint32_t len), void *arg);

/* MMUs register so that map and code changes reach their fast TLBs. */
int	physmem_attach(struct physmem *pm, struct mmu *m);
void	physmem_detach(struct physmem *pm, struct mmu *m);

/*
 * Dirty pages.  A consumer (hash, snapshot, checkpoint, migration) learns which
 * pages were written since it last took its list, each once; taking begins a
 * new epoch.  A new consumer's list is empty: it starts from a full copy.  fn
 * must not write memory.  open: a consumer >= 0, or -1 when there is no room.
 */
int	physmem_dirty_open(struct physmem *pm);
void	physmem_dirty_close(struct physmem *pm, int consumer);
void	physmem_dirty_take(struct physmem *pm, int consumer,
	    void (*fn)(void *arg, uint32_t id), void *arg);
/* From now on fn hears of each page that is listed for this consumer, before it
 * changes: what it holds, NULL for a blank one. */
void	physmem_dirty_before(struct physmem *pm, int consumer,
	    void (*fn)(void *arg, uint32_t id, const uint8_t *page), void *arg);

/* True for a page that was never written: it holds zeros and costs no host memory
 * to know that. */
bool	physmem_blank(const struct physmem *pm, uint32_t id);
/* Pages from id on are about to be loaded: takes host memory for those that are
 * blank in one go, which is far cheaper than page by page. */
void	physmem_expect(struct physmem *pm, uint32_t id, uint32_t n);
/* Makes page id what a snapshot says: page, or zeros for NULL.  A page that is
 * the same already is not written. */
void	physmem_load_page(struct physmem *pm, uint32_t id, const uint8_t *page);

/*
 * RAM hash: sum of hash_page() over all pages with contents, brought up to date
 * from the pages written since the last call.
 */
struct hash128 physmem_hash(struct physmem *pm);

/*
 * The same in parts, each of consecutive ids, so that two memories can be compared
 * without having both: the sum of the low halves of the page hashes, and of these
 * times (id + 1).  If one page of a part differs, the two differences name it.
 */
#define PHYSMEM_PARTS	64u
struct physmem_part {
	uint64_t	sum, weighted;
};
void	physmem_hash_parts(struct physmem *pm, struct physmem_part out[PHYSMEM_PARTS]);
/* A page by which a and b differ in part i: an id, or RAM_PAGE_NONE when more
 * than one does; first is where the part begins. */
uint32_t physmem_part_page(const struct physmem *pm, unsigned i,
	    const struct physmem_part *a, const struct physmem_part *b, uint32_t *first);

#endif
