/*
 * tests/unit/history_test.c - a machine goes back and comes again to what it was
 *
 * The firmware runs and gets serial input at odd moments; its state hash is
 * noted now and then.  Whatever the order in which the history goes to those
 * positions, the hashes must be the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/overlay.h"
#include "hw/machine_state.h"
#include "hw/machine_tape.h"
#include "mmu/physmem.h"
#include "snapshot/history.h"
#include "tests/runner/runner.h"

#define MARKS		48u
#define STEP		7000003u	/* cycles between marks, about */
#define POSITIONS	60u

Suite	*history_suite(void);

struct mark {
	uint64_t	cycle, disk;
	struct hash128	hash;
};

struct run {
	struct log	*log;
	struct machine	*m;
	struct history	*h;
	uint64_t	until, random;
	struct mark	mark[MARKS];
	unsigned	marks;
	bool		feeding;
	size_t		printed, fed;
	size_t		taped_in, taped_out;
	char		image[32];	/* "": no disk */
};

/*
 * A boot sector that counts in memory and writes the counter to sectors 2 to 33
 * in turn, for ever.
 */
static const uint8_t boot_sector[] = {
	0x31, 0xc0,			/* xor	%ax, %ax */
	0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, /* mov	%ax, %ds, %es, %ss */
	0xbc, 0x00, 0x7c, 0xfb,		/* mov	$0x7c00, %sp; sti */
	0xff, 0x06, 0x00, 0x80,		/* again: incw	0x8000 */
	0x8a, 0x0e, 0x00, 0x80,		/* mov	0x8000, %cl */
	0x80, 0xe1, 0x1f,		/* and	$0x1f, %cl */
	0x80, 0xc1, 0x02,		/* add	$2, %cl */
	0xb5, 0x00, 0xba, 0x80, 0x00,	/* mov	$0, %ch; $0x80, %dx */
	0xbb, 0x00, 0x80, 0xb8, 0x01, 0x03, /* mov	$0x8000, %bx; $0x0301, %ax */
	0xcd, 0x13, 0xeb, 0xe3		/* int	$0x13; jmp again */
};
#define IMAGE_SIZE	(1u << 20)
#define LOOKED_AT	64u		/* sectors */

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
	uint8_t bytes[3] = { 'a', 'b', (uint8_t)r->fed };

	(void)wait;
	if (machine_cycles(m) >= r->until) {
		machine_stop(m);
	} else if (r->marks && machine_cycles(m) == r->mark[r->marks - 1].cycle) {
		return;		/* it was noted without */
	} else if (r->feeding && rnd(r) % 4 == 0) {
		r->fed += machine_input(m, INPUT_SERIAL0, bytes, 1 + rnd(r) % 3);
		r->fed += machine_input(m, INPUT_SERIAL0, "c", 1);
	}
}

static void
count_byte(void *arg, uint8_t byte)
{
	struct run *r = arg;

	(void)byte;
	r->printed++;
}

static void
make_image(struct run *r)
{
	uint8_t *image = calloc(1, IMAGE_SIZE);
	int fd;

	ck_assert_ptr_nonnull(image);
	memcpy(image, boot_sector, sizeof(boot_sector));
	memcpy(image + 510, "\x55\xaa", 2);
	strcpy(r->image, "/tmp/history-XXXXXX");
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
	const struct blockdev *dev;
	uint8_t buf[LOOKED_AT * BLOCKDEV_SECTOR];
	uint64_t sum = 0xcbf29ce484222325;
	size_t i;

	if (!r->image[0])
		return 0;
	dev = overlay_dev(machine_overlay(r->m, 0));
	ck_assert_int_eq(dev->read(dev->arg, 0, LOOKED_AT, buf), 0);
	for (i = 0; i < sizeof(buf); i++)
		sum = (sum ^ buf[i]) * 0x100000001b3;
	return sum;
}

static struct run *
run_new_disk(uint64_t seed, const struct history_config *how, bool reference,
    bool disk)
{
	struct run *r = calloc(1, sizeof(*r));
	struct machine_config cfg;

	ck_assert_ptr_nonnull(r);
	r->log = log_new(stderr, LOG_ERROR);
	r->random = seed * 0x9e3779b97f4a7c15 + 1;
	r->feeding = true;
	machine_config_init(&cfg);
	cfg.ram = (uint64_t)32 << 20;
	cfg.pace = PACE_MAX;
	cfg.log = r->log;
	cfg.reference = reference;
	cfg.debugcon = (struct machine_out){ true, count_byte, r };
	cfg.serial[0].present = true;
	if (disk) {
		make_image(r);
		cfg.disk[0] = (struct machine_disk){ .file = r->image, .present = true };
	}
	cfg.host = (struct machine_host){ .poll = poll_input, .arg = r };
	r->m = machine_new(&cfg);
	ck_assert_ptr_nonnull(r->m);
	r->h = history_new(r->m, how);
	ck_assert_ptr_nonnull(r->h);
	return r;
}

static struct run *
run_new(uint64_t seed, const struct history_config *how, bool reference)
{
	return run_new_disk(seed, how, reference, false);
}

static void
run_free(struct run *r)
{
	if (r->image[0])
		unlink(r->image);
	history_free(r->h);
	machine_free(r->m);
	log_free(r->log);
	free(r);
}

static void
run_until(struct run *r, uint64_t cycle)
{
	r->until = cycle;
	ck_assert_int_eq(machine_run(r->m), END_STOPPED);
}

static bool
same_hash(struct hash128 a, struct hash128 b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

static void
note_mark(struct run *r)
{
	struct mark *k = &r->mark[r->marks++];

	k->cycle = machine_cycles(r->m);
	k->hash = machine_state_hash(r->m);
	k->disk = disk_contents(r);
}

/* The firmware works in the first ten million cycles, then mostly waits. */
static void
make_marks(struct run *r)
{
	while (r->marks < MARKS) {
		if (r->marks < MARKS / 2) {
			ck_assert_int_eq(machine_run_apart(r->m, machine_cycles(r->m) +
			    rnd(r) % 1000000), END_LIMIT);
			r->fed += machine_input(r->m, INPUT_SERIAL0, &r->marks, rnd(r) % 4);
		} else {
			run_until(r, machine_cycles(r->m) + STEP + rnd(r) % 1000);
		}
		note_mark(r);
	}
}

static void
go_to_mark(struct run *r, unsigned i)
{
	const struct mark *k = &r->mark[i];

	ck_assert_int_eq(history_goto(r->h, k->cycle), 0);
	ck_assert_uint_eq(machine_cycles(r->m), k->cycle);
	ck_assert_msg(same_hash(machine_state_hash(r->m), k->hash), "mark %u differs", i);
	ck_assert_msg(disk_contents(r) == k->disk, "mark %u: the disk differs", i);
}

static const struct history_config configs[] = {
	{ .every = 2000000 }, { .every = 300000 }, { .every = 1000000000 },
	{ .every = 20000, .memory = 2 << 20 },
};

START_TEST(every_position_is_what_it_was)
{
	struct run *r = run_new((uint64_t)_i + 1, &configs[_i], _i == 1);
	size_t printed, fed;
	unsigned i;

	make_marks(r);
	printed = r->printed;
	fed = r->fed;
	ck_assert_uint_gt(printed, 0);
	ck_assert_uint_gt(fed, 10);
	for (i = 0; i < POSITIONS; i++) {
		unsigned to = rnd(r) % MARKS;

		if (r->mark[to].cycle >= history_oldest(r->h))
			go_to_mark(r, to);
		ck_assert(history_in_past(r->h) ==
		    (machine_cycles(r->m) < history_live(r->h)));
	}
	ck_assert_uint_eq(r->printed, printed);
	go_to_mark(r, MARKS - 1);
	ck_assert(!history_in_past(r->h));
	run_free(r);
}
END_TEST

START_TEST(run_forward_in_the_past_is_the_same)
{
	struct run *r = run_new(5, &configs[0], false);
	size_t printed, fed;
	unsigned i;

	make_marks(r);
	printed = r->printed;
	fed = r->fed;
	go_to_mark(r, 3);
	/* What is offered here is dropped. */
	for (i = 4; i < MARKS - 1; i += 9) {
		run_until(r, r->mark[i].cycle);
		ck_assert(history_in_past(r->h));
		go_to_mark(r, i);
	}
	fed = r->fed;
	run_until(r, r->mark[MARKS - 1].cycle);
	go_to_mark(r, MARKS - 1);
	ck_assert(!history_in_past(r->h));
	ck_assert_uint_eq(r->printed, printed);
	/* Live again: positions behind the old end are reachable too. */
	run_until(r, machine_cycles(r->m) + 40000000);
	r->marks = 0;
	note_mark(r);
	ck_assert_uint_gt(r->fed, fed);
	run_until(r, machine_cycles(r->m) + 40000000);
	go_to_mark(r, 0);
	run_free(r);
}
END_TEST

START_TEST(history_changes_nothing)
{
	struct run *a = run_new(6, &configs[1], false), *b = run_new(6, &configs[2], false);

	history_free(b->h);
	b->h = NULL;
	run_until(a, 250000000);
	run_until(b, 250000000);
	ck_assert_uint_eq(machine_cycles(a->m), machine_cycles(b->m));
	ck_assert(same_hash(machine_state_hash(a->m), machine_state_hash(b->m)));
	run_free(a);
	run_free(b);
}
END_TEST

START_TEST(memory_is_bounded)
{
	const struct history_config how = { .every = 20000, .memory = 4 << 20 };
	struct run *r = run_new(7, &how, false);
	struct history_stats s;

	make_marks(r);
	history_get_stats(r->h, &s);
	ck_assert_uint_le(s.bytes, how.memory);
	ck_assert_uint_gt(s.taken, s.checkpoints);
	ck_assert_uint_gt(s.checkpoints, 4);
	ck_assert_uint_eq(history_oldest(r->h), 0);
	go_to_mark(r, 0);
	go_to_mark(r, MARKS / 2);
	run_free(r);
}
END_TEST

START_TEST(oldest_is_given_up_at_last)
{
	const struct history_config how = { .every = 20000, .memory = 600 << 10 };
	struct run *r = run_new(8, &how, false);

	make_marks(r);
	ck_assert_uint_gt(history_oldest(r->h), 0);
	ck_assert_int_eq(history_goto(r->h, history_oldest(r->h) - 1), -ERANGE);
	ck_assert_int_eq(history_goto(r->h, history_live(r->h) + 1), -ERANGE);
	ck_assert_int_eq(history_goto(r->h, history_oldest(r->h)), 0);
	go_to_mark(r, MARKS - 1);
	run_free(r);
}
END_TEST

START_TEST(branch_forgets_and_remembers)
{
	struct run *r = run_new(9, &configs[0], false);
	uint64_t timeline;
	unsigned i;

	make_marks(r);
	go_to_mark(r, 20);
	timeline = machine_position_now(r->m).timeline;
	history_branch(r->h);
	ck_assert(!history_in_past(r->h));
	ck_assert_uint_eq(history_live(r->h), r->mark[20].cycle);
	ck_assert_uint_gt(machine_position_now(r->m).timeline, timeline);
	r->marks = 21;
	make_marks(r);
	for (i = 0; i < 20; i++)
		go_to_mark(r, rnd(r) % MARKS);
	go_to_mark(r, 5);
	ck_assert_uint_eq(machine_position_now(r->m).timeline, timeline);
	go_to_mark(r, 40);
	ck_assert_uint_gt(machine_position_now(r->m).timeline, timeline);
	run_free(r);
}
END_TEST

/* A byte of memory that the firmware does not use. */
static void
poke(struct run *r, uint8_t v)
{
	phys_st8(machine_memory(r->m), 0x1800000, v);
	history_disturbed(r->h);
}

static unsigned
peek(struct run *r)
{
	return phys_ld8(machine_memory(r->m), 0x1800000);
}

START_TEST(changes_by_hand_are_part_of_it)
{
	struct run *r = run_new(10, &configs[_i], false);
	unsigned i;

	for (i = 0; i < MARKS; i++) {
		run_until(r, machine_cycles(r->m) + STEP);
		if (i % 8 == 4) {
			poke(r, (uint8_t)i);
			machine_cpu(r->m, 0)->gpr[15] = i;
			history_disturbed(r->h);
		}
		note_mark(r);
	}
	go_to_mark(r, MARKS - 1);
	ck_assert_uint_eq(peek(r), 44);
	for (i = 0; i < POSITIONS; i++) {
		unsigned to = rnd(r) % MARKS;

		go_to_mark(r, to);
		ck_assert_uint_eq(peek(r), to < 4 ? 0 : (to + 4) / 8 * 8 - 4);
	}
	/* In the past it is another future. */
	go_to_mark(r, 10);
	poke(r, 99);
	ck_assert(!history_in_past(r->h));
	r->marks = 10;
	note_mark(r);
	make_marks(r);
	ck_assert_uint_eq(peek(r), 99);
	go_to_mark(r, 8);
	ck_assert_uint_eq(peek(r), 4);
	go_to_mark(r, 10);
	ck_assert_uint_eq(peek(r), 99);
	go_to_mark(r, MARKS - 1);
	run_free(r);
}
END_TEST

START_TEST(disks_go_back_too)
{
	const struct history_config how = { .every = 2000000, .memory = 3 << 20 };
	struct run *r = run_new_disk(12, &how, false, true);
	struct history_stats s;
	unsigned i, different = 0;

	for (i = 0; i < MARKS; i++) {
		ck_assert_int_eq(machine_run_apart(r->m, machine_cycles(r->m) +
		    rnd(r) % 60000000), END_LIMIT);
		note_mark(r);
		different += i && r->mark[i].disk != r->mark[i - 1].disk;
	}
	ck_assert_uint_gt(different, 5);
	ck_assert_uint_gt(overlay_count(machine_overlay(r->m, 0)), 2);
	for (i = 0; i < POSITIONS / 3; i++) {
		unsigned to = rnd(r) % MARKS;

		if (r->mark[to].cycle >= history_oldest(r->h))
			go_to_mark(r, to);
	}
	history_get_stats(r->h, &s);
	ck_assert_uint_le(s.bytes, how.memory);
	run_free(r);
}
END_TEST

/* --- a tape underneath --- */

static void
tape_input(void *arg, struct machine *m, enum machine_source source,
    const uint8_t *payload, size_t n)
{
	struct run *r = arg;

	(void)m;
	(void)source;
	(void)payload;
	r->taped_in += n;
}

static void
tape_output(void *arg, enum machine_channel channel, uint8_t byte)
{
	struct run *r = arg;

	(void)channel;
	(void)byte;
	r->taped_out++;
}

START_TEST(tape_underneath_hears_all_once)
{
	struct run *r = run_new(11, &configs[0], false);
	struct machine_tape t = { .input = tape_input, .output = tape_output, .arg = r };

	history_free(r->h);
	machine_set_tape(r->m, &t);
	r->h = history_new(r->m, &configs[0]);
	ck_assert_ptr_nonnull(r->h);
	make_marks(r);
	go_to_mark(r, 7);
	go_to_mark(r, MARKS - 1);
	ck_assert_uint_eq(r->taped_in, r->fed);
	ck_assert_uint_eq(r->taped_out, r->printed);
	history_free(r->h);
	r->h = NULL;
	ck_assert_ptr_eq(machine_tape(r->m), &t);
	run_free(r);
}
END_TEST

static uint64_t
player_next(void *arg)
{
	const struct run *r = arg;

	return 1000000 * (uint64_t)(r->taped_out + 1);
}

static void
player_play(void *arg, struct machine *m)
{
	struct run *r = arg;

	r->taped_out++;
	(void)machine_feed(m, INPUT_SERIAL0, "p", 1);
}

START_TEST(replay_underneath_goes_on)
{
	struct run *r = run_new(13, &configs[0], false);
	struct machine_tape t = { .playing = true, .input = tape_input,
	    .next = player_next, .play = player_play, .arg = r };
	size_t played, in;

	history_free(r->h);
	machine_set_tape(r->m, &t);
	r->h = history_new(r->m, &configs[0]);
	ck_assert_ptr_nonnull(r->h);
	make_marks(r);
	played = r->taped_out;
	in = r->taped_in;
	ck_assert_uint_gt(in, 3);
	go_to_mark(r, 30);
	go_to_mark(r, 7);
	go_to_mark(r, MARKS - 1);
	ck_assert_uint_eq(r->taped_out, played);
	ck_assert_uint_eq(r->taped_in, in);
	run_until(r, machine_cycles(r->m) + 10000000);
	ck_assert_uint_gt(r->taped_out, played);
	go_to_mark(r, 12);
	history_branch(r->h);
	played = r->taped_out;
	run_until(r, machine_cycles(r->m) + 200000000);
	ck_assert_uint_eq(r->taped_out, played);
	history_free(r->h);
	r->h = NULL;
	run_free(r);
}
END_TEST

Suite *
history_suite(void)
{
	Suite *s = suite_create("history");
	TCase *tc = tcase_create("all");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, every_position_is_what_it_was, 0, ARRAY_SIZE(configs));
	tcase_add_test(tc, run_forward_in_the_past_is_the_same);
	tcase_add_test(tc, history_changes_nothing);
	tcase_add_test(tc, memory_is_bounded);
	tcase_add_test(tc, oldest_is_given_up_at_last);
	tcase_add_test(tc, branch_forgets_and_remembers);
	tcase_add_loop_test(tc, changes_by_hand_are_part_of_it, 0, 3);
	tcase_add_test(tc, disks_go_back_too);
	tcase_add_test(tc, tape_underneath_hears_all_once);
	tcase_add_test(tc, replay_underneath_goes_on);
	suite_add_tcase(s, tc);
	return s;
}
