/*
 * snapshot/player.c - runs a journal again
 */
#include "snapshot/player.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/timing.h"
#include "hw/machine_tape.h"
#include "snapshot/digest.h"
#include "snapshot/journal.h"
#include "snapshot/player_marks.h"

#define NONE		(~(uint64_t)0)
#define HASH_HEAD	24u		/* u64 cycle, hash */
#define INPUT_HEAD	9u		/* u64 cycle, u8 source */
#define END_HEAD	(HASH_HEAD + 8)
#define FILE_HEAD	24u		/* u64 size, hash */
#define LOAD_HEAD	(HASH_HEAD + 8)	/* and the timeline */

struct player {
	const char		*path;
	struct log		*log;
	struct journal		*j;
	char			*config, *dir;
	struct machine		*m;
	struct machine_tape	tape;
	struct player_marks	*marks;		/* NULL: it never goes back */
	size_t			next_in;	/* record of an input or the end */
	size_t			next_hash;	/* record with a digest */
	struct digest_output	output;
	struct digest		recorded, now;
	uint64_t		same_at;	/* cycle of the last digest that was equal */
	bool			stopped, at_end, diverged;
	bool			(*load)(void *arg, const char *path, struct hash128 h);
	void			*load_arg;
	void			(*back)(void *arg);
	void			*back_arg;
};

/* --- the file --- */

static uint64_t
record_cycle(const struct journal_record *r)
{
	return get_le64(r->data);
}

static bool
is_text(const uint8_t *p, size_t n)
{
	return !memchr(p, 0, n);
}

/* The rest of the record is a text with its NUL. */
static bool
path_valid(const struct journal_record *r, size_t at)
{
	return r->data[r->len - 1] == 0 && is_text(r->data + at, r->len - at - 1);
}

static bool
names_valid(const struct journal_record *r)
{
	const uint8_t *names = r->data + FILE_HEAD;
	size_t n = r->len - FILE_HEAD, option = strnlen((const char *)names, n);

	return n > option + 1 && path_valid(r, FILE_HEAD + option + 1);
}

/* A path, and perhaps the outside time, which is never before the cycle. */
static bool
load_valid(const struct journal_record *r)
{
	const char *path = (const char *)r->data + LOAD_HEAD;
	size_t n = r->len - LOAD_HEAD, len = strnlen(path, n);

	return len && (len + 1 == n || len + 1 + 8 == n);
}

/* It leads to an earlier cycle, with what was recorded before it. */
static bool
back_valid(const struct journal_record *r, uint64_t *cycle)
{
	uint64_t from = record_cycle(r), to = get_le64(r->data + 8);

	if (r->len != BACK_BYTES || from < *cycle || from == NONE || to > from ||
	    get_le64(r->data + 16) > r->offset)
		return false;
	*cycle = to;
	return true;
}

/* Is it long enough for its type, and later than what is before it?  After a
 * snapshot was loaded cycles begin anew. */
static bool
record_valid(const struct journal_record *r, uint64_t *cycle)
{
	static const size_t least[JOURNAL_TYPES] = {
		[JOURNAL_INPUT] = INPUT_HEAD + 1, [JOURNAL_HASH] = HASH_HEAD,
		[JOURNAL_END] = END_HEAD, [JOURNAL_FILE] = FILE_HEAD + 4,
		[JOURNAL_LOAD] = LOAD_HEAD + 2, [JOURNAL_BACK] = BACK_BYTES,
	};

	if (r->len < least[r->type])
		return false;
	switch (r->type) {
	case JOURNAL_CONFIG:
	case JOURNAL_DIR:
		return is_text(r->data, r->len);
	case JOURNAL_FILE:
		return names_valid(r);
	case JOURNAL_LOAD:
	case JOURNAL_INPUT:
	case JOURNAL_HASH:
	case JOURNAL_END:
		if (record_cycle(r) < *cycle || record_cycle(r) == NONE)
			return false;
		*cycle = r->type == JOURNAL_LOAD ? 0 : record_cycle(r);
		return r->type != JOURNAL_LOAD || load_valid(r);
	case JOURNAL_BACK:
		return back_valid(r, cycle);
	default:
		return false;
	}
}

static bool
check_records(struct player *p)
{
	const struct journal_record *r;
	uint64_t cycle = 0;
	size_t i, n = journal_count(p->j);

	for (i = 0; i < n; i++) {
		r = journal_get(p->j, i);
		if (record_valid(r, &cycle) && (r->type != JOURNAL_END || i == n - 1))
			continue;
		log_error(p->log, "%s: offset %" PRIu64 ": a record that cannot be", p->path,
		    r->offset);
		return false;
	}
	return true;
}

/* The text of the first record of a type, allocated; NULL without one. */
static char *
find_text(const struct player *p, enum journal_type type)
{
	const struct journal_record *r;
	size_t i;

	for (i = 0; i < journal_count(p->j); i++) {
		r = journal_get(p->j, i);
		if (r->type == type)
			return strndup((const char *)r->data, r->len);
	}
	return NULL;
}

static bool
player_read(struct player *p)
{
	if (journal_timing(p->j) != TIMING_VERSION) {
		log_error(p->log, "%s: recorded with timing version %u, this program has %u",
		    p->path, journal_timing(p->j), TIMING_VERSION);
		return false;
	}
	if (!check_records(p))
		return false;
	p->config = find_text(p, JOURNAL_CONFIG);
	p->dir = find_text(p, JOURNAL_DIR);
	if (p->config && p->dir)
		return true;
	log_error(p->log, "%s: the journal does not say what was recorded (%s)", p->path,
	    journal_cut(p->j) ? journal_cut(p->j) : "no such record");
	return false;
}

struct player *
player_new_journal(struct journal *j, const char *name, struct log *log)
{
	struct player *p = calloc(1, sizeof(*p));

	if (!p) {
		log_error(log, "no memory for a replay");
		journal_free(j);
		return NULL;
	}
	p->path = name;
	p->log = log;
	p->j = j;
	if (player_read(p))
		return p;
	player_free(p);
	return NULL;
}

struct player *
player_new(const char *path, struct log *log)
{
	char err[512];
	struct journal *j = journal_open(path, err, sizeof(err));

	if (j)
		return player_new_journal(j, path, log);
	log_error(log, "%s", err);
	return NULL;
}

void
player_free(struct player *p)
{
	if (!p)
		return;
	if (p->m && machine_tape(p->m) == &p->tape)
		machine_set_tape(p->m, NULL);
	player_marks_free(p->marks);
	digest_fini(&p->recorded);
	digest_fini(&p->now);
	journal_free(p->j);
	free(p->config);
	free(p->dir);
	free(p);
}

bool
player_config(struct player *p, struct machine_config *cfg)
{
	const char *bad;
	unsigned i;

	if (machine_config_parse(cfg, p->config, &bad))
		bad = machine_config_impossible(cfg);
	if (bad) {
		log_error(p->log, "%s: not a machine: %s", p->path, bad);
		return false;
	}
	/* What the guest writes is thrown away: the images stay as they were. */
	cfg->disks_frozen = true;
	for (i = 0; i < MACHINE_DISKS; i++)
		cfg->disk[i].snapshot = true;
	return true;
}

void
player_set_loader(struct player *p,
    bool (*fn)(void *arg, const char *path, struct hash128 h), void *arg)
{
	p->load = fn;
	p->load_arg = arg;
}

void
player_on_back(struct player *p, void (*fn)(void *arg), void *arg)
{
	p->back = fn;
	p->back_arg = arg;
}

const char *
player_dir(const struct player *p)
{
	return p->dir;
}

bool
player_goes_back(const struct player *p)
{
	size_t i;

	for (i = 0; i < journal_count(p->j); i++)
		if (journal_get(p->j, i)->type == JOURNAL_BACK)
			return true;
	return false;
}

uint64_t
player_last_cycle(const struct player *p)
{
	const struct journal_record *r;
	size_t i;

	for (i = journal_count(p->j); i-- > 0;) {
		r = journal_get(p->j, i);
		if (r->type == JOURNAL_INPUT || r->type == JOURNAL_HASH ||
		    r->type == JOURNAL_BACK || r->type == JOURNAL_END)
			return record_cycle(r);
	}
	return 0;
}

bool
player_input(const struct player *p, size_t i, struct player_input *in)
{
	const struct journal_record *r;
	size_t k;

	for (k = 0; k < journal_count(p->j); k++) {
		r = journal_get(p->j, k);
		if (r->type != JOURNAL_INPUT || i--)
			continue;
		*in = (struct player_input){ record_cycle(r), r->data[8],
			r->data + INPUT_HEAD, r->len - INPUT_HEAD };
		return true;
	}
	return false;
}

/* --- differences --- */

static void
stop(struct player *p)
{
	p->stopped = true;
	machine_stop(p->m);
}

static void
diverge(struct player *p, const char *what)
{
	struct machine_position at = machine_position_now(p->m);
	const struct cpu *c = machine_cpu(p->m, at.vcpu);

	if (p->diverged)
		return;
	p->diverged = true;
	log_error(p->log, "%s: the replay differs at timeline %" PRIu64 " vcpu %u cycle %" PRIu64
	    ", rip %04x:%" PRIx64 ": %s (here, recorded); it was the same at cycle %" PRIu64,
	    p->path, at.timeline, at.vcpu, at.cycle, c->seg[SEG_CS].sel, c->rip, what, p->same_at);
	stop(p);
}

/* head: bytes before the packed digest. */
static void
compare(struct player *p, const struct journal_record *r, size_t head)
{
	char what[256];

	digest_take(&p->now, p->m, &p->output);
	if (!digest_unpack(&p->recorded, r->data + head, r->len - head)) {
		snprintf(what, sizeof(what), "offset %" PRIu64 " has no digest of this machine",
		    r->offset);
		diverge(p, what);
		return;
	}
	p->recorded.cycle = record_cycle(r);
	p->recorded.hash = (struct hash128){ get_le64(r->data + 8), get_le64(r->data + 16) };
	if (digest_diff(&p->now, &p->recorded, p->m, what, sizeof(what)))
		diverge(p, what);
	else if (memcmp(&p->now.hash, &p->recorded.hash, sizeof(p->now.hash)))
		diverge(p, "the state hash");
	else
		p->same_at = p->now.cycle;
}

/* --- what the tape does --- */

static bool
is_digest(enum journal_type type)
{
	return type == JOURNAL_HASH || type == JOURNAL_END;
}

static bool
is_played(enum journal_type type)
{
	return type == JOURNAL_INPUT || type == JOURNAL_LOAD || type == JOURNAL_BACK ||
	    type == JOURNAL_END;
}

/* Moves *i to the next record of such a type. */
static void
skip_to(const struct player *p, size_t *i, bool (*is)(enum journal_type type))
{
	while (*i < journal_count(p->j) && !is(journal_get(p->j, *i)->type))
		++*i;
}

/* Nothing is left to compare with or to feed, and there is no end. */
static void
stop_if_cut(struct player *p)
{
	size_t n = journal_count(p->j);

	if (p->next_in >= n && p->next_hash >= n)
		stop(p);
}

/* Of the next record that is played. */
static uint64_t
next_place(const struct player *p)
{
	return p->next_in < journal_count(p->j) ? journal_get(p->j, p->next_in)->offset : NONE;
}

static uint64_t
player_next(void *arg)
{
	struct player *p = arg;
	uint64_t mark = player_marks_next(p->marks, next_place(p)), record = NONE;

	if (p->stopped)
		return NONE;
	if (p->next_in < journal_count(p->j))
		record = record_cycle(journal_get(p->j, p->next_in));
	return mark < record ? mark : record;
}

static void
feed(struct player *p, const struct journal_record *r)
{
	size_t n = r->len - INPUT_HEAD;

	if (r->data[8] >= INPUT_SOURCES)
		diverge(p, "an input of unknown source");
	else if (machine_feed(p->m, r->data[8], r->data + INPUT_HEAD, n) != n)
		diverge(p, "an input that the machine does not take");
}

/* A run that had been taken back before it was recorded. */
static void
load_outside(struct player *p, const struct journal_record *r)
{
	size_t at = LOAD_HEAD + strlen((const char *)r->data + LOAD_HEAD) + 1;
	uint64_t now = machine_outside(p->m);

	if (at < r->len && get_le64(r->data + at) > now)
		machine_took_back(p->m, get_le64(r->data + at) - now);
}

/* The machine is somewhere else afterwards. */
static void
load(struct player *p, const struct journal_record *r)
{
	const char *path = (const char *)r->data + LOAD_HEAD;
	struct hash128 h = { get_le64(r->data + 8), get_le64(r->data + 16) };

	if (!p->load || !p->load(p->load_arg, path, h)) {
		diverge(p, "a snapshot that cannot be loaded");
		return;
	}
	load_outside(p, r);
	machine_set_timeline(p->m, get_le64(r->data + HASH_HEAD));
}

static void
go_back(struct player *p, size_t i)
{
	const char *why = player_marks_back(p->marks, i, journal_get(p->j, i));

	if (why)
		diverge(p, why);
	else if (p->back)
		p->back(p->back_arg);
}

static void
play_one(struct player *p, size_t i)
{
	const struct journal_record *r = journal_get(p->j, i);

	if (r->type == JOURNAL_LOAD)
		load(p, r);
	else if (r->type == JOURNAL_BACK)
		go_back(p, i);
	else
		feed(p, r);
	stop_if_cut(p);
}

/* A moment that it goes back to comes before what is recorded behind it. */
static void
player_play(void *arg, struct machine *m)
{
	struct player *p = arg;
	const struct journal_record *r;
	size_t i = p->next_in;
	char what[120];

	if (player_marks_next(p->marks, next_place(p)) <= machine_cycles(m)) {
		if (!player_marks_pass(p->marks, next_place(p)))
			diverge(p, "no memory for a moment that it goes back to");
		return;
	}
	r = journal_get(p->j, i);
	if (machine_cycles(m) != record_cycle(r)) {
		snprintf(what, sizeof(what), "cycle %" PRIu64 " of the next record is passed",
		    record_cycle(r));
		diverge(p, what);
		return;
	}
	if (r->type == JOURNAL_END) {
		p->at_end = true;
		stop(p);
		return;
	}
	p->next_in++;
	skip_to(p, &p->next_in, is_played);
	play_one(p, i);
}

/* It goes back here, before anything else happens. */
static bool
back_is_due(const struct player *p)
{
	const struct journal_record *r = p->next_in < journal_count(p->j) ?
	    journal_get(p->j, p->next_in) : NULL;

	return r && r->type == JOURNAL_BACK && record_cycle(r) == machine_cycles(p->m);
}

/* In the recorded run somebody took the machine back instead. */
static bool
player_ended(void *arg, struct machine *m, enum machine_end end)
{
	struct player *p = arg;

	(void)end;
	if (p->stopped || !back_is_due(p))
		return false;
	player_play(p, m);
	return !p->diverged;
}

static void
player_output(void *arg, enum machine_channel channel, uint8_t byte)
{
	struct player *p = arg;

	digest_output_byte(&p->output, channel, byte);
}

static void
player_frame(void *arg, unsigned nic, const uint8_t *frame, size_t n)
{
	struct player *p = arg;

	digest_output_frame(&p->output, nic, frame, n);
}

static void
player_hash_point(void *arg, struct machine *m)
{
	struct player *p = arg;
	const struct journal_record *r;

	(void)m;
	if (p->stopped || p->next_hash >= journal_count(p->j))
		return;
	r = journal_get(p->j, p->next_hash);
	if (r->type == JOURNAL_END || (p->next_hash > p->next_in && back_is_due(p)))
		return;
	compare(p, r, HASH_HEAD);
	p->next_hash++;
	skip_to(p, &p->next_hash, is_digest);
	if (!p->diverged)
		stop_if_cut(p);
}

static bool
check_file(const struct player *p, const struct journal_record *r, unsigned i)
{
	const char *option = (const char *)r->data + FILE_HEAD;
	const char *path = option + strlen(option) + 1;
	struct machine_file f;
	int err = machine_file(p->m, i, &f);

	if (err == -ENOENT) {
		log_error(p->log, "%s: %s %s is not read any more", p->path, option, path);
		return false;
	}
	if (err)
		return false;
	if (!strcmp(option, f.option) && get_le64(r->data) == f.size &&
	    get_le64(r->data + 8) == f.hash.lo && get_le64(r->data + 16) == f.hash.hi)
		return true;
	log_error(p->log, "%s: %s %s is not the file that was recorded (%s): its contents differ",
	    p->path, f.option, f.path, path);
	return false;
}

static bool
check_files(const struct player *p)
{
	const struct journal_record *r;
	unsigned n = 0;
	size_t i;

	for (i = 0; i < journal_count(p->j); i++) {
		r = journal_get(p->j, i);
		if (r->type == JOURNAL_FILE && !check_file(p, r, n++))
			return false;
	}
	return true;
}

bool
player_attach(struct player *p, struct machine *m)
{
	p->m = m;
	if (!check_files(p))
		return false;
	if (digest_init(&p->recorded, m) || digest_init(&p->now, m)) {
		log_error(p->log, "no memory for a replay");
		return false;
	}
	if (!player_marks_new(&p->marks, p->j, m)) {
		log_error(p->log, "no memory for a replay");
		return false;
	}
	skip_to(p, &p->next_in, is_played);
	skip_to(p, &p->next_hash, is_digest);
	p->tape = (struct machine_tape){ .playing = true, .sealed = true, .output = player_output,
		.frame = player_frame, .hash_point = player_hash_point,
		.next = player_next, .play = player_play, .ended = player_ended,
		.arg = p };
	machine_set_tape(m, &p->tape);
	stop_if_cut(p);
	return true;
}

/* --- the end --- */

bool
player_stopped(const struct player *p)
{
	return p->stopped;
}

static const struct journal_record *
end_record(const struct player *p)
{
	const struct journal_record *r;

	if (!journal_count(p->j))
		return NULL;
	r = journal_get(p->j, journal_count(p->j) - 1);
	return r->type == JOURNAL_END ? r : NULL;
}

enum machine_end
player_recorded_end(const struct player *p, uint32_t *exit_status)
{
	const struct journal_record *r = end_record(p);

	*exit_status = r ? get_le32(r->data + HASH_HEAD + 4) : 0;
	return r ? (enum machine_end)get_le32(r->data + HASH_HEAD) : END_STOPPED;
}

/* Ends that the guest brings about, at one instruction. */
static bool
is_guests(enum machine_end end)
{
	return end == END_POWEROFF || end == END_RESET || end == END_TRIPLE_FAULT ||
	    end == END_DEBUG_EXIT;
}

static enum player_verdict
finish_at_end(struct player *p, const struct journal_record *r, enum machine_end end)
{
	enum machine_end recorded = (enum machine_end)get_le32(r->data + HASH_HEAD);

	if (is_guests(end) != is_guests(recorded) || (is_guests(end) && end != recorded))
		diverge(p, "the way the run ends");
	else
		compare(p, r, END_HEAD);
	return p->diverged ? PLAYER_DIVERGED : PLAYER_SAME;
}

enum player_verdict
player_finish(struct player *p, enum machine_end end)
{
	const struct journal_record *r = end_record(p);

	if (p->diverged)
		return PLAYER_DIVERGED;
	if (r && (p->at_end || machine_cycles(p->m) == record_cycle(r)))
		return finish_at_end(p, r, end);
	if (is_guests(end)) {
		diverge(p, "the machine ends here");
		return PLAYER_DIVERGED;
	}
	if (r || !p->stopped)
		return PLAYER_LEFT;
	log_warn(p->log, "%s: %s: the recording was cut off; the same up to cycle %" PRIu64,
	    p->path, journal_cut(p->j), machine_cycles(p->m));
	return PLAYER_CUT;
}
