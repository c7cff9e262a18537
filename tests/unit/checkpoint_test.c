/*
 * tests/unit/checkpoint_test.c - epochs, and going back to the last one's end
 *
 * The firmware runs with a disk and serial input.  Going back must lead to exactly
 * the state that was committed, and what was sent since must never have been seen.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/overlay.h"
#include "hw/machine_state.h"
#include "hw/machine_tape.h"
#include "snapshot/checkpoint.h"
#include "tests/runner/runner.h"

Suite	*checkpoint_suite(void);

#define EVERY		2000000u
#define IMAGE_SIZE	(1u << 20)
#define LOOKED_AT	64u		/* sectors */

struct run {
	struct log		*log;
	struct machine		*m;
	struct outbuf		*out;
	struct checkpoints	*c;
	uint64_t		until, random;
	bool			feeding;
	size_t			seen;		/* bytes outside */
	char			image[32];
	unsigned		commits;
	bool			refuse;
	/* At the last commit: */
	struct hash128		hash;
	uint64_t		disk, cycle;
};

/*
 * A boot sector that counts in memory, prints on port E9h and writes the counter to
 * sectors 2 to 33 in turn, for ever.
 */
static const uint8_t boot_sector[] = {
	0x31, 0xc0,			/* xor	%ax, %ax */
	0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, /* mov	%ax, %ds, %es, %ss */
	0xbc, 0x00, 0x7c, 0xfb,		/* mov	$0x7c00, %sp; sti */
	0xff, 0x06, 0x00, 0x80,		/* again: incw	0x8000 */
	0x8a, 0x0e, 0x00, 0x80,		/* mov	0x8000, %cl */
	0x88, 0xc8, 0xe6, 0xe9,		/* mov	%cl, %al; out %al, $0xe9 */
	0x80, 0xe1, 0x1f,		/* and	$0x1f, %cl */
	0x80, 0xc1, 0x02,		/* add	$2, %cl */
	0xb5, 0x00, 0xba, 0x80, 0x00,	/* mov	$0, %ch; $0x80, %dx */
	0xbb, 0x00, 0x80, 0xb8, 0x01, 0x03, /* mov	$0x8000, %bx; $0x0301, %ax */
	0xcd, 0x13, 0xeb, 0xdf		/* int	$0x13; jmp again */
};

static uint64_t
rnd(struct run *r)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return r->random;
}

static void
poll_input(void *arg, struct machine *m, uint64_t wait)
{
	struct run *r = arg;

	(void)wait;
	if (machine_cycles(m) >= r->until)
		machine_stop(m);
	else if (r->feeding && rnd(r) % 4 == 0)
		(void)machine_input(m, INPUT_SERIAL0, "x", 1);
}

static void
see_byte(void *arg, uint8_t byte)
{
	struct run *r = arg;

	(void)byte;
	r->seen++;
}

static void
make_image(struct run *r)
{
	uint8_t *image = calloc(1, IMAGE_SIZE);
	int fd;

	ck_assert_ptr_nonnull(image);
	memcpy(image, boot_sector, sizeof(boot_sector));
	memcpy(image + 510, "\x55\xaa", 2);
	strcpy(r->image, "/tmp/checkpoint-XXXXXX");
	fd = mkstemp(r->image);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, image, IMAGE_SIZE), IMAGE_SIZE);
	close(fd);
	free(image);
}

/* What the guest would read, as one number (FNV-1a). */
static uint64_t
disk_contents(struct run *r)
{
	const struct blockdev *dev = overlay_dev(machine_overlay(r->m, 0));
	uint8_t buf[LOOKED_AT * BLOCKDEV_SECTOR];
	uint64_t sum = 0xcbf29ce484222325;
	size_t i;

	ck_assert_int_eq(dev->read(dev->arg, 0, LOOKED_AT, buf), 0);
	for (i = 0; i < sizeof(buf); i++)
		sum = (sum ^ buf[i]) * 0x100000001b3;
	return sum;
}

static bool
note_commit(void *arg, struct undo *u, uint64_t number, enum machine_end end)
{
	struct run *r = arg;

	(void)u;
	(void)number;
	(void)end;
	if (r->refuse)
		return false;
	r->commits++;
	r->hash = machine_state_hash(r->m);
	r->disk = disk_contents(r);
	r->cycle = machine_cycles(r->m);
	return true;
}

static struct run *
run_new(uint64_t seed, unsigned cpus, bool reference)
{
	struct run *r = calloc(1, sizeof(*r));
	struct checkpoints_config how = { .every = EVERY,
		.sink = { .commit = note_commit, .arg = r } };
	struct machine_config cfg;

	ck_assert_ptr_nonnull(r);
	r->log = log_new(stderr, LOG_ERROR);
	r->random = seed * 0x9e3779b97f4a7c15 + 1;
	r->feeding = true;
	make_image(r);
	machine_config_init(&cfg);
	cfg.ram = (uint64_t)32 << 20;
	cfg.cpus = cpus;
	cfg.pace = PACE_MAX;
	cfg.log = r->log;
	cfg.reference = reference;
	cfg.debugcon = (struct machine_out){ true, see_byte, r };
	cfg.serial[0].present = true;
	cfg.disk[0] = (struct machine_disk){ .file = r->image, .present = true };
	cfg.host = (struct machine_host){ .poll = poll_input, .arg = r };
	r->out = outbuf_new(OUTBUF_ALL, OUTBUF_LIMIT);
	ck_assert_ptr_nonnull(r->out);
	ck_assert_int_ge(outbuf_take_bytes(r->out, &cfg.debugcon), 0);
	r->m = machine_new(&cfg);
	ck_assert_ptr_nonnull(r->m);
	how.out = r->out;
	how.log = r->log;
	r->c = checkpoints_new(r->m, &how);
	ck_assert_ptr_nonnull(r->c);
	return r;
}

static void
run_free(struct run *r)
{
	unlink(r->image);
	checkpoints_free(r->c);
	machine_free(r->m);
	outbuf_free(r->out);
	log_free(r->log);
	free(r);
}

static void
run_on(struct run *r, uint64_t cycles)
{
	r->until = machine_cycles(r->m) + cycles;
	ck_assert_int_eq(machine_run(r->m), END_STOPPED);
}

static bool
same_hash(struct hash128 a, struct hash128 b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

/* The hash has the timeline in it: the old one's, to compare. */
static void
check_is_committed(struct run *r, uint64_t timeline)
{
	ck_assert_uint_eq(machine_cycles(r->m), r->cycle);
	machine_set_timeline(r->m, timeline);
	ck_assert(same_hash(machine_state_hash(r->m), r->hash));
	ck_assert_uint_eq(disk_contents(r), r->disk);
}

START_TEST(rollback_is_the_committed_state)
{
	static const struct { unsigned cpus; bool reference; } kind[] = {
		{ 1, false }, { 1, true }, { 2, false }
	};
	struct run *r = run_new((uint64_t)_i + 1, kind[_i].cpus, kind[_i].reference);
	uint64_t outside = 0, timeline;
	size_t seen;
	unsigned i;

	for (i = 0; i < 40; i++) {
		run_on(r, rnd(r) % (3 * EVERY));
		ck_assert_uint_ge(machine_outside(r->m), outside);
		outside = machine_outside(r->m);
		seen = r->seen;
		timeline = machine_position_now(r->m).timeline;
		ck_assert(checkpoints_rollback(r->c, "test"));
		ck_assert_uint_eq(r->seen, seen);
		ck_assert_uint_eq(machine_outside(r->m), outside);
		ck_assert_uint_gt(machine_position_now(r->m).timeline, timeline);
		check_is_committed(r, timeline);
		machine_set_timeline(r->m, timeline + 1);
		if (i % 4 == 0) {	/* and once more, from the same state */
			run_on(r, EVERY / 8);
			timeline = machine_position_now(r->m).timeline;
			ck_assert(checkpoints_rollback(r->c, "test"));
			if (r->cycle == machine_cycles(r->m))
				ck_assert_uint_eq(disk_contents(r), r->disk);
		}
	}
	ck_assert_uint_gt(r->commits, 20);
	run_free(r);
}
END_TEST

/* With the same inputs, nobody can tell that there were checkpoints. */
START_TEST(checkpoints_change_nothing)
{
	struct run *a = run_new(5, _i ? 2 : 1, false), *b = run_new(5, _i ? 2 : 1, false);

	checkpoints_free(b->c);
	b->c = NULL;
	a->feeding = b->feeding = false;
	run_on(a, 120000000);
	run_on(b, 120000000);
	ck_assert_uint_eq(machine_cycles(a->m), machine_cycles(b->m));
	ck_assert(same_hash(machine_state_hash(a->m), machine_state_hash(b->m)));
	ck_assert_uint_eq(disk_contents(a), disk_contents(b));
	ck_assert_uint_gt(a->commits, 50);
	outbuf_release(b->out);
	ck_assert(checkpoints_finish(a->c, END_STOPPED));
	ck_assert_uint_gt(a->seen, 100);
	ck_assert_uint_eq(a->seen, b->seen);
	run_free(a);
	run_free(b);
}
END_TEST

START_TEST(nothing_leaves_what_is_not_safe)
{
	struct run *r = run_new(6, 1, false);
	struct checkpoints_stats s;
	size_t seen;

	run_on(r, 100000000);
	seen = r->seen;
	r->refuse = true;
	run_on(r, EVERY + EVERY / 2);
	ck_assert(checkpoints_failed(r->c));
	ck_assert_uint_eq(r->seen, seen);
	ck_assert(!checkpoints_finish(r->c, END_STOPPED));
	ck_assert(!checkpoints_rollback(r->c, "test"));
	ck_assert_uint_eq(r->seen, seen);
	checkpoints_get_stats(r->c, &s);
	ck_assert_uint_eq(s.epochs, r->commits);
	run_free(r);
}
END_TEST

/* What is kept to go back is what an epoch writes. */
START_TEST(memory_is_that_of_dirty_pages)
{
	struct run *r = run_new(7, 1, false);
	struct checkpoints_stats s;

	run_on(r, 400000000);
	checkpoints_get_stats(r->c, &s);
	ck_assert_uint_gt(s.epochs, 100);
	ck_assert_uint_gt(s.pages, s.epochs);
	ck_assert_uint_le(s.bytes, (2 * s.pages_most + 256) * 4096);
	ck_assert_uint_lt(s.bytes, 8u << 20);
	run_free(r);
}
END_TEST

Suite *
checkpoint_suite(void)
{
	Suite *s = suite_create("checkpoint");
	TCase *tc = tcase_create("checkpoint");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, rollback_is_the_committed_state, 0, 3);
	tcase_add_loop_test(tc, checkpoints_change_nothing, 0, 2);
	tcase_add_test(tc, nothing_leaves_what_is_not_safe);
	tcase_add_test(tc, memory_is_that_of_dirty_pages);
	suite_add_tcase(s, tc);
	return s;
}
