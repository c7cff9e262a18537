/*
 * mmu/access.c - loads, stores and read-modify-writes by linear address
 *
 * A hit in the fast TLB is one compare and a copy.  Everything else (a miss,
 * two pages, a device, a page with code) goes through references to each page,
 * all of which exist before the first byte moves.
 */
#include <string.h>

#include "mmu/mmu.h"
#include "mmu/mmu_priv.h"
#include "mmu/physmem_priv.h"

/* Constant sizes become single moves. */
static ALWAYS_INLINE void
copy_bytes(void *to, const void *from, unsigned size)
{
	switch (size) {
	case 1: memcpy(to, from, 1); break;
	case 2: memcpy(to, from, 2); break;
	case 4: memcpy(to, from, 4); break;
	case 8: memcpy(to, from, 8); break;
	case 16: memcpy(to, from, 16); break;
	default: memcpy(to, from, size); break;
	}
}

/* The byte at va when the fast TLB has all of [va, va + size). */
static ALWAYS_INLINE uint8_t *
fast_host(const struct mmu *m, gva_t va, unsigned size, unsigned acc,
    enum ftlb_kind kind)
{
	const struct ftlb_entry *e = mmu_fast(m, va, acc, kind);

	if (likely(e && va - e->va <= PAGE_SIZE - size))
		return (uint8_t *)(uintptr_t)(va + e->addend);
	return NULL;
}

/* Address of the second page of an access; 32-bit addresses wrap. */
static gva_t
next_page(const struct mmu *m, gva_t va)
{
	gva_t next = (va & PAGE_MASK) + PAGE_SIZE;

	return m->pg.efer & EFER_LMA ? next : (uint32_t)next;
}

/* Fills r for the page or pages; acc holds the access kind too. */
static bool
access_begin(struct mmu *m, gva_t va, unsigned size, unsigned acc,
    struct mmu_rmw *r, struct walk_fault *f)
{
	unsigned room = PAGE_SIZE - va % PAGE_SIZE;

	r->va = va;
	r->size = size;
	r->first = size < room ? size : room;
	if (!mmu_lookup(m, va, acc, &r->ref[0], f))
		return false;
	return r->first == size ||
	    mmu_lookup(m, next_page(m, va), acc, &r->ref[1], f);
}

static void
ref_read(struct mmu *m, const struct mmu_ref *ref, void *buf, unsigned n)
{
	if (likely(ref->host))
		memcpy(buf, ref->host, n);
	else
		phys_read(m->pm, ref->hpa, buf, n);
}

/* A reference without a page id came from the fast TLB: marked and free of
 * code already. */
static void
ref_write(struct mmu *m, const struct mmu_ref *ref, const void *buf, unsigned n)
{
	if (unlikely(!ref->host)) {
		phys_write(m->pm, ref->hpa, buf, n);
		return;
	}
	if (ref->id != RAM_PAGE_NONE)
		phys_touched(m->pm, ref->id, (uint32_t)(ref->hpa % PAGE_SIZE), n);
	memcpy(ref->host, buf, n);
}

void
mmu_rmw_read(struct mmu *m, const struct mmu_rmw *r, void *buf)
{
	ref_read(m, &r->ref[0], buf, r->first);
	if (unlikely(r->first < r->size))
		ref_read(m, &r->ref[1], (uint8_t *)buf + r->first, r->size - r->first);
}

void
mmu_rmw_write(struct mmu *m, const struct mmu_rmw *r, const void *buf)
{
	ref_write(m, &r->ref[0], buf, r->first);
	if (unlikely(r->first < r->size))
		ref_write(m, &r->ref[1], (const uint8_t *)buf + r->first,
		    r->size - r->first);
}

static NOINLINE bool
ld_slow(struct mmu *m, gva_t va, void *buf, unsigned size, unsigned acc,
    struct walk_fault *f)
{
	struct mmu_rmw r;

	if (!access_begin(m, va, size, acc | ACC_R, &r, f))
		return false;
	mmu_rmw_read(m, &r, buf);
	return true;
}

static NOINLINE bool
st_slow(struct mmu *m, gva_t va, const void *buf, unsigned size, unsigned acc,
    struct walk_fault *f)
{
	struct mmu_rmw r;

	if (!access_begin(m, va, size, acc | ACC_W, &r, f))
		return false;
	mmu_rmw_write(m, &r, buf);
	return true;
}

bool
mmu_ld(struct mmu *m, gva_t va, void *buf, unsigned size, unsigned acc,
    struct walk_fault *f)
{
	const uint8_t *host = fast_host(m, va, size, acc, FTLB_R);

	if (unlikely(!host))
		return ld_slow(m, va, buf, size, acc, f);
	copy_bytes(buf, host, size);
	return true;
}

bool
mmu_st(struct mmu *m, gva_t va, const void *buf, unsigned size, unsigned acc,
    struct walk_fault *f)
{
	uint8_t *host = fast_host(m, va, size, acc, FTLB_W);

	if (unlikely(!host))
		return st_slow(m, va, buf, size, acc, f);
	copy_bytes(host, buf, size);
	return true;
}

bool
mmu_rmw_begin(struct mmu *m, gva_t va, unsigned size, unsigned acc,
    struct mmu_rmw *r, struct walk_fault *f)
{
	uint8_t *host = fast_host(m, va, size, acc, FTLB_W);

	if (unlikely(!host))
		return access_begin(m, va, size, acc | ACC_W, r, f);
	r->va = va;
	r->size = r->first = size;
	r->ref[0] = (struct mmu_ref){ .host = host, .id = RAM_PAGE_NONE };
	return true;
}

bool
mmu_peek(struct mmu *m, gva_t va, unsigned acc, hpa_t *hpa)
{
	const struct walk_req req = { va, acc };
	struct walk_fault fault;
	struct walk_res res;

	if (!mmu_walk_peek(&m->pg, m->nested ? &m->npg : NULL, m->pm, &req, &res,
	    &fault))
		return false;
	*hpa = res.hpa;
	return true;
}

size_t
mmu_peek_bytes(struct mmu *m, gva_t va, void *buf, size_t n)
{
	size_t done = 0, part, got;
	hpa_t hpa;

	while (done < n) {
		part = PAGE_SIZE - (va + done) % PAGE_SIZE;
		if (part > n - done)
			part = n - done;
		if (!mmu_peek(m, va + done, ACC_R | ACC_AC, &hpa))
			break;
		got = phys_peek(m->pm, hpa, (uint8_t *)buf + done, part);
		done += got;
		if (got < part)
			break;
	}
	return done;
}
