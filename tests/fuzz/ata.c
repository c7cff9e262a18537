/*
 * tests/fuzz/ata.c - ATA and ATAPI commands of a hostile driver
 *
 * The input is records of sixteen bytes: what to do, and its arguments.  A command
 * is a whole task file, with a packet where it takes one; its data goes by port or
 * by a descriptor table in memory.  Accesses to the medium may fail.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/unit/chip_rig.c"
#include "tests/fuzz/one_chip.h"

#define RECORD		16u
#define TABLE		0x800u
#define SECTORS		64u

int	LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static struct ide_channel *
channel_of(struct bench_chip *b, const uint8_t *p)
{
	return ide_get_channel(b->dev, p[0] >> 7);
}

/* p[1] features .. p[7] command, as at the ports; twice for 48 bits. */
static void
command(struct bench_chip *b, const uint8_t *p)
{
	struct ide_channel *ch = channel_of(b, p);
	unsigned i;

	out8(&ide_command_io, ch, 6, p[6]);
	for (i = 1; p[0] & 8 && i < 6; i++)
		out8(&ide_command_io, ch, i, p[7 + i]);
	for (i = 1; i < 6; i++)
		out8(&ide_command_io, ch, i, p[i]);
	out8(&ide_command_io, ch, 7, p[7]);
}

static void
packet(struct bench_chip *b, const uint8_t *p)
{
	struct ide_channel *ch = channel_of(b, p);
	uint8_t task[RECORD] = { p[0] & 0x80, p[1] & 1, 0, 0, p[2], p[3], 0xa0, 0xa0 };
	unsigned i;

	command(b, task);
	for (i = 0; i < 12; i += 2)
		ide_command_io.write(ch, 0, get_le16(p + 4 + i), 2);
}

/* By port: so many words, read or written. */
static void
data(struct bench_chip *b, const uint8_t *p)
{
	struct ide_channel *ch = channel_of(b, p);
	unsigned n = get_le16(p + 2) % 1024;

	for (; n; n--) {
		if (p[1] & 1)
			ide_command_io.write(ch, 0, get_le16(p + 4), 2);
		else
			ide_command_io.read(ch, 0, 2);
	}
}

/* Bus master IDE 1.0, 1.2 "Physical Region Descriptor", and the start bit. */
static void
master(struct bench_chip *b, const uint8_t *p)
{
	uint32_t base = p[0] >> 7 ? 8 : 0;
	unsigned i;

	for (i = 0; i < 2; i++) {
		put_le32(b->ram + TABLE + 8 * i, (uint32_t)get_le16(p + 2 + 4 * i) & 0xfffe);
		put_le32(b->ram + TABLE + 8 * i + 4, (uint32_t)get_le16(p + 4 + 4 * i) & 0x7ffe);
	}
	if (p[1] & 2)
		b->ram[TABLE + 8 * (p[1] >> 2 & 1) + 7] = 0x80;
	ide_set_master(b->dev, !(p[1] & 0x40));
	ide_bm_io.write(b->dev, base + 4, p[1] & 0x80 ? get_le32(p + 10) : TABLE, 4);
	ide_bm_io.write(b->dev, base, (p[1] & 1) | (p[1] & 8), 1);
}

static void
record(struct bench_chip *b, const uint8_t *p)
{
	switch (p[0] & 7) {
	case 0:
	case 1:
		command(b, p);
		break;
	case 2:
		packet(b, p);
		break;
	case 3:
		data(b, p);
		break;
	case 4:
		master(b, p);
		break;
	case 5:
		bench_wait(&b->clock, (uint64_t)get_le16(p + 1) << (p[3] & 15));
		break;
	case 6:
		b->disk.fail = p[1] & 1;
		ide_change_medium(b->dev, 2, p[1] & 2 ? &b->disk.dev : NULL);
		break;
	default:
		ide_control_io.write(channel_of(b, p), 0, p[1], 1);
		ide_command_io.read(channel_of(b, p), p[2] & 7, 1);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct bench_chip *b = malloc(sizeof(*b));

	if (!b)
		return 0;
	if (one_chip(b, make_ide, SECTORS))
		for (; n >= RECORD; in += RECORD, n -= RECORD)
			record(b, in);
	bench_free(b);
	free(b);
	return 0;
}
