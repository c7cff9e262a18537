/*
 * hw/bus.c - the I/O port space
 *
 * map[] names the topmost region of every port, so that an access costs one
 * look-up; changes, which are rare, recompute the range they touch.
 */
#include "hw/bus.h"

#include <stdlib.h>

#include "base/bits.h"

#define PORTS		65536u
#define MAX_REGIONS	65535u		/* region numbers are uint16_t, 0 = none */

struct pio_region {
	const struct io_ops	*ops;	/* NULL: a free entry */
	void			*dev;
	const char		*name;
	uint32_t		port;
	uint32_t		len;
	bool			enabled;
	struct io_count		count;
};

struct pio {
	struct log		*log;
	struct pio_trace	trace;
	struct pio_region	*region;	/* region[1..count], in map order; [0]: nobody */
	uint32_t		count;
	uint32_t		room;
	uint16_t		map[PORTS];
};

static bool
pio_grow(struct pio *p)
{
	uint32_t room = p->room ? p->room * 2 : 64;
	struct pio_region *r;

	if (p->count + 1 < p->room)
		return true;
	if (p->count >= MAX_REGIONS)
		return false;
	r = realloc(p->region, room * sizeof(*r));
	if (!r)
		return false;
	p->region = r;
	p->room = room;
	return true;
}

struct pio *
pio_new(struct log *log)
{
	struct pio *p = calloc(1, sizeof(*p));

	if (p && !pio_grow(p)) {
		free(p);
		return NULL;
	}
	if (p) {
		p->log = log;
		p->region[0] = (struct pio_region){ .name = "nobody" };
	}
	return p;
}

void
pio_free(struct pio *p)
{
	if (!p)
		return;
	free(p->region);
	free(p);
}

static bool
pio_covers(const struct pio_region *r, uint32_t port)
{
	return r->ops && r->enabled && port - r->port < r->len;
}

static void
pio_recompute(struct pio *p, uint32_t port, uint32_t len)
{
	uint32_t i, n;

	for (i = port; i < port + len && i < PORTS; i++) {
		for (n = p->count; n > 0; n--)
			if (pio_covers(&p->region[n], i))
				break;
		p->map[i] = (uint16_t)n;
	}
}

int
pio_map(struct pio *p, uint32_t port, uint32_t len, const struct io_ops *ops,
    void *dev, const char *name)
{
	if (!pio_grow(p))
		return 0;
	p->count++;
	p->region[p->count] = (struct pio_region){
		.ops = ops, .dev = dev, .name = name, .port = port, .len = len,
		.enabled = true
	};
	pio_recompute(p, port, len);
	return (int)p->count;
}

void
pio_unmap(struct pio *p, int handle)
{
	struct pio_region *r = &p->region[handle];

	r->ops = NULL;
	pio_recompute(p, r->port, r->len);
	while (p->count > 0 && !p->region[p->count].ops)
		p->count--;
}

void
pio_remap(struct pio *p, int handle, uint32_t port, bool enabled)
{
	struct pio_region *r = &p->region[handle];
	uint32_t old = r->port;

	r->enabled = false;
	pio_recompute(p, old, r->len);
	if (!enabled || port >= PORTS || r->len > PORTS - port)
		return;
	r->port = port;
	r->enabled = true;
	pio_recompute(p, port, r->len);
}

/*
 * The width in which the region takes the next part of an access of left bytes
 * at port: the widest aligned one that fits; 0 when the region takes only wider
 * ones.
 */
static unsigned
pio_width(const struct pio_region *r, uint32_t port, unsigned left)
{
	unsigned w;

	for (w = 4; w > 0; w /= 2)
		if ((r->ops->sizes & w) && w <= left && port % w == 0 &&
		    port - r->port + w <= r->len)
			return w;
	return 0;
}

/* One byte of a register that can only be read in wider units. */
static uint32_t
pio_read_narrow(const struct pio_region *r, uint32_t port)
{
	uint32_t off = port - r->port;
	unsigned w;

	for (w = 2; w < 8; w *= 2)
		if (r->ops->sizes & w)
			break;
	return (uint32_t)(r->ops->read(r->dev, off & ~(w - 1), w) >>
	    8 * (off & (w - 1))) & 0xff;
}

static uint32_t
pio_read_split(struct pio *p, uint32_t port, unsigned size)
{
	const struct pio_region *r;
	uint32_t v = 0, part;
	unsigned done, w;

	for (done = 0; done < size; done += w) {
		w = 1;
		part = 0xff;
		if (port + done < PORTS && p->map[port + done]) {
			r = &p->region[p->map[port + done]];
			w = pio_width(r, port + done, size - done);
			if (w)
				part = (uint32_t)r->ops->read(r->dev,
				    port + done - r->port, w);
			else
				part = pio_read_narrow(r, port + done);
			if (!w)
				w = 1;
		}
		v |= (part & (uint32_t)LOW_BITS(8 * w)) << 8 * done;
	}
	return v;
}

static void
pio_write_split(struct pio *p, uint32_t port, unsigned size, uint32_t val)
{
	const struct pio_region *r;
	unsigned done, w;

	for (done = 0; done < size; done += w) {
		w = 1;
		if (port + done >= PORTS || !p->map[port + done])
			continue;
		r = &p->region[p->map[port + done]];
		w = pio_width(r, port + done, size - done);
		if (w) {
			r->ops->write(r->dev, port + done - r->port,
			    val >> 8 * done & LOW_BITS(8 * w), w);
			continue;
		}
		log_guest(p->log, r->name,
		    "%s: port %#x does not take a %u-byte write, ignored",
		    r->name, port + done, size - done);
		w = 1;
	}
}

static bool
pio_fits(const struct pio_region *r, uint32_t port, unsigned size)
{
	return (r->ops->sizes & size) && port % size == 0 &&
	    port - r->port + size <= r->len;
}

uint32_t
pio_read(struct pio *p, uint32_t port, unsigned size)
{
	unsigned n = p->map[port & 0xffff];
	struct pio_region *r = &p->region[n];
	uint32_t v;

	port &= 0xffff;
	r->count.reads++;
	if (n && pio_fits(r, port, size))
		v = (uint32_t)(r->ops->read(r->dev, port - r->port, size) &
		    LOW_BITS(8 * size));
	else
		v = pio_read_split(p, port, size);
	if (p->trace.fn)
		p->trace.fn(p->trace.arg, false, port, size, v);
	return v;
}

void
pio_write(struct pio *p, uint32_t port, unsigned size, uint32_t val)
{
	unsigned n = p->map[port & 0xffff];
	struct pio_region *r = &p->region[n];

	port &= 0xffff;
	r->count.writes++;
	val &= (uint32_t)LOW_BITS(8 * size);
	if (p->trace.fn)
		p->trace.fn(p->trace.arg, true, port, size, val);
	if (n && pio_fits(r, port, size))
		r->ops->write(r->dev, port - r->port, val, size);
	else
		pio_write_split(p, port, size, val);
}

void
pio_set_trace(struct pio *p, const struct pio_trace *t)
{
	p->trace = t ? *t : (struct pio_trace){ NULL, NULL };
}

static void
pio_print_region(const struct pio_region *r,
    void (*line)(void *arg, const char *s), void *arg)
{
	char buf[128];

	snprintf(buf, sizeof(buf), "%04x-%04x %s", (unsigned)r->port,
	    (unsigned)(r->port + r->len - 1), r->name);
	line(arg, buf);
}

void
pio_print(const struct pio *p, void (*line)(void *arg, const char *s), void *arg)
{
	uint32_t port, i;

	for (port = 0; port < PORTS; port++)
		for (i = 1; p->map[port] && i <= p->count; i++)
			if (pio_covers(&p->region[i], port) &&
			    p->region[i].port == port)
				pio_print_region(&p->region[i], line, arg);
}

void
pio_each_count(const struct pio *p,
    void (*fn)(void *arg, const char *name, const struct io_count *c), void *arg)
{
	uint32_t i;

	for (i = 0; i <= p->count; i++)
		if (!i || p->region[i].ops)
			fn(arg, p->region[i].name, &p->region[i].count);
}
