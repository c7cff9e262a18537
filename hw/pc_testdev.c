/*
 * hw/pc_testdev.c - the test device of kvm-unit-tests
 */
#include "hw/pc_testdev.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

struct pc_testdev {
	struct wire	irq[PC_TESTDEV_IRQS];
	bool		level[PC_TESTDEV_IRQS];
	uint8_t		port[4];
	uint8_t		mem[PC_TESTDEV_MEM];
};

static uint64_t
testdev_read(void *dev, uint32_t off, unsigned size)
{
	struct pc_testdev *t = dev;
	uint8_t bytes[8] = { 0 };

	memcpy(bytes, t->port, sizeof(t->port));
	return get_le(bytes + (off & 3), size);
}

static void
testdev_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct pc_testdev *t = dev;
	unsigned i;

	for (i = off & 3; i < 4 && size; i++, size--) {
		t->port[i] = (uint8_t)val;
		val >>= 8;
	}
}

static uint64_t
testdev_flush_read(void *dev, uint32_t off, unsigned size)
{
	(void)dev;
	(void)off;
	(void)size;
	return 0;
}

static void
testdev_flush_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	(void)dev;
	(void)off;
	(void)val;
	(void)size;
}

static uint64_t
testdev_irq_read(void *dev, uint32_t off, unsigned size)
{
	struct pc_testdev *t = dev;

	(void)size;
	return off < PC_TESTDEV_IRQS && t->level[off];
}

static void
testdev_irq_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct pc_testdev *t = dev;

	(void)size;
	if (off >= PC_TESTDEV_IRQS)
		return;
	t->level[off] = val != 0;
	wire_set(&t->irq[off], t->level[off]);
}

static bool
testdev_mem_fits(uint32_t off, unsigned size)
{
	return size <= 8 && off <= PC_TESTDEV_MEM - size;
}

static uint64_t
testdev_mem_read(void *dev, uint32_t off, unsigned size)
{
	struct pc_testdev *t = dev;

	return testdev_mem_fits(off, size) ? get_le(t->mem + off, size) :
	    LOW_BITS(8 * size);
}

static void
testdev_mem_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	struct pc_testdev *t = dev;

	if (testdev_mem_fits(off, size))
		put_le(t->mem + off, size, val);
}

static void
testdev_drive(struct pc_testdev *t)
{
	unsigned i;

	for (i = 0; i < PC_TESTDEV_IRQS; i++)
		wire_set(&t->irq[i], t->level[i]);
}

static void
testdev_reset(void *dev)
{
	struct pc_testdev *t = dev;

	memset(t->level, 0, sizeof(t->level));
	memset(t->port, 0, sizeof(t->port));
	memset(t->mem, 0, sizeof(t->mem));
	testdev_drive(t);
}

static int
testdev_restored(void *dev)
{
	testdev_drive(dev);
	return 0;
}

static const struct snap_field testdev_fields[] = {
	SNAP_F(struct pc_testdev, level, SNAP_T_BOOL, sizeof(bool),
	    PC_TESTDEV_IRQS, NULL),
	SNAP_BYTES(struct pc_testdev, port),
	SNAP_BYTES(struct pc_testdev, mem),
	SNAP_END
};

const struct io_ops pc_testdev_io = {
	.read = testdev_read,
	.write = testdev_write,
	.sizes = 1 | 2 | 4,
};

const struct io_ops pc_testdev_byte_io = {
	.read = testdev_read,
	.write = testdev_write,
	.sizes = 1,
};

const struct io_ops pc_testdev_flush_io = {
	.read = testdev_flush_read,
	.write = testdev_flush_write,
	.sizes = 1 | 2 | 4,
};

const struct io_ops pc_testdev_irq_io = {
	.read = testdev_irq_read,
	.write = testdev_irq_write,
	.sizes = 1,
};

const struct io_ops pc_testdev_mem_io = {
	.read = testdev_mem_read,
	.write = testdev_mem_write,
	.sizes = 1 | 2 | 4 | 8,
};

const struct device_class pc_testdev_class = {
	.name = "pc-testdev",
	.version = 1,
	.reset = testdev_reset,
	.restored = testdev_restored,
	.free = free,
	.fields = testdev_fields,
};

struct pc_testdev *
pc_testdev_new(const struct wire irq[PC_TESTDEV_IRQS])
{
	struct pc_testdev *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	memcpy(t->irq, irq, sizeof(t->irq));
	return t;
}
