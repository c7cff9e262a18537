/*
 * tests/unit/qcow2_test.c - qcow2 images, held against qemu-img
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/log.h"
#include "hw/blockimage.h"
#include "tests/runner/runner.h"
#include "tests/unit/chip_rig.h"

#define SECTORS		7687u		/* no whole number of any cluster */
#define BYTES		(SECTORS * 512u)
#define PART		256u		/* sectors of a request at most */

struct rig {
	char			dir[32];
	char			path[64];	/* of the image */
	uint8_t			*want;		/* what is on the disk */
	char			*message;
	size_t			length, seen;
	FILE			*out;
	struct log		*log;
	struct blockimage	*im;
	const struct blockdev	*d;
	uint64_t		seed;
};

/* --- tools --- */

static bool
have_qemu_img(void)
{
	return system("qemu-img --version >/dev/null 2>&1") == 0;
}

#define NEED_QEMU_IMG() \
	do { \
		if (!have_qemu_img()) \
			SKIP("qcow2", "no qemu-img (package qemu-utils)"); \
	} while (0)

/* The exit status of a command in the rig's directory. */
static PRINTF(2, 3) int
sh(const struct rig *r, const char *fmt, ...)
{
	char command[600];
	int n = snprintf(command, sizeof(command), "cd %s && { ", r->dir), status;
	va_list ap;

	va_start(ap, fmt);
	n += vsnprintf(command + n, sizeof(command) - (size_t)n, fmt, ap);
	va_end(ap);
	ck_assert_int_lt(n, (int)sizeof(command) - 20);
	strcat(command, "; } >tool.out 2>&1");
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
write_file(const struct rig *r, const char *name, const void *p, size_t n)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, p, n), (ssize_t)n);
	close(fd);
}

static uint32_t
below(struct rig *r, uint32_t n)
{
	r->seed = r->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(r->seed >> 33) % n;
}

/* Runs of what compresses, of what does not, and of nothing. */
static void
fill_some(struct rig *r, uint8_t *p, size_t n)
{
	size_t run, i;
	uint8_t kind, byte;

	while (n) {
		run = 1 + below(r, 60000);
		run = run < n ? run : n;
		kind = (uint8_t)below(r, 3);
		byte = (uint8_t)below(r, 256);
		for (i = 0; i < run; i++)
			p[i] = kind == 0 ? 0 : kind == 1 ? byte : (uint8_t)below(r, 256);
		p += run;
		n -= run;
	}
}

static void
setup(struct rig *r)
{
	memset(r, 0, sizeof(*r));
	strcpy(r->dir, "qcow2.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(r->dir));
	snprintf(r->path, sizeof(r->path), "%s/disk.qcow2", r->dir);
	r->seed = 7;
	r->want = calloc(1, BYTES);
	ck_assert_ptr_nonnull(r->want);
	r->out = open_memstream(&r->message, &r->length);
	r->log = log_new(r->out, LOG_WARN);
}

static void
teardown(struct rig *r)
{
	char command[64];

	blockimage_close(r->im);
	log_free(r->log);
	fclose(r->out);
	free(r->message);
	free(r->want);
	snprintf(command, sizeof(command), "rm -rf %s", r->dir);
	ck_assert_int_eq(system(command), 0);
}

static bool
rig_open(struct rig *r, const char *format, bool readonly)
{
	r->im = blockimage_open(r->path, format, readonly, 512, r->log);
	r->d = r->im ? blockimage_dev(r->im) : NULL;
	return r->im;
}

static void
rig_close(struct rig *r)
{
	blockimage_close(r->im);
	r->im = NULL;
}

/* One line since the last time, with this and the image's name. */
static void
check_message(struct rig *r, const char *what)
{
	const char *message;

	fflush(r->out);
	message = r->message ? r->message + r->seen : "";
	ck_assert_msg(strstr(message, what) != NULL, "\"%s\" lacks \"%s\"", message, what);
	ck_assert_msg(strstr(message, r->dir) != NULL, "\"%s\" lacks the file", message);
	ck_assert_msg(strchr(message, '\n') == message + strlen(message) - 1, "lines: %s",
	    message);
	r->seen = r->length;
}

static void
check_silent(struct rig *r)
{
	fflush(r->out);
	ck_assert_msg(r->length == r->seen, "%s", r->message + r->seen);
}

/* All of the disk, in requests of odd sizes. */
static void
check_contents(struct rig *r)
{
	uint8_t *buf = malloc(PART * 512);
	uint32_t lba, n;

	ck_assert_ptr_nonnull(buf);
	ck_assert_uint_eq(r->d->sectors, SECTORS);
	for (lba = 0; lba < SECTORS; lba += n) {
		n = 1 + below(r, PART);
		n = n < SECTORS - lba ? n : SECTORS - lba;
		memset(buf, 0xee, n * 512);
		ck_assert_int_eq(r->d->read(r->d->arg, lba, n, buf), 0);
		ck_assert_msg(!memcmp(buf, r->want + lba * 512, n * 512), "%u sectors from %u",
		    n, lba);
	}
	free(buf);
	check_silent(r);
}

/* What is in want as disk.qcow2, made with these options. */
static void
make_image(struct rig *r, const char *options)
{
	write_file(r, "want.raw", r->want, BYTES);
	ck_assert_int_eq(sh(r, "qemu-img convert -f raw -O qcow2 %s want.raw disk.qcow2",
	    options), 0);
}

/* --- reading --- */

static const char *const kinds[] = {
	"-o cluster_size=512,compat=0.10",
	"-o cluster_size=4k,compat=0.10",
	"-o cluster_size=64k,compat=1.1",
	"-o cluster_size=2M,compat=1.1",
	"-o cluster_size=512,compat=1.1,refcount_bits=1",
	"-o cluster_size=1k,compat=1.1,refcount_bits=2",
	"-o cluster_size=4k,compat=1.1,refcount_bits=64",
	"-o cluster_size=64k,compat=1.1,preallocation=metadata",
	"-c -o cluster_size=512,compat=1.1",
	"-c -o cluster_size=4k,compat=0.10",
	"-c -o cluster_size=64k,compat=1.1",
	"-c -o cluster_size=2M,compat=1.1,refcount_bits=8",
};

START_TEST(what_qemu_img_wrote_is_read)
{
	struct rig r;

	NEED_QEMU_IMG();
	setup(&r);
	fill_some(&r, r.want, BYTES);
	make_image(&r, kinds[_i]);
	ck_assert(rig_open(&r, NULL, true));
	check_contents(&r);
	check_contents(&r);
	teardown(&r);
}
END_TEST

/* A raw file shorter than the disk, a compressed image over it, zeros over that. */
static void
make_chain(struct rig *r)
{
	uint32_t half = BYTES / 2 - 700, i;

	fill_some(r, r->want, half);
	write_file(r, "base.raw", r->want, half);
	ck_assert_int_eq(sh(r, "mkdir sub && qemu-img create -f qcow2 -b ../base.raw -F raw "
	    "-o cluster_size=4k sub/mid.qcow2 %u", BYTES), 0);
	for (i = 0; i < BYTES / 65536; i += 3) {
		memset(r->want + i * 65536, (int)i + 1, 1024);
		ck_assert_int_eq(sh(r, "qemu-io -c 'write -P %u %u 1024' sub/mid.qcow2", i + 1,
		    i * 65536), 0);
	}
	ck_assert_int_eq(sh(r, "qemu-img create -f qcow2 -b sub/mid.qcow2 -F qcow2 "
	    "-o cluster_size=64k disk.qcow2"), 0);
	memset(r->want + 196608, 0, 300000);
	ck_assert_int_eq(sh(r, "qemu-io -c 'write -z 196608 300000' disk.qcow2"), 0);
}

START_TEST(what_an_image_lacks_is_read_from_its_backing_files)
{
	struct rig r;

	NEED_QEMU_IMG();
	setup(&r);
	make_chain(&r);
	ck_assert(rig_open(&r, "qcow2", true));
	check_contents(&r);
	ck_assert_ptr_nonnull(strstr(blockimage_file(r.im, 0), "/disk.qcow2"));
	ck_assert_ptr_nonnull(strstr(blockimage_file(r.im, 1), "/sub/mid.qcow2"));
	ck_assert_ptr_nonnull(strstr(blockimage_file(r.im, 2), "/base.raw"));
	ck_assert_ptr_null(blockimage_file(r.im, 3));
	teardown(&r);
}
END_TEST

/* --- refusals --- */

static void
refused(struct rig *r, bool readonly, const char *message)
{
	ck_assert_msg(!rig_open(r, NULL, readonly), "not refused: %s", message);
	check_message(r, message);
}

START_TEST(chains_that_do_not_end_well_are_refused)
{
	struct rig r;

	NEED_QEMU_IMG();
	setup(&r);
	write_file(&r, "base.raw", r.want, BYTES);
	ck_assert_int_eq(sh(&r, "qemu-img create -f qcow2 -b base.raw -F raw a.qcow2 && "
	    "qemu-img create -f qcow2 -b a.qcow2 -F qcow2 disk.qcow2 && "
	    "qemu-img rebase -u -b disk.qcow2 -F qcow2 a.qcow2"), 0);
	refused(&r, true, "based on itself");
	ck_assert_int_eq(sh(&r, "qemu-img rebase -u -b gone.raw -F raw disk.qcow2"), 0);
	refused(&r, true, "gone.raw: No such file");
	ck_assert_int_eq(sh(&r, "qemu-img rebase -u -b base.raw -F vmdk disk.qcow2"), 0);
	refused(&r, true, "backing file base.raw: its format");
	ck_assert_int_eq(sh(&r, "qemu-img rebase -u -b nbd:localhost:1 -F raw disk.qcow2"), 0);
	refused(&r, true, "only files");
	teardown(&r);
}
END_TEST

START_TEST(features_that_are_not_supported_are_refused_by_name)
{
	struct rig r;

	NEED_QEMU_IMG();
	setup(&r);
	ck_assert_int_eq(sh(&r, "qemu-img create -f qcow2 -o extended_l2=on disk.qcow2 1M"), 0);
	refused(&r, true, "extended L2");
	ck_assert_int_eq(sh(&r, "qemu-img create -f qcow2 -o data_file=data.raw disk.qcow2 1M"), 0);
	refused(&r, true, "external data file");
	if (sh(&r, "qemu-img create -f qcow2 -o compression_type=zstd disk.qcow2 1M") == 0)
		refused(&r, true, "zstd");
	teardown(&r);
}
END_TEST

/* An image of nothing but a header, without qemu-img. */
static void
put_header(uint8_t h[1024], unsigned version)
{
	memset(h, 0, 1024);
	memcpy(h, "QFI\xfb", 4);
	put_be32(h + 4, version);
	put_be32(h + 20, 9);
	put_be64(h + 24, 1024);
	put_be32(h + 36, 1);
	put_be64(h + 40, 512);
	put_be64(h + 48, 512);
	put_be32(h + 56, 1);
	put_be32(h + 96, 4);
	put_be32(h + 100, 104);
}

START_TEST(headers_that_are_wrong_are_refused)
{
	static const struct {
		unsigned	at, bytes;
		uint64_t	value;
		const char	*message;
	} wrong[] = {
		{ 8, 8, 72, "name of the backing file" },
		{ 8, 8, (uint64_t)-1, "name of the backing file" },
		{ 20, 4, 8, "2^8 bytes" },
		{ 20, 4, 22, "2^22 bytes" },
		{ 24, 8, 0, "empty" },
		{ 24, 8, 1000, "1000 bytes" },
		{ 24, 8, (uint64_t)1 << 63, "bytes" },
		{ 24, 8, (uint64_t)1 << 62, "L1 table of 1 entries" },
		{ 32, 4, 1, "encrypted (AES)" },
		{ 32, 4, 2, "encrypted (LUKS)" },
		{ 32, 4, 3, "encrypted (by an unknown method)" },
		{ 36, 4, 0, "L1 table of 0 entries" },
		{ 36, 4, 0xffffffff, "L1 table of 4294967295" },
		{ 40, 8, 0, "L1 table cannot" },
		{ 40, 8, 100, "L1 table cannot" },
		{ 40, 8, (uint64_t)1 << 63, "L1 table cannot" },
		{ 40, 8, 1024, "past the end" },
		{ 48, 8, 1, "refcount table cannot" },
		{ 48, 8, (uint64_t)-512, "refcount table cannot" },
		{ 56, 4, 0, "refcount table of 0" },
		{ 56, 4, 0x80000000, "refcount table of" },
		{ 72, 8, (uint64_t)1 << 40, "bit 40" },
		{ 96, 4, 7, "2^7 bits" },
		{ 100, 4, 100, "header of 100" },
		{ 100, 4, 105, "header of 105" },
		{ 100, 4, 0xfffffff8, "header of 4294967288" },
	};
	uint8_t h[1024];
	struct rig r;

	setup(&r);
	put_header(h, 3);
	if (wrong[_i].bytes == 8)
		put_be64(h + wrong[_i].at, wrong[_i].value);
	else
		put_be32(h + wrong[_i].at, (uint32_t)wrong[_i].value);
	write_file(&r, "disk.qcow2", h, sizeof(h));
	refused(&r, true, wrong[_i].message);
	teardown(&r);
}
END_TEST
#define WRONG_HEADERS	26

START_TEST(a_feature_nobody_knows_is_named_as_the_image_names_it)
{
	uint8_t h[1024];
	struct rig r;

	setup(&r);
	put_header(h, 3);
	put_be64(h + 72, (uint64_t)1 << 33);
	put_be32(h + 104, 0x6803f857);
	put_be32(h + 108, 48);
	h[112] = 0;
	h[113] = 33;
	strcpy((char *)h + 114, "time\ntravel");
	write_file(&r, "disk.qcow2", h, sizeof(h));
	refused(&r, true, "\"time?travel\" (incompatible bit 33)");
	put_header(h, 4);
	write_file(&r, "disk.qcow2", h, sizeof(h));
	refused(&r, true, "version 4");
	write_file(&r, "disk.qcow2", h, 50);
	refused(&r, true, "cut off");
	teardown(&r);
}
END_TEST

START_TEST(a_chain_without_end_is_refused)
{
	uint8_t h[1024];
	char name[16];
	struct rig r;
	unsigned i;

	setup(&r);
	for (i = 0; i < 40; i++) {
		put_header(h, 2);
		put_be64(h + 8, 400);
		put_be32(h + 16, 3);
		snprintf((char *)h + 400, 8, "n%02u", i + 1);
		snprintf(name, sizeof(name), "n%02u", i);
		write_file(&r, name, h, sizeof(h));
	}
	snprintf(r.path, sizeof(r.path), "%s/n00", r.dir);
	refused(&r, true, "too many backing files");
	teardown(&r);
}
END_TEST

START_TEST(format_raw_takes_the_bytes_as_they_are)
{
	uint8_t h[1024], back[1024];
	struct rig r;

	setup(&r);
	put_header(h, 3);
	write_file(&r, "disk.qcow2", h, sizeof(h));
	ck_assert(rig_open(&r, "raw", false));
	ck_assert_int_eq(r.d->read(r.d->arg, 0, 2, back), 0);
	ck_assert_mem_eq(back, h, sizeof(h));
	ck_assert_int_eq(r.d->write(r.d->arg, 0, 2, h), 0);
	rig_close(&r);
	ck_assert(rig_open(&r, NULL, true));
	ck_assert_uint_eq(r.d->sectors, 2);
	rig_close(&r);
	/* Who guessed raw does not let it become anything else. */
	memset(back, 0, sizeof(back));
	write_file(&r, "disk.qcow2", back, sizeof(back));
	ck_assert(rig_open(&r, NULL, false));
	ck_assert_int_eq(r.d->write(r.d->arg, 1, 1, h), 0);
	ck_assert_int_lt(r.d->write(r.d->arg, 0, 2, h), 0);
	check_message(&r, "may not make it look like a qcow2 image");
	rig_close(&r);
	ck_assert(!rig_open(&r, "qcow2", true));
	check_message(&r, "not a qcow2 image");
	teardown(&r);
}
END_TEST

/* --- writing --- */

/* Where writes like to be: near one another, near both ends, anywhere. */
static void
write_some(struct rig *r, unsigned times)
{
	uint32_t lba, n;

	while (times--) {
		n = 1 + below(r, below(r, 4) ? 20 : PART);
		lba = below(r, 3) ? below(r, 400) : below(r, SECTORS);
		if (!below(r, 20))
			lba = SECTORS - 1;
		n = n < SECTORS - lba ? n : SECTORS - lba;
		fill_some(r, r->want + lba * 512, n * 512);
		ck_assert_int_eq(r->d->write(r->d->arg, lba, n, r->want + lba * 512), 0);
		if (!below(r, 30))
			ck_assert_int_eq(r->d->flush(r->d->arg), 0);
	}
}

/* qemu-img finds nothing wrong, no leak either, and the same contents. */
static void
check_with_qemu(struct rig *r)
{
	write_file(r, "want.raw", r->want, BYTES);
	ck_assert_msg(sh(r, "qemu-img check -f qcow2 disk.qcow2") == 0, "qemu-img check: %s",
	    r->dir);
	ck_assert_msg(sh(r, "qemu-img compare -f raw -F qcow2 want.raw disk.qcow2") == 0,
	    "qemu-img compare: %s", r->dir);
}

static void
write_and_check(struct rig *r)
{
	ck_assert(rig_open(r, NULL, false));
	write_some(r, 150);
	check_contents(r);
	rig_close(r);
	check_with_qemu(r);
	ck_assert(rig_open(r, NULL, false));
	check_contents(r);
	write_some(r, 50);
	rig_close(r);
	check_with_qemu(r);
	check_silent(r);
}

START_TEST(what_is_written_is_what_qemu_img_reads)
{
	struct rig r;

	NEED_QEMU_IMG();
	setup(&r);
	fill_some(&r, r.want, BYTES);
	make_image(&r, kinds[_i]);
	write_and_check(&r);
	teardown(&r);
}
END_TEST

START_TEST(an_empty_image_grows_its_tables)
{
	struct rig r;
	uint32_t lba;

	NEED_QEMU_IMG();
	setup(&r);
	/* A refcount table of one cluster counts 64 * 64 clusters: 2 MiB. */
	ck_assert_int_eq(sh(&r, "qemu-img create -f qcow2 -o cluster_size=512,refcount_bits=64 "
	    "disk.qcow2 %u", BYTES), 0);
	ck_assert(rig_open(&r, NULL, false));
	check_contents(&r);
	for (lba = 0; lba < SECTORS; lba++) {
		memset(r.want + lba * 512, (int)(lba % 251) + 1, 512);
		ck_assert_int_eq(r.d->write(r.d->arg, lba, 1, r.want + lba * 512), 0);
	}
	check_contents(&r);
	rig_close(&r);
	check_with_qemu(&r);
	teardown(&r);
}
END_TEST

START_TEST(writing_over_a_chain_leaves_what_is_below_alone)
{
	struct rig r;

	NEED_QEMU_IMG();
	setup(&r);
	make_chain(&r);
	ck_assert_int_eq(sh(&r, "cksum base.raw sub/mid.qcow2 >before"), 0);
	write_and_check(&r);
	ck_assert_int_eq(sh(&r, "cksum base.raw sub/mid.qcow2 | cmp - before"), 0);
	teardown(&r);
}
END_TEST

START_TEST(a_snapshot_inside_keeps_what_it_held)
{
	uint8_t *then;
	struct rig r;

	NEED_QEMU_IMG();
	setup(&r);
	fill_some(&r, r.want, BYTES);
	make_image(&r, kinds[_i]);
	then = malloc(BYTES);
	ck_assert_ptr_nonnull(then);
	memcpy(then, r.want, BYTES);
	ck_assert_int_eq(sh(&r, "qemu-img snapshot -c one disk.qcow2"), 0);
	write_and_check(&r);
	ck_assert_int_eq(sh(&r, "qemu-img snapshot -a one disk.qcow2"), 0);
	memcpy(r.want, then, BYTES);
	check_with_qemu(&r);
	ck_assert_int_eq(sh(&r, "qemu-img snapshot -d one disk.qcow2"), 0);
	write_and_check(&r);
	free(then);
	teardown(&r);
}
END_TEST

START_TEST(images_that_were_not_closed_are_for_reading_only)
{
	struct rig r;

	NEED_QEMU_IMG();
	setup(&r);
	ck_assert_int_eq(sh(&r, "qemu-img create -f qcow2 -o lazy_refcounts=on disk.qcow2 %u",
	    BYTES), 0);
	/* qemu-io dies with the dirty bit set. */
	ck_assert_int_ne(sh(&r, "qemu-io -c 'write 0 64k' -c 'abort' disk.qcow2"), 0);
	refused(&r, false, "dirty bit");
	ck_assert(rig_open(&r, NULL, true));
	rig_close(&r);
	ck_assert_int_eq(sh(&r, "qemu-img check -r all disk.qcow2"), 0);
	ck_assert(rig_open(&r, NULL, false));
	teardown(&r);
}
END_TEST

START_TEST(an_image_and_its_backing_files_are_locked)
{
	struct blockimage *other;
	struct rig r;
	char base[80];

	NEED_QEMU_IMG();
	setup(&r);
	write_file(&r, "base.raw", r.want, BYTES);
	snprintf(base, sizeof(base), "%s/base.raw", r.dir);
	ck_assert_int_eq(sh(&r, "qemu-img create -f qcow2 -b base.raw -F raw disk.qcow2"), 0);
	ck_assert(rig_open(&r, NULL, false));
	ck_assert_ptr_null(blockimage_open(r.path, NULL, true, 512, r.log));
	check_message(&r, "disk.qcow2: in use");
	ck_assert_ptr_null(blockimage_open(base, NULL, false, 512, r.log));
	check_message(&r, "base.raw: in use");
	other = blockimage_open(base, NULL, true, 512, r.log);
	ck_assert_ptr_nonnull(other);
	blockimage_close(other);
	teardown(&r);
}
END_TEST

/* --- what dies --- */

/* In a process of its own: writes until it is killed, and says after each flush
 * how far it was. */
static void
write_for_ever(struct rig *r, int tell)
{
	uint32_t n, lba;
	uint8_t buf[4096];

	if (!rig_open(r, NULL, false))
		_exit(1);
	for (n = 1;; n++) {
		memset(buf, (int)(n % 255) + 1, sizeof(buf));
		memcpy(buf, &n, sizeof(n));
		lba = n * 37 % (SECTORS / 8) * 8;
		if (r->d->write(r->d->arg, lba, 8, buf))
			_exit(2);
		if (n % 16)
			continue;
		if (r->d->flush(r->d->arg) || write(tell, &n, sizeof(n)) != sizeof(n))
			_exit(3);
	}
}

/* What was flushed is there, or what was written there later. */
static void
check_survived(struct rig *r, uint32_t flushed)
{
	uint32_t n, first, got;
	uint8_t buf[4096];

	first = flushed > SECTORS / 8 ? flushed - SECTORS / 8 + 1 : 1;
	ck_assert(rig_open(r, NULL, true));
	for (n = first; n <= flushed; n++) {
		ck_assert_int_eq(r->d->read(r->d->arg, n * 37 % (SECTORS / 8) * 8, 8, buf), 0);
		memcpy(&got, buf, sizeof(got));
		ck_assert_msg(got == n || (got > flushed && (got - n) % (SECTORS / 8) == 0),
		    "write %u of %u flushed: %u is there", n, flushed, got);
		ck_assert_uint_eq(buf[4095], got % 255 + 1);
	}
	rig_close(r);
}

static void
kill_once(struct rig *r)
{
	uint32_t flushed = 0;
	int fd[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(fd), 0);
	pid = fork();
	if (pid == 0)
		write_for_ever(r, fd[1]);
	close(fd[1]);
	ck_assert_int_eq(read(fd[0], &flushed, sizeof(flushed)), sizeof(flushed));
	usleep(below(r, 60000));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ck_assert(WIFSIGNALED(status));
	while (read(fd[0], &flushed, sizeof(flushed)) == sizeof(flushed))
		;
	close(fd[0]);
	status = sh(r, "qemu-img check -f qcow2 disk.qcow2");
	ck_assert_msg(status == 0 || status == 3, "qemu-img check after a kill: %d", status);
	check_survived(r, flushed);
}

static void
kill_often(const char *options, unsigned times)
{
	struct rig r;
	unsigned i;

	setup(&r);
	for (i = 0; i < times; i++) {
		r.seed = i * 977 + 5;
		memset(r.want, 0, BYTES);
		if (i % 2)
			fill_some(&r, r.want, BYTES);
		make_image(&r, options);
		if (i % 3 == 1)
			ck_assert_int_eq(sh(&r, "qemu-img snapshot -c one disk.qcow2"), 0);
		kill_once(&r);
	}
	teardown(&r);
}

START_TEST(killed_while_writing_leaves_what_was_flushed)
{
	NEED_QEMU_IMG();
	kill_often(kinds[_i], 2);
}
END_TEST

START_TEST(killed_many_times)
{
	NEED_QEMU_IMG();
	kill_often(kinds[_i], 60);
}
END_TEST

/* --- damage --- */

START_TEST(a_full_disk_gives_write_errors_and_loses_nothing)
{
	struct rlimit old, limit = { 1 << 20, RLIM_INFINITY };
	unsigned bad = 0, i;
	struct rig r;

	NEED_QEMU_IMG();
	setup(&r);
	ck_assert_int_eq(sh(&r, "qemu-img create -f qcow2 -o cluster_size=4k disk.qcow2 %u",
	    BYTES), 0);
	ck_assert(rig_open(&r, NULL, false));
	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (i = 0; i + 8 <= SECTORS; i += 8) {
		memset(r.want + i * 512, 7, 4096);
		if (r.d->write(r.d->arg, i, 8, r.want + i * 512)) {
			memset(r.want + i * 512, 0, 4096);
			bad++;
		}
	}
	ck_assert_uint_gt(bad, 500);
	check_message(&r, "cannot write");
	ck_assert_int_eq(r.d->flush(r.d->arg), 0);
	check_contents(&r);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	write_some(&r, 50);
	rig_close(&r);
	check_with_qemu(&r);
	teardown(&r);
}
END_TEST

START_TEST(an_image_that_shrinks_gives_read_errors)
{
	uint8_t buf[512];
	struct rig r;
	uint32_t lba, bad = 0;

	NEED_QEMU_IMG();
	setup(&r);
	memset(r.want, 5, BYTES);
	make_image(&r, "-o cluster_size=4k");
	ck_assert(rig_open(&r, NULL, true));
	ck_assert_int_eq(truncate(r.path, 1 << 20), 0);
	for (lba = 0; lba < SECTORS; lba++)
		bad += r.d->read(r.d->arg, lba, 1, buf) == -EIO;
	ck_assert_uint_gt(bad, SECTORS / 2);
	ck_assert_uint_lt(bad, SECTORS - 8);
	check_message(&r, "cannot read");
	rig_close(&r);
	ck_assert(rig_open(&r, NULL, true));
	ck_assert_int_eq(r.d->read(r.d->arg, SECTORS - 1, 1, buf), -EIO);
	check_message(&r, "past the end of the file");
	teardown(&r);
}
END_TEST

Suite *
qcow2_suite(void)
{
	Suite *s = suite_create("qcow2");
	TCase *tc = tcase_create("all");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, what_qemu_img_wrote_is_read, 0, ARRAY_SIZE(kinds));
	tcase_add_test(tc, what_an_image_lacks_is_read_from_its_backing_files);
	tcase_add_test(tc, chains_that_do_not_end_well_are_refused);
	tcase_add_test(tc, features_that_are_not_supported_are_refused_by_name);
	tcase_add_loop_test(tc, headers_that_are_wrong_are_refused, 0, WRONG_HEADERS);
	tcase_add_test(tc, a_feature_nobody_knows_is_named_as_the_image_names_it);
	tcase_add_test(tc, a_chain_without_end_is_refused);
	tcase_add_test(tc, format_raw_takes_the_bytes_as_they_are);
	tcase_add_loop_test(tc, what_is_written_is_what_qemu_img_reads, 0, ARRAY_SIZE(kinds));
	tcase_add_test(tc, an_empty_image_grows_its_tables);
	tcase_add_test(tc, writing_over_a_chain_leaves_what_is_below_alone);
	tcase_add_loop_test(tc, a_snapshot_inside_keeps_what_it_held, 1, 4);
	tcase_add_test(tc, images_that_were_not_closed_are_for_reading_only);
	tcase_add_test(tc, an_image_and_its_backing_files_are_locked);
	tcase_add_loop_test(tc, killed_while_writing_leaves_what_was_flushed, 0, 4);
	tcase_add_test(tc, a_full_disk_gives_write_errors_and_loses_nothing);
	tcase_add_test(tc, an_image_that_shrinks_gives_read_errors);
	suite_add_tcase(s, tc);
	return s;
}

Suite *
qcow2_long_suite(void)
{
	Suite *s = suite_create("qcow2_long");
	TCase *tc = tcase_create("all");

	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, killed_many_times, 0, ARRAY_SIZE(kinds));
	suite_add_tcase(s, tc);
	return s;
}
