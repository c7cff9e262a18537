/*
 * tests/unit/filehash_test.c - content hashes of files, and their cache
 *
 * Whether the cache was used shows in a file that changed behind its back:
 * same size, same time, other contents.
 */
#include "base/filehash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/runner/runner.h"

#define SIZE	(3u << 20 | 5)
#define OLD	1000000000	/* 2001 */

Suite	*filehash_suite(void);

struct rig {
	char	dir[64], file[96], cache[96];
	uint8_t	*data;
};

static void
write_file(const struct rig *r, const void *data, size_t n, long seconds)
{
	struct timespec t[2] = { { seconds, 5 }, { seconds, 5 } };
	int fd = open(r->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
	if (seconds)
		ck_assert_int_eq(futimens(fd, t), 0);
	close(fd);
}

static void
setup(struct rig *r)
{
	size_t i;

	strcpy(r->dir, "filehash.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(r->dir));
	snprintf(r->file, sizeof(r->file), "%s/file", r->dir);
	snprintf(r->cache, sizeof(r->cache), "%s/cache/ringlab/hashes", r->dir);
	r->data = malloc(SIZE);
	ck_assert_ptr_nonnull(r->data);
	for (i = 0; i < SIZE; i++)
		r->data[i] = (uint8_t)(i * 7 + (i >> 9));
}

/* The cache's directory is an absolute path, or it is not used. */
static void
use_cache(const struct rig *r)
{
	char *dir = realpath(r->dir, NULL), path[4200];

	ck_assert_ptr_nonnull(dir);
	snprintf(path, sizeof(path), "%s/cache", dir);
	setenv("XDG_CACHE_HOME", path, 1);
	free(dir);
}

static void
teardown(struct rig *r)
{
	char command[128];

	free(r->data);
	snprintf(command, sizeof(command), "rm -rf %s", r->dir);
	ck_assert_int_eq(system(command), 0);
}

static bool
hashes_to(const struct rig *r, const void *data, size_t n)
{
	struct hash128 h, want = filehash_bytes(data, n);
	uint64_t size;

	ck_assert_int_eq(filehash(r->file, &h, &size), 0);
	ck_assert_uint_eq(size, n);
	return h.lo == want.lo && h.hi == want.hi;
}

START_TEST(hash_is_xxh3_128_of_the_contents)
{
	char hex[33];
	struct rig r;

	setup(&r);
	use_cache(&r);
	hash_hex(filehash_bytes("", 0), hex);
	ck_assert_str_eq(hex, "99aa06d3014798d86001c324468d497f");
	write_file(&r, "", 0, 0);
	ck_assert(hashes_to(&r, "", 0));
	write_file(&r, r.data, SIZE, 0);
	ck_assert(hashes_to(&r, r.data, SIZE));
	ck_assert_int_eq(filehash(r.file, &(struct hash128){ 0, 0 }, NULL), 0);
	teardown(&r);
}
END_TEST

START_TEST(file_of_the_same_four_properties_is_not_read_again)
{
	struct rig r;

	setup(&r);
	use_cache(&r);
	write_file(&r, "one", 3, OLD);
	ck_assert(hashes_to(&r, "one", 3));
	ck_assert_int_eq(access(r.cache, R_OK), 0);
	write_file(&r, "two", 3, OLD);
	ck_assert(hashes_to(&r, "one", 3));
	teardown(&r);
}
END_TEST

START_TEST(file_with_another_time_or_size_is_read_again)
{
	struct rig r;

	setup(&r);
	use_cache(&r);
	write_file(&r, "one", 3, OLD);
	ck_assert(hashes_to(&r, "one", 3));
	write_file(&r, "two", 3, OLD + 1);
	ck_assert(hashes_to(&r, "two", 3));
	write_file(&r, "four", 4, OLD + 1);
	ck_assert(hashes_to(&r, "four", 4));
	/* Its older lines are gone. */
	write_file(&r, "six", 3, OLD);
	ck_assert(hashes_to(&r, "six", 3));
	teardown(&r);
}
END_TEST

/* Its time may not change when it is written again. */
START_TEST(file_written_just_now_is_not_kept)
{
	struct rig r;

	setup(&r);
	use_cache(&r);
	write_file(&r, "one", 3, 0);
	ck_assert(hashes_to(&r, "one", 3));
	ck_assert_int_lt(access(r.cache, R_OK), 0);
	teardown(&r);
}
END_TEST

START_TEST(cache_that_cannot_be_used_is_no_error)
{
	FILE *out;
	struct rig r;

	setup(&r);
	write_file(&r, "one", 3, OLD);
	setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
	ck_assert(hashes_to(&r, "one", 3));
	unsetenv("XDG_CACHE_HOME");
	unsetenv("HOME");
	ck_assert(hashes_to(&r, "one", 3));
	use_cache(&r);
	ck_assert(hashes_to(&r, "one", 3));
	out = fopen(r.cache, "w");
	fprintf(out, "%s\n%0500d\nnonsense", "1 2 3 4.5 xyz", 0);
	fclose(out);
	ck_assert(hashes_to(&r, "one", 3));
	ck_assert(hashes_to(&r, "one", 3));
	teardown(&r);
}
END_TEST

START_TEST(file_that_cannot_be_read_gives_an_error)
{
	struct hash128 h;
	struct rig r;

	setup(&r);
	use_cache(&r);
	ck_assert_int_eq(filehash(r.file, &h, NULL), -ENOENT);
	ck_assert_int_eq(filehash(r.dir, &h, NULL), -EISDIR);
	teardown(&r);
}
END_TEST

Suite *
filehash_suite(void)
{
	Suite *s = suite_create("filehash");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, hash_is_xxh3_128_of_the_contents);
	tcase_add_test(tc, file_of_the_same_four_properties_is_not_read_again);
	tcase_add_test(tc, file_with_another_time_or_size_is_read_again);
	tcase_add_test(tc, file_written_just_now_is_not_kept);
	tcase_add_test(tc, cache_that_cannot_be_used_is_no_error);
	tcase_add_test(tc, file_that_cannot_be_read_gives_an_error);
	suite_add_tcase(s, tc);
	return s;
}
