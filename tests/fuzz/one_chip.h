/*
 * tests/fuzz/one_chip.h - a chip of tests/unit/chip_rig.c, for targets of their own
 *
 * To be included behind chip_rig.c.  The disk is small: else most of the time would
 * go there.
 */
#define START	(5 * (uint64_t)VCLOCK_HZ + 123)

/* False when memory is short. */
static bool
one_chip(struct bench_chip *b, void (*make)(struct bench_chip *b), unsigned sectors)
{
	memset(b, 0, sizeof(*b));
	b->ram = calloc(1, BENCH_RAM);
	if (!b->ram || evheap_init(&b->clock) || !bench_disk_init(&b->disk, sectors))
		return false;
	b->clock.now = START;
	make(b);
	if (!b->dev) {
		b->cls = NULL;
		return false;
	}
	b->cls->reset(b->dev);
	return true;
}
