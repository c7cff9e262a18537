/*
 * vmm/guest/disk.c - the first IDE drive, by programmed I/O
 *
 * ATA/ATAPI-6 (T13/1410D): 9.5 "PIO data-in command protocol", 9.6 "PIO
 * data-out command protocol", 28-bit addresses.  Polled: the kernel waits.  A
 * page is one block of data where the drive can do that ("SET MULTIPLE MODE"), so
 * that it is one transfer for a VMM, too.  The data port is read 32 bits at a time,
 * as IDE channels on PCI allow.
 */
#include "vmm/guest/disk.h"

#include "vmm/common/port.h"
#include "vmm/guest/count.h"
#include "vmm/guest/page.h"
#include "vmm/guest/x86.h"

#define IDE		0x1f0
#define DATA		(IDE + 0)
#define COUNT_REG	(IDE + 2)
#define LBA_0		(IDE + 3)
#define LBA_8		(IDE + 4)
#define LBA_16		(IDE + 5)
#define DEVICE		(IDE + 6)	/* and LBA 24..27 */
#define   DEVICE_LBA	0xe0		/* the master */
#define COMMAND		(IDE + 7)
#define   READ		0x20
#define   WRITE		0x30
#define   READ_MULTIPLE	0xc4
#define   WRITE_MULTIPLE	0xc5
#define   SET_MULTIPLE	0xc6
#define   IDENTIFY	0xec
#define STATUS		(IDE + 7)
#define   BSY		0x80
#define   DF		0x20
#define   DRQ		0x08
#define   ERR		0x01
#define CONTROL		0x3f6
#define   NIEN		0x02		/* no interrupts */

#define SECTOR		512
#define SECTORS		(PAGE_SIZE / SECTOR)
#define IDENTIFY_SIZE	60		/* words 60, 61: sectors of LBA28 */
#define PATIENCE	10000000

static bool looked;
static uint32_t blocks;
static unsigned at_once = 1;		/* sectors of a block of data */

/* The status once the drive is not busy. */
static uint8_t
settled(void)
{
	uint8_t status = in_b(STATUS);
	uint32_t i;

	for (i = 0; (status & BSY) && i < PATIENCE; i++)
		status = in_b(STATUS);
	return status;
}

static bool
wants_data(void)
{
	uint8_t status = settled();

	return (status & DRQ) && !(status & (BSY | DF | ERR));
}

static void
set_multiple(void)
{
	out_b(COUNT_REG, SECTORS);
	out_b(COMMAND, SET_MULTIPLE);
	if (!(settled() & (DF | ERR)))
		at_once = SECTORS;
}

static uint32_t
identify(void)
{
	uint16_t id[SECTOR / 2];

	out_b(DEVICE, DEVICE_LBA);
	if (in_b(STATUS) == 0xff || in_b(STATUS) == 0)	/* nothing there */
		return 0;
	out_b(CONTROL, NIEN);
	out_b(COMMAND, IDENTIFY);
	if (!wants_data())
		return 0;
	in_longs(DATA, id, SECTOR / 4);
	set_multiple();
	return (id[IDENTIFY_SIZE] | (uint32_t)id[IDENTIFY_SIZE + 1] << 16) / SECTORS;
}

uint32_t
disk_blocks(void)
{
	if (!looked)
		blocks = identify();
	looked = true;
	return blocks;
}

static void
command(uint32_t block, uint8_t what)
{
	uint32_t lba = block * SECTORS;

	settled();
	out_b(DEVICE, (uint8_t)(DEVICE_LBA | (lba >> 24 & 15)));
	out_b(COUNT_REG, SECTORS);
	out_b(LBA_0, (uint8_t)lba);
	out_b(LBA_8, (uint8_t)(lba >> 8));
	out_b(LBA_16, (uint8_t)(lba >> 16));
	out_b(COMMAND, what);
}

static void
transfer(uint32_t block, uint32_t pfn, bool write)
{
	unsigned i, size = at_once * SECTOR;
	char *p = page_at(pfn);

	if (at_once > 1)
		command(block, write ? WRITE_MULTIPLE : READ_MULTIPLE);
	else
		command(block, write ? WRITE : READ);
	for (i = 0; i < SECTORS; i += at_once, p += size) {
		if (!wants_data())
			panic("disk: block %u: status %x", block, in_b(STATUS));
		if (write)
			out_longs(DATA, p, size / 4);
		else
			in_longs(DATA, p, size / 4);
	}
	if (settled() & (DF | ERR))
		panic("disk: block %u: status %x", block, in_b(STATUS));
}

void
disk_read(uint32_t block, uint32_t pfn)
{
	count(COUNT_DISK_READS);
	transfer(block, pfn, false);
}

void
disk_write(uint32_t block, uint32_t pfn)
{
	count(COUNT_DISK_WRITES);
	transfer(block, pfn, true);
}
