/*
 * tests/unit/replay_test.c - recordings, and replays that are not the same run
 *
 * The firmware runs with characters and keys arriving; its journal is played
 * again, faithfully or with something planted at a given time.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/filehash.h"
#include "hw/machine_state.h"
#include "hw/machine_tape.h"
#include "mmu/physmem.h"
#include "snapshot/checkpoint.h"
#include "snapshot/history.h"
#include "snapshot/journal.h"
#include "snapshot/player.h"
#include "snapshot/recorder.h"
#include "snapshot/snapshots.h"
#include "tests/runner/runner.h"

#define END_AT	((uint64_t)620 * 1000000)

Suite	*replay_suite(void);

struct run {
	FILE		*messages;
	char		*text;
	size_t		text_len;
	struct log	*log;
	struct machine_config cfg;
	struct machine	*m;
	uint64_t	until;
	bool		types;		/* somebody is at the keyboard */
	unsigned	typed;
	uint64_t	plant_at;
	void		(*plant)(struct machine *m);
	char		path[64];
};

static void
type(struct run *r, struct machine *m)
{
	static const uint8_t key[2] = { 4, 1 };
	uint8_t c = (uint8_t)('a' + r->typed % 26);

	if (machine_cycles(m) < 7000001ull * (r->typed + 1))
		return;
	r->typed++;
	machine_input(m, INPUT_SERIAL0, &c, 1);
	if (r->typed % 3 == 0)
		machine_input(m, INPUT_KEY, key, sizeof(key));
	if (r->typed % 7 == 0)
		machine_input(m, INPUT_SERIAL1, "xyz", 3);
}

static void
poll_run(void *arg, struct machine *m, uint64_t wait)
{
	struct run *r = arg;

	(void)wait;
	if (r->types)
		type(r, m);
	if (r->plant && machine_cycles(m) >= r->plant_at) {
		r->plant(m);
		r->plant = NULL;
	}
	if (machine_cycles(m) >= r->until)
		machine_stop(m);
}

static struct run *
run_new(void)
{
	struct run *r = calloc(1, sizeof(*r));

	ck_assert_ptr_nonnull(r);
	r->messages = open_memstream(&r->text, &r->text_len);
	r->log = log_new(r->messages, LOG_WARN);
	r->until = END_AT;
	snprintf(r->path, sizeof(r->path), "replay-%d.rec", (int)getpid());
	machine_config_init(&r->cfg);
	r->cfg.ram = (uint64_t)16 << 20;
	r->cfg.log = r->log;
	r->cfg.serial[0].present = r->cfg.serial[1].present = true;
	return r;
}

static void
run_machine(struct run *r)
{
	r->cfg.pace = PACE_MAX;
	r->cfg.log = r->log;
	r->cfg.host = (struct machine_host){ .poll = poll_run, .arg = r };
	r->m = machine_new(&r->cfg);
	ck_assert_msg(r->m, "%s", (fflush(r->messages), r->text));
}

static void
run_free(struct run *r)
{
	machine_free(r->m);
	log_free(r->log);
	fclose(r->messages);
	free(r->text);
	free(r);
}

static void
record(uint64_t until, char hash[MACHINE_HASH_LINE])
{
	struct run *r = run_new();
	struct recorder *rec;

	r->until = until;
	r->types = true;
	run_machine(r);
	rec = recorder_new(r->m, &r->cfg, r->path, r->log);
	ck_assert_ptr_nonnull(rec);
	ck_assert_int_eq(machine_run(r->m), END_STOPPED);
	ck_assert(recorder_end(rec, END_STOPPED));
	machine_hash_line(r->m, hash);
	recorder_free(rec);
	run_free(r);
}

/* What the player says; its messages into text. */
static enum player_verdict
replay(uint64_t plant_at, void (*plant)(struct machine *m), char hash[MACHINE_HASH_LINE],
    char *text, size_t n)
{
	struct run *r = run_new();
	struct player *p = player_new(r->path, r->log);
	enum player_verdict v;

	ck_assert_ptr_nonnull(p);
	ck_assert(player_config(p, &r->cfg));
	r->until = ~(uint64_t)0;
	r->types = true;		/* and is not heard */
	r->plant_at = plant_at;
	r->plant = plant;
	run_machine(r);
	ck_assert(player_attach(p, r->m));
	v = player_finish(p, machine_run(r->m));
	machine_hash_line(r->m, hash);
	fflush(r->messages);
	snprintf(text, n, "%s", r->text);
	player_free(p);
	unlink(r->path);
	run_free(r);
	return v;
}

START_TEST(replay_is_the_same_run)
{
	char a[MACHINE_HASH_LINE], b[MACHINE_HASH_LINE], text[1024];

	record(END_AT, a);
	ck_assert_int_eq(replay(0, NULL, b, text, sizeof(text)), PLAYER_SAME);
	ck_assert_str_eq(a, b);
	ck_assert_str_eq(text, "");
}
END_TEST

/* --- going back --- */

static uint64_t
rnd(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

static void
run_to(struct run *r, uint64_t cycle)
{
	r->until = cycle;
	ck_assert_int_eq(machine_run(r->m), END_STOPPED);
}

/* Rollbacks at odd moments, some of them twice to the same state. */
static void
wander_with_checkpoints(struct run *r, uint64_t *random)
{
	const struct checkpoints_config how = { .every = 3000000, .log = r->log,
		.out = outbuf_new(OUTBUF_ALL, OUTBUF_LIMIT) };
	struct checkpoints *c = checkpoints_new(r->m, &how);
	unsigned i;

	ck_assert_ptr_nonnull(c);
	for (i = 0; i < 40; i++) {
		run_to(r, machine_cycles(r->m) + rnd(random) % 12000000);
		if (i % 5 == 4)
			ck_assert(checkpoints_commit(c));
		if (i % 3)
			ck_assert(checkpoints_rollback(c, "test"));
		if (i % 9 == 1)
			ck_assert(checkpoints_rollback(c, "test"));
	}
	run_to(r, machine_cycles(r->m) + 60000000);
	checkpoints_free(c);
	outbuf_free(how.out);
}

static void
wander_with_branches(struct run *r, uint64_t *random)
{
	const struct history_config how = { .every = 5000000 };
	struct history *h = history_new(r->m, &how);
	unsigned i;

	ck_assert_ptr_nonnull(h);
	ck_assert(history_may_branch(h));
	for (i = 0; i < 12; i++) {
		run_to(r, machine_cycles(r->m) + 10000000 + rnd(random) % 20000000);
		ck_assert_int_eq(history_goto(h, machine_cycles(r->m) - rnd(random) % 9000000),
		    0);
		if (i % 4 == 3)		/* the same ground again, and on */
			run_to(r, machine_cycles(r->m) + 12000000);
		else
			history_branch(h);
	}
	run_to(r, machine_cycles(r->m) + 60000000);
	history_free(h);
}

/* Checkpoints with a history around them, which begins anew after a rollback. */
struct both {
	struct run	*r;
	struct history	*h;
};

static void
remember(struct both *b)
{
	const struct history_config how = { .every = 5000000 };

	history_free(b->h);
	b->h = history_new(b->r->m, &how);
	ck_assert_ptr_nonnull(b->h);
	ck_assert(!history_may_branch(b->h));
}

static void
both_back(void *arg, uint64_t cycles)
{
	(void)cycles;
	remember(arg);
}

static bool
both_in_past(void *arg)
{
	const struct both *b = arg;

	return b->h && history_in_past(b->h);
}

/* Some way back, perhaps to before the last checkpoint, and to the present again. */
static void
look_back(struct both *b, struct checkpoints *c, uint64_t random)
{
	uint64_t live = machine_cycles(b->r->m), span = live - history_oldest(b->h);
	struct hash128 was = machine_state_hash(b->r->m), is;
	struct checkpoints_stats before, after;

	checkpoints_get_stats(c, &before);
	ck_assert_int_eq(history_goto(b->h, live - random % (span + 1)), 0);
	if (both_in_past(b)) {
		ck_assert(!checkpoints_rollback(c, "test"));
		ck_assert(checkpoints_commit(c));	/* nothing */
	}
	ck_assert_int_eq(history_goto(b->h, live), 0);
	is = machine_state_hash(b->r->m);
	ck_assert(was.lo == is.lo && was.hi == is.hi);
	checkpoints_get_stats(c, &after);
	ck_assert_uint_eq(before.epochs, after.epochs);
}

static void
wander_with_both(struct run *r, uint64_t *random)
{
	struct both b = { r, NULL };
	const struct checkpoints_config how = { .every = 3000000, .log = r->log,
		.out = outbuf_new(OUTBUF_ALL, OUTBUF_LIMIT), .back = both_back,
		.in_past = both_in_past, .arg = &b };
	struct checkpoints *c = checkpoints_new(r->m, &how);
	unsigned i;

	ck_assert_ptr_nonnull(c);
	remember(&b);
	for (i = 0; i < 30; i++) {
		run_to(r, machine_cycles(r->m) + rnd(random) % 12000000);
		look_back(&b, c, rnd(random));
		if (i % 3) {
			ck_assert(!both_in_past(&b));
			ck_assert(checkpoints_rollback(c, "test"));
		}
		run_to(r, machine_cycles(r->m) + rnd(random) % 2000000);
		look_back(&b, c, rnd(random));
	}
	run_to(r, machine_cycles(r->m) + 60000000);
	history_free(b.h);
	checkpoints_free(c);
	outbuf_free(how.out);
}

/* The recording's last line, and how often it went back. */
static void
record_wandering(unsigned i, void (*wander)(struct run *r, uint64_t *random),
    char hash[MACHINE_HASH_LINE])
{
	struct run *r = run_new();
	uint64_t random = i * 0x9e3779b97f4a7c15 + 1;
	struct recorder *rec;

	r->types = true;
	r->cfg.cpus = i % 2 + 1;
	run_machine(r);
	rec = recorder_new(r->m, &r->cfg, r->path, r->log);
	ck_assert_ptr_nonnull(rec);
	wander(r, &random);
	ck_assert(recorder_end(rec, END_STOPPED));
	machine_hash_line(r->m, hash);
	ck_assert_uint_gt(machine_position_now(r->m).timeline, 5);
	ck_assert_uint_gt(machine_outside(r->m), machine_cycles(r->m) + 10000000);
	recorder_free(rec);
	run_free(r);
}

START_TEST(all_timelines_are_replayed)
{
	static void (*const wander[])(struct run *r, uint64_t *random) = {
		wander_with_checkpoints, wander_with_branches, wander_with_both
	};
	char a[MACHINE_HASH_LINE], b[MACHINE_HASH_LINE], text[1024];

	record_wandering((unsigned)_i, wander[_i / 2 % 3], a);
	ck_assert_msg(replay(0, NULL, b, text, sizeof(text)) == PLAYER_SAME, "%s", text);
	ck_assert_str_eq(a, b);
}
END_TEST

/* --- from a snapshot on --- */

#define LOST	((uint64_t)12345678)

struct begun {
	struct run		*r;
	struct snapshots	*s;
	char			path[72];
};

static void
begun_init(struct begun *b, struct run *r)
{
	const struct snapshots_config how = { .compress = SNAPSHOT_PLAIN };

	b->r = r;
	b->s = snapshots_new(r->m, &r->cfg, &how);
	ck_assert_ptr_nonnull(b->s);
	snprintf(b->path, sizeof(b->path), "./%s.rls", r->path);
}

static bool
load_beginning(void *arg, const char *path, struct hash128 h)
{
	struct begun *b = arg;
	struct snapshot_error e;
	struct hash128 now;

	ck_assert_int_eq(filehash(path, &now, NULL), 0);
	return now.lo == h.lo && now.hi == h.hi && snapshots_load(b->s, path, &e);
}

/* As a run that is resumed: it has been taken back before, on another timeline. */
static uint64_t
record_begun(char hash[MACHINE_HASH_LINE])
{
	struct run *r = run_new();
	struct snapshot_error e;
	struct recorder *rec;
	struct begun b;
	uint64_t outside;

	r->types = true;
	run_machine(r);
	run_to(r, 100000000);
	machine_set_timeline(r->m, 5);
	machine_took_back(r->m, LOST);
	rec = recorder_new(r->m, &r->cfg, r->path, r->log);
	begun_init(&b, r);
	ck_assert(rec && snapshots_save_now(b.s, b.path, &e) && recorder_begins(rec, b.path));
	ck_assert_uint_eq(machine_position_now(r->m).timeline, 5);
	run_to(r, 300000000);
	ck_assert(recorder_end(rec, END_STOPPED));
	machine_hash_line(r->m, hash);
	outside = machine_outside(r->m);
	recorder_free(rec);
	snapshots_free(b.s);
	run_free(r);
	return outside;
}

START_TEST(a_beginning_in_the_middle)
{
	char recorded[MACHINE_HASH_LINE], hash[MACHINE_HASH_LINE];
	uint64_t outside = record_begun(recorded);
	struct run *r = run_new();
	struct player *p = player_new(r->path, r->log);
	struct begun b;

	ck_assert(p && player_config(p, &r->cfg));
	r->until = ~(uint64_t)0;
	run_machine(r);
	begun_init(&b, r);
	player_set_loader(p, load_beginning, &b);
	ck_assert(player_attach(p, r->m));
	ck_assert_int_eq(player_finish(p, machine_run(r->m)), PLAYER_SAME);
	machine_hash_line(r->m, hash);
	ck_assert_str_eq(hash, recorded);
	ck_assert_uint_eq(machine_outside(r->m), outside);
	ck_assert_uint_eq(outside, machine_cycles(r->m) + LOST);
	player_free(p);
	snapshots_free(b.s);
	unlink(r->path);
	unlink(b.path);
	run_free(r);
}
END_TEST

/* --- planted --- */

static void
plant_memory(struct machine *m)
{
	uint8_t byte = 0x5a;

	phys_poke(machine_memory(m), 0x345678, &byte, 1);
}

static void
plant_two_pages(struct machine *m)
{
	uint8_t byte = 0x5a;

	phys_poke(machine_memory(m), 0x345678, &byte, 1);
	phys_poke(machine_memory(m), 0x347000, &byte, 1);
}

static void
plant_register(struct machine *m)
{
	machine_cpu(m, 0)->sysenter_eip ^= 0x10;
}

static void
plant_chip(struct machine *m)
{
	machine_feed(m, INPUT_SERIAL1, "!", 1);
}

static void
plant_time(struct machine *m)
{
	machine_cpu(m, 0)->cycles += 1;
}

static const struct planted {
	void		(*plant)(struct machine *m);
	const char	*says;
} planted[] = {
	{ plant_memory, "memory: page 0x345 (here, recorded)" },
	{ plant_two_pages, "memory: several pages from page" },
	{ plant_register, "cpu0.sysenter_eip: 0x10, 0x0 (here, recorded)" },
	{ plant_chip, "com2" },
	{ plant_time, "cycle" },
};

START_TEST(difference_is_found_at_the_next_hash_and_named)
{
	const struct planted *p = &planted[_i];
	char a[MACHINE_HASH_LINE], b[MACHINE_HASH_LINE], text[1024];

	record(END_AT, a);
	ck_assert_int_eq(replay(480000000, p->plant, b, text, sizeof(text)), PLAYER_DIVERGED);
	ck_assert_msg(strstr(text, p->says), "%s", text);
	ck_assert_msg(strstr(text, "the replay differs at timeline 0 vcpu 0 cycle "), "%s", text);
	ck_assert_msg(strstr(text, ", rip "), "%s", text);
}
END_TEST

/* --- the file --- */

START_TEST(cut_journal_plays_to_its_last_record)
{
	char a[MACHINE_HASH_LINE], b[MACHINE_HASH_LINE], text[1024], path[64];
	uint8_t *bytes = malloc(1 << 20);
	size_t len, cut;
	FILE *f;

	snprintf(path, sizeof(path), "replay-%d.rec", (int)getpid());
	record(200000000, a);
	f = fopen(path, "r");
	len = fread(bytes, 1, 1 << 20, f);
	fclose(f);
	for (cut = len - 1; cut > len - 400; cut -= 57) {
		f = fopen(path, "w");
		ck_assert_uint_eq(fwrite(bytes, 1, cut, f), cut);
		fclose(f);
		ck_assert_int_eq(replay(0, NULL, b, text, sizeof(text)), PLAYER_CUT);
		ck_assert_msg(strstr(text, "the recording was cut off"), "%s", text);
	}
	free(bytes);
}
END_TEST

START_TEST(journal_is_not_trusted)
{
	static const uint8_t header[16] = "RINGJRNL\1\0\0\0\1\0\0\0";
	uint8_t bytes[64];
	struct journal *j;
	char err[200];

	memcpy(bytes, header, sizeof(header));
	memset(bytes + 16, 0xff, sizeof(bytes) - 16);
	j = journal_parse(bytes, sizeof(bytes), "x", err, sizeof(err));
	ck_assert_ptr_nonnull(j);
	ck_assert_uint_eq(journal_count(j), 0);
	ck_assert_str_eq(journal_cut(j), "offset 16: a record is cut short");
	journal_free(j);
	bytes[8] = 2;
	ck_assert_ptr_null(journal_parse(bytes, sizeof(bytes), "x", err, sizeof(err)));
	ck_assert_str_eq(err, "x: offset 8: a version of the format that is not known here");
	ck_assert_ptr_null(journal_parse(bytes, 7, "x", err, sizeof(err)));
}
END_TEST

Suite *
replay_suite(void)
{
	Suite *s = suite_create("replay");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, replay_is_the_same_run);
	tcase_add_test(tc, a_beginning_in_the_middle);
	tcase_add_loop_test(tc, difference_is_found_at_the_next_hash_and_named, 0,
	    ARRAY_SIZE(planted));
	tcase_add_loop_test(tc, all_timelines_are_replayed, 0, 12);
	tcase_add_test(tc, cut_journal_plays_to_its_last_record);
	tcase_add_test(tc, journal_is_not_trusted);
	suite_add_tcase(s, tc);
	return s;
}
