/*
 * mmu/physio.c - accesses by bus address: memory, devices, holes
 *
 * An access is cut at page and segment borders; each piece is memory, one
 * device or nothing.  Devices see naturally aligned accesses of widths they
 * declared: a piece that fits none is widened on read and dropped on write.
 */
#include <string.h>

#include "mmu/physmem.h"
#include "mmu/physmem_priv.h"

/* Part of an access that one segment answers, inside one page. */
struct piece {
	struct pm_seg	seg;		/* a copy: devices may change the map */
	uint64_t	off;		/* from the segment's first byte */
	size_t		len;
};

static void
pm_piece(struct physmem *pm, hpa_t hpa, size_t n, struct piece *p)
{
	hpa_t at = hpa & pm->a20_mask;
	uint64_t left;

	p->seg = *pm_seg_at(pm, at);
	p->off = at - p->seg.first;
	left = p->seg.last - at;		/* bytes after this one */
	p->len = PAGE_SIZE - at % PAGE_SIZE;
	if (p->len > n)
		p->len = n;
	if (p->len - 1 > left)
		p->len = left + 1;
}

static uint32_t
pm_piece_id(const struct piece *p, uint32_t first_id)
{
	return first_id + (uint32_t)((p->off + p->seg.first % PAGE_SIZE) / PAGE_SIZE);
}

static uint32_t
pm_piece_page_off(const struct piece *p)
{
	return (uint32_t)((p->seg.first + p->off) % PAGE_SIZE);
}

/*
 * Width of the next device access at off with n bytes to go: the widest one
 * that is aligned and not too long, else the narrowest there is, which then
 * covers bytes nobody asked for.
 */
static unsigned
io_width(uint8_t sizes, uint64_t off, size_t n)
{
	unsigned w;

	for (w = 8; w; w /= 2) {
		if ((sizes & w) && w <= n && off % w == 0)
			return w;
	}
	for (w = 1; w < 8 && !(sizes & w); w *= 2)
		;
	return w;
}

static void
io_read(const struct piece *p, uint8_t *buf)
{
	const struct pm_seg *s = &p->seg;
	uint32_t off, skip;
	uint64_t v;
	unsigned w, use;
	size_t done;

	for (done = 0; done < p->len; done += use) {
		off = s->dev_off + (uint32_t)(p->off + done);
		w = io_width(s->ops->sizes, off, p->len - done);
		skip = off % w;
		use = w - skip;
		if (use > p->len - done)
			use = (unsigned)(p->len - done);
		s->count->reads++;
		v = s->ops->read ? s->ops->read(s->dev, off - skip, w) : ~(uint64_t)0;
		v >>= 8 * skip;
		memcpy(buf + done, &v, use);
	}
}

static void
io_write(struct physmem *pm, const struct piece *p, const uint8_t *buf)
{
	const struct pm_seg *s = &p->seg;
	unsigned w, use;
	uint32_t off;
	size_t done;

	for (done = 0; done < p->len; done += use) {
		off = s->dev_off + (uint32_t)(p->off + done);
		w = io_width(s->ops->sizes, off, p->len - done);
		use = w - off % w;
		if (use > p->len - done)
			use = (unsigned)(p->len - done);
		s->count->writes++;
		if (use < w)
			log_guest(pm->log, s->name ? s->name : "device",
			    "%s: %u-byte write at offset 0x%x dropped",
			    s->name ? s->name : "device", use, off);
		else if (s->ops->write)
			s->ops->write(s->dev, off, get_le(buf + done, w), w);
	}
}

void
phys_read(struct physmem *pm, hpa_t hpa, void *buf, size_t n)
{
	uint8_t *out = buf;
	struct piece p;

	for (; n; n -= p.len, hpa += p.len, out += p.len) {
		pm_piece(pm, hpa, n, &p);
		if (p.seg.rd)
			memcpy(out, p.seg.rd + p.off, p.len);
		else if (p.seg.ops)
			io_read(&p, out);
		else
			memset(out, 0xff, p.len);
	}
}

static void
pm_store(struct physmem *pm, const struct piece *p, uint8_t *host, uint32_t id,
    const uint8_t *in)
{
	phys_touched(pm, pm_piece_id(p, id), pm_piece_page_off(p), (uint32_t)p->len);
	memcpy(host + p->off, in, p->len);
}

void
phys_write(struct physmem *pm, hpa_t hpa, const void *buf, size_t n)
{
	const uint8_t *in = buf;
	struct piece p;

	for (; n; n -= p.len, hpa += p.len, in += p.len) {
		pm_piece(pm, hpa, n, &p);
		if (p.seg.wr)
			pm_store(pm, &p, p.seg.wr, p.seg.wr_id, in);
		else if (p.seg.ops)
			io_write(pm, &p, in);
	}
}

uint64_t
phys_ld(struct physmem *pm, hpa_t hpa, unsigned size)
{
	hpa_t at = hpa & pm->a20_mask;
	const struct pm_seg *s = pm_seg_at(pm, at);
	uint64_t v = 0;

	if (likely(s->rd && s->last - at >= size - 1 &&
	    at % PAGE_SIZE <= PAGE_SIZE - size))
		return get_le(s->rd + (at - s->first), size);
	phys_read(pm, hpa, &v, size);
	return v;
}

void
phys_st(struct physmem *pm, hpa_t hpa, unsigned size, uint64_t v)
{
	phys_write(pm, hpa, &v, size);
}

size_t
phys_peek(struct physmem *pm, hpa_t hpa, void *buf, size_t n)
{
	uint8_t *out = buf;
	struct piece p;
	size_t done;

	for (done = 0; done < n; done += p.len) {
		pm_piece(pm, hpa + done, n - done, &p);
		if (!p.seg.rd)
			break;
		memcpy(out + done, p.seg.rd + p.off, p.len);
	}
	return done;
}

uint64_t
pm_ld_entry_slow(struct physmem *pm, hpa_t hpa, unsigned size, bool look)
{
	uint8_t entry[8];

	if (!look)
		return phys_ld(pm, hpa, size);
	memset(entry, 0xff, sizeof(entry));
	(void)phys_peek(pm, hpa, entry, size);
	return size == 8 ? get_le64(entry) : get_le32(entry);
}

size_t
phys_poke(struct physmem *pm, hpa_t hpa, const void *buf, size_t n)
{
	const uint8_t *in = buf;
	struct piece p;
	size_t done;

	for (done = 0; done < n; done += p.len) {
		pm_piece(pm, hpa + done, n - done, &p);
		if (!p.seg.rd)
			break;
		pm_store(pm, &p, p.seg.rd, p.seg.rd_id, in + done);
	}
	return done;
}
