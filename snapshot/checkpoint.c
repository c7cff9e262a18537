/*
 * snapshot/checkpoint.c - a machine whose last moments can be taken back
 */
#include "snapshot/checkpoint.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hw/machine_tape.h"

struct checkpoints {
	struct machine		*m;
	struct checkpoints_config how;
	const struct machine_tape *inner;	/* NULL: none */
	struct machine_tape	tape;
	struct undo		*undo;		/* one mark: the committed state */
	uint64_t		place;		/* of that in the inner tape's recording */
	uint64_t		due, number;
	uint64_t		timelines;	/* numbers given out */
	unsigned		tries;		/* since the last commit */
	bool			failed;
	const char		*panicked;	/* why it should go back, or NULL */
	char			heard[OUTPUT_CHANNELS][CHECKPOINT_PANIC_MAX];
	size_t			panic_len;
	struct checkpoints_stats stats;
};

static uint64_t
host_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t
place_now(const struct checkpoints *c)
{
	return c->inner && c->inner->place ? c->inner->place(c->inner->arg) : 0;
}

/* --- the end of an epoch --- */

static bool
fail(struct checkpoints *c, const char *what)
{
	if (what)
		log_error(c->how.log, "checkpoint: %s", what);
	c->failed = true;
	machine_stop(c->m);
	return false;
}

static void
count_epoch(struct checkpoints *c, uint64_t start)
{
	uint64_t ns = host_ns() - start, pages = undo_changed(c->undo);
	struct checkpoints_stats *s = &c->stats;

	s->epochs++;
	s->pages += pages;
	s->pages_most = pages > s->pages_most ? pages : s->pages_most;
	s->pause_ns += ns;
	s->pause_most_ns = ns > s->pause_most_ns ? ns : s->pause_most_ns;
}

/* A history has taken the machine to where it was before, and will put it back. */
static bool
elsewhere(const struct checkpoints *c)
{
	return c->how.in_past && c->how.in_past(c->how.arg);
}

static bool
commit(struct checkpoints *c, enum machine_end end)
{
	uint64_t start = host_ns();

	if (c->failed)
		return false;
	if (!undo_mark(c->undo))
		return fail(c, "out of memory");
	c->number++;
	if (c->how.sink.commit &&
	    !c->how.sink.commit(c->how.sink.arg, c->undo, c->number, end))
		return fail(c, NULL);
	count_epoch(c, start);
	while (undo_marks(c->undo) > 1)
		undo_forget_oldest(c->undo);
	c->place = place_now(c);
	c->due = machine_cycles(c->m) + c->how.every;
	c->tries = 0;
	outbuf_release(c->how.out);
	if (c->how.left)
		c->how.left(c->how.arg);
	return true;
}

bool
checkpoints_commit(struct checkpoints *c)
{
	return elsewhere(c) || commit(c, END_NONE);
}

bool
checkpoints_finish(struct checkpoints *c, enum machine_end end)
{
	return elsewhere(c) ? fail(c, "the run ends in its past") : commit(c, end);
}

/* --- going back --- */

static bool
go_back(struct checkpoints *c, const char *why)
{
	uint64_t from = machine_cycles(c->m);

	if (c->failed || elsewhere(c))
		return false;
	c->panicked = NULL;
	if (!undo_back(c->undo, 0))
		return fail(c, "there was no memory to keep what has changed: cannot go back");
	machine_set_timeline(c->m, ++c->timelines);
	machine_took_back(c->m, from - undo_cycle(c->undo, 0));
	if (c->inner && c->inner->back)
		c->inner->back(c->inner->arg, c->m, from, c->place, c->timelines);
	outbuf_drop(c->how.out);
	memset(c->heard, 0, sizeof(c->heard));
	c->due = machine_cycles(c->m) + c->how.every;
	c->stats.rollbacks++;
	c->stats.lost_cycles += from - machine_cycles(c->m);
	log_warn(c->how.log, "rolled back from cycle %" PRIu64 " to %" PRIu64 ": %s; timeline %"
	    PRIu64, from, machine_cycles(c->m), why, c->timelines);
	if (c->how.back)
		c->how.back(c->how.arg, from - machine_cycles(c->m));
	return true;
}

bool
checkpoints_rollback(struct checkpoints *c, const char *why)
{
	return go_back(c, why);
}

/* Not for ever to the same state. */
static bool
go_back_again(struct checkpoints *c, const char *why)
{
	if (c->tries == CHECKPOINT_TRIES) {
		log_warn(c->how.log, "%s again after %u rollbacks to cycle %" PRIu64
		    ": the guest is left alone", why, c->tries, undo_cycle(c->undo, 0));
		c->tries++;
	}
	if (c->tries > CHECKPOINT_TRIES)
		return false;
	c->tries++;
	return go_back(c, why);
}

bool
checkpoints_due_back(struct checkpoints *c)
{
	const char *why = c->panicked;

	c->panicked = NULL;
	return why && go_back_again(c, why);
}

/* --- the tape --- */

static void
tape_input(void *arg, struct machine *m, enum machine_source source, const uint8_t *payload,
    size_t n)
{
	struct checkpoints *c = arg;

	c->inner->input(c->inner->arg, m, source, payload, n);
}

/* The last bytes of each channel are what is looked for? */
static void
look_for_panic(struct checkpoints *c, enum machine_channel channel, uint8_t byte)
{
	char *heard = c->heard[channel];
	size_t n = c->panic_len;

	memmove(heard, heard + 1, n - 1);
	heard[n - 1] = (char)byte;
	if (c->panicked || memcmp(heard, c->how.panic, n) != 0)
		return;
	c->panicked = "the guest said that it panics";
	machine_stop(c->m);
}

static void
tape_output(void *arg, enum machine_channel channel, uint8_t byte)
{
	struct checkpoints *c = arg;

	if (c->inner && c->inner->output)
		c->inner->output(c->inner->arg, channel, byte);
	if (c->how.on & CHECKPOINT_ON_PANIC)
		look_for_panic(c, channel, byte);
}

static void
tape_frame(void *arg, unsigned nic, const uint8_t *frame, size_t n)
{
	struct checkpoints *c = arg;

	c->inner->frame(c->inner->arg, nic, frame, n);
}

static void
tape_hash_point(void *arg, struct machine *m)
{
	struct checkpoints *c = arg;

	c->inner->hash_point(c->inner->arg, m);
}

static uint64_t
inner_next(const struct checkpoints *c)
{
	return c->inner && c->inner->next ? c->inner->next(c->inner->arg) : ~(uint64_t)0;
}

static uint64_t
tape_next(void *arg)
{
	const struct checkpoints *c = arg;
	uint64_t inner = inner_next(c);

	return inner < c->due ? inner : c->due;
}

static void
tape_play(void *arg, struct machine *m)
{
	struct checkpoints *c = arg;

	if (machine_cycles(m) >= inner_next(c))
		c->inner->play(c->inner->arg, m);
	if (machine_cycles(m) < c->due)
		return;
	c->due = ~(uint64_t)0;
	(void)commit(c, END_NONE);
}

static bool
tape_ended(void *arg, struct machine *m, enum machine_end end)
{
	struct checkpoints *c = arg;

	(void)m;
	if (end == END_TRIPLE_FAULT && (c->how.on & CHECKPOINT_ON_TRIPLE_FAULT))
		return go_back_again(c, "triple fault");
	if (end == END_WATCHDOG && (c->how.on & CHECKPOINT_ON_WATCHDOG))
		return go_back_again(c, "the watchdog");
	return false;
}

static void
make_tape(struct checkpoints *c)
{
	const struct machine_tape *t = machine_tape(c->m);
	bool listens = (t && t->output) || (c->how.on & CHECKPOINT_ON_PANIC);

	c->inner = t;
	c->tape = (struct machine_tape){
		.playing = t && t->playing,
		.sealed = t && t->sealed,
		.one_line = true,
		.mute = t && t->mute,
		.input = t && t->input ? tape_input : NULL,
		.output = listens ? tape_output : NULL,
		.frame = t && t->frame ? tape_frame : NULL,
		.hash_point = t && t->hash_point ? tape_hash_point : NULL,
		.next = tape_next,
		.play = tape_play,
		.ended = tape_ended,
		.arg = c,
	};
}

/* More is waiting than should: what is sent now waits for the end of the epoch, and
 * that is at the next boundary. */
static void
buffer_full(void *arg)
{
	struct checkpoints *c = arg;

	c->stats.forced++;
	c->due = 0;
	machine_tape_soon(c->m);
}

/* --- asked --- */

bool
checkpoints_failed(const struct checkpoints *c)
{
	return c->failed;
}

void
checkpoints_get_stats(const struct checkpoints *c, struct checkpoints_stats *s)
{
	*s = c->stats;
	s->bytes = undo_bytes(c->undo);
	if (c->how.sink.sent)
		c->how.sink.sent(c->how.sink.arg, &s->sent);
}

const struct outbuf *
checkpoints_outbuf(const struct checkpoints *c)
{
	return c->how.out;
}

uint64_t
checkpoints_committed(const struct checkpoints *c)
{
	return undo_cycle(c->undo, 0);
}

/* --- life --- */

static bool
begin(struct checkpoints *c)
{
	uint64_t timeline = machine_position_now(c->m).timeline;

	if (timeline > c->timelines)
		c->timelines = timeline;
	undo_forget_all(c->undo);
	return commit(c, c->how.end);
}

bool
checkpoints_moved(struct checkpoints *c)
{
	memset(c->heard, 0, sizeof(c->heard));
	return begin(c);
}

struct checkpoints *
checkpoints_new(struct machine *m, const struct checkpoints_config *how)
{
	struct checkpoints *c = calloc(1, sizeof(*c));

	if (!c) {
		log_error(how->log, "no memory for checkpoints");
		return NULL;
	}
	c->m = m;
	c->how = *how;
	c->number = how->number;
	if (!c->how.panic)
		c->how.panic = CHECKPOINT_PANIC_TEXT;
	c->panic_len = strlen(c->how.panic);
	if (machine_freeze_disks(m, NULL))
		c->undo = undo_new(m);
	if (!c->undo) {
		log_error(how->log, "no memory for checkpoints");
		free(c);
		return NULL;
	}
	make_tape(c);
	if (!begin(c)) {
		checkpoints_free(c);
		return NULL;
	}
	c->how.end = END_NONE;
	outbuf_on_full(c->how.out, buffer_full, c);
	machine_set_tape(m, &c->tape);
	return c;
}

void
checkpoints_free(struct checkpoints *c)
{
	if (!c)
		return;
	outbuf_on_full(c->how.out, NULL, NULL);
	if (machine_tape(c->m) == &c->tape)
		machine_set_tape(c->m, c->inner);
	undo_free(c->undo);
	free(c);
}
