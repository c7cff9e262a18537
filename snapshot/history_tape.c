/*
 * snapshot/history_tape.c - the log of a history, and the tapes that write and
 * play it
 *
 * At the live end the tape is the one the machine had, with inputs noted and
 * checkpoints taken on the way.  In the past it plays the log and lets nothing
 * out; where the log and the known ground end, it puts the live one in again.
 */
#include <stdlib.h>
#include <string.h>

#include "snapshot/history_priv.h"

/* A guest that idles gets no checkpoint before it has run for so much of every. */
#define BUSY_PART	4

/* --- the log --- */

static bool
record_room(struct history *h)
{
	size_t room = h->record_room ? 2 * h->record_room : 64;
	struct hist_record *bigger;

	if (h->records < h->record_room)
		return true;
	bigger = realloc(h->record, room * sizeof(*bigger));
	if (!bigger)
		return false;
	h->record = bigger;
	h->record_room = room;
	return true;
}

static bool
payload_room(struct history *h, size_t n)
{
	size_t room = h->payload_room ? h->payload_room : 256;
	uint8_t *bigger;

	while (room - h->payload_bytes < n)
		room *= 2;
	if (room == h->payload_room)
		return true;
	bigger = realloc(h->payload, room);
	if (!bigger)
		return false;
	h->payload = bigger;
	h->payload_room = room;
	return true;
}

static uint64_t
inner_place(const struct history *h)
{
	return h->inner && h->inner->place ? h->inner->place(h->inner->arg) : 0;
}

bool
hist_record(struct history *h, const struct hist_record *r, const void *payload)
{
	struct hist_record *to;

	if (!record_room(h) || !payload_room(h, r->n)) {
		h->broken = true;
		return false;
	}
	to = &h->record[h->records++];
	*to = *r;
	to->cycle = machine_cycles(h->m);
	to->place = inner_place(h);
	if (r->n) {
		to->value = h->payload_bytes;
		memcpy(h->payload + h->payload_bytes, payload, r->n);
		h->payload_bytes += r->n;
	}
	h->played = h->records;
	return true;
}

void
hist_forget(struct history *h)
{
	size_t i;

	for (i = h->played; i < h->records; i++)
		h->payload_bytes -= h->record[i].n;
	h->records = h->played;
}

size_t
hist_log_bytes(const struct history *h)
{
	return h->record_room * sizeof(*h->record) + h->payload_room;
}

/* --- at the live end --- */

static void
live_input(void *arg, struct machine *m, enum machine_source source,
    const uint8_t *payload, size_t n)
{
	struct history *h = arg;
	const struct hist_record r = { .event = HIST_INPUT, .source = source, .n = n };

	if (h->inner && h->inner->input)
		h->inner->input(h->inner->arg, m, source, payload, n);
	(void)hist_record(h, &r, payload);
}

static void
live_output(void *arg, enum machine_channel channel, uint8_t byte)
{
	struct history *h = arg;

	h->inner->output(h->inner->arg, channel, byte);
}

static void
live_frame(void *arg, unsigned nic, const uint8_t *frame, size_t n)
{
	struct history *h = arg;

	h->inner->frame(h->inner->arg, nic, frame, n);
}

static void
live_hash_point(void *arg, struct machine *m)
{
	struct history *h = arg;

	h->inner->hash_point(h->inner->arg, m);
}

static uint64_t
inner_next(const struct history *h)
{
	return h->inner && h->inner->next ? h->inner->next(h->inner->arg) : ~(uint64_t)0;
}

static uint64_t
live_next(void *arg)
{
	const struct history *h = arg;
	uint64_t inner = inner_next(h);

	return inner < h->due ? inner : h->due;
}

static bool
live_ended(void *arg, struct machine *m, enum machine_end end)
{
	struct history *h = arg;

	return h->inner->ended(h->inner->arg, m, end);
}

static void
live_play(void *arg, struct machine *m)
{
	struct history *h = arg;
	const struct hist_checkpoint *last = h->checkpoint[h->checkpoints - 1];
	uint64_t now = machine_cycles(m);

	if (now >= h->due) {
		h->due = now + h->every;
		if (hist_busy(h) - last->busy >= h->every / BUSY_PART)
			(void)hist_take(h, false);
	}
	if (now >= inner_next(h))
		h->inner->play(h->inner->arg, m);
}

/* --- in the past --- */

static uint64_t
past_next(void *arg)
{
	const struct history *h = arg;

	if (h->played < h->records && h->record[h->played].cycle < h->live_end)
		return h->record[h->played].cycle;
	return h->live_end;
}

static size_t
index_of(const struct history *h, const struct hist_checkpoint *c)
{
	size_t i = 0;

	while (h->checkpoint[i] != c)
		i++;
	return i;
}

/* Moves on before: restoring counts the records itself. */
static void
play_record(struct history *h, const struct hist_record *r)
{
	h->played++;
	switch (r->event) {
	case HIST_INPUT:
		(void)machine_feed(h->m, r->source, h->payload + r->value, r->n);
		break;
	case HIST_DISTURBED:
		hist_restore(h, index_of(h, r->checkpoint));
		break;
	case HIST_TIMELINE:
		machine_set_timeline(h->m, r->value);
		break;
	}
}

static void
past_play(void *arg, struct machine *m)
{
	struct history *h = arg;

	while (h->played < h->records && h->record[h->played].cycle <= machine_cycles(m))
		play_record(h, &h->record[h->played]);
	if (machine_cycles(m) < h->live_end)
		return;
	hist_go_live(h);
	if (h->stop_at_live)
		machine_stop(m);
}

/* --- from one to the other --- */

static void
make_live(struct history *h)
{
	const struct machine_tape *t = h->inner;

	h->live = (struct machine_tape){
		.playing = t && t->playing,
		.sealed = t && t->sealed,
		.mute = t && t->mute,
		.input = live_input,
		.output = t && t->output ? live_output : NULL,
		.frame = t && t->frame ? live_frame : NULL,
		.hash_point = t && t->hash_point ? live_hash_point : NULL,
		.next = live_next,
		.play = live_play,
		.ended = t && t->ended ? live_ended : NULL,
		.arg = h,
	};
}

void
hist_go_past(struct history *h)
{
	h->in_past = true;
	h->live_end = machine_cycles(h->m);
	h->trace = machine_cpu(h->m, 0)->trace;
	machine_set_trace(h->m, NULL);
	machine_set_tape(h->m, &h->past);
}

void
hist_go_live(struct history *h)
{
	if (h->in_past)
		machine_set_trace(h->m, h->trace);
	h->in_past = false;
	h->played = h->records;
	h->due = machine_cycles(h->m) + h->every;
	machine_set_tape(h->m, &h->live);
}

void
hist_tape_init(struct history *h)
{
	h->inner = machine_tape(h->m);
	h->first_place = inner_place(h);
	h->timelines = machine_position_now(h->m).timeline;
	h->past = (struct machine_tape){
		.playing = true,
		.sealed = h->inner && (h->inner->sealed || h->inner->one_line),
		.mute = true,
		.next = past_next,
		.play = past_play,
		.arg = h,
	};
	make_live(h);
}

void
hist_tape_fini(struct history *h)
{
	free(h->record);
	free(h->payload);
}

void
history_stop_at_live(struct history *h, bool stop)
{
	h->stop_at_live = stop;
}

bool
history_may_branch(const struct history *h)
{
	const struct machine_tape *t = h->inner;

	return !t || t->playing || (!t->one_line && (!t->sealed || t->back));
}

/* What records must know; what plays ends, as its future is another one. */
static void
tell_branch(struct history *h, uint64_t timeline)
{
	uint64_t place = h->played ? h->record[h->played - 1].place : h->first_place;

	if (h->inner && h->inner->playing) {
		h->inner = NULL;
		make_live(h);
	}
	if (h->inner && h->inner->back)
		h->inner->back(h->inner->arg, h->m, h->live_end, place, timeline);
}

void
history_branch(struct history *h)
{
	struct hist_record r = { .event = HIST_TIMELINE };

	if (!h->in_past)
		return;
	r.value = ++h->timelines;
	machine_took_back(h->m, h->live_end - machine_cycles(h->m));
	tell_branch(h, r.value);
	hist_truncate(h);
	hist_forget(h);
	(void)hist_record(h, &r, NULL);
	machine_set_timeline(h->m, r.value);
	hist_go_live(h);
}

void
history_disturbed(struct history *h)
{
	struct hist_record r = { .event = HIST_DISTURBED };
	struct hist_checkpoint *c;

	history_branch(h);
	if (!hist_record(h, &r, NULL))
		return;
	if (!hist_take(h, false)) {
		h->broken = true;
		return;
	}
	c = h->checkpoint[hist_present(h)];
	c->pinned = true;
	h->record[h->records - 1].checkpoint = c;
}
