/*
 * vmm/disk.c - the machine's IDE drives, by programmed I/O
 *
 * ATA/ATAPI-6 (T13/1410D): 9.5 "PIO data-in command protocol", 9.6 "PIO data-out
 * command protocol", 28-bit addresses.
 */
#include "vmm/disk.h"

#include <errno.h>

#include "vmm/common/port.h"

enum { DATA, ERROR, COUNT, LBA_0, LBA_8, LBA_16, DEVICE, STATUS, COMMAND = STATUS };
#define CONTROL		0x206
#define   NIEN		2		/* no interrupts */
#define SELECT_LBA	0xe0
#define SLAVE		0x10
#define BSY		0x80
#define DF		0x20
#define DRQ		0x08
#define ERR		0x01
#define CMD_READ	0x20
#define CMD_WRITE	0x30
#define CMD_FLUSH	0xe7
#define CMD_IDENTIFY	0xec
#define ID_SECTORS	60		/* words */
#define WORDS		(BLOCKDEV_SECTOR / 2)
#define PATIENCE	100000000u

static uint8_t
settled(const struct disk *d)
{
	uint8_t status;
	uint32_t n = 0;

	do
		status = in_b(d->port + STATUS);
	while (status & BSY && ++n < PATIENCE);
	return status;
}

static bool
has_data(const struct disk *d)
{
	return (settled(d) & (BSY | DF | DRQ | ERR)) == DRQ;
}

static void
command(const struct disk *d, uint64_t lba, uint32_t n, uint8_t what)
{
	out_b(d->port + DEVICE, (uint8_t)(d->select | (lba >> 24 & 15)));
	settled(d);
	out_b(d->port + COUNT, (uint8_t)n);	/* 0 is 256 */
	out_b(d->port + LBA_0, (uint8_t)lba);
	out_b(d->port + LBA_8, (uint8_t)(lba >> 8));
	out_b(d->port + LBA_16, (uint8_t)(lba >> 16));
	out_b(d->port + COMMAND, what);
}

static void
in_words(uint16_t port, void *to, uint64_t n)
{
	__asm__ volatile("rep insw" : "+D"(to), "+c"(n) : "d"(port) : "memory");
}

static void
out_words(uint16_t port, const void *from, uint64_t n)
{
	__asm__ volatile("rep outsw" : "+S"(from), "+c"(n) : "d"(port) : "memory");
}

/* One command's sectors, at most 256. */
static int
read_some(const struct disk *d, uint64_t lba, uint32_t n, uint8_t *p)
{
	command(d, lba, n, CMD_READ);
	for (; n; n--, p += BLOCKDEV_SECTOR) {
		if (!has_data(d))
			return -EIO;
		in_words(d->port + DATA, p, WORDS);
	}
	return 0;
}

static int
write_some(const struct disk *d, uint64_t lba, uint32_t n, const uint8_t *p)
{
	command(d, lba, n, CMD_WRITE);
	for (; n; n--, p += BLOCKDEV_SECTOR) {
		if (!has_data(d))
			return -EIO;
		out_words(d->port + DATA, p, WORDS);
	}
	return settled(d) & (DF | ERR) ? -EIO : 0;
}

static int
disk_read(void *arg, uint64_t lba, uint32_t n, void *buf)
{
	uint8_t *p = buf;
	uint32_t part;
	int r = 0;

	for (; n && !r; n -= part, lba += part, p += part * BLOCKDEV_SECTOR) {
		part = n < 256 ? n : 256;
		r = read_some(arg, lba, part, p);
	}
	return r;
}

static int
disk_write(void *arg, uint64_t lba, uint32_t n, const void *buf)
{
	const uint8_t *p = buf;
	uint32_t part;
	int r = 0;

	for (; n && !r; n -= part, lba += part, p += part * BLOCKDEV_SECTOR) {
		part = n < 256 ? n : 256;
		r = write_some(arg, lba, part, p);
	}
	return r;
}

static int
disk_flush(void *arg)
{
	command(arg, 0, 0, CMD_FLUSH);
	return settled(arg) & (DF | ERR) ? -EIO : 0;
}

bool
disk_open(struct disk *d, unsigned drive, struct blockdev *bd)
{
	uint16_t id[WORDS];

	d->port = drive & 2 ? 0x170 : 0x1f0;
	d->select = SELECT_LBA | (drive & 1 ? SLAVE : 0);
	out_b(d->port + CONTROL, NIEN);
	out_b(d->port + DEVICE, d->select);
	if (in_b(d->port + STATUS) == 0xff || in_b(d->port + STATUS) == 0)
		return false;
	command(d, 0, 0, CMD_IDENTIFY);
	if (!has_data(d))
		return false;
	in_words(d->port + DATA, id, WORDS);
	*bd = (struct blockdev){ id[ID_SECTORS] | (uint64_t)id[ID_SECTORS + 1] << 16,
	    disk_read, disk_write, disk_flush, d, false };
	return bd->sectors;
}
