/*
 * tests/unit/snapshots_test.c - machines saved to files and loaded from them
 *
 * The firmware runs in small machines.  A loaded machine must be what was saved
 * and have the same future; a file that is not loaded must leave no trace.
 */
#include "snapshot/snapshots.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/overlay.h"
#include "cpu/cpu_state.h"
#include "hw/machine_state.h"
#include "hw/mc146818.h"
#include "snapshot/chunk.h"
#include "snapshot/container.h"
#include "snapshot/snapshots_priv.h"
#include "tests/runner/runner.h"

#define MIB	((uint64_t)1 << 20)
#define M	1000000u		/* cycles */

Suite	*snapshots_suite(void);

/* --- machines --- */

struct run {
	char			*messages;
	size_t			messages_size;
	FILE			*out;
	struct log		*log;
	struct machine_config	cfg;
	struct machine		*m;
	struct snapshots	*s;
	struct snapshot_error	error;
	uint64_t		until;
	unsigned		saves, failures;	/* in the background */
};

static void
stop_there(void *arg, struct machine *m, uint64_t wait)
{
	struct run *r = arg;

	(void)wait;
	if (r->s)
		snapshots_poll(r->s);
	if (machine_cycles(m) >= r->until)
		machine_stop(m);
}

static void
save_done(void *arg, bool ok, const char *text)
{
	struct run *r = arg;

	(void)text;
	r->saves += ok;
	r->failures += !ok;
}

static struct run *
run_with_disk(const char *dir, uint64_t ram, bool incremental, bool plain, const char *disk)
{
	struct run *r = calloc(1, sizeof(*r));
	struct snapshots_config how = { .dir = dir, .incremental = incremental,
		.compress = plain ? SNAPSHOT_PLAIN : SNAPSHOT_ZLIB, .done = save_done,
		.arg = r };

	ck_assert_ptr_nonnull(r);
	r->out = open_memstream(&r->messages, &r->messages_size);
	r->log = log_new(r->out, LOG_WARN);
	machine_config_init(&r->cfg);
	r->cfg.ram = ram;
	r->cfg.pace = PACE_MAX;
	r->cfg.log = r->log;
	r->cfg.debugcon.present = true;
	r->cfg.serial[0].present = true;
	r->cfg.host = (struct machine_host){ .poll = stop_there, .arg = r };
	if (disk)
		r->cfg.disk[1] = (struct machine_disk){ .file = disk, .present = true };
	r->m = machine_new(&r->cfg);
	ck_assert_ptr_nonnull(r->m);
	r->s = snapshots_new(r->m, &r->cfg, &how);
	ck_assert_ptr_nonnull(r->s);
	return r;
}

static struct run *
run_with(const char *dir, uint64_t ram, bool incremental, bool plain)
{
	return run_with_disk(dir, ram, incremental, plain, NULL);
}

static struct run *
run_new(const char *dir)
{
	return run_with(dir, 32 * MIB, false, false);
}

static void
run_free(struct run *r)
{
	snapshots_free(r->s);
	machine_free(r->m);
	log_free(r->log);
	fclose(r->out);
	free(r->messages);
	free(r);
}

static void
run_until(struct run *r, uint64_t cycles)
{
	r->until = cycles;
	ck_assert_int_eq(machine_run(r->m), END_STOPPED);
}

static struct hash128
hash_of(struct run *r)
{
	return machine_state_hash(r->m);
}

static void
check_hash(struct run *r, struct hash128 want, const char *when)
{
	struct hash128 is = hash_of(r);

	ck_assert_msg(is.lo == want.lo && is.hi == want.hi, "%s: another state", when);
}

static void
save(struct run *r, const char *name)
{
	ck_assert_msg(snapshots_save_now(r->s, name, &r->error), "%s", r->error.text);
}

static void
load(struct run *r, const char *name)
{
	ck_assert_msg(snapshots_load(r->s, name, &r->error), "%s", r->error.text);
}

/* Is refused with this text, and leaves the machine alone. */
static void
check_refused(struct run *r, const char *name, const char *text)
{
	struct hash128 before = hash_of(r);

	ck_assert_msg(!snapshots_load(r->s, name, &r->error), "%s was loaded", name);
	ck_assert_msg(strstr(r->error.text, text), "\"%s\" lacks \"%s\"", r->error.text, text);
	check_hash(r, before, name);
}

/* --- files --- */

static void
make_dir(char dir[32])
{
	strcpy(dir, "snapshots.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
remove_dir(const char *dir)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

struct file {
	char	path[80];
	uint8_t	*bytes;
	long	size;
};

static struct file
file_read(const char *dir, const char *name)
{
	struct file f;
	FILE *in;

	snprintf(f.path, sizeof(f.path), "%s/%s.rls", dir, name);
	in = fopen(f.path, "rb");
	ck_assert_ptr_nonnull(in);
	fseek(in, 0, SEEK_END);
	f.size = ftell(in);
	rewind(in);
	f.bytes = malloc((size_t)f.size);
	ck_assert_ptr_nonnull(f.bytes);
	ck_assert_int_eq((long)fread(f.bytes, 1, (size_t)f.size, in), f.size);
	fclose(in);
	return f;
}

/* One byte of the file alone. */
static void
file_write_byte(const struct file *f, long at)
{
	int fd = open(f->path, O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, f->bytes + at, 1, at), 1);
	close(fd);
}

static void
file_write(const struct file *f, long size)
{
	FILE *out = fopen(f->path, "wb");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq((long)fwrite(f->bytes, 1, (size_t)size, out), size);
	ck_assert_int_eq(fclose(out), 0);
}

/* Copies a file section by section, all checksums right; change may alter the
 * contents, and returns how often the section is written. */
struct copying {
	struct container_writer	*out;
	unsigned		(*change)(const char *name, uint8_t *contents, size_t n);
};

static bool
copy_section(void *arg, const struct container_section *sec, struct snapshot_error *e)
{
	struct copying *c = arg;
	uint8_t *bytes = malloc(sec->length + 1);
	unsigned times;

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, sec->contents, sec->length);
	for (times = c->change(sec->name, bytes, sec->length); times; times--)
		ck_assert(container_put(c->out, sec->name, sec->version, bytes,
		    sec->length, e));
	free(bytes);
	return true;
}

static void
copy_changed(const char *dir, const char *from, const char *to,
    unsigned (*change)(const char *name, uint8_t *contents, size_t n))
{
	struct copying c = { NULL, change };
	struct snapshot_error e;
	struct container *in;
	struct hash128 id;
	char path[80];

	snprintf(path, sizeof(path), "%s/%s.rls", dir, from);
	in = container_open(path, &e);
	ck_assert_ptr_nonnull(in);
	snprintf(path, sizeof(path), "%s/%s.rls", dir, to);
	c.out = container_create(path, &e);
	ck_assert_ptr_nonnull(c.out);
	ck_assert(container_each(in, copy_section, &c, &id, &e));
	container_close(in);
	ck_assert(container_finish(c.out, &id, &e));
}

/* --- saved and loaded --- */

/* At these times the firmware is in real mode, in protected mode, waiting. */
static const uint64_t moments[] = { 0, 3 * M, 40 * M, 150 * M, 900 * M };

START_TEST(loaded_machine_has_the_same_future)
{
	char dir[32];
	struct run *a, *b;
	struct hash128 then, later;

	make_dir(dir);
	a = run_with(dir, 32 * MIB, false, _i % 2);
	b = run_new(dir);
	if (moments[_i])
		run_until(a, moments[_i]);
	then = hash_of(a);
	save(a, "x");
	check_hash(a, then, "after saving");
	run_until(a, moments[_i] + 60 * M);
	later = hash_of(a);
	load(b, "x");
	check_hash(b, then, "loaded");
	run_until(b, moments[_i] + 60 * M);
	check_hash(b, later, "60 M cycles after loading");
	load(a, "x");
	check_hash(a, then, "loaded into itself");
	run_until(a, moments[_i] + 60 * M);
	check_hash(a, later, "60 M cycles after loading into itself");
	run_free(a);
	run_free(b);
	remove_dir(dir);
}
END_TEST

START_TEST(save_in_the_background_has_the_moment_it_began)
{
	char dir[32];
	struct run *a, *b;
	struct hash128 then;

	make_dir(dir);
	a = run_new(dir);
	b = run_new(dir);
	run_until(a, 40 * M);
	then = hash_of(a);
	ck_assert_msg(snapshots_save(a->s, "x", &a->error), "%s", a->error.text);
	run_until(a, 150 * M);
	while (snapshots_busy(a->s))
		snapshots_wait(a->s);
	ck_assert_uint_eq(a->saves, 1);
	load(b, "x");
	check_hash(b, then, "loaded");
	run_free(a);
	run_free(b);
	remove_dir(dir);
}
END_TEST

START_TEST(child_that_fails_says_why)
{
	char dir[32];
	struct run *a;

	make_dir(dir);
	a = run_new(dir);
	ck_assert(snapshots_save(a->s, "no/such/directory", &a->error));
	while (snapshots_busy(a->s))
		snapshots_wait(a->s);
	ck_assert_uint_eq(a->failures, 1);
	run_free(a);
	remove_dir(dir);
}
END_TEST

/* --- what changed --- */

#define LINKS	5u

START_TEST(chain_of_changes_has_every_moment)
{
	static const char *const name[LINKS] = { "0", "1", "2", "3", "4" };
	char dir[32];
	struct run *a, *b;
	struct hash128 then[LINKS];
	unsigned i;

	make_dir(dir);
	a = run_with(dir, 32 * MIB, true, false);
	b = run_new(dir);
	for (i = 0; i < LINKS; i++) {
		run_until(a, (i + 1) * 37 * M);
		then[i] = hash_of(a);
		if (i % 2)
			ck_assert(snapshots_save(a->s, name[i], &a->error));
		else
			save(a, name[i]);
	}
	ck_assert_uint_eq(a->s->base.depth, LINKS - 1);
	for (i = LINKS; i--;) {
		load(b, name[i]);
		check_hash(b, then[i], name[i]);
	}
	/* From the middle of the chain on, another one. */
	load(a, "2");
	run_until(a, 300 * M);
	then[0] = hash_of(a);
	save(a, "other");
	ck_assert_uint_eq(a->s->base.depth, 3);
	load(b, "4");
	load(b, "other");
	check_hash(b, then[0], "other");
	run_free(a);
	run_free(b);
	remove_dir(dir);
}
END_TEST

START_TEST(failed_save_loses_no_changes)
{
	char dir[32];
	struct run *a, *b;
	struct hash128 then;

	make_dir(dir);
	a = run_with(dir, 32 * MIB, true, false);
	b = run_new(dir);
	run_until(a, 20 * M);
	save(a, "0");
	run_until(a, 60 * M);
	ck_assert(!snapshots_save_now(a->s, "no/such/directory", &a->error));
	run_until(a, 61 * M);
	then = hash_of(a);
	save(a, "1");
	ck_assert_uint_eq(a->s->base.depth, 1);
	load(b, "1");
	check_hash(b, then, "1");
	run_free(a);
	run_free(b);
	remove_dir(dir);
}
END_TEST

START_TEST(parents_are_kept_and_must_be_the_right_ones)
{
	char dir[32], path[80], other[80];
	struct run *a;

	make_dir(dir);
	a = run_with(dir, 32 * MIB, true, false);
	save(a, "0");
	run_until(a, 20 * M);
	save(a, "1");
	ck_assert(!snapshots_delete(a->s, "0", &a->error));
	ck_assert_msg(strstr(a->error.text, "1 needs it"), "%s", a->error.text);
	ck_assert(!snapshots_save_now(a->s, "0", &a->error));
	ck_assert_msg(strstr(a->error.text, "1 needs it"), "%s", a->error.text);
	snprintf(path, sizeof(path), "%s/0.rls", dir);
	snprintf(other, sizeof(other), "%s/00.rls", dir);
	ck_assert_int_eq(rename(path, other), 0);
	check_refused(a, "1", "0.rls: No such file");
	/* Without its parent a file is no base for the next. */
	run_until(a, 30 * M);
	save(a, "2");
	ck_assert_uint_eq(a->s->base.depth, 0);
	snprintf(other, sizeof(other), "%s/2.rls", dir);
	ck_assert_int_eq(rename(other, path), 0);
	check_refused(a, "1", "not the file that");
	run_free(a);
	remove_dir(dir);
}
END_TEST

/* --- disks --- */

#define DISK_SECTORS	2048u

struct disk_rig {
	char	dir[32], image[80];
};

static void
make_disk(struct disk_rig *d)
{
	static uint8_t zeros[DISK_SECTORS * 512];
	FILE *f;

	make_dir(d->dir);
	snprintf(d->image, sizeof(d->image), "%s/disk.img", d->dir);
	f = fopen(d->image, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(zeros, 1, sizeof(zeros), f), sizeof(zeros));
	fclose(f);
}

/* As the guest's controller does. */
static void
disk_write(struct run *r, uint64_t lba, uint8_t value)
{
	const struct blockdev *bd = overlay_dev(machine_overlay(r->m, 1));
	uint8_t sector[512];

	memset(sector, value, sizeof(sector));
	ck_assert_int_eq(bd->write(bd->arg, lba, 1, sector), 0);
}

static void
check_disk(struct run *r, uint64_t lba, uint8_t value)
{
	const struct blockdev *bd = overlay_dev(machine_overlay(r->m, 1));
	uint8_t sector[512];

	ck_assert_int_eq(bd->read(bd->arg, lba, 1, sector), 0);
	ck_assert_msg(sector[0] == value && sector[511] == value,
	    "sector %u has %u, not %u", (unsigned)lba, sector[0], value);
}

static uint8_t
image_byte(const struct disk_rig *d, long at)
{
	FILE *f = fopen(d->image, "rb");
	int byte;

	ck_assert_ptr_nonnull(f);
	fseek(f, at, SEEK_SET);
	byte = getc(f);
	fclose(f);
	return (uint8_t)byte;
}

START_TEST(disks_are_as_they_were)
{
	struct disk_rig d;
	struct run *a, *b;
	unsigned i;

	make_disk(&d);
	a = run_with_disk(d.dir, 2 * MIB, _i & 1, false, d.image);
	disk_write(a, 5, 1);
	disk_write(a, 100, 1);
	save(a, "0");
	disk_write(a, 5, 2);
	disk_write(a, 2000, 2);
	ck_assert(snapshots_save(a->s, "1", &a->error));
	for (i = 0; i < DISK_SECTORS; i += 4)
		disk_write(a, i, 3);
	while (snapshots_busy(a->s))
		snapshots_wait(a->s);
	ck_assert_uint_eq(a->saves, 1);
	ck_assert_uint_eq(image_byte(&d, 5 * 512), 1);
	ck_assert_uint_eq(image_byte(&d, 2000 * 512), 0);
	load(a, "1");
	check_disk(a, 8, 0);
	check_disk(a, 2000, 2);
	disk_write(a, 16, 4);
	save(a, "2");
	run_free(a);
	b = run_with_disk(d.dir, 2 * MIB, false, false, d.image);
	load(b, "1");
	check_disk(b, 5, 2);
	check_disk(b, 100, 1);
	check_disk(b, 2000, 2);
	check_disk(b, 8, 0);
	disk_write(b, 8, 9);
	load(b, "0");
	check_disk(b, 5, 1);
	check_disk(b, 2000, 0);
	check_disk(b, 8, 0);
	load(b, "2");
	check_disk(b, 16, 4);
	check_disk(b, 2000, 2);
	ck_assert_uint_eq(image_byte(&d, 2000 * 512), 0);
	run_free(b);
	remove_dir(d.dir);
}
END_TEST

static unsigned
unpackable_disk(const char *name, uint8_t *contents, size_t n)
{
	if (!strcmp(name, "disk1") && n > 40)
		contents[n - 10] ^= 0xff;
	return 1;
}

/* Memory is written before disks are found impossible. */
START_TEST(disks_are_left_alone_by_a_refused_file)
{
	struct disk_rig d;
	struct run *a;

	make_disk(&d);
	a = run_with_disk(d.dir, 2 * MIB, false, false, d.image);
	save(a, "first");
	disk_write(a, 3, 1);
	disk_write(a, 800, 1);
	run_until(a, 10 * M);
	save(a, "0");
	copy_changed(d.dir, "0", "bad", unpackable_disk);
	run_until(a, 40 * M);
	disk_write(a, 3, 2);
	disk_write(a, 1600, 2);
	check_refused(a, "bad", "cannot be unpacked");
	check_disk(a, 3, 2);
	check_disk(a, 800, 1);
	check_disk(a, 1600, 2);
	run_free(a);
	remove_dir(d.dir);
}
END_TEST

START_TEST(another_image_is_refused)
{
	struct disk_rig d;
	struct run *a;
	FILE *f;

	make_disk(&d);
	a = run_with_disk(d.dir, 2 * MIB, false, false, d.image);
	save(a, "0");
	run_free(a);
	f = fopen(d.image, "r+b");
	fseek(f, 5000, SEEK_SET);
	putc(1, f);
	fclose(f);
	a = run_with_disk(d.dir, 2 * MIB, false, false, d.image);
	check_refused(a, "0", "disk.img is not what it was");
	run_free(a);
	remove_dir(d.dir);
}
END_TEST

/* --- killed --- */

START_TEST(killed_child_leaves_the_old_file)
{
	char dir[32];
	struct run *a, *b;
	struct hash128 then[2], is;
	unsigned i, killed = 0;

	make_dir(dir);
	a = run_new(dir);
	b = run_new(dir);
	run_until(a, 40 * M);
	then[0] = hash_of(a);
	save(a, "x");
	run_until(a, 80 * M);
	then[1] = hash_of(a);
	for (i = 0; i < 40; i++) {
		ck_assert_msg(snapshots_save(a->s, "x", &a->error), "%s", a->error.text);
		usleep((useconds_t)(rand() % 1000) * (i + 1));
		kill(a->s->pid, SIGKILL);
		while (snapshots_busy(a->s))
			snapshots_wait(a->s);
		load(b, "x");
		is = hash_of(b);
		ck_assert(is.lo == then[0].lo || is.lo == then[1].lo);
	}
	killed = a->failures;
	ck_assert_uint_gt(killed, 0);
	save(a, "x");
	load(b, "x");
	check_hash(b, then[1], "after all");
	ck_assert_int_eq(rmdir(dir), -1);
	ck_assert(snapshots_delete(a->s, "x", &a->error));
	ck_assert_msg(rmdir(dir) == 0, "temporary files are left in %s", dir);
	run_free(a);
	run_free(b);
}
END_TEST

/* --- refused --- */

static struct run *
saved_small(char dir[32])
{
	struct run *a;

	make_dir(dir);
	a = run_with(dir, 2 * MIB, false, false);
	run_until(a, 40 * M);
	save(a, "x");
	run_until(a, 80 * M);
	return a;
}

START_TEST(truncated_file_is_refused)
{
	char dir[32];
	struct run *a = saved_small(dir);
	struct file f = file_read(dir, "x");
	long n;

	for (n = 0; n < f.size; n += n < 200 ? 1 : n < 10000 ? 97 : 3989) {
		file_write(&f, n);
		check_refused(a, "x", "x.rls, offset ");
	}
	file_write(&f, f.size - 1);
	check_refused(a, "x", "cut off");
	file_write(&f, f.size);
	load(a, "x");
	free(f.bytes);
	run_free(a);
	remove_dir(dir);
}
END_TEST

START_TEST(damaged_file_is_refused)
{
	char dir[32];
	struct run *a = saved_small(dir);
	struct file f = file_read(dir, "x");
	long n;

	for (n = 0; n < f.size; n += n < 200 ? 1 : 2503) {
		f.bytes[n] ^= 1 << n % 8;
		file_write_byte(&f, n);
		check_refused(a, "x", "x.rls, offset ");
		f.bytes[n] ^= 1 << n % 8;
		file_write_byte(&f, n);
	}
	load(a, "x");
	free(f.bytes);
	run_free(a);
	remove_dir(dir);
}
END_TEST

START_TEST(other_machines_snapshot_is_refused)
{
	char dir[32];
	struct run *a = saved_small(dir), *b = run_new(dir);

	check_refused(b, "x", "x.rls: made on another machine: ram=2097152, not ram=33554432");
	b->cfg.ram = a->cfg.ram;
	b->cfg.vga = VGA_NONE;
	check_refused(b, "x", "made on another machine: vga=std, not vga=none");
	check_refused(b, "nothing", "nothing.rls: No such file");
	check_refused(b, "", "needs a name");
	run_free(a);
	run_free(b);
	remove_dir(dir);
}
END_TEST

static unsigned
impossible_cpu(const char *name, uint8_t *contents, size_t n)
{
	/* RIP follows 16 registers; somewhere behind are bools and enumerations. */
	if (!strcmp(name, "cpu0"))
		memset(contents + n / 4, 0xff, n / 2);
	return 1;
}

static unsigned
unpackable_ram(const char *name, uint8_t *contents, size_t n)
{
	if (!strcmp(name, "ram") && n > 10000)
		contents[n - 5000] ^= 0xff;
	return 1;
}

/* Where a field is in a section. */
static size_t
place_of(const struct snap_field *f, const char *field)
{
	struct snap_field one[2] = { [1] = SNAP_END };
	size_t n = 0;

	for (; strcmp(f->name, field); f++, n += snap_size(one))
		one[0] = *f;
	return n;
}

/* It would be another age after the next instruction. */
static unsigned
deep_in_debt(const char *name, uint8_t *contents, size_t n)
{
	(void)n;
	if (!strcmp(name, "cpu0"))
		put_le64(contents + place_of(cpu_fields, "charge"), 1ull << 60);
	return 1;
}

/* All seconds until then would have to be gone through. */
static unsigned
late_rtc(const char *name, uint8_t *contents, size_t n)
{
	(void)n;
	if (!strcmp(name, "rtc"))
		put_le64(contents + place_of(mc146818_class.fields, "update"), 1ull << 60);
	return 1;
}

static unsigned
no_rtc(const char *name, uint8_t *contents, size_t n)
{
	(void)contents;
	(void)n;
	return strcmp(name, "rtc") != 0;
}

static unsigned
two_rtcs(const char *name, uint8_t *contents, size_t n)
{
	(void)contents;
	(void)n;
	return strcmp(name, "rtc") ? 1 : 2;
}

static unsigned
two_of_memory(const char *name, uint8_t *contents, size_t n)
{
	(void)contents;
	(void)n;
	return strcmp(name, "ram") ? 1 : 2;
}

static unsigned
far_page(const char *name, uint8_t *contents, size_t n)
{
	(void)n;
	if (!strcmp(name, "ram"))
		contents[8 + 7] = 0x80;
	return 1;
}

static unsigned
impossible_count(const char *name, uint8_t *contents, size_t n)
{
	(void)n;
	if (!strcmp(name, "ram"))
		put_le32(contents + 4, 0x40000000);
	return 1;
}

static unsigned
other_timing(const char *name, uint8_t *contents, size_t n)
{
	(void)n;
	if (!strcmp(name, "snapshot"))
		put_le32(contents, 4711);
	return 1;
}

static unsigned
endless_name(const char *name, uint8_t *contents, size_t n)
{
	if (!strcmp(name, "snapshot"))
		memset(contents + n - 200, 'x', 200);
	return 1;
}

static unsigned
orphan(const char *name, uint8_t *contents, size_t n)
{
	(void)n;
	if (!strcmp(name, "snapshot"))
		put_le32(contents + 4, 3);
	return 1;
}

static const struct {
	unsigned	(*change)(const char *name, uint8_t *contents, size_t n);
	const char	*text;
} changes[] = {
	{ impossible_cpu, "impossible values for " },
	{ deep_in_debt, "impossible values for one of the chips" },
	{ late_rtc, "impossible values for one of the chips" },
	{ unpackable_ram, "cannot be unpacked" },
	{ no_rtc, "no section rtc" },
	{ two_rtcs, "section rtc is there twice" },
	{ two_of_memory, "is there twice" },
	{ far_page, "impossible section ram" },
	{ impossible_count, "impossible section ram" },
	{ other_timing, "made with version 4711 of the timing model" },
	{ endless_name, "impossible section snapshot" },
	{ orphan, "impossible section snapshot" },
};

START_TEST(whole_file_with_impossible_contents_leaves_no_trace)
{
	char dir[32];
	struct run *a = saved_small(dir), *b = run_with(dir, 2 * MIB, false, false);
	struct hash128 later;

	copy_changed(dir, "x", "bad", changes[_i].change);
	run_until(b, 80 * M);
	check_refused(a, "bad", changes[_i].text);
	run_until(a, 120 * M);
	later = hash_of(a);
	run_until(b, 120 * M);
	check_hash(b, later, "after the refusal");
	run_free(a);
	run_free(b);
	remove_dir(dir);
}
END_TEST

static unsigned
add_unknown(const char *name, uint8_t *contents, size_t n)
{
	(void)name;
	(void)contents;
	(void)n;
	return 1;
}

START_TEST(unknown_section_is_reported_and_skipped)
{
	char dir[32], path[80];
	struct run *a = saved_small(dir);
	struct copying c = { NULL, add_unknown };
	struct container *in;
	struct hash128 id;

	snprintf(path, sizeof(path), "%s/x.rls", dir);
	in = container_open(path, &a->error);
	snprintf(path, sizeof(path), "%s/y.rls", dir);
	c.out = container_create(path, &a->error);
	ck_assert(container_each(in, copy_section, &c, &id, &a->error));
	ck_assert(container_put(c.out, "future", 9, "hello", 5, &a->error));
	ck_assert(container_finish(c.out, &id, &a->error));
	container_close(in);
	load(a, "y");
	fflush(a->out);
	ck_assert_msg(strstr(a->messages, "unknown section future"), "%s", a->messages);
	run_free(a);
	remove_dir(dir);
}
END_TEST

/* --- the directory --- */

static void
add_line(void *arg, const char *text)
{
	strncat(arg, text, 400);
	strcat(arg, "\n");
}

START_TEST(list_has_every_file)
{
	char dir[32], list[4000] = "", path[80];
	struct run *a;
	FILE *f;

	make_dir(dir);
	a = run_with(dir, 2 * MIB, true, false);
	run_until(a, 5 * M);
	save(a, "one");
	run_until(a, 10 * M);
	save(a, "two");
	snprintf(path, sizeof(path), "%s/three.rls", dir);
	f = fopen(path, "w");
	fprintf(f, "hello\n");
	fclose(f);
	snapshots_list(a->s, add_line, list);
	ck_assert_msg(strstr(list, "one ") && strstr(list, "one.rls\n"), "%s", list);
	ck_assert_msg(strstr(list, "three ") && strstr(list, "not a snapshot\n"), "%s", list);
	ck_assert(snapshots_delete(a->s, "two", &a->error));
	ck_assert(snapshots_delete(a->s, "one", &a->error));
	ck_assert(!snapshots_delete(a->s, "one", &a->error));
	run_free(a);
	remove_dir(dir);
}
END_TEST

Suite *
snapshots_suite(void)
{
	Suite *s = suite_create("snapshots");
	TCase *tc = tcase_create("all");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, loaded_machine_has_the_same_future, 0, ARRAY_SIZE(moments));
	tcase_add_test(tc, save_in_the_background_has_the_moment_it_began);
	tcase_add_test(tc, child_that_fails_says_why);
	tcase_add_test(tc, chain_of_changes_has_every_moment);
	tcase_add_test(tc, failed_save_loses_no_changes);
	tcase_add_test(tc, parents_are_kept_and_must_be_the_right_ones);
	tcase_add_loop_test(tc, disks_are_as_they_were, 0, 2);
	tcase_add_test(tc, disks_are_left_alone_by_a_refused_file);
	tcase_add_test(tc, another_image_is_refused);
	tcase_add_test(tc, killed_child_leaves_the_old_file);
	tcase_add_test(tc, truncated_file_is_refused);
	tcase_add_test(tc, damaged_file_is_refused);
	tcase_add_test(tc, other_machines_snapshot_is_refused);
	tcase_add_loop_test(tc, whole_file_with_impossible_contents_leaves_no_trace, 0,
	    ARRAY_SIZE(changes));
	tcase_add_test(tc, unknown_section_is_reported_and_skipped);
	tcase_add_test(tc, list_has_every_file);
	suite_add_tcase(s, tc);
	return s;
}
