/*
 * hw/pci_testdev.c - pci-testdev, for programs that test or time accesses
 *
 * Reference: qemu, docs/specs/pci-testdev.txt.  BAR 0 is memory, BAR 1 ports; each
 * begins with the header of the test that was started last, by a write of its number
 * to byte 0 of either BAR.  The test counts the byte writes at its offset.
 *
 * There are qemu's three tests a BAR.  There they differ in who is told of a write;
 * here only in what is counted: every write, or those of the data.
 */
#include "hw/pci_testdev.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define MEM_SIZE	2048u		/* each BAR is twice as long */
#define IO_SIZE		128u

#define TESTS		3		/* of a BAR */
#define NONE		0xff

/* The header */
#define H_TEST		0
#define H_WIDTH		1
#define H_OFFSET	4
#define H_DATA		8
#define H_COUNT		12
#define H_NAME		16
#define HEADER		64

#define DATA_MATCHES	0xfa
#define DATA_ANY	0xce

struct pci_testdev {
	struct pci_dev	pci;
	uint8_t		test;		/* of BAR 0, then of BAR 1; or NONE */
	uint32_t	count;
};

static const struct {
	char		name[28];
	bool		match;
} tests[2 * TESTS] = {
	{ "mmio-no-eventfd", false },
	{ "mmio-wildcard-eventfd", false },
	{ "mmio-datamatch-eventfd", true },
	{ "portio-no-eventfd", false },
	{ "portio-wildcard-eventfd", false },
	{ "portio-datamatch-eventfd", true },
};

static uint32_t
test_offset(const struct pci_testdev *t)
{
	return (t->test < TESTS ? MEM_SIZE : IO_SIZE) + t->test;
}

static uint64_t
pci_testdev_read(void *dev, uint32_t off, unsigned size)
{
	const struct pci_testdev *t = dev;
	uint8_t h[HEADER + 8] = { 0 };

	if (t->test == NONE || off >= HEADER)
		return 0;
	h[H_TEST] = t->test;
	h[H_WIDTH] = 1;
	put_le32(h + H_OFFSET, test_offset(t));
	put_le32(h + H_DATA, tests[t->test].match ? DATA_MATCHES : DATA_ANY);
	put_le32(h + H_COUNT, t->count);
	memcpy(h + H_NAME, tests[t->test].name, sizeof(tests[0].name));
	return get_le(h + off, size);
}

static void
pci_testdev_write(struct pci_testdev *t, unsigned bar, uint32_t off, uint64_t val,
    unsigned size)
{
	uint8_t v = (uint8_t)val;

	if (off == H_TEST) {
		t->test = v < TESTS ? (uint8_t)(bar * TESTS + v) : NONE;
		t->count = 0;
		return;
	}
	if (t->test == NONE || off != test_offset(t))
		return;
	if (tests[t->test].match && (size != 1 || v != DATA_MATCHES))
		return;
	t->count++;
}

static void
pci_testdev_mem_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	pci_testdev_write(dev, 0, off, val, size);
}

static void
pci_testdev_port_write(void *dev, uint32_t off, uint64_t val, unsigned size)
{
	pci_testdev_write(dev, 1, off, val, size);
}

static const struct io_ops mem_io = {
	.read = pci_testdev_read,
	.write = pci_testdev_mem_write,
	.sizes = 1 | 2 | 4,
};

static const struct io_ops port_io = {
	.read = pci_testdev_read,
	.write = pci_testdev_port_write,
	.sizes = 1 | 2 | 4,
};

static void
pci_testdev_reset(void *dev)
{
	struct pci_testdev *t = dev;

	t->test = NONE;
	t->count = 0;
	pci_dev_reset(&t->pci);
}

static int
pci_testdev_restored(void *dev)
{
	struct pci_testdev *t = dev;

	if (t->test != NONE && t->test >= 2 * TESTS)
		return -EINVAL;
	pci_dev_restored(&t->pci);
	return 0;
}

static void
pci_testdev_free(void *dev)
{
	struct pci_testdev *t = dev;

	if (t)
		pci_dev_fini(&t->pci);
	free(t);
}

static const struct snap_field pci_testdev_fields[] = {
	SNAP_STRUCT_1(struct pci_testdev, pci, pci_dev_fields),
	SNAP_U8(struct pci_testdev, test),
	SNAP_U32(struct pci_testdev, count),
	SNAP_END
};

const struct device_class pci_testdev_class = {
	.name = "pci-testdev",
	.version = 1,
	.reset = pci_testdev_reset,
	.restored = pci_testdev_restored,
	.free = pci_testdev_free,
	.fields = pci_testdev_fields,
};

struct pci_dev *
pci_testdev_pci(struct pci_testdev *t)
{
	return &t->pci;
}

struct pci_testdev *
pci_testdev_new(void)
{
	struct pci_testdev *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	pci_dev_init(&t->pci, "pci-testdev", 0x1b36, 0x0005, 0xff0000, 0);
	pci_cfg_init(&t->pci, PCI_COMMAND, 2, 0, PCI_CMD_IO | PCI_CMD_MEM);
	pci_cfg_init(&t->pci, PCI_SUBSYS_VENDOR, 4, 0x11001af4, 0);
	pci_bar_regs(&t->pci, 0, 0, 2 * MEM_SIZE, &mem_io, t);
	pci_bar_regs(&t->pci, 1, PCI_BAR_IO, 2 * IO_SIZE, &port_io, t);
	t->test = NONE;
	return t;
}
