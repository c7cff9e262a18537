/*
 * lab/shop.c - a bookshop in a guest that can be taken back
 */
#include "lab/shop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vmm/abi.h"

#define TRY_AGAIN	50000u		/* the card has no buffer: a little later */
#define DUMP_TIME	50000000u

/* --- what leaves --- */

static void *
room_for(struct shop *s, void *old, size_t used, size_t *room, size_t size)
{
	size_t want = *room ? 2 * *room : 256;
	void *p;

	if (used < *room)
		return old;
	p = realloc(old, want * size);
	if (p)
		*room = want;
	else
		s->rig.failed = true;
	return p;
}

/* The guest made something; the output buffer gets it next. */
static void
made(struct shop *s, enum outbuf_class class, const uint8_t *data, size_t n)
{
	struct sent *p = room_for(s, s->sent, s->sents, &s->sent_room, sizeof(*p));

	if (!p)
		return;
	s->sent = p;
	p = &s->sent[s->sents++];
	*p = (struct sent){ .made = shop_now(s), .class = class, .hash = hash_bytes(data, n) };
	p->has_msg = class != OUTBUF_SERIAL && wire_read(data, n, &p->msg);
}

static void
made_frame(void *arg, const uint8_t *frame, size_t n)
{
	struct shop *s = arg;

	made(s, outbuf_class_of(frame, n), frame, n);
	s->making = true;
	s->below.out(s->below.arg, frame, n);
	s->making = false;
}

static void
made_byte(void *arg, uint8_t byte)
{
	struct shop *s = arg;

	made(s, OUTBUF_SERIAL, &byte, 1);
	s->making = true;
	s->below_serial.byte(s->below_serial.arg, byte);
	s->making = false;
}

/* What is held leaves in order; what is not, at once, while it is made. */
static struct sent *
which_left(struct shop *s)
{
	size_t i;

	if (s->making)
		return s->sents ? &s->sent[s->sents - 1] : NULL;
	for (i = s->committed; i < s->sents; i++)
		if (s->sent[i].fate == SENT_WAITS)
			return &s->sent[i];
	return NULL;
}

static void
left(struct shop *s)
{
	struct sent *p = which_left(s);

	if (!p)
		return;
	p->fate = SENT_LEFT;
	p->left = shop_now(s);
	p->early = s->making && s->c;
	if (s->seen)
		s->seen(s->arg, s, p);
}

static void
left_frame(void *arg, const uint8_t *frame, size_t n)
{
	(void)frame;
	(void)n;
	left(arg);
}

static void
left_byte(void *arg, uint8_t byte)
{
	(void)byte;
	left(arg);
}

/* --- epochs --- */

static void
note_commit(void *arg)
{
	struct shop *s = arg;
	uint64_t *p = room_for(s, s->commit, s->commits, &s->commit_room, sizeof(*p));

	s->committed = s->sents;
	if (!p)
		return;
	s->commit = p;
	s->commit[s->commits++] = shop_now(s);
}

static void
went_back(void *arg, uint64_t cycles)
{
	struct shop *s = arg;
	size_t i;

	(void)cycles;
	for (i = s->committed; i < s->sents; i++) {
		struct sent *p = &s->sent[i];

		p->retracted = p->fate == SENT_LEFT;
		if (p->fate == SENT_WAITS)
			p->fate = SENT_LOST;
	}
	s->committed = s->sents;
}

/* --- what arrives --- */

static uint64_t
next_arrival(void *arg)
{
	const struct shop *s = arg;
	uint64_t at = RIG_NEVER;
	size_t i;

	for (i = s->pending; i < s->arrivals; i++)
		if (!s->arrival[i].taken && s->arrival[i].at < at)
			at = s->arrival[i].at;
	return at;
}

static void
take_arrivals(void *arg)
{
	struct shop *s = arg;
	uint64_t now = shop_now(s);
	size_t i;

	for (i = s->pending; i < s->arrivals; i++) {
		struct arrival *a = &s->arrival[i];

		if (a->taken || a->at > now)
			continue;
		a->taken = machine_input(s->rig.m, INPUT_NET0, a->frame, a->n) == a->n;
		a->cycle = machine_cycles(s->rig.m);
		if (!a->taken)
			a->at = now + TRY_AGAIN;
	}
	while (s->pending < s->arrivals && s->arrival[s->pending].taken)
		s->pending++;
}

static struct arrival *
new_arrival(struct shop *s)
{
	struct arrival *p = room_for(s, s->arrival, s->arrivals, &s->arrival_room, sizeof(*p));

	if (!p)
		return NULL;
	s->arrival = p;
	return &s->arrival[s->arrivals++];
}

void
shop_send(struct shop *s, uint64_t at, enum wire_kind kind, unsigned client,
    const struct msg *m)
{
	struct arrival *a = new_arrival(s);

	if (!a)
		return;
	*a = (struct arrival){ .at = at };
	a->n = wire_make(a->frame, kind, client, m);
	rig_soon(&s->rig);
}

void
shop_repeat(struct shop *s, const struct arrival *a)
{
	struct arrival again = *a, *p = new_arrival(s);

	if (!p)
		return;
	again.taken = false;
	again.at = again.cycle + (shop_now(s) - machine_cycles(s->rig.m));
	*p = again;
	rig_soon(&s->rig);
}

/* --- life --- */

static bool
connect(struct shop *s, enum outbuf_hold hold)
{
	static const uint8_t mac[6] = SERVER_MAC;
	struct machine_config *cfg = &s->rig.cfg;
	struct machine_nic *nic = &cfg->nic[0];

	*nic = (struct machine_nic){ .present = true, .model = NIC_E1000, .out = left_frame,
		.arg = s };
	memcpy(nic->mac, mac, sizeof(mac));
	cfg->serial[0] = (struct machine_out){ true, left_byte, s };
	s->out = outbuf_new(hold, OUTBUF_LIMIT);
	if (!s->out)
		return lab_fail(s->rig.r, "out of memory");
	(void)outbuf_take_bytes(s->out, &cfg->serial[0]);
	(void)outbuf_take_nic(s->out, nic);
	s->below = *nic;
	nic->out = made_frame;
	nic->arg = s;
	s->below_serial = cfg->serial[0];
	cfg->serial[0] = (struct machine_out){ true, made_byte, s };
	return true;
}

/* The firmware's letters are nobody's business. */
static void
forget_boot(struct shop *s)
{
	outbuf_release(s->out);
	s->sents = s->committed = 0;
}

static bool
begin_checkpoints(struct shop *s, const struct shop_config *how)
{
	struct checkpoints_config c = { .every = how->every, .out = s->out, .left = note_commit,
		.back = went_back, .arg = s, .log = s->rig.log };

	if (!how->every)
		return true;
	s->c = checkpoints_new(s->rig.m, &c);
	return s->c || lab_fail(s->rig.r, "no checkpoints");
}

bool
shop_open(struct shop *s, const struct lab_run *r, const struct shop_config *how)
{
	memset(s, 0, sizeof(*s));
	rig_prepare(&s->rig, r);
	if (!guest_find(r, "server.elf", s->kernel) ||
	    !connect(s, how->every ? how->hold : OUTBUF_NOTHING))
		return false;
	snprintf(s->args, sizeof(s->args), "set=%" PRIu64 " gap=%" PRIu64 " stock=%" PRIu64,
	    how->set, how->gap, how->stock);
	s->rig.cfg.kernel = s->kernel;
	s->rig.cfg.append = s->args;
	s->rig.outside = (struct rig_outside){ next_arrival, take_arrivals, s };
	if (!rig_make(&s->rig) || !rig_run_to_mark(&s->rig, LAB_MARK_START))
		return false;
	forget_boot(s);
	return begin_checkpoints(s, how);
}

void
shop_close(struct shop *s)
{
	checkpoints_free(s->c);
	rig_end(&s->rig);
	outbuf_free(s->out);
	free(s->sent);
	free(s->arrival);
	free(s->commit);
}

/* --- running --- */

bool
shop_run_to(struct shop *s, uint64_t moment)
{
	return rig_run_to(&s->rig, moment);
}

bool
shop_crash(struct shop *s)
{
	return checkpoints_rollback(s->c, "the lab") || lab_fail(s->rig.r, "cannot go back");
}

bool
shop_commit(struct shop *s)
{
	return checkpoints_commit(s->c) || lab_fail(s->rig.r, "cannot commit");
}

bool
shop_dump(struct shop *s)
{
	struct msg m = { .magic = MSG_MAGIC, .op = MSG_DUMP };
	uint64_t until = shop_now(s) + DUMP_TIME;

	s->rig.values = 0;
	shop_send(s, shop_now(s), WIRE_UDP, 0, &m);
	return rig_run_to(&s->rig, until);
}

static bool
remembers(const struct shop *s, uint32_t key, uint64_t value)
{
	size_t i;

	for (i = 0; i < s->rig.values; i++)
		if (s->rig.value[i].key == key && s->rig.value[i].value == value)
			return true;
	return false;
}

bool
shop_remembers_reply(const struct shop *s, const struct msg *m)
{
	return remembers(s, SERVER_KEY_REPLY, (uint64_t)m->op << 56 |
	    (uint64_t)(m->client & 0xff) << 48 | (uint64_t)(m->serial & 0xffff) << 32 |
	    ((uint64_t)(m->number & 0x7fffffff) << 1 | m->answer));
}

bool
shop_remembers_name(const struct shop *s, uint32_t serial)
{
	return remembers(s, SERVER_KEY_NAME, serial);
}
