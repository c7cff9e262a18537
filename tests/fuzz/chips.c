/*
 * tests/fuzz/chips.c - every chip through its registers and its saved state
 *
 * The input: chip number, a flag byte, then, when the flag's bit 0 is set, a
 * state to load (cut or padded with the present one to its length); the rest
 * are records of five bytes: what, offset (2), value (2).
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/unit/chip_rig.c"

#define RECORD	5u
#define START	(5 * (uint64_t)VCLOCK_HZ + 123)

int	LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static void
fuzz_access(struct bench_chip *b, const uint8_t *p)
{
	unsigned r = p[0] >> 5;
	const struct io_ops *ops;
	unsigned size;
	uint32_t off;

	r %= b->regions;
	ops = b->region[r].ops;
	size = bench_width(ops->sizes, p[0] >> 3);
	if (size > b->region[r].len)
		return;
	off = (uint32_t)get_le16(p + 1) * (b->region[r].len > 0x10000 ? 2 : 1);
	off = off % (b->region[r].len / size) * size;
	if (p[0] & 1)
		ops->read(b->region[r].dev, off, size);
	else
		ops->write(b->region[r].dev, off,
		    get_le16(p + 3) & LOW_BITS(8 * size), size);
}

static void
fuzz_record(struct bench_chip *b, const uint8_t *p)
{
	switch (p[0] & 7) {
	case 6:
		bench_wait(&b->clock, (uint64_t)get_le16(p + 1) << (p[3] & 15));
		break;
	case 7:
		if (b->input)
			b->input(b, get_le32(p + 1));
		break;
	default:
		fuzz_access(b, p);
		break;
	}
}

/* False when the state is refused. */
static bool
fuzz_load(struct bench_chip *b, const uint8_t **in, size_t *n)
{
	size_t size = snap_size(b->cls->fields), take = *n < size ? *n : size;
	uint8_t *state = malloc(size + 1);
	bool ok;

	if (!state)
		return false;
	snap_encode(b->cls->fields, b->dev, state);
	memcpy(state, *in, take);
	*in += take;
	*n -= take;
	ok = bench_restore(b, state, size) == 0;
	free(state);
	return ok;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct bench_chip *b;
	bool load;

	if (n < 2)
		return 0;
	b = calloc(1, sizeof(*b));
	if (!b)
		return 0;
	bench_make(b, in[0] % ARRAY_SIZE(makers), START);
	load = in[1] & 1;
	in += 2;
	n -= 2;
	if (b->cls && (!load || fuzz_load(b, &in, &n))) {
		for (; n >= RECORD; in += RECORD, n -= RECORD)
			fuzz_record(b, in);
	}
	bench_free(b);
	free(b);
	return 0;
}
