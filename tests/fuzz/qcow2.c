/*
 * tests/fuzz/qcow2.c - fuzz target: qcow2 images
 *
 * An input is a byte of flags, four requests of four bytes, and the image.  Bit 0:
 * for writing; bit 1: a hole of a MiB behind the image; bit 2: the file is cut to
 * half after two requests.  A request is 16 bits of sector, a byte of length, and
 * a byte that says what to do.  An image that is taken for one must answer every
 * request or refuse it, in bounded time and memory.
 */
#define _GNU_SOURCE	/* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/fileio.h"
#include "hw/blockimage.h"

#define REQUESTS	4u
#define HEAD		(1 + 4 * REQUESTS)
#define PART		64u		/* sectors of a request at most */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)	do { if (!(cond)) abort(); } while (0)

static void
request(const struct blockdev *d, const uint8_t *in)
{
	uint8_t buf[PART * BLOCKDEV_SECTOR];
	uint64_t lba = get_le16(in) * (in[3] & 0x40 ? d->sectors / 65536 + 1 : 1);
	uint32_t n = in[2] % PART + 1;

	lba %= d->sectors;
	if (n > d->sectors - lba)
		n = (uint32_t)(d->sectors - lba);
	memset(buf, in[3], sizeof(buf));
	if (!(in[3] & 1) || d->readonly)
		REQUIRE(d->read(d->arg, lba, n, buf) <= 0);
	else
		REQUIRE(d->write(d->arg, lba, n, buf) <= 0);
	if (in[3] & 2)
		REQUIRE(d->flush(d->arg) <= 0);
}

static void
use(struct blockimage *im, int fd, const uint8_t *data, size_t size)
{
	const struct blockdev *d = blockimage_dev(im);
	struct hash128 h;
	unsigned i;

	REQUIRE(d->sectors > 0 && d->sectors <= INT64_MAX / BLOCKDEV_SECTOR + 1);
	for (i = 0; i < REQUESTS; i++) {
		if (i == 2 && (data[0] & 4))
			REQUIRE(ftruncate(fd, (off_t)size / 2) == 0);
		request(d, data + 1 + 4 * i);
	}
	if (size < 4096)
		(void)!blockimage_hash(im, &h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blockimage *im;
	char path[32];
	int fd;

	if (size < HEAD)
		return 0;
	fd = memfd_create("qcow2", MFD_CLOEXEC);
	REQUIRE(fd >= 0);
	REQUIRE(file_pwrite(fd, data + HEAD, size - HEAD, 0) == 0);
	if (data[0] & 2)
		REQUIRE(ftruncate(fd, (off_t)(size - HEAD + (1 << 20))) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	im = blockimage_open(path, "qcow2", !(data[0] & 1), BLOCKDEV_SECTOR, NULL);
	if (im)
		use(im, fd, data, size - HEAD);
	blockimage_close(im);
	close(fd);
	return 0;
}
