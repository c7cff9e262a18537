/*
 * tests/unit/container_test.c - files of sections: whole or refused
 */
#include "snapshot/container.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "snapshot/container_priv.h"
#include "tests/runner/runner.h"

#define FILE_ROOM	4096u

Suite	*container_suite(void);

/* A directory for each test, and a file in it. */
struct rig {
	char			dir[64], path[80];
	struct snapshot_error	error;
};

static struct rig *
setup(void)
{
	struct rig *r = calloc(1, sizeof(*r));

	ck_assert_ptr_nonnull(r);
	strcpy(r->dir, "container.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(r->dir));
	snprintf(r->path, sizeof(r->path), "%s/file.rls", r->dir);
	return r;
}

static void
teardown(struct rig *r)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf '%s'", r->dir);
	ck_assert_int_eq(system(command), 0);
	free(r);
}

/* --- helpers --- */

static void
put_file(struct rig *r, const uint8_t *p, size_t n)
{
	FILE *f = fopen(r->path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(p, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

static size_t
get_file(struct rig *r, uint8_t buf[FILE_ROOM])
{
	FILE *f = fopen(r->path, "rb");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(buf, 1, FILE_ROOM, f);
	ck_assert_uint_lt(n, FILE_ROOM);
	fclose(f);
	return n;
}

static void
write_sample(struct rig *r, const char *text)
{
	struct container_writer *w = container_create(r->path, &r->error);
	struct hash128 id;

	ck_assert_msg(w, "%s", r->error.text);
	ck_assert(container_put(w, "text", 7, text, strlen(text), &r->error));
	ck_assert(container_put(w, "empty", 1, "", 0, &r->error));
	ck_assert(container_put(w, "a-name-that-fit", 2, "xyz", 3, &r->error));
	ck_assert_msg(container_finish(w, &id, &r->error), "%s", r->error.text);
}

struct reading {
	char		names[100], text[100];
};

static bool
look(void *arg, const struct container_section *s, struct snapshot_error *e)
{
	struct reading *seen = arg;
	size_t n = strlen(seen->names);

	(void)e;
	snprintf(seen->names + n, sizeof(seen->names) - n, "%s/%u ", s->name, s->version);
	if (!strcmp(s->name, "text"))
		snprintf(seen->text, sizeof(seen->text), "%.*s", (int)s->length,
		    (const char *)s->contents);
	return true;
}

static bool
read_all(struct rig *r, struct reading *seen, struct hash128 *id)
{
	struct container *c = container_open(r->path, &r->error);
	bool ok;

	memset(seen, 0, sizeof(*seen));
	if (!c)
		return false;
	ok = container_each(c, look, seen, id, &r->error);
	container_close(c);
	return ok;
}

static bool
is_good(struct rig *r)
{
	struct reading seen;
	struct hash128 id;

	r->error.text[0] = '\0';
	return read_all(r, &seen, &id);
}

/* The contents are what write_sample(text) wrote. */
static void
check_holds(struct rig *r, const char *text)
{
	struct reading seen;
	struct hash128 id;

	ck_assert_msg(read_all(r, &seen, &id), "%s", r->error.text);
	ck_assert_str_eq(seen.text, text);
}

static unsigned
files_in_dir(struct rig *r)
{
	char command[100];
	unsigned n = 0;
	FILE *p;

	snprintf(command, sizeof(command), "ls -A '%s' | wc -l", r->dir);
	p = popen(command, "r");
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(fscanf(p, "%u", &n), 1);
	pclose(p);
	return n;
}

/* --- tests --- */

START_TEST(what_is_written_is_read)
{
	struct rig *r = setup();
	struct hash128 id, peeked;
	struct reading seen;

	write_sample(r, "hello");
	ck_assert_msg(read_all(r, &seen, &id), "%s", r->error.text);
	ck_assert_str_eq(seen.names, "text/7 empty/1 a-name-that-fit/2 ");
	ck_assert_str_eq(seen.text, "hello");
	ck_assert(container_peek_id(r->path, &peeked));
	ck_assert(id.lo == peeked.lo && id.hi == peeked.hi);
	ck_assert_uint_eq(files_in_dir(r), 1);
	teardown(r);
}
END_TEST

START_TEST(every_length_but_the_whole_is_refused)
{
	struct rig *r = setup();
	uint8_t buf[FILE_ROOM + 1] = { 0 };
	size_t n, i;

	write_sample(r, "hello");
	n = get_file(r, buf);
	for (i = 0; i < n; i++) {
		put_file(r, buf, i);
		ck_assert_msg(!is_good(r), "%zu bytes of %zu", i, n);
		ck_assert_msg(strstr(r->error.text, "file.rls, offset "), "%s", r->error.text);
	}
	put_file(r, buf, n + 1);
	ck_assert(!is_good(r));
	put_file(r, buf, n);
	ck_assert(is_good(r));
	teardown(r);
}
END_TEST

START_TEST(every_flipped_bit_is_noticed)
{
	struct rig *r = setup();
	uint8_t buf[FILE_ROOM];
	size_t n, i;
	int fd;

	write_sample(r, "hello");
	n = get_file(r, buf);
	fd = open(r->path, O_WRONLY);
	for (i = 0; i < 8 * n; i++) {
		buf[i / 8] ^= 1 << i % 8;
		ck_assert_int_eq(pwrite(fd, buf, n, 0), n);
		ck_assert_msg(!is_good(r), "bit %zu of byte %zu", i % 8, i / 8);
		buf[i / 8] ^= 1 << i % 8;
	}
	close(fd);
	teardown(r);
}
END_TEST

START_TEST(sections_that_are_missing_or_moved_are_noticed)
{
	struct rig *r = setup();
	uint8_t buf[FILE_ROOM], one[SECTION_HEADER];
	size_t n, second = FILE_HEADER + SECTION_HEADER + 5;

	write_sample(r, "hello");
	n = get_file(r, buf);
	memcpy(one, buf + second, sizeof(one));
	memmove(buf + second, buf + second + sizeof(one), n - second - sizeof(one));
	put_file(r, buf, n - sizeof(one));
	ck_assert(!is_good(r));
	ck_assert_msg(strstr(r->error.text, "sections are missing"), "%s", r->error.text);
	write_sample(r, "hello");
	n = get_file(r, buf);
	memmove(buf + FILE_HEADER + sizeof(one), buf + FILE_HEADER, second - FILE_HEADER);
	memcpy(buf + FILE_HEADER, one, sizeof(one));
	put_file(r, buf, n);
	ck_assert(!is_good(r));
	ck_assert_msg(strstr(r->error.text, "as a whole"), "%s", r->error.text);
	teardown(r);
}
END_TEST

static const uint64_t lengths[] = { 1000, CONTAINER_SECTION_MAX, CONTAINER_SECTION_MAX + 1,
	(uint64_t)1 << 40, UINT64_MAX - SECTION_HEADER, UINT64_MAX };

/* With right checksums, so that only the comparison with the file's size helps. */
START_TEST(lengths_beyond_the_file_are_refused)
{
	struct rig *r = setup();
	struct hash_stream *h = hash_stream_new();
	uint8_t buf[FILE_ROOM], *section = buf + FILE_HEADER;
	size_t n;

	write_sample(r, "hello");
	n = get_file(r, buf);
	put_le64(section + SECTION_LENGTH, lengths[_i]);
	container_put_sum(section + SECTION_HEADER_SUM,
	    container_sum(h, section, SECTION_HEADER_SUM));
	put_file(r, buf, n);
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_AS, &(struct rlimit){ (rlim_t)256 << 20, (rlim_t)256 << 20 });
#endif
	ck_assert(!is_good(r));
	ck_assert_msg(strstr(r->error.text, "offset 16: "), "%s", r->error.text);
	ck_assert(!strstr(r->error.text, "memory"));
	hash_stream_free(h);
	teardown(r);
}
END_TEST

START_TEST(other_files_are_refused)
{
	struct rig *r = setup();
	static const uint8_t zeros[500];

	put_file(r, (const uint8_t *)"#!/bin/sh\nexit 0 # not a snapshot\n", 34);
	ck_assert(!is_good(r));
	ck_assert_msg(strstr(r->error.text, "not a snapshot"), "%s", r->error.text);
	put_file(r, zeros, sizeof(zeros));
	ck_assert(!is_good(r));
	unlink(r->path);
	ck_assert(!is_good(r));
	ck_assert_msg(strstr(r->error.text, "No such file"), "%s", r->error.text);
	ck_assert_int_eq(mkfifo(r->path, 0600), 0);
	ck_assert(!is_good(r));
	ck_assert_ptr_null(container_create(r->path, &r->error));
	strcpy(r->path, "/dev/null");
	ck_assert(!is_good(r));
	ck_assert_ptr_null(container_create(r->path, &r->error));
	strcpy(r->path, "/tmp");
	ck_assert(!is_good(r));
	ck_assert_ptr_null(container_create(r->path, &r->error));
	teardown(r);
}
END_TEST

START_TEST(another_format_version_is_named)
{
	struct rig *r = setup();
	uint8_t buf[FILE_ROOM];
	size_t n;

	write_sample(r, "hello");
	n = get_file(r, buf);
	put_le32(buf + FILE_VERSION, 77);
	put_file(r, buf, n);
	ck_assert(!is_good(r));
	ck_assert_msg(strstr(r->error.text, "format version 77"), "%s", r->error.text);
	teardown(r);
}
END_TEST

START_TEST(an_abandoned_file_leaves_the_old_one)
{
	struct rig *r = setup();
	struct container_writer *w;

	write_sample(r, "old");
	w = container_create(r->path, &r->error);
	ck_assert_ptr_nonnull(w);
	ck_assert(container_put(w, "text", 1, "new", 3, &r->error));
	check_holds(r, "old");
	container_abandon(w);
	check_holds(r, "old");
	ck_assert_uint_eq(files_in_dir(r), 1);
	teardown(r);
}
END_TEST

/* Files may not grow beyond some bytes: what a full disk does to a writer. */
START_TEST(a_failing_write_leaves_the_old_file)
{
	struct rig *r = setup();
	static uint8_t big[100000];
	struct rlimit most = { 20000, 20000 };
	struct container_writer *w;

	write_sample(r, "old");
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &most);
	w = container_create(r->path, &r->error);
	ck_assert_ptr_nonnull(w);
	ck_assert(!container_put(w, "big", 1, big, sizeof(big), &r->error));
	ck_assert_msg(strstr(r->error.text, "file.rls: cannot write: "), "%s", r->error.text);
	container_abandon(w);
	check_holds(r, "old");
	ck_assert_uint_eq(files_in_dir(r), 1);
	teardown(r);
}
END_TEST

START_TEST(leftovers_of_a_killed_writer_go_and_those_of_a_live_one_stay)
{
	struct rig *r = setup();
	struct container_writer *live;
	int status;
	pid_t pid;

	write_sample(r, "old");
	pid = fork();
	if (!pid) {
		if (container_create(r->path, NULL))
			raise(SIGKILL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_uint_eq(files_in_dir(r), 2);
	live = container_create(r->path, &r->error);
	ck_assert_ptr_nonnull(live);
	ck_assert_uint_eq(files_in_dir(r), 2);
	write_sample(r, "new");
	ck_assert_uint_eq(files_in_dir(r), 2);
	check_holds(r, "new");
	container_abandon(live);
	ck_assert_uint_eq(files_in_dir(r), 1);
	teardown(r);
}
END_TEST

Suite *
container_suite(void)
{
	Suite *s = suite_create("container");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, what_is_written_is_read);
	tcase_add_test(tc, every_length_but_the_whole_is_refused);
	tcase_add_test(tc, every_flipped_bit_is_noticed);
	tcase_add_test(tc, sections_that_are_missing_or_moved_are_noticed);
	tcase_add_loop_test(tc, lengths_beyond_the_file_are_refused, 0, ARRAY_SIZE(lengths));
	tcase_add_test(tc, other_files_are_refused);
	tcase_add_test(tc, another_format_version_is_named);
	tcase_add_test(tc, an_abandoned_file_leaves_the_old_one);
	tcase_add_test(tc, a_failing_write_leaves_the_old_file);
	tcase_add_test(tc, leftovers_of_a_killed_writer_go_and_those_of_a_live_one_stay);
	suite_add_tcase(s, tc);
	return s;
}
