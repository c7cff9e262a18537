/*
 * tests/fuzz/overlay.c - fuzz target: overlay files
 *
 * Builds a file of the input: the first copy of the header, then records.  With
 * bit 0 of the first byte checksums are put right, so that what is behind them
 * is reached; bit 1 cuts the file off inside a record.  What is accepted must
 * stay inside the disks it names, and be decoded from what it is encoded to.
 */
#define _GNU_SOURCE	/* memfd_create */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/filehash.h"
#include "base/overlay_priv.h"

/* Bytes of the input for a record: its fields without the checksum, one of data. */
#define RECORD_IN	25u
#define RECORDS_MAX	64u

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)	do { if (!(cond)) abort(); } while (0)

static void
put_header(int fd, const uint8_t *data, size_t n, bool fix)
{
	uint8_t *buf = malloc(n + 1);

	REQUIRE(buf);
	memcpy(buf, data, n);
	if (fix && n >= OVERLAY_HEADER_MIN) {
		memcpy(buf, "RINGOVL\n\1\0\0", 12);
		put_le32(buf + 12, (uint32_t)n);
		put_le32(buf + 28, OVERLAY_CLUSTER);
		put_le64(buf + n - 8, filehash_bytes(buf, n - 8).lo);
	}
	REQUIRE(file_pwrite(fd, buf, n, 0) == 0);
	free(buf);
}

static void
put_record(int fd, uint64_t slot, const uint8_t *in, bool fix)
{
	uint8_t data[OVERLAY_CLUSTER], buf[OVERLAY_RECORD];
	struct overlay_record r = { get_le64(in), get_le64(in + 8), get_le32(in + 16),
		get_le32(in + 20), data };

	memset(data, in[24], sizeof(data));
	overlay_record_encode(&r, buf);
	if (!fix)
		buf[0] ^= in[24];
	REQUIRE(file_pwrite(fd, buf, sizeof(buf), overlay_record_at(slot)) == 0);
}

struct check {
	int		fd;
	unsigned	unit;
	uint64_t	size, next, written;
};

static int
check_cluster(void *arg, uint64_t cluster, struct overlay_cluster *c)
{
	struct check *k = arg;
	uint8_t buf[OVERLAY_RECORD];
	struct overlay_record r;

	REQUIRE(cluster >= k->next);
	k->next = cluster + 1;
	REQUIRE(cluster * OVERLAY_CLUSTER < k->size);
	REQUIRE(overlay_record_read(k->fd, c->slot, buf, &r) == 0);
	REQUIRE(r.cluster == cluster && r.unit == k->unit && r.seq == c->seq);
	if (c->flags & CLUSTER_WRITTEN)
		k->written++;
	return 0;
}

/* Writing what was read gives the same again, a generation later. */
static void
check_again(int fd, struct overlay_scan *s)
{
	struct overlay_scan t;

	if (s->h.generation >= UINT64_MAX - 2)
		return;
	REQUIRE(overlay_header_write(fd, &s->h) == 0);
	REQUIRE(overlay_scan(&t, fd, "overlay", NULL) == 0);
	REQUIRE(t.h.generation == s->h.generation && t.h.users == s->h.users);
	REQUIRE(!memcmp(t.written, s->written, sizeof(t.written)));
	overlay_scan_fini(&t);
}

static void
check_scan(int fd, struct overlay_scan *s)
{
	unsigned i;

	for (i = 0; i < OVERLAY_UNITS; i++) {
		struct check k = { fd, i, s->h.disk[i].size, 0, 0 };

		overlay_index_each(&s->index[i], check_cluster, &k);
		REQUIRE(k.written == s->written[i]);
		REQUIRE(!k.written || s->h.disk[i].present);
		REQUIRE(!s->h.disk[i].present || overlay_path_ok(s->h.disk[i].image));
	}
	check_again(fd, s);
}

/* No record tail of an odd size may matter. */
static void
cut_off(int fd, uint64_t slots)
{
	REQUIRE(slots == 0 || ftruncate(fd, (off_t)overlay_record_at(slots) - 77) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t header, n;
	struct overlay_scan s;
	uint64_t slot = 0;
	int fd;

	if (size < 3)
		return 0;
	header = get_le16(data + 1);
	n = size - 3;
	header = header < n ? header : n;
	fd = memfd_create("overlay", MFD_CLOEXEC);
	REQUIRE(fd >= 0);
	put_header(fd, data + 3, header, data[0] & 1);
	for (n = 3 + header; size - n >= RECORD_IN && slot < RECORDS_MAX; n += RECORD_IN)
		put_record(fd, slot++, data + n, data[0] & 1);
	if (data[0] & 2)
		cut_off(fd, slot);
	if (overlay_scan(&s, fd, "overlay", NULL) == 0)
		check_scan(fd, &s);
	overlay_scan_fini(&s);
	close(fd);
	return 0;
}
