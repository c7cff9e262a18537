/*
 * tests/unit/overlay_test.c - what is written over a disk, its file, --commit
 *
 * A disk in memory or an image file is compared with a plain copy after random
 * reads and writes.  Its size is odd, so that it ends inside a cluster.
 */
#define _GNU_SOURCE	/* pwrite, fork */
#include "base/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/filehash.h"
#include "base/log.h"
#include "base/overlay_priv.h"
#include "hw/blockfile.h"
#include "hw/blockimage.h"
#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

#define SECTORS		9003u
#define BYTES		(SECTORS * 512u)
#define CLUSTERS	1126u

Suite	*overlay_suite(void);

static void
fill(uint8_t *p, size_t n, unsigned seed)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 3 + i / 512 + seed);
}

static int
write_at(const struct blockdev *d, uint64_t lba, uint32_t n, unsigned seed)
{
	uint8_t buf[64 * 512];

	fill(buf, n * 512, seed);
	return d->write(d->arg, lba, n, buf);
}

/* Random reads and writes on d, which holds what copy does. */
static void
exercise(const struct blockdev *d, uint8_t *copy, unsigned rounds, uint64_t seed)
{
	static uint8_t buf[64 * 512];
	uint32_t lba, n;
	unsigned k;

	for (k = 0; k < rounds; k++) {
		n = 1 + bench_random(&seed) % 64;
		lba = bench_random(&seed) % (SECTORS - n + 1);
		if (k & 1) {
			fill(buf, n * 512, k);
			ck_assert_int_eq(d->write(d->arg, lba, n, buf), 0);
			memcpy(copy + lba * 512, buf, n * 512);
		} else {
			ck_assert_int_eq(d->read(d->arg, lba, n, buf), 0);
			ck_assert_mem_eq(buf, copy + lba * 512, n * 512);
		}
		if (k % 256 == 0)
			ck_assert_int_eq(d->flush(d->arg), 0);
	}
}

/* --- in memory --- */

START_TEST(transparent_writes_reach_the_base)
{
	static uint8_t copy[BYTES];
	struct bench_disk disk;
	struct overlay *o;
	unsigned flushes;

	ck_assert(bench_disk_init(&disk, SECTORS));
	memcpy(copy, disk.data, sizeof(copy));
	o = overlay_new(&disk.dev, NULL);
	ck_assert_ptr_nonnull(o);
	ck_assert_uint_eq(overlay_dev(o)->sectors, SECTORS);
	ck_assert(!overlay_frozen(o));
	exercise(overlay_dev(o), copy, 1000, 7);
	flushes = disk.flushes;
	ck_assert_uint_gt(flushes, 0);
	ck_assert_mem_eq(disk.data, copy, BYTES);
	ck_assert_uint_eq(overlay_count(o), 0);
	ck_assert_int_eq(overlay_put(o, 0, copy), -EINVAL);
	ck_assert_int_eq(overlay_put(o, 0, NULL), 0);
	overlay_free(o);
	bench_disk_fini(&disk);
}
END_TEST

START_TEST(frozen_writes_stay_in_the_overlay)
{
	static uint8_t copy[BYTES], base[BYTES];
	const struct blockdev *d;
	struct bench_disk disk;
	struct overlay *o;

	ck_assert(bench_disk_init(&disk, SECTORS));
	memcpy(copy, disk.data, sizeof(copy));
	o = overlay_new(&disk.dev, NULL);
	d = overlay_dev(o);
	exercise(d, copy, 100, 3);
	memcpy(base, disk.data, sizeof(base));
	overlay_freeze(o, NULL, 0);
	overlay_freeze(o, NULL, 0);
	ck_assert(overlay_frozen(o));
	ck_assert_ptr_eq(overlay_dev(o), d);
	exercise(d, copy, 5000, 11);
	ck_assert_mem_eq(disk.data, base, BYTES);
	overlay_free(o);
	bench_disk_fini(&disk);
}
END_TEST

START_TEST(errors_of_the_base_are_passed_on)
{
	const struct blockdev *d;
	uint8_t buf[512] = { 0 };
	struct bench_disk disk;
	struct overlay *o;

	ck_assert(bench_disk_init(&disk, 64));
	o = overlay_new(&disk.dev, NULL);
	d = overlay_dev(o);
	overlay_freeze(o, NULL, 0);
	ck_assert_int_eq(d->write(d->arg, 0, 1, buf), 0);
	disk.fail = true;
	ck_assert_int_lt(d->read(d->arg, 10, 1, buf), 0);
	ck_assert_int_lt(d->write(d->arg, 10, 1, buf), 0);
	ck_assert_int_eq(d->read(d->arg, 7, 1, buf), 0);
	ck_assert_int_eq(d->flush(d->arg), 0);
	/* A whole cluster needs nothing of the base. */
	ck_assert_int_eq(write_at(d, 16, 8, 1), 0);
	ck_assert_uint_eq(overlay_count(o), 2);
	overlay_free(o);
	bench_disk_fini(&disk);
}
END_TEST

START_TEST(drive_that_cannot_be_written_stays_so_when_frozen)
{
	struct bench_disk disk;
	struct overlay *o;

	ck_assert(bench_disk_init(&disk, 64));
	disk.dev.readonly = true;
	o = overlay_new(&disk.dev, NULL);
	ck_assert(overlay_dev(o)->readonly);
	overlay_freeze(o, NULL, 0);
	ck_assert(overlay_dev(o)->readonly);
	overlay_free(o);
	bench_disk_fini(&disk);
}
END_TEST

/* A list of cluster numbers as they come. */
struct numbers {
	uint64_t	at[64];
	unsigned	n;
};

static void
note(void *arg, uint64_t cluster)
{
	struct numbers *l = arg;

	ck_assert_uint_lt(l->n, ARRAY_SIZE(l->at));
	l->at[l->n++] = cluster;
}

static void
check_numbers(const struct numbers *l, const uint64_t *want, unsigned n)
{
	unsigned i;

	ck_assert_uint_eq(l->n, n);
	for (i = 0; i < n; i++)
		ck_assert_uint_eq(l->at[i], want[i]);
}

static int
read_zeros(void *arg, uint64_t lba, uint32_t n, void *buf)
{
	(void)arg;
	(void)lba;
	memset(buf, 0, (size_t)n * 512);
	return 0;
}

START_TEST(clusters_of_a_huge_disk_come_in_ascending_order)
{
	static const uint64_t want[] = { 0, 5, 63, 64, 1u << 15, 3ull << 40, (1ull << 51) - 1 };
	struct blockdev huge = { .sectors = 1ull << 54, .read = read_zeros };
	uint8_t data[4096], back[4096];
	struct numbers l = { .n = 0 };
	struct overlay *o;
	int i;

	o = overlay_new(&huge, NULL);
	overlay_freeze(o, NULL, 0);
	for (i = ARRAY_SIZE(want) - 1; i >= 0; i--)
		ck_assert_int_eq(write_at(overlay_dev(o), want[i] * 8 + 7, 1, (unsigned)i), 0);
	overlay_each(o, note, &l);
	check_numbers(&l, want, ARRAY_SIZE(want));
	ck_assert_uint_eq(overlay_count(o), ARRAY_SIZE(want));
	memset(data, 0, sizeof(data));
	fill(data + 7 * 512, 512, 5);
	ck_assert(overlay_get(o, 3ull << 40, back));
	ck_assert_mem_eq(data, back, 4096);
	ck_assert(!overlay_get(o, 1, back));
	ck_assert(!overlay_get(o, ~0ull, back));
	overlay_free(o);
}
END_TEST

static void
put_and_get(struct overlay *o, const uint8_t *image)
{
	uint8_t data[4096], back[4096], zeros[4096] = { 0 };
	const struct blockdev *d = overlay_dev(o);

	fill(data, sizeof(data), 77);
	ck_assert_int_eq(overlay_put(o, 3, data), 0);
	ck_assert_int_eq(d->read(d->arg, 24, 8, back), 0);
	ck_assert_mem_eq(data, back, 4096);
	/* The last has three sectors; what is behind them is no part of it. */
	ck_assert_int_eq(overlay_put(o, CLUSTERS - 1, data), 0);
	ck_assert(overlay_get(o, CLUSTERS - 1, back));
	ck_assert_mem_eq(data, back, 3 * 512);
	ck_assert_mem_eq(zeros, back + 3 * 512, 5 * 512);
	ck_assert_int_eq(overlay_put(o, CLUSTERS, data), -EINVAL);
	ck_assert_int_eq(overlay_put(o, ~0ull, NULL), -EINVAL);
	ck_assert_uint_eq(overlay_count(o), 2);
	ck_assert_int_eq(overlay_put(o, 3, NULL), 0);
	ck_assert_int_eq(overlay_put(o, 4, NULL), 0);
	ck_assert_uint_eq(overlay_count(o), 1);
	ck_assert(!overlay_get(o, 3, back));
	ck_assert_int_eq(d->read(d->arg, 24, 8, back), 0);
	ck_assert_mem_eq(image + 24 * 512, back, 4096);
	ck_assert_int_eq(write_at(d, 25, 1, 1), 0);
	ck_assert(overlay_get(o, 3, back));
	ck_assert_mem_eq(image + 24 * 512, back, 512);
	ck_assert_int_eq(overlay_error(o), 0);
}

START_TEST(clusters_become_what_a_snapshot_says)
{
	struct bench_disk disk;
	struct overlay *o;

	ck_assert(bench_disk_init(&disk, SECTORS));
	o = overlay_new(&disk.dev, NULL);
	overlay_freeze(o, NULL, 0);
	ck_assert_uint_eq(overlay_clusters(o), CLUSTERS);
	put_and_get(o, disk.data);
	overlay_free(o);
	bench_disk_fini(&disk);
}
END_TEST

START_TEST(consumers_learn_of_each_change_once)
{
	static const uint64_t first[] = { 2, 3, 0 }, second[] = { 3 };
	struct numbers a = { .n = 0 }, b = { .n = 0 };
	const struct blockdev *d;
	uint8_t data[4096];
	struct bench_disk disk;
	struct overlay *o;
	int x, y;

	ck_assert(bench_disk_init(&disk, SECTORS));
	o = overlay_new(&disk.dev, NULL);
	d = overlay_dev(o);
	ck_assert_int_eq(write_at(d, 80, 8, 1), 0);
	x = overlay_dirty_open(o);
	ck_assert_int_eq(write_at(d, 20, 5, 2), 0);	/* transparent: 2, 3 */
	overlay_freeze(o, NULL, 0);
	ck_assert_int_eq(write_at(d, 24, 1, 3), 0);
	ck_assert_int_eq(write_at(d, 0, 1, 4), 0);
	y = overlay_dirty_open(o);
	ck_assert_int_ne(x, y);
	overlay_dirty_take(o, x, note, &a);
	check_numbers(&a, first, 3);
	overlay_dirty_take(o, y, note, &b);
	ck_assert_uint_eq(b.n, 0);
	ck_assert(overlay_get(o, 3, data));
	ck_assert_int_eq(overlay_put(o, 3, data), 0);	/* the same: no change */
	overlay_dirty_take(o, y, note, &b);
	ck_assert_uint_eq(b.n, 0);
	ck_assert_int_eq(overlay_put(o, 3, NULL), 0);
	overlay_dirty_take(o, y, note, &b);
	check_numbers(&b, second, 1);
	a.n = 0;
	overlay_dirty_close(o, y);
	overlay_dirty_take(o, x, note, &a);
	check_numbers(&a, second, 1);
	overlay_dirty_take(o, x, note, &a);
	ck_assert_uint_eq(a.n, 1);
	ck_assert_int_eq(overlay_dirty_open(o), y);
	overlay_free(o);
	bench_disk_fini(&disk);
}
END_TEST

START_TEST(consumers_are_not_without_number)
{
	struct bench_disk disk;
	struct overlay *o;
	int i;

	ck_assert(bench_disk_init(&disk, 64));
	o = overlay_new(&disk.dev, NULL);
	for (i = 0; i < (int)OVERLAY_CONSUMERS; i++)
		ck_assert_int_eq(overlay_dirty_open(o), i);
	ck_assert_int_eq(overlay_dirty_open(o), -1);
	overlay_dirty_close(o, 4);
	ck_assert_int_eq(overlay_dirty_open(o), 4);
	overlay_free(o);
	bench_disk_fini(&disk);
}
END_TEST

/* --- with a file --- */

struct rig {
	char			dir[32], image[64], path[64], user[64];
	uint8_t			*copy;		/* what the guest should see */
	uint8_t			*orig;		/* what the image held */
	char			*message, *told;
	size_t			length, told_length, seen;
	FILE			*out, *tell;
	struct log		*log;
	struct blockfile	*base;
	struct overlay_file	*file;
	struct overlay		*o;
	const struct blockdev	*d;
};

static void
write_image(const struct rig *r, const uint8_t *data, size_t n)
{
	int fd = open(r->image, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
	close(fd);
}

static void
check_image(const struct rig *r, const uint8_t *data)
{
	uint8_t *buf = malloc(BYTES + 1);
	int fd = open(r->image, O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_nonnull(buf);
	ck_assert_int_eq(read(fd, buf, BYTES + 1), BYTES);
	ck_assert_mem_eq(buf, data, BYTES);
	close(fd);
	free(buf);
}

static int
add_disk(struct overlay_file *f, unsigned unit, const char *path)
{
	struct overlay_image im = { .path = path, .size = BYTES };

	(void)!filehash(path, &im.hash, NULL);
	return overlay_file_add_disk(f, unit, &im);
}

/* Unit 1, so that it is told from 0. */
static void
rig_open(struct rig *r)
{
	r->file = overlay_file_new(r->path, r->log);
	ck_assert_ptr_nonnull(r->file);
	ck_assert_int_eq(add_disk(r->file, 1, r->image), 0);
	ck_assert_int_eq(overlay_file_add_user(r->file, r->user), 0);
	ck_assert_int_eq(overlay_file_add_user(r->file, r->user), 0);
	r->base = blockfile_open(r->image, false, true, 512, r->log);
	ck_assert_ptr_nonnull(r->base);
	r->o = overlay_new(blockfile_dev(r->base), r->log);
	ck_assert_ptr_nonnull(r->o);
	overlay_freeze(r->o, r->file, 1);
	r->d = overlay_dev(r->o);
}

static void
setup(struct rig *r)
{
	memset(r, 0, sizeof(*r));
	strcpy(r->dir, "overlay.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(r->dir));
	snprintf(r->image, sizeof(r->image), "%s/disk.img", r->dir);
	snprintf(r->path, sizeof(r->path), "%s/run.ovl", r->dir);
	snprintf(r->user, sizeof(r->user), "%s/run.rlj", r->dir);
	r->copy = malloc(BYTES);
	r->orig = malloc(BYTES);
	ck_assert(r->copy && r->orig);
	fill(r->orig, BYTES, 1);
	memcpy(r->copy, r->orig, BYTES);
	write_image(r, r->orig, BYTES);
	r->out = open_memstream(&r->message, &r->length);
	r->tell = open_memstream(&r->told, &r->told_length);
	r->log = log_new(r->out, LOG_WARN);
	rig_open(r);
}

static void
rig_close(struct rig *r)
{
	overlay_free(r->o);
	overlay_file_close(r->file);
	blockfile_close(r->base);
	r->o = NULL;
	r->file = NULL;
	r->base = NULL;
}

static void
teardown(struct rig *r)
{
	char command[64];

	log_free(r->log);
	fclose(r->out);
	fclose(r->tell);
	free(r->message);
	free(r->told);
	free(r->copy);
	free(r->orig);
	snprintf(command, sizeof(command), "rm -rf %s", r->dir);
	ck_assert_int_eq(system(command), 0);
}

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The log has said this since the last time; lines 0: in any number of lines. */
static void
check_message(struct rig *r, const char *what, unsigned lines)
{
	const char *message, *p;
	unsigned n = 0;

	fflush(r->out);
	message = r->message + r->seen;
	for (p = message; *p; p++)
		n += *p == '\n';
	ck_assert_msg(strstr(message, what) != NULL, "\"%s\" lacks \"%s\"", message, what);
	ck_assert_msg(!lines || n == lines, "%u lines: %s", n, message);
	r->seen = r->length;
}

static bool
commit(struct rig *r, bool force)
{
	bool ok = overlay_commit(r->path, force, &blockimage_opener, r->tell, r->log);

	fflush(r->tell);
	return ok;
}

static void
check_refused(struct rig *r, bool force, const char *why)
{
	ck_assert(!commit(r, force));
	check_message(r, why, 0);
	ck_assert(exists(r->path));
}

static uint64_t
file_size(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

START_TEST(clusters_in_a_file_are_committed_to_the_image)
{
	char told[64];
	struct rig r;

	setup(&r);
	exercise(r.d, r.copy, 3000, 5);
	check_image(&r, r.orig);
	ck_assert(overlay_file_used(r.file));
	snprintf(told, sizeof(told), "disk.img: %u clusters", (unsigned)overlay_count(r.o));
	rig_close(&r);
	check_image(&r, r.orig);
	ck_assert_msg(commit(&r, false), "%s", r.message);
	ck_assert_msg(strstr(r.told, told) != NULL, "%s", r.told);
	check_image(&r, r.copy);
	ck_assert(!exists(r.path));
	teardown(&r);
}
END_TEST

START_TEST(clusters_in_a_file_become_what_a_snapshot_says)
{
	struct rig r;

	setup(&r);
	put_and_get(r.o, r.orig);
	ck_assert_int_eq(overlay_put(r.o, CLUSTERS - 1, NULL), 0);
	ck_assert_uint_eq(overlay_count(r.o), 1);
	rig_close(&r);
	ck_assert(commit(&r, false));
	fill(r.copy + 25 * 512, 512, 1);
	check_image(&r, r.copy);
	teardown(&r);
}
END_TEST

START_TEST(file_nothing_was_written_into_is_removed)
{
	struct rig r;

	setup(&r);
	ck_assert(exists(r.path));
	ck_assert_ptr_null(overlay_file_new(r.path, r.log));
	check_message(&r, "exists already", 1);
	ck_assert(!overlay_file_used(r.file));
	rig_close(&r);
	ck_assert(!exists(r.path));
	/* As good as nothing. */
	rig_open(&r);
	ck_assert_int_eq(write_at(r.d, 0, 1, 2), 0);
	ck_assert_int_eq(overlay_put(r.o, 0, NULL), 0);
	rig_close(&r);
	ck_assert(!exists(r.path));
	teardown(&r);
}
END_TEST

/* Slots are used again after a flush: the file does not grow for ever. */
START_TEST(cluster_written_again_and_again_takes_little_room)
{
	struct rig r;
	unsigned i;

	setup(&r);
	for (i = 0; i < 100; i++) {
		ck_assert_int_eq(write_at(r.d, 8, 8, i), 0);
		ck_assert_int_eq(write_at(r.d, 17, 2, i), 0);
		ck_assert_int_eq(r.d->flush(r.d->arg), 0);
	}
	fill(r.copy + 8 * 512, 4096, 99);
	fill(r.copy + 17 * 512, 1024, 99);
	ck_assert_uint_le(file_size(r.path), overlay_record_at(6));
	rig_close(&r);
	ck_assert(commit(&r, false));
	check_image(&r, r.copy);
	teardown(&r);
}
END_TEST

/* What a child process sees that saves a snapshot while the guest goes on. */
static int
child_compares(struct rig *r, int go)
{
	uint8_t byte, data[4096];
	uint64_t i;

	if (read(go, &byte, 1) != 1)
		return 2;
	for (i = 0; i < 20; i++) {
		if (!overlay_get(r->o, i, data) || memcmp(data, r->copy + i * 4096, 4096))
			return 3;
	}
	return overlay_error(r->o) ? 4 : 0;
}

START_TEST(held_clusters_stay_readable_for_a_child_process)
{
	int go[2], status, round;
	struct rig r;
	unsigned i;
	pid_t child;

	setup(&r);
	for (i = 0; i < 20; i++)
		ck_assert_int_eq(write_at(r.d, i * 8, 8, i), 0);
	ck_assert_int_eq(r.d->read(r.d->arg, 0, 160, r.copy), 0);
	ck_assert_int_eq(pipe(go), 0);
	overlay_hold(r.o);
	child = fork();
	if (child == 0)
		_exit(child_compares(&r, go[0]));
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 20; i++)
			ck_assert_int_eq(write_at(r.d, i * 8, 8, i + 100), 0);
		ck_assert_int_eq(r.d->flush(r.d->arg), 0);
	}
	ck_assert_int_eq(write(go[1], "x", 1), 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	overlay_release(r.o);
	ck_assert_uint_eq(file_size(r.path), overlay_record_at(80));
	ck_assert_int_eq(r.d->flush(r.d->arg), 0);
	ck_assert_int_eq(write_at(r.d, 0, 8, 7), 0);
	ck_assert_uint_eq(file_size(r.path), overlay_record_at(80));
	close(go[0]);
	close(go[1]);
	rig_close(&r);
	teardown(&r);
}
END_TEST

/* --- errors of the host --- */

static void
limit_file_size(uint64_t bytes)
{
	struct rlimit l;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = bytes ? bytes : l.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
}

START_TEST(full_disk_is_an_error_for_the_guest_and_loses_nothing)
{
	struct rig r;

	setup(&r);
	ck_assert_int_eq(write_at(r.d, 8, 8, 1), 0);
	limit_file_size(overlay_record_at(1) + 1000);
	ck_assert_int_eq(write_at(r.d, 8, 8, 2), -EFBIG);
	ck_assert_int_eq(write_at(r.d, 16, 8, 3), -EFBIG);
	check_message(&r, "run.ovl: cannot write: File too large", 1);
	fill(r.copy + 8 * 512, 4096, 1);
	exercise(r.d, r.copy, 1, 9);
	limit_file_size(0);
	ck_assert_int_eq(write_at(r.d, 16, 8, 4), 0);
	limit_file_size(overlay_record_at(2) + 1);
	ck_assert_int_eq(write_at(r.d, 16, 8, 5), -EFBIG);
	limit_file_size(0);
	fill(r.copy + 16 * 512, 4096, 4);
	exercise(r.d, r.copy, 1, 9);
	rig_close(&r);
	ck_assert(commit(&r, false));
	check_image(&r, r.copy);
	teardown(&r);
}
END_TEST

/* Changes bytes of the overlay file. */
static void
damage(const char *path, uint64_t at, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, p, n, (off_t)at), (ssize_t)n);
	close(fd);
}

START_TEST(record_that_changed_is_an_error_and_never_data)
{
	uint8_t buf[4096];
	struct rig r;

	setup(&r);
	ck_assert_int_eq(write_at(r.d, 8, 8, 1), 0);
	damage(r.path, overlay_record_at(0) + 100, "x", 1);
	ck_assert_int_eq(r.d->read(r.d->arg, 8, 1, buf), -EBADMSG);
	ck_assert_int_eq(write_at(r.d, 8, 1, 1), -EBADMSG);
	ck_assert(overlay_get(r.o, 1, buf));
	ck_assert_int_eq(overlay_error(r.o), -EBADMSG);
	check_message(&r, "run.ovl: cannot read", 1);
	ck_assert_int_eq(write_at(r.d, 8, 8, 2), 0);
	ck_assert_int_eq(r.d->read(r.d->arg, 8, 1, buf), 0);
	rig_close(&r);
	teardown(&r);
}
END_TEST

/* --- commit --- */

START_TEST(commit_is_refused_while_a_journal_exists_unless_forced)
{
	struct rig r;

	setup(&r);
	exercise(r.d, r.copy, 30, 5);
	check_refused(&r, true, "in use");
	rig_close(&r);
	close(open(r.user, O_CREAT | O_WRONLY, 0600));
	check_refused(&r, false, "needs the images as they are: /");
	check_image(&r, r.orig);
	ck_assert(commit(&r, true));
	ck_assert_ptr_nonnull(strstr(r.told, "can no longer be replayed or loaded: /"));
	ck_assert_ptr_nonnull(strstr(r.told, "run.rlj\n"));
	check_image(&r, r.copy);
	teardown(&r);
}
END_TEST

START_TEST(commit_is_refused_when_the_image_is_another)
{
	struct rig r;
	int fd;

	setup(&r);
	exercise(r.d, r.copy, 30, 5);
	rig_close(&r);
	unlink(r.image);
	check_refused(&r, true, "disk.img: cannot open");
	write_image(&r, r.orig, BYTES - 512);
	check_refused(&r, true, "4609024 bytes, not 4609536");
	r.orig[7]++;
	write_image(&r, r.orig, BYTES);
	check_refused(&r, true, "disk.img: is not the image it was: its contents have the hash");
	check_image(&r, r.orig);
	r.orig[7]--;
	write_image(&r, r.orig, BYTES);
	fd = open(r.image, O_RDONLY);
	ck_assert_int_eq(flock(fd, LOCK_SH), 0);
	check_refused(&r, true, "disk.img: in use");
	close(fd);
	check_image(&r, r.orig);
	ck_assert(commit(&r, false));
	check_image(&r, r.copy);
	teardown(&r);
}
END_TEST

/* As if the disk had become full half-way. */
START_TEST(interrupted_commit_is_done_again)
{
	struct rig r;

	setup(&r);
	ck_assert_int_eq(write_at(r.d, 0, 8, 50), 0);
	ck_assert_int_eq(write_at(r.d, SECTORS - 8, 8, 51), 0);
	fill(r.copy, 4096, 50);
	fill(r.copy + (SECTORS - 8) * 512, 4096, 51);
	rig_close(&r);
	limit_file_size(1 << 20);
	check_refused(&r, false, "disk.img: cannot write: File too large");
	memcpy(r.orig, r.copy, 4096);
	check_image(&r, r.orig);
	limit_file_size(0);
	/* From here on nobody asks for journals: they are lost already. */
	close(open(r.user, O_CREAT | O_WRONLY, 0600));
	ck_assert(commit(&r, false));
	ck_assert_ptr_nonnull(strstr(r.told, "a commit was interrupted"));
	check_image(&r, r.copy);
	ck_assert(!exists(r.path));
	teardown(&r);
}
END_TEST

/* A run that is killed: nothing is closed. */
static void
die_after(struct rig *r, unsigned clusters)
{
	unsigned i;
	pid_t child = fork();
	int status;

	if (child == 0) {
		for (i = 0; i < clusters; i++)
			if (write_at(r->d, i * 8, 8, i + 60))
				_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	/* The parent believes that nothing was written: keep the file from it. */
	ck_assert_int_eq(link(r->path, r->user), 0);
	rig_close(r);
	ck_assert_int_eq(rename(r->user, r->path), 0);
	ck_assert(!exists(r->user));
}

START_TEST(records_up_to_the_last_complete_one_count_after_a_crash)
{
	struct rig r;
	unsigned i;

	setup(&r);
	die_after(&r, 10);
	ck_assert_int_eq(truncate(r.path, (off_t)overlay_record_at(8) + 4000), 0);
	damage(r.path, overlay_record_at(5) + 2000, "torn", 4);
	ck_assert_msg(commit(&r, false), "%s", r.message);
	check_message(&r, "1 incomplete records, the first at offset 544928", 1);
	for (i = 0; i < 8; i++)
		if (i != 5)
			fill(r.copy + i * 4096, 4096, i + 60);
	check_image(&r, r.copy);
	teardown(&r);
}
END_TEST

START_TEST(closed_file_that_is_not_whole_is_refused)
{
	struct rig r;

	setup(&r);
	ck_assert_int_eq(write_at(r.d, 0, 8, 50), 0);
	ck_assert_int_eq(write_at(r.d, 8, 8, 51), 0);
	rig_close(&r);
	damage(r.path, overlay_record_at(1) + 2000, "torn", 4);
	check_refused(&r, true, "run.ovl: at offset 528416: a record's checksum is wrong");
	ck_assert_int_eq(truncate(r.path, (off_t)overlay_record_at(2) - 1), 0);
	check_refused(&r, true, "run.ovl: at offset 532543: the file is cut off");
	ck_assert_int_eq(truncate(r.path, 20), 0);
	check_refused(&r, true, "run.ovl: at offset 0: not an overlay file");
	check_image(&r, r.orig);
	unlink(r.path);
	ck_assert(!commit(&r, false));
	check_message(&r, "No such file", 1);
	ck_assert_int_eq(mkdir(r.path, 0700), 0);
	check_refused(&r, false, "run.ovl: cannot open");
	teardown(&r);
}
END_TEST

/* One copy of the header is enough. */
START_TEST(damaged_copy_of_the_header_is_not_used)
{
	struct rig r;

	setup(&r);
	ck_assert_int_eq(write_at(r.d, 0, 8, 50), 0);
	fill(r.copy, 4096, 50);
	rig_close(&r);
	/* The newest: with it gone the file looks like one that was not closed. */
	damage(r.path, 60, "x", 1);
	ck_assert_msg(commit(&r, false), "%s", r.message);
	check_message(&r, "the header's checksum is wrong; using the other", 1);
	check_image(&r, r.copy);
	teardown(&r);
}
END_TEST

/* A record that is whole but makes no sense comes from somebody else. */
static void
check_bad_record(struct rig *r, const struct overlay_record *bad, const char *why)
{
	uint8_t buf[OVERLAY_RECORD];

	overlay_record_encode(bad, buf);
	damage(r->path, overlay_record_at(1), buf, sizeof(buf));
	check_refused(r, true, why);
}

START_TEST(records_that_make_no_sense_are_refused_with_their_offset)
{
	struct overlay_record ok = { 9, 1, 1, 0, NULL }, bad;
	struct rig r;

	setup(&r);
	ck_assert_int_eq(write_at(r.d, 0, 8, 50), 0);
	ck_assert_int_eq(write_at(r.d, 8, 8, 50), 0);
	rig_close(&r);
	bad = ok;
	bad.unit = 0;
	check_bad_record(&r, &bad, "at offset 528416: a record of a drive");
	bad.unit = 1u << 31;
	check_bad_record(&r, &bad, "a record of a drive");
	bad = ok;
	bad.cluster = CLUSTERS;
	check_bad_record(&r, &bad, "past the end");
	bad.cluster = ~0ull;
	check_bad_record(&r, &bad, "past the end");
	bad = ok;
	bad.flags = 2;
	check_bad_record(&r, &bad, "unknown flags");
	bad = ok;
	bad.seq = 0;
	check_bad_record(&r, &bad, "sequence number");
	bad.cluster = 0;
	bad.seq = 1;
	check_bad_record(&r, &bad, "sequence number comes twice");
	check_image(&r, r.orig);
	teardown(&r);
}
END_TEST

START_TEST(images_and_journals_must_have_plain_names)
{
	struct rig r;

	setup(&r);
	ck_assert_int_lt(overlay_file_add_user(r.file, "bell\a"), 0);
	check_message(&r, "cannot name this path", 1);
	ck_assert_int_lt(overlay_file_add_user(r.file, "nowhere/to/be/found"), 0);
	check_message(&r, "nowhere/to/be/found: No such file", 1);
	ck_assert_int_lt(add_disk(r.file, 2, "nowhere/disk"), 0);
	check_message(&r, "nowhere/disk: No such file", 1);
	rig_close(&r);
	teardown(&r);
}
END_TEST

/* A directory of almost the longest name. */
static void
make_deep(const char *dir, char *path, size_t n)
{
	size_t len = (size_t)snprintf(path, n, "%s", dir);

	while (len < 3000) {
		len += (size_t)snprintf(path + len, n - len, "/%0200d", 0);
		ck_assert_int_eq(mkdir(path, 0700), 0);
	}
}

START_TEST(header_that_is_full_is_an_error)
{
	char dir[3400], path[3500];
	unsigned i;
	struct rig r;
	int err = 0;

	setup(&r);
	make_deep(r.dir, dir, sizeof(dir));
	for (i = 0; i < 300 && !err; i++) {
		snprintf(path, sizeof(path), "%s/%u", dir, i);
		err = overlay_file_add_user(r.file, path);
	}
	ck_assert_int_eq(err, -E2BIG);
	check_message(&r, "no room for more", 1);
	ck_assert_int_eq(write_at(r.d, 0, 8, 50), 0);
	fill(r.copy, 4096, 50);
	rig_close(&r);
	ck_assert(commit(&r, false));
	check_image(&r, r.copy);
	teardown(&r);
}
END_TEST

Suite *
overlay_suite(void)
{
	Suite *s = suite_create("overlay");
	TCase *tc = tcase_create("memory");

	tcase_add_test(tc, transparent_writes_reach_the_base);
	tcase_add_test(tc, frozen_writes_stay_in_the_overlay);
	tcase_add_test(tc, errors_of_the_base_are_passed_on);
	tcase_add_test(tc, drive_that_cannot_be_written_stays_so_when_frozen);
	tcase_add_test(tc, clusters_of_a_huge_disk_come_in_ascending_order);
	tcase_add_test(tc, clusters_become_what_a_snapshot_says);
	tcase_add_test(tc, consumers_learn_of_each_change_once);
	tcase_add_test(tc, consumers_are_not_without_number);
	suite_add_tcase(s, tc);
	tc = tcase_create("file");
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, clusters_in_a_file_are_committed_to_the_image);
	tcase_add_test(tc, clusters_in_a_file_become_what_a_snapshot_says);
	tcase_add_test(tc, file_nothing_was_written_into_is_removed);
	tcase_add_test(tc, cluster_written_again_and_again_takes_little_room);
	tcase_add_test(tc, held_clusters_stay_readable_for_a_child_process);
	tcase_add_test(tc, full_disk_is_an_error_for_the_guest_and_loses_nothing);
	tcase_add_test(tc, record_that_changed_is_an_error_and_never_data);
	tcase_add_test(tc, images_and_journals_must_have_plain_names);
	tcase_add_test(tc, header_that_is_full_is_an_error);
	suite_add_tcase(s, tc);
	tc = tcase_create("commit");
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, commit_is_refused_while_a_journal_exists_unless_forced);
	tcase_add_test(tc, commit_is_refused_when_the_image_is_another);
	tcase_add_test(tc, interrupted_commit_is_done_again);
	tcase_add_test(tc, records_up_to_the_last_complete_one_count_after_a_crash);
	tcase_add_test(tc, closed_file_that_is_not_whole_is_refused);
	tcase_add_test(tc, damaged_copy_of_the_header_is_not_used);
	tcase_add_test(tc, records_that_make_no_sense_are_refused_with_their_offset);
	suite_add_tcase(s, tc);
	return s;
}
