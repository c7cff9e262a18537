/*
 * tests/unit/chip_rig.h - a chip alone on a bench
 *
 * A clock that is stepped by hand, wires that remember what happened on them,
 * memory for DMA, and for the generic tests a list of every chip with its
 * register blocks.
 */
#ifndef TESTS_UNIT_CHIP_RIG_H
#define TESTS_UNIT_CHIP_RIG_H

#include "base/blockdev.h"
#include "base/device.h"
#include "base/evheap.h"
#include "base/io.h"
#include "base/wire.h"

#define BENCH_MS	((uint64_t)VCLOCK_HZ / 1000)
#define BENCH_US	((uint64_t)VCLOCK_HZ / 1000000)

/* A wire's other end. */
struct bench_line {
	bool		level;
	unsigned	rises;
};

struct wire bench_wire(struct bench_line *l);

/* Runs every event up to and including cycle at, each at its own time. */
void	bench_run(struct evheap *h, uint64_t at);

static inline void
bench_wait(struct evheap *h, uint64_t cycles)
{
	bench_run(h, h->now + cycles);
}

static inline uint8_t
in8(const struct io_ops *ops, void *dev, uint32_t off)
{
	return (uint8_t)ops->read(dev, off, 1);
}

static inline void
out8(const struct io_ops *ops, void *dev, uint32_t off, uint8_t val)
{
	ops->write(dev, off, val, 1);
}

/* A disk in memory; fail makes the next accesses fail. */
struct bench_disk {
	struct blockdev	dev;
	uint8_t		*data;
	bool		fail;
	unsigned	flushes;
};

bool	bench_disk_init(struct bench_disk *d, uint64_t sectors);
void	bench_disk_fini(struct bench_disk *d);

/* A chip of the generic tests. */
#define BENCH_REGIONS	6
#define BENCH_LINES	32
#define BENCH_RAM	0x10000u

struct bench_chip {
	const struct device_class	*cls;
	void				*dev;
	struct {
		const struct io_ops	*ops;
		void			*dev;
		uint32_t		len;
	} region[BENCH_REGIONS];
	unsigned			regions;
	struct evheap			clock;
	struct bench_line		line[BENCH_LINES];
	struct bench_disk		disk;
	uint8_t				*ram;
	/* Inputs other than registers; n is random.  May be NULL. */
	void				(*input)(struct bench_chip *b, uint32_t n);
};

/* Chip number i after reset, with its clock at now; false when i is past the
 * last.  Reports nothing: cls is NULL when memory is short. */
bool	bench_make(struct bench_chip *b, unsigned i, uint64_t now);
void	bench_free(struct bench_chip *b);

/* One access or input or step in time that depends on *seed alone; returns
 * what was read. */
uint64_t bench_poke(struct bench_chip *b, uint64_t *seed);
uint32_t bench_random(uint64_t *seed);

/* Loads an encoded state into a chip just made: 0 or -EINVAL. */
int	bench_restore(struct bench_chip *b, const uint8_t *in, size_t n);

#endif
