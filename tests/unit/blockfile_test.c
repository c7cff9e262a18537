/*
 * tests/unit/blockfile_test.c - disk images
 */
#include "hw/blockfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/runner/runner.h"

struct rig {
	char		path[64];
	char		*message;
	size_t		length;
	FILE		*out;
	struct log	*log;
};

static void
setup(struct rig *r, long size)
{
	int fd;

	strcpy(r->path, "blockfile.XXXXXX");
	fd = mkstemp(r->path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	close(fd);
	r->out = open_memstream(&r->message, &r->length);
	ck_assert_ptr_nonnull(r->out);
	r->log = log_new(r->out, LOG_ERROR);
}

static void
teardown(struct rig *r)
{
	log_free(r->log);
	fclose(r->out);
	free(r->message);
	unlink(r->path);
}

static void
check_message(struct rig *r, const char *what)
{
	fflush(r->out);
	ck_assert_ptr_nonnull(strstr(r->message, r->path));
	ck_assert_msg(strstr(r->message, what) != NULL, "\"%s\" lacks \"%s\"",
	    r->message, what);
	ck_assert_ptr_eq(strchr(r->message, '\n'),
	    r->message + strlen(r->message) - 1);
}

START_TEST(written_sectors_are_in_the_file)
{
	uint8_t buf[1024], back[1024];
	const struct blockdev *d;
	struct blockfile *f;
	struct rig r;

	setup(&r, 8192);
	memset(buf, 0xa5, sizeof(buf));
	f = blockfile_open(r.path, false, true, 512, r.log);
	ck_assert_ptr_nonnull(f);
	d = blockfile_dev(f);
	ck_assert_uint_eq(d->sectors, 16);
	ck_assert_int_eq(d->write(d->arg, 14, 2, buf), 0);
	ck_assert_int_eq(d->flush(d->arg), 0);
	blockfile_close(f);
	f = blockfile_open(r.path, true, true, 512, r.log);
	d = blockfile_dev(f);
	ck_assert(d->readonly);
	ck_assert_int_eq(d->read(d->arg, 14, 2, back), 0);
	ck_assert_mem_eq(buf, back, 1024);
	blockfile_close(f);
	teardown(&r);
}
END_TEST

START_TEST(bad_images_are_refused_with_one_message_that_names_them)
{
	struct blockfile *f;
	struct rig r;

	setup(&r, 1000);
	ck_assert_ptr_null(blockfile_open(r.path, true, true, 512, r.log));
	check_message(&r, "1000");
	teardown(&r);

	setup(&r, 2048 + 512);
	ck_assert_ptr_null(blockfile_open(r.path, true, true, 2048, r.log));
	check_message(&r, "2048");
	teardown(&r);

	setup(&r, 0);
	ck_assert_ptr_null(blockfile_open(r.path, true, true, 512, r.log));
	check_message(&r, "empty");
	teardown(&r);

	setup(&r, 512);
	unlink(r.path);
	ck_assert_ptr_null(blockfile_open(r.path, true, true, 512, r.log));
	check_message(&r, "No such file");
	ck_assert_int_eq(mkdir(r.path, 0700), 0);
	fclose(r.out);
	free(r.message);
	r.out = open_memstream(&r.message, &r.length);
	log_free(r.log);
	r.log = log_new(r.out, LOG_ERROR);
	ck_assert_ptr_null(blockfile_open(r.path, true, true, 512, r.log));
	check_message(&r, "not a file");
	rmdir(r.path);
	teardown(&r);

	setup(&r, 512);
	f = blockfile_open(r.path, false, true, 512, r.log);
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_null(blockfile_open(r.path, false, true, 512, r.log));
	check_message(&r, "in use");
	blockfile_close(f);
	teardown(&r);
}
END_TEST

START_TEST(images_of_other_formats_are_refused_by_name)
{
	static const struct {
		const char	*name;
		long		at;
		const char	*magic;
	} other[] = {
		{ "a qcow2 image", 0, "QFI\xfb" }, { "a VMDK image", 0, "KDMV" },
		{ "a VDI image", 64, "\x7f\x10\xda\xbe" },
		{ "a VHD image", 0, "conectix" }, { "a VHDX image", 0, "vhdxfile" },
	};
	struct rig r;
	unsigned i;
	FILE *f;

	for (i = 0; i < ARRAY_SIZE(other); i++) {
		/* No whole number of sectors: the better message comes first. */
		setup(&r, 1000);
		f = fopen(r.path, "r+");
		ck_assert_ptr_nonnull(f);
		ck_assert_int_eq(fseek(f, other[i].at, SEEK_SET), 0);
		ck_assert_int_ge(fputs(other[i].magic, f), 0);
		ck_assert_int_eq(fclose(f), 0);
		ck_assert_ptr_null(blockfile_open(r.path, true, true, 512, r.log));
		check_message(&r, other[i].name);
		teardown(&r);
	}
}
END_TEST

START_TEST(file_that_shrinks_gives_read_errors)
{
	const struct blockdev *d;
	struct blockfile *f;
	uint8_t buf[512];
	struct rig r;

	setup(&r, 4096);
	f = blockfile_open(r.path, true, true, 512, r.log);
	d = blockfile_dev(f);
	ck_assert_int_eq(truncate(r.path, 1024), 0);
	ck_assert_int_eq(d->read(d->arg, 1, 1, buf), 0);
	ck_assert_int_lt(d->read(d->arg, 2, 1, buf), 0);
	check_message(&r, "read");
	blockfile_close(f);
	teardown(&r);
}
END_TEST

Suite *
blockfile_suite(void)
{
	Suite *s = suite_create("blockfile");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, written_sectors_are_in_the_file);
	tcase_add_test(tc, bad_images_are_refused_with_one_message_that_names_them);
	tcase_add_test(tc, images_of_other_formats_are_refused_by_name);
	tcase_add_test(tc, file_that_shrinks_gives_read_errors);
	suite_add_tcase(s, tc);
	return s;
}
