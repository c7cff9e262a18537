/*
 * tests/fuzz/virtio.c - virtio chips under a hostile driver
 *
 * The input: which chip, features that are not wanted, then records of eight
 * bytes: what, and its arguments.  Descriptors, rings and buffers are in the same
 * 64 KiB, so that any of them can be on top of another.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/unit/chip_rig.c"
#include "tests/fuzz/one_chip.h"

#define RECORD	8u
#define SECTORS	16u

static void (*const chips[])(struct bench_chip *b) = {
	make_virtio_blk, make_virtio_net, make_virtio_balloon, make_virtio_console
};

int	LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

/* A descriptor of queue p[1], or of an indirect table in the buffers. */
static void
fuzz_desc(struct bench_chip *b, const uint8_t *p, bool indirect)
{
	uint32_t at = indirect ? VQ_BUFFERS + 0x4000u : VQ_RING(p[1] % VIRTIO_QUEUES);
	uint8_t *d = b->ram + at + 16 * (p[2] % 16);

	put_le64(d, (uint64_t)p[3] << 8 | (p[4] & 0xf0));
	put_le32(d + 8, (uint32_t)p[5] << (p[4] & 15));
	put_le16(d + 12, p[6]);
	put_le16(d + 14, p[7]);
}

/* One more buffer, or an index from nowhere. */
static void
fuzz_offer(struct bench_chip *b, const uint8_t *p)
{
	uint8_t *avail = b->ram + VQ_AVAIL(p[1] % VIRTIO_QUEUES);
	uint16_t idx = get_le16(avail + 2);

	put_le16(avail, p[4]);
	put_le16(avail + 4 + 2 * (idx % 8), p[2]);
	put_le16(avail + 2, (uint16_t)(p[3] ? idx + p[3] : get_le16(p + 5)));
	put_le16(avail + 4 + 16, get_le16(p + 5));
}

static void
fuzz_register(struct bench_chip *b, const uint8_t *p)
{
	unsigned size = 1u << (p[1] % 3);
	uint32_t off = get_le16(p + 2) % VIRTIO_BAR_BYTES & ~(size - 1);

	if (p[1] & 0x80)
		virtio_io.read(b->dev, off, size);
	else
		virtio_io.write(b->dev, off, get_le32(p + 4) & LOW_BITS(8 * size), size);
}

static void
fuzz_record(struct bench_chip *b, const uint8_t *p)
{
	switch (p[0] & 15) {
	case 0:
		virtio_bench_start(b, get_le32(p + 1));
		break;
	case 1:
	case 2:
		fuzz_register(b, p);
		break;
	case 3:
		memcpy(b->ram + get_le16(p + 1) % (BENCH_RAM - 8), p + 3, 5);
		break;
	case 4:
		bench_wait(&b->clock, (uint64_t)get_le16(p + 1) << (p[3] & 7));
		break;
	case 5:
		b->input(b, get_le32(p + 1));
		break;
	case 6:
		pci_cfg_write(&((struct virtio *)b->dev)->pci, p[1] & 0xfc, 4, get_le32(p + 2));
		break;
	case 7:
	case 8:
	case 9:
		fuzz_desc(b, p, p[0] & 0x10);
		break;
	case 10:
	case 11:
		fuzz_offer(b, p);
		break;
	default:
		vdriver_out(b, 0x3000 + 4 * (p[1] % VIRTIO_QUEUES), 0, 2);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct bench_chip *b;

	if (n < 2)
		return 0;
	b = malloc(sizeof(*b));
	if (!b)
		return 0;
	if (one_chip(b, chips[in[0] % ARRAY_SIZE(chips)], SECTORS)) {
		pci_cfg_write(&((struct virtio *)b->dev)->pci, PCI_COMMAND, 2, 6);
		virtio_bench_start(b, (uint32_t)(in[1] & 3) << 28);
		for (in += 2, n -= 2; n >= RECORD; in += RECORD, n -= RECORD)
			fuzz_record(b, in);
	}
	bench_free(b);
	free(b);
	return 0;
}
