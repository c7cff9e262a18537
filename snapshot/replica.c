/*
 * snapshot/replica.c - a machine's epochs sent to a standby
 *
 * Epochs are made in memory files.  Now and then a child makes a whole machine in
 * another one, whose pieces go between the epochs, so that the standby can forget
 * what is older.
 */
#define _GNU_SOURCE		/* memfd_create() */
#include "snapshot/replica.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fileio.h"
#include "snapshot/epoch_file.h"
#include "snapshot/replica_wire.h"

#define PAGE_BYTES	4096u
/* Messages whose time of sending is remembered: no more are on their way. */
#define ON_THE_WAY	64u
/* Pieces of a whole machine that go with one epoch. */
#define PIECES		4u
/* Between two signs of life. */
#define ALIVE_PART	4u
/* The standby makes its machine of the first epoch, and tries it, before it answers. */
#define FIRST_NS	((uint64_t)600000000000)

struct replica {
	struct replica_config	how;
	char			*name;
	struct epoch_writer	writer;
	struct checkpoint_info	info;
	unsigned		parts;		/* since the last whole one */
	uint64_t		sent, done;	/* messages */
	uint64_t		sent_at[ON_THE_WAY];
	uint64_t		since;		/* the lease's beginning */
	bool			failed, alone;
	bool			ready;		/* it has the first epoch */
	uint8_t			in[REPLICA_ANSWER_MAX];
	size_t			in_len;
	uint8_t			*buf;		/* a message's contents */
	int			whole;		/* what a child makes, and how much of */
	uint64_t		whole_size, whole_sent;	/* it has been sent; -1: none */
	uint64_t		whole_number;
	struct checkpoint_sent	stats;
};

static bool
fail(struct replica *r, const char *why)
{
	if (!r->failed)
		log_error(r->how.log, "--replicate-to %s: %s; the standby goes on, and we do not",
		    r->name, why);
	r->failed = true;
	return false;
}

static uint64_t
lease_end(const struct replica *r)
{
	return r->since + (r->ready ? r->how.lease_ns : FIRST_NS);
}

/* --- what the standby says --- */

static bool
take_done(struct replica *r, uint64_t number)
{
	if (number <= r->done || number > r->sent)
		return fail(r, "it answers what was not said");
	r->done = number;
	r->since = r->sent_at[number % ON_THE_WAY];
	return true;
}

static bool
take_refusal(struct replica *r, const uint8_t *text, size_t n)
{
	char why[REPLICA_REFUSED_MAX + 16];
	size_t i;

	snprintf(why, sizeof(why), "refused: %.*s", (int)n, (const char *)text);
	for (i = 0; why[i]; i++)
		if ((uint8_t)why[i] < ' ')
			why[i] = ' ';
	log_error(r->how.log, "--replicate-to %s: %s", r->name, why);
	r->failed = true;
	return false;
}

static bool
take_answer(struct replica *r, const struct replica_head *h, const uint8_t *contents)
{
	switch (h->type) {
	case REPLICA_READY:
		return r->sent == 1 ? take_done(r, h->number) : fail(r, "it is ready twice");
	case REPLICA_DONE:
		return r->done ? take_done(r, h->number) : fail(r, "it does not greet");
	case REPLICA_REFUSED:
		return take_refusal(r, contents, h->length);
	case REPLICA_BYE:
		log_warn(r->how.log, "--replicate-to %s: the standby has left; we go on alone",
		    r->name);
		r->alone = true;
		return true;
	default:
		return fail(r, "this is no standby");
	}
}

/* The first answer in the buffer: 1; not there: 0; -1 after a message. */
static int
next_answer(struct replica *r)
{
	struct replica_head h;
	size_t n;

	if (r->in_len < REPLICA_HEAD)
		return 0;
	if (!replica_head_decode(&h, r->in) || h.length > REPLICA_REFUSED_MAX)
		return fail(r, "this is no standby") ? 0 : -1;
	n = REPLICA_HEAD + h.length;
	if (r->in_len < n)
		return 0;
	if (!take_answer(r, &h, r->in + REPLICA_HEAD))
		return -1;
	r->in_len -= n;
	memmove(r->in, r->in + n, r->in_len);
	return 1;
}

static bool
hear(struct replica *r)
{
	long got;
	int more = 1;

	while (more && !r->alone) {
		got = replica_recv(r->how.fd, r->in + r->in_len, sizeof(r->in) - r->in_len);
		if (got < 0)
			return fail(r, replica_why(errno));
		r->in_len += (size_t)got;
		while ((more = next_answer(r)) > 0 && !r->alone)
			;
		if (more < 0)
			return false;
		more = got > 0;
	}
	return true;
}

/* At most n messages are on their way; true also when we are alone. */
static bool
wait_for_answers(struct replica *r, uint64_t n)
{
	for (;;) {
		if (!hear(r))
			return false;
		if (r->alone || r->sent - r->done <= n)
			return true;
		if (!replica_wait(r->how.fd, lease_end(r)))
			return fail(r, replica_why(errno));
	}
}

/* --- what we say --- */

static bool
say(struct replica *r, enum replica_type type, const void *contents, size_t n)
{
	struct replica_head h = { type, r->sent + 1, n };
	uint8_t head[REPLICA_HEAD];

	if (!wait_for_answers(r, ON_THE_WAY - 1))
		return false;
	if (r->alone)
		return true;
	replica_head_encode(&h, head);
	r->sent++;
	r->sent_at[r->sent % ON_THE_WAY] = replica_now();
	r->stats.bytes += REPLICA_HEAD + n;
	if (!replica_send(r->how.fd, head, REPLICA_HEAD, lease_end(r)) ||
	    !replica_send(r->how.fd, contents, n, lease_end(r)))
		return fail(r, replica_why(errno));
	return true;
}

/* Bytes of a file from *at on, one message. */
static bool
say_bytes(struct replica *r, enum replica_type type, int fd, uint64_t *at, uint64_t size)
{
	size_t n = size - *at < REPLICA_BYTES_MAX ? (size_t)(size - *at) : REPLICA_BYTES_MAX;
	int err = file_pread(fd, r->buf, n, *at);

	if (err)
		return fail(r, strerror(-err));
	*at += n;
	return say(r, type, r->buf, n);
}

static bool
file_size(int fd, uint64_t *size)
{
	struct stat st;

	*size = fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	return *size;
}

/* --- a whole machine beside the run --- */

static bool
write_to(struct replica *r, int fd)
{
	struct snapshot_error e;
	struct container_writer *c = container_create_fd(fd, r->name, &e);
	struct hash128 id;
	bool ok = c && epoch_writer_put(&r->writer, &r->info, c, &e);

	if (ok)
		ok = container_finish(c, &id, &e);
	else
		container_abandon(c);
	if (!ok)
		log_error(r->how.log, "--replicate-to: %s", e.text);
	return ok;
}

static bool
child_write(void *arg)
{
	struct replica *r = arg;

	close(r->how.fd);
	r->info.whole = 1;
	return write_to(r, r->whole);
}

static void
whole_forget(struct replica *r)
{
	if (r->whole >= 0)
		close(r->whole);
	r->whole = -1;
}

static void
whole_start(struct replica *r)
{
	r->whole = memfd_create("ringlab-whole", MFD_CLOEXEC);
	r->whole_number = r->info.number;
	r->whole_size = r->whole_sent = 0;
	if (r->whole >= 0 && !epoch_child_start(&r->writer, child_write, r))
		whole_forget(r);
}

static bool
whole_is_sent(struct replica *r)
{
	r->parts = (unsigned)(r->info.number - r->whole_number);
	whole_forget(r);
	return say(r, REPLICA_WHOLE, NULL, 0);
}

/* Some of it goes with each epoch. */
static bool
whole_go_on(struct replica *r)
{
	enum epoch_child child = epoch_child_look(&r->writer, false);
	unsigned i;

	if (child == EPOCH_CHILD_FAILED ||
	    (child == EPOCH_CHILD_DONE && !file_size(r->whole, &r->whole_size)))
		whole_forget(r);
	if (r->whole < 0 && r->parts >= PARTS_ENOUGH && child == EPOCH_CHILD_NONE)
		whole_start(r);
	for (i = 0; i < PIECES && r->whole_sent < r->whole_size && r->whole >= 0; i++)
		if (!say_bytes(r, REPLICA_PIECE, r->whole, &r->whole_sent, r->whole_size))
			return false;
	return r->whole < 0 || !r->whole_size || r->whole_sent < r->whole_size ||
	    whole_is_sent(r);
}

/* --- epochs --- */

static bool
say_epoch(struct replica *r, int fd)
{
	uint64_t size, at = 0;

	if (!file_size(fd, &size))
		return fail(r, "no memory");
	while (at < size)
		if (!say_bytes(r, REPLICA_PART, fd, &at, size))
			return false;
	return say(r, REPLICA_EPOCH, NULL, 0) && wait_for_answers(r, 0);
}

static bool
send_epoch(struct replica *r)
{
	int fd = memfd_create("ringlab-epoch", MFD_CLOEXEC);
	bool ok;

	if (fd < 0)
		return fail(r, strerror(errno));
	ok = write_to(r, fd) ? say_epoch(r, fd) : fail(r, "no memory");
	close(fd);
	return ok;
}

static void
count_epoch(struct replica *r, const struct undo *u, uint64_t start)
{
	struct checkpoint_sent *s = &r->stats;
	uint64_t ns = replica_now() - start;

	s->page_bytes += undo_changed(u) * PAGE_BYTES;
	s->wait_ns += ns;
	s->wait_most_ns = ns > s->wait_most_ns ? ns : s->wait_most_ns;
}

/* The answer must not come too late: the standby may have taken over since. */
static bool
still_ours(struct replica *r)
{
	return r->alone || replica_now() < lease_end(r) || fail(r, "its answer came too late");
}

static bool
commit(void *arg, struct undo *u, uint64_t number, enum machine_end end)
{
	struct replica *r = arg;
	uint64_t start = replica_now();
	bool whole = undo_marks(u) < 2 || r->parts >= PARTS_MAX;

	if (r->failed || r->alone)
		return r->alone;
	checkpoint_info_fill(&r->info, r->how.m, number, whole, end);
	r->info.every = r->how.every;
	epoch_writer_collect(&r->writer, u);
	if (!send_epoch(r) || !still_ours(r))
		return false;
	r->ready = true;
	count_epoch(r, u, start);
	r->parts = whole ? 0 : r->parts + 1;
	return end != END_NONE || whole_go_on(r);
}

static void
sent(void *arg, struct checkpoint_sent *s)
{
	const struct replica *r = arg;

	*s = r->stats;
	s->any = true;
	s->alone = r->alone;
}

struct checkpoint_sink
replica_sink(struct replica *r)
{
	return (struct checkpoint_sink){ commit, sent, r };
}

/* --- between epochs --- */

bool
replica_poll(struct replica *r)
{
	uint64_t now = replica_now();

	if (r->alone || r->failed)
		return r->alone;
	if (!hear(r))
		return false;
	if (r->alone)
		return true;
	if (now >= lease_end(r))
		return fail(r, "no answer");
	return r->sent - r->done >= ON_THE_WAY ||
	    now - r->sent_at[r->sent % ON_THE_WAY] < r->how.lease_ns / ALIVE_PART ||
	    say(r, REPLICA_ALIVE, NULL, 0);
}

bool
replica_failed(const struct replica *r)
{
	return r->failed;
}

/* --- life --- */

static bool
greet(struct replica *r)
{
	uint8_t hello[REPLICA_HELLO_BYTES] = { 0 };

	put_le32(hello, REPLICA_VERSION);
	put_le64(hello + 8, r->how.lease_ns);
	r->since = replica_now();
	return say(r, REPLICA_HELLO, hello, sizeof(hello)) && wait_for_answers(r, 0);
}

struct replica *
replica_new(const struct replica_config *how, struct snapshot_error *e)
{
	struct replica *r = calloc(1, sizeof(*r));

	if (!r) {
		close(how->fd);
		snapshot_fail(e, "out of memory");
		return NULL;
	}
	r->how = *how;
	r->whole = -1;
	r->name = strdup(how->name);
	r->buf = malloc(REPLICA_BYTES_MAX);
	if (!r->name || !r->buf)
		snapshot_fail(e, "out of memory");
	else if (checkpoint_info_name(&r->info, e) &&
	    epoch_writer_init(&r->writer, how->m, how->cfg, how->out, r->name, e)) {
		r->writer.level = how->level;
		if (greet(r))
			return r;
		snapshot_fail(e, "%s is no standby that is ready", r->name);
	}
	replica_free(r);
	return NULL;
}

void
replica_free(struct replica *r)
{
	if (!r)
		return;
	(void)epoch_child_look(&r->writer, true);
	whole_forget(r);
	epoch_writer_fini(&r->writer);
	close(r->how.fd);
	free(r->buf);
	free(r->name);
	free(r);
}
