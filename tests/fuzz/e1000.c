/*
 * tests/fuzz/e1000.c - a network card under a hostile driver
 *
 * The input is records of eight bytes: what, and its arguments.  Rings and buffers
 * are in the same 64 KiB, so that any of them can be on top of another; addresses
 * may be anywhere.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "hw/nic.h"
#include "tests/unit/chip_rig.c"
#include "tests/fuzz/one_chip.h"

#define RECORD		8u
#define RX		0x1000u		/* rings */
#define TX		0x2000u
#define DESCRIPTORS	64u

int	LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static void
reg(struct bench_chip *b, uint32_t off, uint32_t v)
{
	e1000_mem_io.write(b->dev, off, v, 4);
}

/* As a driver would: rings of p's lengths, both ways on. */
static void
start(struct bench_chip *b, const uint8_t *p)
{
	pci_cfg_write(e1000_pci(b->dev), PCI_COMMAND, 2, 7);
	reg(b, 0x2800, RX);
	reg(b, 0x2804, 0);
	reg(b, 0x2808, (uint32_t)p[1] << 4);
	reg(b, 0x3800, TX);
	reg(b, 0x3804, 0);
	reg(b, 0x3808, (uint32_t)p[2] << 4);
	reg(b, 0x0100, get_le32(p + 3) | 2);
	reg(b, 0x0400, (uint32_t)p[7] << 3 | 2);
}

/* A descriptor, of data or of a context: SDM 3.3 "Packet Transmission". */
static void
descriptor(struct bench_chip *b, const uint8_t *p)
{
	uint8_t *d = b->ram + (p[1] & 0x80 ? RX : TX) + 16 * (p[1] % DESCRIPTORS);

	put_le32(d, (uint32_t)p[2] << 8 | p[3]);
	put_le32(d + 4, p[0] & 0x80 ? p[3] : 0);
	put_le32(d + 8, get_le16(p + 4) | (uint32_t)(p[6] & 0xf) << 20 | (uint32_t)p[7] << 24);
	put_le32(d + 12, (uint32_t)(p[6] >> 4) << 8 | (uint32_t)p[3] << 16);
}

static void
receive(struct bench_chip *b, const uint8_t *p)
{
	uint8_t frame[NIC_FRAME_MAX];
	size_t len = NIC_FRAME_MIN + get_le16(p + 1) % (sizeof(frame) - NIC_FRAME_MIN + 1);

	memset(frame, p[3], sizeof(frame));
	if (p[4] & 1)
		memset(frame, 0xff, 6);
	put_le16(frame + 12, get_le16(p + 5));
	if (e1000_nic.can_receive(b->dev, len))
		e1000_nic.receive(b->dev, frame, len);
}

static void
record(struct bench_chip *b, const uint8_t *p)
{
	switch (p[0] & 7) {
	case 0:
		start(b, p);
		break;
	case 1:
		reg(b, get_le16(p + 1) & 0x1fffc, get_le32(p + 3));
		break;
	case 2:
		e1000_mem_io.read(b->dev, get_le16(p + 1) & 0x1fffc, 4);
		break;
	case 3:		/* tails */
		reg(b, p[1] & 1 ? 0x3818 : 0x2818, p[2]);
		break;
	case 4:
		bench_wait(&b->clock, (uint64_t)get_le16(p + 1) << (p[3] & 15));
		break;
	case 5:
		receive(b, p);
		break;
	default:
		descriptor(b, p);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct bench_chip *b = malloc(sizeof(*b));

	if (!b)
		return 0;
	if (one_chip(b, make_e1000, 1))
		for (; n >= RECORD; in += RECORD, n -= RECORD)
			record(b, in);
	bench_free(b);
	free(b);
	return 0;
}
